import { patternRefusal, type TableKind } from '../databases/table-kinds.ts';
import {
  existingTableText,
  hasWildcard,
  matchesReference,
  nameParts,
  referenceOf,
  sameName,
  type TableReference,
  tableText,
} from '../databases/table-names.ts';
import { findTable, type KnownTable } from '../databases/tables.ts';
import { SluiceError } from '../errors/error.ts';
import type { ColumnOptions } from './columns/plan.ts';
import type { Fence } from './model.ts';

export interface TablePairReference {
  source: TableReference;
  target: TableReference;
  /** As it was typed or listed; undefined for a table that was found. */
  written?: string | undefined;
  /** The source's database, if a connector reads several: settings may name it. */
  database?: string | undefined;
  /** Known column changes of this table; unknown names are not an error. */
  known?: NonNullable<ColumnOptions['known']>;
  /** Notes for the report, independent of the result. */
  notes?: readonly string[] | undefined;
  /** This table's own fence. */
  fence?: Fence | undefined;
  /** Settings of this table; they override those for all tables. */
  own?: (Omit<ColumnOptions, 'known'> & { where?: string }) | undefined;
}

/**
 * `orders`, `shop.orders`, `"odd.name"`, or `shop.orders=public.orders_copy` if the target has another name.
 * @throws REQUEST_INVALID
 */
export function parseTablePair(text: string): TablePairReference {
  const [source = [], target, ...more] = nameParts(text, '.=');
  const hint =
    'Write TABLE, SCHEMA.TABLE or SOURCE=TARGET; the database is the one in the URL. Put a name that contains dots or = in double quotes.';
  if (more.length > 0) throw new SluiceError('REQUEST_INVALID', `"${text}" is not a valid pair of tables`, { hint });
  const left = referenceOf(source, text, hint);
  // The same name, in the target's own default schema: Debezium's sinks drop the source's schema.
  return { source: left, target: target === undefined ? { name: left.name } : referenceOf(target, text, hint) };
}

/** Tables and patterns with settings, whether compared in this run or not. */
export interface ListedTables {
  /** Those that are named. */
  named: readonly TablePairReference[];
  /** Settings of a matching pattern. */
  own(table: TableReference): TablePairReference['own'];
}

/** A table that a pattern matches, but that is not compared. */
export interface SkippedTable {
  /** Its name as the command accepts it, or the name of a topic. */
  table: string;
  /**
   * Its kind in the catalog, such as view, sequence or partition; or topic.
   * @asType string
   */
  kind: TableKind | 'topic';
  reason: string;
}

/** A name with a wildcard and no separate target name stands for every matching table. */
export function isPattern({ source, target }: TablePairReference): boolean {
  return hasWildcard(source) && target.name === source.name;
}

/**
 * The tables that a pattern matches: of all schemas if it names one, else of those searched for unqualified names. Also
 * returns matches that are not compared, so that nothing is skipped silently.
 * @throws TABLE_NOT_FOUND if nothing comparable matches
 */
export function expandPattern(
  { source, own }: TablePairReference,
  tables: readonly KnownTable[],
  database: string,
): { tables: TablePairReference[]; skipped: SkippedTable[] } {
  const fitting = tables.filter(
    (table) => (source.schema !== undefined || table.visible) && matchesReference(source, table),
  );
  const byName = new Map(tables.map((table) => [existingTableText(table), table]));
  const included = new Set(fitting.filter(({ kind }) => patternRefusal(kind) === undefined).map(existingTableText));
  const skipped: SkippedTable[] = [];
  const found = fitting.filter((table) => {
    const reason = patternRefusal(table.kind) ?? coveredBy(table, byName, included);
    if (reason === undefined) return true;
    skipped.push({ table: existingTableText(table), kind: table.kind, reason });
    return false;
  });
  if (found.length === 0) {
    const others = skipped.map(({ table, kind }) => `${table} is a ${kind}`).join(', ');
    throw new SluiceError('TABLE_NOT_FOUND', `${database}: no table matches "${tableText(source)}"`, {
      hint:
        skipped.length > 0
          ? `A pattern matches tables only: ${others}. Compare views and foreign tables by name.`
          : 'Quote the pattern to keep the shell from expanding it.',
      details: { table: tableText(source), skipped },
    });
  }
  return {
    tables: found.map(({ schema, name }) => ({
      source: { schema, name, quoted: { schema: true, name: true } },
      target: { name },
      ...(own === undefined ? {} : { own }),
    })),
    skipped,
  };
}

/**
 * The tables of a run, with patterns expanded. A table named separately is compared once, as named; a listed one with
 * its target and settings from the list.
 * @throws TABLE_NOT_FOUND if a pattern matches nothing comparable
 */
export function expandPatterns(
  tables: readonly TablePairReference[],
  listed: ListedTables | undefined,
  known: readonly KnownTable[],
  database: string,
): { tables: TablePairReference[]; skipped: SkippedTable[] } {
  const named = byMeaning(
    tables.filter((one) => !isPattern(one)),
    known,
  );
  const settled = byMeaning(listed?.named ?? [], known);
  const skipped: SkippedTable[] = [];
  const all = tables.flatMap((one) => {
    if (!isPattern(one)) return [one];
    const expanded = expandPattern(one, known, database);
    skipped.push(...expanded.skipped.filter(({ table }) => !named.has(table)));
    return expanded.tables.flatMap((found): TablePairReference[] => {
      const text = existingTableText(found.source);
      const itself = named.get(text);
      if (itself !== undefined) {
        const others = itself.map(({ target }) => target).filter((target) => !isDefault(target, found.source));
        if (others.length === itself.length)
          skipped.push({
            table: text,
            kind: 'table',
            reason: `named separately, with target ${others.map(tableText).join(', ')}`,
          });
        return [];
      }
      const own = found.own ?? listed?.own(found.source);
      return (
        settled.get(text)?.map((entry) => ({
          ...found,
          target: isDefault(entry.target, found.source) ? found.target : entry.target,
          own: entry.own,
        })) ?? [own === undefined ? found : { ...found, own }]
      );
    });
  });
  return {
    tables: unique(all, (one) => JSON.stringify([one.source, one.target])),
    skipped: unique(skipped, ({ table }) => table),
  };
}

function isDefault(target: TableReference, source: TableReference): boolean {
  return target.schema === undefined && sameName(target.name, source.name);
}

/** References by the tables that they mean. */
function byMeaning(
  references: readonly TablePairReference[],
  known: readonly KnownTable[],
): Map<string, TablePairReference[]> {
  const all = new Map<string, TablePairReference[]>();
  for (const one of references) {
    const table = findTable(known, one.source);
    if (table === undefined) continue;
    const text = existingTableText(table);
    all.set(text, [...(all.get(text) ?? []), one]);
  }
  return all;
}

function unique<T>(all: readonly T[], text: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [text(one), one])).values()];
}

/** A partition's rows are compared as part of its table, if that is compared. */
function coveredBy(
  table: KnownTable,
  byName: ReadonlyMap<string, KnownTable>,
  included: ReadonlySet<string>,
): string | undefined {
  let covering: string | undefined;
  for (let { parent } = table; parent !== undefined; parent = byName.get(existingTableText(parent))?.parent) {
    const text = existingTableText(parent);
    if (included.has(text)) covering = text;
  }
  return covering === undefined ? undefined : `its rows are compared as part of ${covering}`;
}
