import type { Cells, TableInfo } from '../../databases/model.ts';
import type { ForeignKey } from '../../databases/session.ts';
import { isView } from '../../databases/table-kinds.ts';
import { setting } from '../../text/settings.ts';
import { hasHidden, replaceHidden } from '../../text/visible.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import type { RowDifference } from '../compare/rows.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type ColumnPair, NO_TEXT } from '../model.ts';

/** What a repair needs to know about one table. */
export interface RepairTarget {
  dialect: Dialect;
  table: TableInfo;
  plan: ColumnPlan;
}

export type RepairAction = 'insert' | 'update' | 'delete';
/** By kind of difference. */
export const ACTION = { extra: 'delete', different: 'update', missing: 'insert' } as const;

/** A statement that makes one target row equal to the source's, or the reason why there is none. */
export type RepairStatement =
  | { action: RepairAction; sql: string; joinable?: Joinable }
  | { action: 'none'; reason: string };

/**
 * A statement that can be joined with others: `INSERT INTO … VALUES` with more rows, or `DELETE FROM … WHERE` with more
 * conditions.
 */
export interface Joinable {
  head: string;
  part: string;
  separator: ', ' | ' OR ';
}

export interface StatementOptions {
  allowDelete: boolean;
  /** Address of a target row, if better than its key. */
  address?: ((key: Cells) => string | undefined) | undefined;
  /** Further conditions for rows to delete or update, or why it is unknown whether other rows are safe. */
  guards?: ((action: RepairAction, difference: RowDifference) => string[] | { reason: string }) | undefined;
}

export const notDeleted = () => `extra rows are only deleted with ${setting('allowDelete')}`;
export const NO_KEY = 'the table has no key: no statement can name one row';
export const AMBIGUOUS = 'several rows have this key';
const UNCOMPARED = 'a missing row cannot be inserted: some columns could not be compared';
const NOT_WHOLE = 'a missing row cannot be inserted: some of its columns were excluded from the comparison';
const INHERITED =
  'a missing row cannot be inserted: it may belong to one of the tables that inherit; repair those separately';
export const REFERRED_TO = 'rows of other tables refer to it, and the database would change them too';
export const UNSEEN =
  'rows of tables that this user cannot see may refer to it, and the database would change them too: grant the user REFERENCES (in SQL Server VIEW DEFINITION) on the whole database';
const MARKED = 'the pipeline keeps deleted rows and marks them: this may be one of them';
const COMPUTED = 'only computed columns of the target differ';
const ALWAYS = 'is GENERATED ALWAYS AS IDENTITY: no UPDATE can set it';
export const WAITS = 'it depends on a row that is not repaired, and the database would reject the whole script';
export const NO_TEMPORARY =
  'it exchanges unique values with other rows, and its type has no value to give one of them in between';
const NO_TRANSACTIONS = 'the table’s storage engine has no transactions, so a failed write could not be undone';
const OF_A_VIEW = 'it is a view: the effect of a write on its tables is unknown';
export const OUTSIDE =
  'the condition excludes a row with this key on one side: it was not compared, and must not be written or deleted';

const unreadable = () =>
  `a name of the table has control characters or invisible ones, which would mislead readers of a script: use ${setting('repair', 'apply')}`;

/** Whether a quoted name would show on a terminal as something else, or on several lines. */
function misleads(quoted: string): boolean {
  return hasHidden(quoted) || quoted.includes('\n');
}

/** Why no script for a table can be read by people; undefined if one can. */
export function unwritten({ dialect, table }: Pick<RepairTarget, 'dialect' | 'table'>): string | undefined {
  const names = [dialect.table(table), ...table.columns.map((column) => dialect.quote(column.name))];
  return names.some(misleads) ? unreadable() : undefined;
}

/** Why no row of a table can be repaired; undefined if rows can. */
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
  const refused = textRefusal(target, source ?? []);
  if (refused !== undefined) return { action: 'none', reason: refused };
  if (difference.columns.length === 0) return { action: 'none', reason: AMBIGUOUS };
  const misread = difference.columns.find((index) => isMisread(target, plan.pairs[index], source?.[index]));
  if (misread !== undefined)
    return { action: 'none', reason: `${plan.pairs[misread]?.target.name} has no such value in the target` };
  const required = difference.columns.find((index) => source?.[index] === null && isRequired(target, index));
  if (required !== undefined)
    return { action: 'none', reason: `${plan.pairs[required]?.target.name} cannot hold NULL in the target` };
  if (kind === 'extra') {
    if (!options.allowDelete) return { action: 'none', reason: notDeleted() };
    if (plan.mark !== undefined) return { action: 'none', reason: MARKED };
    const more = options.guards === undefined ? [] : options.guards('delete', difference);
    if ('reason' in more) return { action: 'none', ...more };
    const where = [condition(target, difference.key, options), ...more].join(' AND ');
    const head = `DELETE FROM ${name(target)} WHERE`;
    const sql = guarded(target, difference, options, more, `${head} ${where};`);
    return { action: 'delete', sql, joinable: { head, part: `(${where})`, separator: ' OR ' } };
  }
  if (source === undefined) return { action: 'none', reason: AMBIGUOUS };
  const foreign = difference.columns.flatMap((index) => foreignReason(plan, difference, index) ?? []);
  if (foreign[0] !== undefined) return { action: 'none', reason: foreign[0] };
  if (kind === 'different') {
    const fixed = difference.columns.find((index) => plan.pairs[index]?.target.always);
    // One such statement would make the whole script fail.
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
  if (plan.inherited) return { action: 'none', reason: INHERITED };
  const more = options.guards === undefined ? [] : options.guards('insert', difference);
  return 'reason' in more ? { action: 'none', ...more } : insert(target, source, more);
}

