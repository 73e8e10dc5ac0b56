import { replaceHidden } from '../text/visible.ts';
import type { ColumnPlan } from './columns.ts';
import type { Dialect, ForeignKey } from './dialects/dialect.ts';
import type { Cells, ColumnPair, TableInfo } from './model.ts';
import type { RowDifference } from './rows.ts';
import { isView } from './table-kinds.ts';

/** What a repair of one table needs to know of it. */
export interface RepairTarget {
  dialect: Dialect;
  table: TableInfo;
  plan: ColumnPlan;
}

export type RepairAction = 'insert' | 'update' | 'delete';
/** By what is wrong with a row. */
export const ACTION = { extra: 'delete', different: 'update', missing: 'insert' } as const;

/** A statement that makes one row of the target as the source has it, or the reason why there is none. */
export type RepairStatement =
  | { action: RepairAction; sql: string; joinable?: Joinable }
  | { action: 'none'; reason: string };

/** A statement that may take further rows: `INSERT INTO … VALUES` with rows, or `DELETE FROM … WHERE` with conditions. */
export interface Joinable {
  head: string;
  part: string;
  separator: ', ' | ' OR ';
}

export interface StatementOptions {
  allowDelete: boolean;
  /** Where a row of the target is, if something better than its key is known. */
  address?: ((key: Cells) => string | undefined) | undefined;
  /** Further conditions for rows that are deleted or updated, or why it cannot be told that other rows are safe. */
  guards?: ((action: RepairAction, difference: RowDifference) => string[] | { reason: string }) | undefined;
}

export const NOT_DELETED = 'extra rows are deleted with --allow-delete only';
export const NO_KEY = 'the table has no key: no statement can name one row';
export const AMBIGUOUS = 'the key is there several times';
const UNCOMPARED = 'a missing row cannot be inserted: some columns could not be compared';
const NOT_WHOLE = 'a missing row cannot be inserted: some of its columns were left out of the comparison';
export const REFERRED_TO = 'rows of other tables refer to it, and the database would change them too';
export const UNSEEN =
  'rows of tables that this user is not shown may refer to it, and the database would change them too: give the user a right that shows them, on the whole database: REFERENCES, in SQL Server VIEW DEFINITION';
const MARKED = 'the pipeline marks rows as deleted and leaves them: this may be one of these';
const HOLDS_NUL = 'it has the character NUL, which no text of PostgreSQL can hold';
const COMPUTED = 'only columns that the target computes itself differ';
const ALWAYS = 'is GENERATED ALWAYS AS IDENTITY: no UPDATE can set it';
export const WAITS = 'it waits for a row that is not repaired, and the database would refuse the whole script';
const NO_TRANSACTIONS =
  'the table’s storage engine has no transactions, so a write that goes wrong could not be undone';
const OF_A_VIEW = 'it is a view: what a write does to the rows of its tables, and to others with them, cannot be told';
export const OUTSIDE =
  'the condition (--where) leaves out a row of this key on one side: it was not compared, and is not to be written, deleted or doubled';

/** Why no row of a table can be repaired, whatever differs; undefined where rows can. */
export function unwritable({ kind, transactional }: TableInfo): string | undefined {
  if (isView(kind)) return OF_A_VIEW;
  return transactional ? undefined : NO_TRANSACTIONS;
}

export function repairStatement(
  target: RepairTarget,
  difference: RowDifference,
  options: StatementOptions,
): RepairStatement {
  const { plan } = target;
  if (plan.key.length === 0) return { action: 'none', reason: NO_KEY };
  const { kind, source } = difference;
  if (target.dialect.engine === 'postgresql' && source?.some((text) => text?.includes('\0')))
    return { action: 'none', reason: HOLDS_NUL };
  if (difference.columns.length === 0) return { action: 'none', reason: AMBIGUOUS };
  const numbered =
    source === undefined ? undefined : difference.columns.find((index) => meansAnother(target, index, source[index]));
  if (numbered !== undefined)
    return { action: 'none', reason: `${plan.pairs[numbered]?.target.name} has no such value in the target` };
  if (kind === 'extra') {
    if (!options.allowDelete) return { action: 'none', reason: NOT_DELETED };
    if (plan.mark !== undefined) return { action: 'none', reason: MARKED };
    const more = options.guards === undefined ? [] : options.guards('delete', difference);
    if ('reason' in more) return { action: 'none', ...more };
    const where = [condition(target, difference.key, options), ...more].join(' AND ');
    const head = `DELETE FROM ${name(target)} WHERE`;
    const sql = guarded(target, difference, options, more, `${head} ${where};`);
    return { action: 'delete', sql, joinable: { head, part: `(${where})`, separator: ' OR ' } };
  }
  if (source === undefined) return { action: 'none', reason: AMBIGUOUS };
  if (kind === 'different') {
    const fixed = difference.columns.find((index) => plan.pairs[index]?.target.always);
    // One such statement would end a whole script.
    if (fixed !== undefined) return { action: 'none', reason: `${plan.pairs[fixed]?.target.name} ${ALWAYS}` };
    const sets = new Map(difference.columns.flatMap((index) => assignment(target, index, source[index] ?? null)));
    if (sets.size === 0) return { action: 'none', reason: COMPUTED };
    const more = options.guards === undefined ? [] : options.guards('update', difference);
    if ('reason' in more) return { action: 'none', ...more };
    const sql = updateStatement(target, difference.key, sets, options, more);
    return { action: 'update', sql: guarded(target, difference, options, more, sql) };
  }
  if (plan.uncompared.length > 0) return { action: 'none', reason: UNCOMPARED };
  if (plan.unwritten.length > 0) return { action: 'none', reason: NOT_WHOLE };
  const more = options.guards === undefined ? [] : options.guards('insert', difference);
  return 'reason' in more ? { action: 'none', ...more } : insert(target, source, more);
}

