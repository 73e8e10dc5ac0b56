import { distance } from 'fastest-levenshtein';
import { SluiceError } from '../errors/error.ts';
import type { TableInfo } from './model.ts';
import { refusal, type TableKind } from './table-kinds.ts';
import { existingTableText, sameName, type TableReference, tableText } from './table-names.ts';

export interface NamedTable {
  schema: string;
  name: string;
  /** In a schema searched for unqualified names. */
  visible: boolean;
}

/** A table or something that can be read like one, as the catalogs list it. */
export interface KnownTable extends NamedTable {
  kind: TableKind;
  /** For partitions: the table it is part of. */
  parent?: { schema: string; name: string } | undefined;
}

/**
 * The table that a reference names: by exact name, else by the only one that differs in case; quoted parts by exact
 * name only.
 * @param tables those of schemas searched first come first
 * @throws TABLE_NOT_FOUND with the nearest names, REQUEST_INVALID if several match
 */
export function pickTable<T extends NamedTable>(tables: readonly T[], wanted: TableReference, database: string): T {
  const candidates = fittingTables(tables, wanted);
  const [only, ...more] = candidates;
  if (only !== undefined && more.length === 0) return only;
  const { name } = wanted;
  const text = tableText(wanted);
  if (only !== undefined) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `${database}: "${text}" may be any of ${candidates.map(existingTableText).join(', ')}`,
      {
        hint: 'Write the name exactly as the database has it, including case.',
      },
    );
  }
  const near = nearest(name, tables);
  throw new SluiceError('TABLE_NOT_FOUND', `${database}: there is no table "${text}"`, {
    hint:
      near.length > 0
        ? `Nearest: ${near.join(', ')}.`
        : tables.length === 0
          ? 'This user sees no tables: check the database in the URL and the privileges of the user.'
          : 'Check the name, and that the user may read the table.',
    details: { table: text, nearest: near },
  });
}

/** The exact match, or all that differ only in case. */
function fittingTables<T extends NamedTable>(tables: readonly T[], { schema, name, quoted }: TableReference): T[] {
  const inSchema = tables.filter((table) =>
    schema === undefined ? table.visible : quoted?.schema ? table.schema === schema : sameName(table.schema, schema),
  );
  const exact = inSchema.filter((table) => table.name === name);
  const found = schema === undefined ? exact[0] : exact.find((table) => table.schema === schema);
  if (found !== undefined) return [found];
  return exact.length > 0 || quoted?.name ? exact : inSchema.filter((table) => sameName(table.name, name));
}

/** The only matching table, if any. */
export function findTable<T extends NamedTable>(tables: readonly T[], wanted: TableReference): T | undefined {
  const [only, ...more] = fittingTables(tables, wanted);
  return more.length === 0 ? only : undefined;
}

/** @throws TABLE_NOT_COMPARABLE if it has no rows to compare */
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
 * @param rows rows are read; definitions can be compared without them
 * @throws ROWS_HIDDEN if rows or columns are hidden from the user, so that the rest is not the whole table
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
