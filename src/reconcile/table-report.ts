import { kindNote } from '../databases/table-kinds.ts';
import { existingTableText, tableText } from '../databases/table-names.ts';
import { firstNames } from '../text/lists.ts';
import { setting } from '../text/settings.ts';
import type { ColumnPlan } from './columns/plan.ts';
import type { RowRules } from './columns/rules.ts';
import type { RowDifference } from './compare/rows.ts';
import type { TablePair } from './compare/table-pair.ts';
import { namedKey } from './repair/skipped-rows.ts';
import { differencesOf, type ListedDifference, type TableReport, type Verdict } from './report.ts';
import type { TablePairReference } from './tables.ts';

export function emptyReport({ source, target, notes = [] }: TablePairReference): TableReport {
  return {
    source: tableText(source),
    target: tableText(target),
    verdict: 'failed',
    key: [],
    rows: { source: null, target: null },
    missing: null,
    extra: null,
    different: null,
    columns: [],
    oneSided: [],
    uncompared: [],
    differences: [],
    unlisted: 0,
    notes: [...notes],
    durationMs: 0,
    rowsPerSecond: 0,
  };
}

/** Of both sides together. */
export function rowsPerSecond({ source, target }: TableReport['rows'], durationMs: number): number {
  return Math.round(((source ?? 0) + (target ?? 0)) / Math.max(0.001, durationMs / 1000));
}

/** @param rows rows are compared, not only counted, nor only definitions */
export function describePlan(table: TableReport, { plan, where, source, target }: TablePair, rows: boolean): void {
  table.key = plan.key.map((pair) => pair.source.name);
  table.columns = plan.pairs.map((pair) => ({
    source: pair.source.name,
    target: pair.target.name,
    as: pair.form.kind,
    ...(pair.rule === undefined ? {} : { rule: pair.rule }),
    ...(pair.note === undefined ? {} : { note: pair.note }),
  }));
  table.oneSided = plan.oneSided;
  table.uncompared = plan.uncompared;
  if (where !== undefined || plan.leftOut.length > 0) {
    table.narrowed = {
      ...(where === undefined ? {} : { where }),
      ...(plan.leftOut.length === 0 ? {} : { leftOut: plan.leftOut }),
    };
  }
  if (plan.key.length === 0) {
    if (rows)
      table.notes.push(
        `no key: rows compared as a multiset, so a changed row counts as one missing and one extra; name a key with ${setting('key', 'COLUMNS')}`,
      );
  } else if (!plan.unique) table.notes.push('no unique constraint on both sides covers the key');
  for (const [side, { session, table: info }] of Object.entries({ source, target })) {
    const kind = kindNote(info.kind);
    if (kind !== undefined) table.notes.push(`${existingTableText(info)} of the ${side}: ${kind}`);
    if (info.note !== undefined) table.notes.push(`${existingTableText(info)} of the ${side}: ${info.note}`);
    if (!session.server.snapshot)
      table.notes.push(
        `${session.server.product} reads without a snapshot: enable snapshot isolation for a consistent read`,
      );
    else if (!info.transactional)
      table.notes.push(
        `${existingTableText(info)} of the ${side} is read without a snapshot: its storage engine keeps no row versions`,
      );
  }
}

/**
 * The comparison may contradict itself, differ, stay open, or be equal except for columns that could not be compared.
 */
export function judge(table: TableReport, differs: boolean): Verdict {
  if (table.contradictions !== undefined) return 'undetermined';
  if (differs || table.oneSided.length > 0) return 'different';
  if ((table.live?.undetermined ?? 0) > 0) return 'undetermined';
  return table.uncompared.length > 0 ? 'incomplete' : 'equal';
}

export function settledNote(rows: number, { source, target }: TablePair): string {
  const text = `${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return [source, target].every(({ session, table }) => session.server.snapshot && table.transactional)
    ? `${text} written differently ${rows === 1 ? 'means' : 'mean'} the same (JSON, floating point, durations, column rules)`
    : `${text} differed when scanned and were equal when read again`;
}

/** Columns in which a pipeline may have written something for the source's NULL. */
export function replacedNulls({ pairs }: ColumnPlan, { columns, source }: RowDifference): string[] {
  return columns.flatMap((index) => {
    const pair = pairs[index];
    return pair?.nullUnwritable !== undefined && source?.[index] === null ? pair.source.name : [];
  });
}

export function nullsNote(columns: readonly string[]): string {
  return `the pipeline may have written the column's default for NULL (replace.null.with.default): ${firstNames(columns, MAX_NAMED)}; no repair changes that`;
}

const MAX_NAMED = 5;

export function listed(plan: ColumnPlan, difference: RowDifference): ListedDifference {
  const { kind, rows, key } = difference;
  return {
    kind,
    key: namedKey(plan, key),
    rows,
    columns: difference.columns.map((index) => ({
      column: plan.pairs[index]?.source.name ?? '',
      ...(difference.source === undefined ? {} : { source: difference.source[index] ?? null }),
      ...(difference.target === undefined ? {} : { target: difference.target[index] ?? null }),
    })),
  };
}

let collator: Intl.Collator | undefined;

export function byKey(a: ListedDifference, b: ListedDifference): number {
  // Made when it is first needed: its data takes Node some milliseconds to load.
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(Object.values(a.key).join('\0'), Object.values(b.key).join('\0'));
}

export function summary(table: TableReport): string {
  const count = differencesOf(table);
  return count === 0 ? table.verdict : `${count} ${count === 1 ? 'difference' : 'differences'}`;
}

/** Rules for all tables whose column no table has: probably a typo. */
export function unusedRules(rules: RowRules | undefined, tables: readonly TableReport[]): string[] {
  if (tables.some((table) => table.error !== undefined)) return [];
  const used = new Set(
    tables.flatMap(({ columns }) => columns.flatMap(({ source, rule }) => (rule ? [source.toLowerCase()] : []))),
  );
  return Object.keys(rules ?? {}).filter((column) => !used.has(column.toLowerCase()));
}