/** What is asked of other rows is asked when nobody else holds this one. */
function guarded(
  target: RepairTarget,
  { key }: RowDifference,
  options: StatementOptions,
  more: readonly string[],
  sql: string,
): string {
  const lock = target.dialect.lockRow;
  return more.length === 0 || lock === undefined
    ? sql
    : `${lock(target.table, condition(target, key, options))}\n${sql}`;
}

/**
 * MySQL takes a number that is no value of an enum or set for the position of one, or of several, and one of two digits for a year
 * of this century or the last.
 */
function meansAnother({ dialect, plan }: RepairTarget, index: number, text: string | null | undefined): boolean {
  const { target: column, form } = plan.pairs[index] ?? {};
  if (dialect.engine !== 'mysql' || column === undefined) return false;
  // The number 0 is the year 0000, and the text '0' is 2000.
  if (/^year/i.test(column.nativeType))
    return (
      /^\s*[+-]?\d{1,2}(\.\d*)?\s*$/.test(text ?? '') &&
      (!/^0(\.0*)?$/.test(text ?? '') || !/^(integer|decimal)$/.test(form?.kind ?? ''))
    );
  if (!/^(enum|set)\(/i.test(column.nativeType) || !/^\s*[+-]?\d+\s*$/.test(text ?? '')) return false;
  const values: string[] = column.nativeType.match(/'(?:[^']|'')*'/g) ?? [];
  return !values.includes(`'${text}'`);
}

/** A column and its value; none for a column that the target computes. */
function assignment({ dialect, plan }: RepairTarget, index: number, text: string | null): [string, string][] {
  const pair = plan.pairs[index];
  // SQL Server numbers an identity column itself, and lets no UPDATE set it.
  const numbered = dialect.engine === 'sqlserver' && pair?.target.identity;
  if (pair === undefined || pair.target.generated || numbered) return [];
  return [[pair.target.name, literal(dialect, pair, text)]];
}

/** @param sets values by column, at least one */
export function updateStatement(
  target: RepairTarget,
  key: Cells,
  sets: ReadonlyMap<string, string>,
  options: Pick<StatementOptions, 'address'>,
  more: readonly string[] = [],
): string {
  const { quote } = target.dialect;
  const all = [
    ...[...sets].map(([column, value]) => `${quote(column)} = ${value}`),
    // Only what is set is kept from being set by the database.
    ...target.table.columns
      .filter((column) => column.touched && !sets.has(column.name))
      .map((column) => `${quote(column.name)} = ${quote(column.name)}`),
  ];
  return `UPDATE ${name(target)} SET ${all.join(', ')} WHERE ${[condition(target, key, options), ...more].join(' AND ')};`;
}

