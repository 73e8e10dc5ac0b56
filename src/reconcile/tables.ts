import { distance } from 'fastest-levenshtein';
import { SluiceError } from '../errors/error.ts';
import type { ColumnOptions } from './columns.ts';
import type { TableInfo } from './model.ts';
import type { Fence } from './options.ts';
import { patternRefusal, refusal, type TableKind } from './table-kinds.ts';
import {
  existingTableText,
  hasWildcard,
  matchesReference,
  nameParts,
  referenceOf,
  sameName,
  type TableReference,
  tableText,
} from './table-names.ts';

export { existingTableText, matchesPattern, parseTable, type TableReference, tableText } from './table-names.ts';

export interface TablePairReference {
  source: TableReference;
  target: TableReference;
  /** As it was typed or listed; undefined for a table that was found. */
  written?: string | undefined;
  /** The source's, where a connector reads several: settings may name it. */
  database?: string | undefined;
  /** What is known of this table's columns; names that are not there are no error. */
  known?: NonNullable<ColumnOptions['known']>;
  /** What is to be said of the pair, whatever is found. */
  notes?: readonly string[] | undefined;
  /** This table's own fence. */
  fence?: Fence | undefined;
  /** What is said of this table alone; goes before what is said of all. */
  own?: (Omit<ColumnOptions, 'known'> & { where?: string }) | undefined;
}

/**
 * `orders`, `shop.orders`, `"odd.name"`, or `shop.orders=public.orders_copy` where the target's name is another.
 * @throws USAGE
 */
export function parseTablePair(text: string): TablePairReference {
  const [source = [], target, ...more] = nameParts(text, '.=');
  const hint =
    'Write TABLE, SCHEMA.TABLE or SOURCE=TARGET; the database is the one in the URL. Put a name that contains dots or = in double quotes.';
  if (more.length > 0) throw new SluiceError('USAGE', `"${text}" is not a valid pair of tables`, { hint });
  const left = referenceOf(source, text, hint);
  // The same name, in the target's own default schema: Debezium's sinks leave the source's schema behind.
  return { source: left, target: target === undefined ? { name: left.name } : referenceOf(target, text, hint) };
}

export interface NamedTable {
  schema: string;
  name: string;
  /** In the schemas that an unqualified name is looked for. */
  visible: boolean;
}

/** A table or something that can be read like one, as the catalogs list it. */
export interface KnownTable extends NamedTable {
  kind: TableKind;
  /** Of a partition: the table that it is a part of. */
  parent?: { schema: string; name: string } | undefined;
}

/** A table that a pattern fits, and that is not compared. */
export interface SkippedTable {
  table: string;
  kind: TableKind | 'topic';
  reason: string;
}

/**
 * The table that a reference means: by exact name, else by the only one that is alike but for case; what was written in
 * quotes by exact name only.
 * @param tables those of a schema that is searched first before others
 * @throws TABLE_NOT_FOUND with the nearest names, USAGE where several fit
 */
export function pickTable<T extends NamedTable>(tables: readonly T[], wanted: TableReference, database: string): T {
  const { schema, name, quoted } = wanted;
  const inSchema = tables.filter((table) =>
    schema === undefined ? table.visible : quoted?.schema ? table.schema === schema : sameName(table.schema, schema),
  );
  const exact = inSchema.filter((table) => table.name === name);
  const found = schema === undefined ? exact[0] : exact.find((table) => table.schema === schema);
  if (found !== undefined) return found;
  const alike = exact.length > 0 || quoted?.name ? exact : inSchema.filter((table) => sameName(table.name, name));
  const [only, ...more] = alike;
  if (only !== undefined && more.length === 0) return only;
  const text = tableText(wanted);
  if (only !== undefined) {
    throw new SluiceError('USAGE', `${database}: "${text}" may be any of ${alike.map(existingTableText).join(', ')}`, {
      hint: 'Write the name as the database does, with its case.',
    });
  }
  const near = nearest(name, tables);
  throw new SluiceError('TABLE_NOT_FOUND', `${database}: there is no table "${text}"`, {
    hint:
      near.length > 0
        ? `Nearest: ${near.join(', ')}.`
        : tables.length === 0
          ? 'This user sees no table at all: check the database in the URL and the privileges.'
          : 'Check the name, and that the user may read the table.',
    details: { table: text, nearest: near },
  });
}

/** @throws TABLE_NOT_COMPARABLE where there are no rows to compare */
export function refuse(table: Pick<KnownTable, 'schema' | 'name' | 'kind'>, database: string): void {
  const reason = refusal(table.kind);
  if (reason === undefined) return;
  throw new SluiceError(
    'TABLE_NOT_COMPARABLE',
    `${database}: ${existingTableText(table)} is a ${table.kind}: ${reason}`,
    { hint: 'Name a table or a view.', details: { table: existingTableText(table), kind: table.kind } },
  );
}

/**
 * @param rows they are read: definitions can be compared without them
 * @throws ROWS_HIDDEN where rows or columns are hidden from the user: what is left cannot be called the table
 */
export function refuseHidden(table: TableInfo, database: { name: string }, { rows }: { rows: boolean }): void {
  const { hidden } = table;
  if (hidden === undefined || (hidden.what === 'rows' && !rows)) return;
  throw new SluiceError('ROWS_HIDDEN', `${database.name}: ${hidden.reason}: ${existingTableText(table)}`, {
    hint: hidden.hint,
    details: { table: existingTableText(table) },
  });
}

function nearest(name: string, tables: readonly NamedTable[]): string[] {
  const wanted = name.toLowerCase();
  return tables
    .map((table) => ({ table, far: distance(wanted, table.name.toLowerCase()) }))
    .filter(({ table, far }) => {
      const candidate = table.name.toLowerCase();
      return far <= Math.max(2, wanted.length / 3) || candidate.includes(wanted) || wanted.includes(candidate);
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, 5)
    .map(({ table }) => existingTableText(table));
}

/** A name with a wildcard and no target name of its own stands for every table that it fits. */
export function isPattern({ source, target }: TablePairReference): boolean {
  return hasWildcard(source) && target.name === source.name;
}

/**
 * The tables that a pattern means: of all schemas if it names one, else of those that unqualified names are looked for
 * in. What fits the pattern and is not compared is returned too, so that nothing is left out in silence.
 * @throws TABLE_NOT_FOUND where nothing that can be compared fits
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
    throw new SluiceError('TABLE_NOT_FOUND', `${database}: no table fits "${tableText(source)}"`, {
      hint:
        skipped.length > 0
          ? `A pattern stands for tables only: ${others}. Views and foreign tables are compared by their names.`
          : 'Put the pattern in quotes, so that the shell leaves it alone.',
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

/** The rows of a partition are compared with the table that it is a part of, where that is compared. */
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
