import type { ReconcileRun, ReconcileRunRepairedTable, ReconcileRunTable } from '../../store/comparisons.ts';
import { visibleValue } from '../../text/visible.ts';
import { rowCounts } from './reconcile-repair.ts';

export interface ReconcileHistoryReport {
  runs: ReconcileRun[];
  /** A single run was requested: show its tables. */
  detailed: boolean;
}

export function whatOf(run: ReconcileRun): string {
  if (run.pair !== null) return run.pair;
  return run.connector ?? `${run.source ?? '?'} → ${run.target ?? '?'}`;
}

/** Rows of the source; null if no table was counted. */
export function rowsOf(tables: readonly ReconcileRunTable[]): number | null {
  const counts = tables.flatMap(({ rows }) => rows.source ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Null if no table was counted. */
export function differing(tables: readonly ReconcileRunTable[]): number | null {
  const counts = tables.flatMap(({ missing, extra, different }) =>
    [missing, extra, different].filter((one) => one !== null),
  );
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** What was compared, by whom, and what a repair did. */
export function factLines(run: ReconcileRun): string[] {
  const facts = [
    `${run.source ?? '?'} → ${run.target ?? '?'}${run.connector === null ? '' : ` by ${run.connector}`}, mode ${run.mode}`,
    `by ${run.who}${run.trigger === 'schedule' ? ', by schedule' : ''}`,
  ];
  if (run.repair !== null) {
    const { mode, error = null, tables: repaired = [] } = run.repair;
    const done = (rows: Omit<ReconcileRunRepairedTable, 'table' | 'error' | 'after'>) =>
      `${rowCounts(rows, mode)}, ${rows.left} skipped`;
    const ended = (code: string | null) => (code === null ? '' : `; aborted: ${code}`);
    facts.push(`repair ${mode}: ${done(run.repair)}${ended(error)}`);
    for (const one of repaired) {
      const after = one.after === null ? '' : `; then ${one.after}`;
      facts.push(visibleValue(`  ${one.table}: ${done(one)}${after}${ended(one.error)}`));
    }
  }
  return facts;
}
