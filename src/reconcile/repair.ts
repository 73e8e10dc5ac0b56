import type { ColumnPlan } from './columns.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Cells, ColumnPair, TableInfo } from './model.ts';
import type { RowDifference } from './rows.ts';

/** What a repair of one table needs to know of it. */
export interface RepairTarget {
  dialect: Dialect;
  table: TableInfo;
  plan: ColumnPlan;
}

/** A statement that makes one row of the target as the source has it, or the reason why there is none. */
export type RepairStatement =
  | { action: 'insert' | 'update' | 'delete'; sql: string }
  | { action: 'none'; reason: string };

export const NOT_DELETED = 'extra rows are deleted with --allow-delete only';
const NO_KEY = 'the table has no key: no statement can name one row';
export const AMBIGUOUS = 'the key is there several times';
const UNCOMPARED = 'a missing row cannot be inserted: some columns could not be compared';

/** One statement per difference, in their order. Differences must carry their rows. */
export function repairStatements(
  target: RepairTarget,
  differences: readonly RowDifference[],
  options: { allowDelete: boolean },
): RepairStatement[] {
  return differences.map((difference) => repairStatement(target, difference, options));
}

export function repairStatement(
  target: RepairTarget,
  difference: RowDifference,
  options: { allowDelete: boolean },
): RepairStatement {
  const { plan } = target;
  if (plan.key.length === 0) return { action: 'none', reason: NO_KEY };
  const { kind, source } = difference;
  if (difference.columns.length === 0) return { action: 'none', reason: AMBIGUOUS };
  if (kind === 'extra') {
    if (!options.allowDelete) return { action: 'none', reason: NOT_DELETED };
    return { action: 'delete', sql: `DELETE FROM ${name(target)} WHERE ${condition(target, difference.key)};` };
  }
  if (source === undefined) return { action: 'none', reason: AMBIGUOUS };
  if (kind === 'different') return update(target, difference, source);
  if (plan.uncompared.length > 0) return { action: 'none', reason: UNCOMPARED };
  return insert(target, source);
}

function update(target: RepairTarget, { columns, key }: RowDifference, source: Cells): RepairStatement {
  const { dialect, plan } = target;
  const sets = columns.flatMap((index) => {
    const pair = plan.pairs[index];
    if (pair === undefined || pair.target.generated) return [];
    return [`${dialect.quote(pair.target.name)} = ${literal(dialect, pair, source[index] ?? null)}`];
  });
  if (sets.length === 0) return { action: 'none', reason: 'only columns that the target computes itself differ' };
  return { action: 'update', sql: `UPDATE ${name(target)} SET ${sets.join(', ')} WHERE ${condition(target, key)};` };
}

function insert(target: RepairTarget, source: Cells): RepairStatement {
  const { dialect, plan } = target;
  const written = plan.pairs.flatMap((pair, index) =>
    pair.target.generated ? [] : [{ pair, value: source[index] ?? null }],
  );
  const columns = written.map(({ pair }) => dialect.quote(pair.target.name)).join(', ');
  const values = written.map(({ pair, value }) => literal(dialect, pair, value)).join(', ');
  const identity = written.some(({ pair }) => pair.target.identity);
  const statement = `INSERT INTO ${name(target)} (${columns})${identity ? dialect.insertOverride : ''} VALUES (${values});`;
  if (!identity || dialect.engine !== 'sqlserver') return { action: 'insert', sql: statement };
  return {
    action: 'insert',
    sql: `SET IDENTITY_INSERT ${name(target)} ON; ${statement} SET IDENTITY_INSERT ${name(target)} OFF;`,
  };
}

function name({ dialect, table }: RepairTarget): string {
  return dialect.table(table);
}

function condition({ dialect, plan }: RepairTarget, key: Cells): string {
  return plan.key
    .map((pair, index) => {
      const value = key[index] ?? null;
      const column = dialect.quote(pair.target.name);
      return value === null ? `${column} IS NULL` : `${column} = ${literal(dialect, pair, value)}`;
    })
    .join(' AND ');
}

function literal(dialect: Dialect, pair: ColumnPair, text: string | null): string {
  return dialect.literal(pair.target, pair.form, text);
}

/** A script that a person reads before running it: what it does at its head, then one transaction. */
export function scriptHead(target: RepairTarget, source: string): string[] {
  const { dialect, table } = target;
  return [
    `-- Repair of ${dialect.table(table)}: makes it as ${comment(source)} has it. Read it before you run it.`,
    ...dialect.scriptHead,
    dialect.begin,
  ];
}

/** Text from a database must not end a comment's line. */
export function comment(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}