/** Why a pipeline would not write the source's value of a differing column; undefined if it would. */
export function foreignReason({ pairs }: ColumnPlan, { source }: RowDifference, index: number): string | undefined {
  const pair = pairs[index];
  const reason = pair?.unwritable ?? (source?.[index] === null ? pair?.nullUnwritable : undefined);
  return reason === undefined ? undefined : `${pair?.target.name}: ${reason}`;
}

/** Lock the row before checking what refers to it. */
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

function textRefusal({ dialect }: RepairTarget, texts: Cells): string | undefined {
  for (const text of texts) {
    if (text?.startsWith(NO_TEXT)) return 'it contains bytes that are not valid UTF-8';
    const reason = text === null ? undefined : dialect.textRefusal?.(text);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function isMisread({ dialect }: RepairTarget, pair: ColumnPair | undefined, text: string | null | undefined): boolean {
  if (pair === undefined || text === undefined || text === null) return false;
  return dialect.misreads?.(pair.target, pair.form, text) ?? false;
}

/**
 * Whether NULL is not one of a column's values. An error would end a whole script, and MySQL does not always give one: for
 * NULL it writes the next number of an AUTO_INCREMENT, and the time in some columns.
 */
function isRequired(target: RepairTarget, index: number): boolean {
  return isWritten(target, index) && target.plan.pairs[index]?.target.nullable === false;
}

/** Whether an UPDATE can set a column. */
function isWritten({ dialect, plan }: RepairTarget, index: number): boolean {
  const column = plan.pairs[index]?.target;
  return column !== undefined && !column.generated && (dialect.updatesIdentity || !column.identity);
}

/** A column and its value; none for a column that the target computes. */
function assignment(target: RepairTarget, index: number, text: string | null): [string, string][] {
  const pair = target.plan.pairs[index];
  return pair === undefined || !isWritten(target, index)
    ? []
    : [[pair.target.name, literal(target.dialect, pair, text)]];
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
    // The database sets only columns that the statement does not set itself.
    ...target.table.columns
      .filter((column) => column.touched && !sets.has(column.name))
      .map((column) => `${quote(column.name)} = ${quote(column.name)}`),
  ];
  return `UPDATE ${name(target)} SET ${all.join(', ')} WHERE ${[condition(target, key, options), ...more].join(' AND ')};`;
}

/** @param more conditions, which rule out further rows */
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
      : `${into} SELECT ${values}${dialect.fromNothing} WHERE ${more.join(' AND ')};`;
  const joinable =
    dialect.insertsSeveral && more.length === 0 ? { joinable: { head, part: row, separator: ', ' as const } } : {};
  const whole = identity ? (dialect.insertIdentity?.(sql, target.table) ?? sql) : sql;
  return { action: 'insert', sql: whole, ...joinable };
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
  // For floating-point numbers the display text is available, not the bits.
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
    // The columns that it is computed from may be among those written.
    ...table.columns.filter(({ generated }) => generated).map(({ name }) => name),
  ];
  const isChanged = (name: string) => changed.includes(name);
  return (
    (key.onUpdate === 'act' && parents.some(isChanged)) ||
    (key.onDelete === 'act' && (key.movedBy ?? []).some(isChanged))
  );
}

/**
 * Conditions for a statement that runs later: no row refers to this one by a foreign key on which the database would
 * act; and if nothing keeps the key unique, a row to insert does not exist and any other exists once. Or why that is
 * unknown.
 */
export function guards(
  target: RepairTarget,
  action: RepairAction,
  difference: RowDifference,
  references: readonly ForeignKey[],
): string[] | { reason: string } {
  const { dialect } = target;
  const aside = (rows: string, most: number) => `(${dialect.setAside?.(rows, most) ?? rows}) AS sluice_own`;
  const noneOf = (rows: string) =>
    `NOT EXISTS (${dialect.setAside === undefined ? rows : `SELECT 1 FROM ${aside(rows, 1)}`})`;
  const own = `FROM ${name(target)} WHERE ${condition(target, difference.key, {})}`;
  if (action === 'insert') return target.plan.unique ? [] : [noneOf(`SELECT 1 ${own}`)];
  const conditions = target.plan.unique
    ? []
    : [`(SELECT ${dialect.count} FROM ${aside(`SELECT 1 AS one ${own}`, 2)}) = 1`];
  for (const key of references) {
    if (!isActedOn(key, action, difference, target)) continue;
    if (key.unseen) return { reason: UNSEEN };
    if ([dialect.table(key.child), ...key.childColumns.map(dialect.quote)].some(misleads))
      return { reason: unreadable() };
    // By the row's own values: a value written here may have another form, without trailing blanks.
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
