import { SluiceError } from '../errors/error.ts';
import { globExpression } from '../plan/glob.ts';
import type { ColumnOptions } from './columns.ts';
import type { Fence } from './options.ts';

export interface TableReference {
  schema?: string | undefined;
  name: string;
}

export interface TablePairReference {
  source: TableReference;
  target: TableReference;
  /** What is known of this table's columns; names that are not there are no error. */
  known?: { ignore: readonly string[]; rename: Readonly<Record<string, string>> };
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
  const parts = splitOutsideQuotes(text, '=');
  const [source = '', target] = parts;
  if (parts.length > 2 || source.trim() === '' || target?.trim() === '') {
    throw new SluiceError('USAGE', `"${text}" names no table`, { hint: 'Write TABLE, SCHEMA.TABLE or SOURCE=TARGET.' });
  }
  const left = parseTable(source);
  // The same name, in the target's own default schema: Debezium's sinks leave the source's schema behind.
  return { source: left, target: target === undefined ? { name: left.name } : parseTable(target) };
}

/** @throws USAGE */
export function parseTable(text: string): TableReference {
  const parts = splitOutsideQuotes(text.trim(), '.').map((part) => part.replace(/^["`[](.*)["`\]]$/, '$1'));
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  if (parts.length > 2 || name === '' || schema === '') {
    throw new SluiceError('USAGE', `"${text}" names no table`, {
      hint: 'Write TABLE or SCHEMA.TABLE; the database is the one of the URL. Put a name with dots in double quotes.',
    });
  }
  return schema === undefined ? { name } : { schema, name };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === separator && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

export interface KnownTable {
  schema: string;
  name: string;
  /** In the schemas that an unqualified name is looked for. */
  visible: boolean;
}

/**
 * The table that a reference means: by exact name, else by the only one that is alike but for case.
 * @throws TABLE_NOT_FOUND with the nearest names, USAGE where several fit
 */
export function pickTable<T extends KnownTable>(tables: readonly T[], wanted: TableReference, database: string): T {
  const inSchema = tables.filter((table) =>
    wanted.schema === undefined ? table.visible : same(table.schema, wanted.schema),
  );
  const exact = inSchema.filter((table) => table.name === wanted.name);
  const [found] = exact;
  if (found !== undefined) return exact.find((table) => table.schema === wanted.schema) ?? found;
  const alike = inSchema.filter((table) => same(table.name, wanted.name));
  const [only, ...more] = alike;
  if (only !== undefined && more.length === 0) return only;
  const text = tableText(wanted);
  if (only !== undefined) {
    throw new SluiceError('USAGE', `${database}: "${text}" may be any of ${alike.map(full).join(', ')}`, {
      hint: 'Write the name as the database does, with its case.',
    });
  }
  const near = nearest(wanted.name, tables);
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

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function full(table: KnownTable): string {
  return `${table.schema}.${table.name}`;
}

function nearest(name: string, tables: readonly KnownTable[]): string[] {
  const wanted = name.toLowerCase();
  return tables
    .map((table) => ({ table, distance: distance(wanted, table.name.toLowerCase()) }))
    .filter(({ table, distance: far }) => {
      const candidate = table.name.toLowerCase();
      return far <= Math.max(2, wanted.length / 3) || candidate.includes(wanted) || wanted.includes(candidate);
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ table }) => full(table));
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** `schema.name`, or the name alone. */
export function tableText({ schema, name }: TableReference): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

/** Whether a table is meant by `orders`, `shop.orders` or a pattern with `*` and `?`. */
export function matchesPattern(pattern: string, table: TableReference): boolean {
  const expression = globExpression(pattern, 'i');
  return expression.test(tableText(table)) || expression.test(table.name);
}

/** A name with `*` or `?` and no target name of its own stands for every table (not view) that it fits. */
export function isPattern({ source, target }: TablePairReference): boolean {
  return /[*?]/.test(source.name) && target.name === source.name;
}

/**
 * The tables that a pattern means: of all schemas if it names one, else of those that unqualified names are looked for in.
 * @throws TABLE_NOT_FOUND where it fits none
 */
export function expandPattern(
  { source, own }: TablePairReference,
  tables: readonly (KnownTable & { view: boolean })[],
  database: string,
): TablePairReference[] {
  const text = tableText(source);
  const found = tables.filter(
    (table) =>
      !table.view &&
      (source.schema === undefined
        ? table.visible && matchesPattern(text, { name: table.name })
        : matchesPattern(text, table)),
  );
  if (found.length === 0) {
    throw new SluiceError('TABLE_NOT_FOUND', `${database}: no table fits "${text}"`, {
      hint: 'Put the pattern in quotes, so that the shell leaves it alone; views are compared by name only.',
      details: { table: text },
    });
  }
  return found.map(({ schema, name }) => ({
    source: { schema, name },
    target: { name },
    ...(own === undefined ? {} : { own }),
  }));
}
