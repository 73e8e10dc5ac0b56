import type { TableShape } from '../preflight/table-shapes.ts';
import { consequencesOf, worst } from '../sources/consequences.ts';
import {
  type KnownTable,
  type Observed,
  observe,
  type SeenChange,
  type ShapeOrigin,
  sourceTableText,
} from '../sources/observe.ts';
import { changeText } from '../sources/shape.ts';
import type { Lease } from '../store/lease.ts';
import type { KeptTable, SchemaChangeSeen, SchemaChanges, SourceTables } from '../store/schema-changes.ts';
import type { SourceTable } from '../topology/topic-names.ts';
import type { SchemaObservation } from './source-watch.ts';

type KeptIn = Pick<SchemaChanges, 'tables' | 'keep' | 'keepOnly' | 'last'>;

/** Compares what was seen of sources' tables with what was kept, and keeps it. */
export class SchemaKeeper {
  readonly #store: () => KeptIn;
  readonly #context: string;
  readonly #who: string;
  /** By connector, as it was kept; read once in each term of the lease, since another process may have acted before. */
  readonly #kept = new Map<string, Map<string, KeptTable>>();
  #term: number | undefined;
  #last: ReadonlyMap<string, number> | undefined;

  constructor(store: () => KeptIn, context: string, who: string) {
    this.#store = store;
    this.#context = context;
    this.#who = who;
  }

  /**
   * @param existing names of all connectors
   * @param now ms since 1970
   * @returns what changed; undefined if the lease has been taken over: nothing was kept then
   */
  keep(
    observations: readonly SchemaObservation[],
    existing: readonly string[],
    { lease, now }: { lease: Lease; now: number },
  ): SchemaChangeSeen[] | undefined {
    if (this.#term !== lease.term) {
      this.#kept.clear();
      this.#last = undefined;
    }
    this.#term = lease.term;
    if (observations.length === 0) return [];
    const steps = observations.map((one) => this.#step(one, now));
    const sources = steps.map(({ source }) => source).filter((one) => !isNothing(one));
    if (sources.length > 0 && !this.#store().keep(this.#context, sources, { lease, who: this.#who })) return undefined;
    for (const { source, kept } of steps) this.#kept.set(source.connector, kept);
    if ([...this.#kept.keys()].some((name) => !existing.includes(name))) {
      for (const name of this.#kept.keys()) if (!existing.includes(name)) this.#kept.delete(name);
      this.#store().keepOnly(this.#context, existing);
    }
    const seen = steps.flatMap(({ source }) => source.seen);
    if (seen.length > 0) this.#last = undefined;
    return seen;
  }

  /** When the last change of each connector was seen, also before this process (ms since 1970). */
  last(): ReadonlyMap<string, number> {
    this.#last ??= this.#store().last(this.#context);
    return this.#last;
  }

  #step(
    { source, observed, connectors }: SchemaObservation,
    now: number,
  ): { source: SourceTables; kept: Map<string, KeptTable> } {
    const { name, config } = source;
    const kept =
      this.#kept.get(name) ??
      new Map(
        this.#store()
          .tables(this.#context, name)
          .map((one) => [one.table, one]),
      );
    const { known, seen } = observe([...kept.values()].map(readKept), observed, config);
    const next = new Map(known.map(writeKept).map((one) => [one.table, one]));
    const changed = [...next.values()].filter(({ table, origin, shape }) => {
      const before = kept.get(table);
      return before?.shape !== shape || before.origin !== origin;
    });
    return {
      kept: next,
      source: {
        connector: name,
        changed,
        gone: [...kept.keys()].filter((table) => !next.has(table)),
        ...positionOf(observed, kept),
        seen: seen.map((one) => seenOf(one, { source, connectors, now })),
      },
    };
  }
}

function seenOf(
  { table, at, changes }: SeenChange,
  { source, connectors, now }: Pick<SchemaObservation, 'source' | 'connectors'> & { now: number },
): SchemaChangeSeen {
  const each = consequencesOf(changes, { source, table, connectors });
  const bySink = Map.groupBy(each.flat(), ({ sink }) => sink);
  return {
    ...{ connector: source.name, table: sourceTableText(table), at, seenAt: now },
    changes: changes.map(changeText),
    consequences: [...bySink].map(([sink, all]) => {
      const effect = worst(all.map((one) => one.effect));
      // Those that do nothing are only worth a word if none does anything.
      const notable = all.filter((one) => one.effect !== 'none' || effect === 'none');
      return { sink, effect, text: [...new Set(notable.map(({ text }) => text))].join(' ') };
    }),
  };
}

function positionOf(observed: Observed, kept: ReadonlyMap<string, KeptTable>): Pick<SourceTables, 'position'> {
  if (observed.by === 'topic') return { position: { topic: observed.topic, next: observed.next } };
  // Should it be read again later, it begins from the start.
  return [...kept.values()].some(({ origin }) => origin === 'topic') ? { position: null } : {};
}

function isNothing({ changed, gone, seen, position }: SourceTables): boolean {
  return changed.length === 0 && gone.length === 0 && seen.length === 0 && position === undefined;
}

function writeKept({ table: { database, schema, name }, by, shape }: KnownTable): KeptTable {
  const table = JSON.stringify([database ?? null, schema ?? null, name]);
  const { columns, primaryKey } = shape;
  return { table, origin: by, shape: JSON.stringify({ columns, primaryKey }) };
}

function readKept({ table, origin, shape }: KeptTable): KnownTable {
  const [database, schema, name] = JSON.parse(table) as [string | null, string | null, string];
  const of: SourceTable = { ...(database === null ? {} : { database }), ...(schema === null ? {} : { schema }), name };
  return { table: of, by: origin as ShapeOrigin, shape: JSON.parse(shape) as TableShape };
}
