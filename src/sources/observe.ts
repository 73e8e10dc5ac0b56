import type { TableShape } from '../preflight/table-shapes.ts';
import { isExpected, type SourceTable } from '../topology/topic-names.ts';
import type { SchemaEvent } from './schema-events.ts';
import { type ShapeChange, shapeChanges } from './shape.ts';

/** Where shapes of tables come from: types are written in another way in each, so the two are never compared. */
export type ShapeOrigin = 'catalog' | 'topic';

/** What was seen of the tables of a source since the last time. */
export type Observed =
  | { by: 'catalog'; at: number; tables: readonly { table: SourceTable; shape: TableShape }[] }
  | {
      by: 'topic';
      /** The id of the topic, and the offset of the next record to read. */
      topic: string;
      next: number;
      /** What is in it already is how things are, and no change. */
      isFirst: boolean;
      events: readonly SchemaEvent[];
    };

/** A table as it was seen last. */
export interface KnownTable {
  table: SourceTable;
  by: ShapeOrigin;
  shape: TableShape;
}

/** Changes of one table that were seen together. */
export interface SeenChange {
  table: SourceTable;
  /** ms since 1970 */
  at: number;
  changes: ShapeChange[];
}

/**
 * What has changed since the last time, and what is to be remembered. A table that is seen for the first time
 * is no change. Pure.
 */
export function observe(
  known: readonly KnownTable[],
  observed: Observed,
  config: Readonly<Record<string, string>>,
): { known: KnownTable[]; seen: SeenChange[] } {
  // What the source's lists no longer let through is forgotten, and no change of the table.
  const before = new Map(
    known
      .filter(({ by, table }) => by === observed.by && isExpected(config, table))
      .map((one) => [keyOf(one.table), one]),
  );
  return observed.by === 'catalog' ? byCatalog(before, observed) : byTopic(before, observed, config);
}

type Before = Map<string, KnownTable>;

function byCatalog(
  before: Before,
  { tables, at }: Extract<Observed, { by: 'catalog' }>,
): { known: KnownTable[]; seen: SeenChange[] } {
  const seen = tables.flatMap(({ table, shape }): SeenChange[] => {
    const former = before.get(keyOf(table));
    before.delete(keyOf(table));
    const changes = former === undefined ? [] : shapeChanges(former.shape, shape);
    return changes.length === 0 ? [] : [{ table, at, changes }];
  });
  const gone = [...before.values()].map(
    ({ table }): SeenChange => ({ table, at, changes: [{ change: 'table dropped' }] }),
  );
  return { known: tables.map((one) => ({ ...one, by: 'catalog' })), seen: [...seen, ...gone] };
}

function byTopic(
  now: Before,
  { events, isFirst }: Extract<Observed, { by: 'topic' }>,
  config: Readonly<Record<string, string>>,
): { known: KnownTable[]; seen: SeenChange[] } {
  const seen: SeenChange[] = [];
  for (const { table, kind, was, shape, inSnapshot, at } of events) {
    // As in a catalog: the one has gone, and the other is seen for the first time.
    const before = was === undefined ? undefined : now.get(keyOf(was));
    if (before !== undefined) {
      now.delete(keyOf(before.table));
      if (!isFirst) seen.push({ table: before.table, at, changes: [{ change: 'table dropped' }] });
    }
    if (!isExpected(config, table)) continue;
    if (before !== undefined && shape !== null) {
      now.set(keyOf(table), { table, by: 'topic', shape });
      continue;
    }
    const former = now.get(keyOf(table));
    const changes = changesBy(kind, former?.shape, shape);
    if (shape !== null) now.set(keyOf(table), { table, by: 'topic', shape });
    // A snapshot drops what it is about to create.
    else if (inSnapshot) continue;
    else now.delete(keyOf(table));
    if (changes.length > 0 && !isFirst) seen.push({ table, at, changes });
  }
  return { known: [...now.values()], seen };
}

function changesBy(kind: SchemaEvent['kind'], former: TableShape | undefined, shape: TableShape | null): ShapeChange[] {
  if (shape === null) return former === undefined ? [] : [{ change: 'table dropped' }];
  if (former !== undefined) return shapeChanges(former, shape);
  return kind === 'alter' ? [{ change: 'table altered' }] : [];
}

function keyOf({ database, schema, name }: SourceTable): string {
  return JSON.stringify([database ?? null, schema ?? null, name]);
}

/** A table's name for people. */
export function sourceTableText({ database, schema, name }: SourceTable): string {
  return [database, schema, name].filter((part) => part !== undefined).join('.');
}