/** @param more conditions, in which case it takes no further rows */
function insert(target: RepairTarget, source: Cells, more: readonly string[]): RepairStatement {
  const { dialect, plan } = target;
  const written = plan.pairs.flatMap((pair, index) =>
    pair.target.generated ? [] : [{ pair, value: source[index] ?? null }],
  );
  const columns = written.map(({ pair }) => dialect.quote(pair.target.name)).join(', ');
  const values = written.map(({ pair, value }) => literal(dialect, pair, value)).join(', ');
  const identity = written.some(({ pair }) => pair.target.identity);
  const into = `INSERT INTO ${name(target)} (${columns})${identity ? dialect.insertOverride : ''}`;
  const head = `${into} VALUES`;
  const row = `(${values})`;
  const sql =
    more.length === 0
      ? `${head} ${row};`
      : `${into} SELECT ${values}${dialect.engine === 'mysql' ? ' FROM DUAL' : ''} WHERE ${more.join(' AND ')};`;
  if (dialect.engine !== 'sqlserver') {
    const joinable = more.length === 0 ? { head, part: row, separator: ', ' as const } : undefined;
    return { action: 'insert', sql, ...(joinable === undefined ? {} : { joinable }) };
  }
  // It would convert the values of several rows to one type among themselves before it converts them to the column's.
  if (!identity) return { action: 'insert', sql };
  return {
    action: 'insert',
    sql: `SET IDENTITY_INSERT ${name(target)} ON; ${sql} SET IDENTITY_INSERT ${name(target)} OFF;`,
  };
}

function name({ dialect, table }: RepairTarget): string {
  return dialect.table(table);
}

function condition(
  { dialect, plan }: RepairTarget,
  key: Cells,
  { address }: Pick<StatementOptions, 'address'>,
): string {
  return (
    address?.(key) ??
    plan.key.map((pair, index) => dialect.exactly(pair.target, pair.form, key[index] ?? null)).join(' AND ')
  );
}

function literal(dialect: Dialect, pair: ColumnPair, text: string | null): string {
  // Of a floating-point number the text for people is at hand, and not its bits.
  const form = pair.plain ?? pair.form;
  return dialect.literal(pair.target, form, text);
}

/** Whether the database itself would delete or change rows that refer to this one by a foreign key. */
export function isActedOn(
  key: ForeignKey,
  action: RepairAction,
  { columns }: RowDifference,
  { plan: { pairs }, table }: Pick<RepairTarget, 'plan' | 'table'>,
): boolean {
  if (action === 'insert') return false;
  if (action === 'delete') return key.onDelete === 'act';
  const parents = key.unseen ? table.uniqueKeys.flat() : key.parentColumns;
  const changed = [
    ...columns.map((index) => pairs[index]?.target.name),
    // Whatever it is computed from may be among those that are written.
    ...table.columns.filter(({ generated }) => generated).map(({ name }) => name),
  ];
  return key.onUpdate === 'act' && parents.some((name) => changed.includes(name));
}

/**
 * Conditions for a statement that is run later: no row refers to this one by a foreign key on which the database would act, and
 * under a key that nothing keeps unique one that is inserted is not there yet, and any other is there once. Or why that cannot
 * be said.
 */
export function guards(
  target: RepairTarget,
  action: RepairAction,
  difference: RowDifference,
  references: readonly ForeignKey[],
): string[] | { reason: string } {
  const { dialect } = target;
  // MySQL refuses to read a table that it is about to change, but for rows that it has set aside.
  const aside = (rows: string, most: number) =>
    dialect.engine === 'mysql' ? `(${rows} LIMIT ${most}) AS sluice_own` : `(${rows}) AS sluice_own`;
  const noneOf = (rows: string) =>
    `NOT EXISTS (${dialect.engine === 'mysql' ? `SELECT 1 FROM ${aside(rows, 1)}` : rows})`;
  const own = `FROM ${name(target)} WHERE ${condition(target, difference.key, {})}`;
  if (action === 'insert') return target.plan.unique ? [] : [noneOf(`SELECT 1 ${own}`)];
  const conditions = target.plan.unique
    ? []
    : [`(SELECT ${dialect.count} FROM ${aside(`SELECT 1 AS one ${own}`, 2)}) = 1`];
  for (const key of references) {
    if (!isActedOn(key, action, difference, target)) continue;
    if (key.unseen) return { reason: UNSEEN };
    // By what the row itself has: a value that is written here may have another form, without blanks at the end.
    const columns = [...new Set(key.parentColumns)].map(dialect.quote).join(', ');
    const row = `(SELECT ${columns} ${own})`;
    const equal = key.childColumns.map(
      (child, at) =>
        `p.${dialect.quote(key.parentColumns[at] ?? '')} ${key.operators?.[at] ?? '='} c.${dialect.quote(child)}`,
    );
    const child = `SELECT 1 FROM ${row} AS p JOIN ${dialect.table(key.child)} AS c ON ${equal.join(' AND ')}`;
    conditions.push(noneOf(child));
  }
  return conditions;
}

/** Text from a database must not end a comment's line; and some clients refuse a script with control characters. */
export function comment(text: string): string {
  return replaceHidden(text.replaceAll(/[\r\n]+/g, ' '), () => '\ufffd');
}
