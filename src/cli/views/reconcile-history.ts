import type { ReconcileRun, ReconcileRunRepairedTable, ReconcileRunTable } from '../../history/reconcile-history.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { counted, visible } from './reconcile-values.ts';

export interface ReconcileHistoryReport {
  runs: ReconcileRun[];
  /** One run was asked for: its tables are shown. */
  detailed: boolean;
}

export const reconcileHistoryView: View<ReconcileHistoryReport> = {
  table({ runs, detailed }, style) {
    if (runs.length === 0) return 'Nothing was compared from here yet.';
    const overview = renderTable<ReconcileRun>(
      [
        { header: 'run', value: (run) => String(run.id), align: 'right' },
        { header: 'when', value: (run) => run.at.replace(/\.\d+Z$/, 'Z') },
        { header: 'what', value: whatOf, wrap: true },
        { header: 'verdict', value: (run) => paint(run.verdict ?? run.error ?? 'failed', style) },
        { header: 'differ', value: (run) => counted(differing(run.tables)), align: 'right' },
        { header: 'exit', value: (run) => String(run.exitCode), align: 'right' },
        { header: 'time', value: (run) => `${(run.durationMs / 1000).toFixed(1)} s`, align: 'right' },
      ],
      runs,
      style,
    );
    const [only] = runs;
    return detailed && only !== undefined ? [overview, ...details(only, style)].join('\n\n') : overview;
  },
  document: ({ runs }) => ({ runs }),
};

function whatOf(run: ReconcileRun): string {
  if (run.pair !== null) return run.pair;
  return run.connector ?? `${run.source ?? '?'} → ${run.target ?? '?'}`;
}

/** Null where no table was counted. */
function differing(tables: readonly ReconcileRunTable[]): number | null {
  const counts = tables.flatMap(({ missing, extra, different }) =>
    [missing, extra, different].filter((one) => one !== null),
  );
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

function paint(verdict: string, { color }: Style): string {
  if (verdict === 'equal') return color.green(verdict);
  return verdict === 'incomplete' || verdict === 'undetermined' ? color.yellow(verdict) : color.red(verdict);
}

function done({
  inserted,
  updated,
  deleted,
  left,
}: Omit<ReconcileRunRepairedTable, 'table' | 'error' | 'after'>): string {
  return `${inserted} inserted, ${updated} updated, ${deleted} deleted, ${left} left`;
}

function details(run: ReconcileRun, style: Style): string[] {
  const facts = [
    `${run.source ?? '?'} → ${run.target ?? '?'}${run.connector === null ? '' : ` by ${run.connector}`}, mode ${run.mode}`,
    `by ${run.who}${run.trigger === 'schedule' ? ', by schedule' : ''}`,
  ];
  if (run.repair !== null) {
    const { mode, error = null, tables: repaired = [] } = run.repair;
    const ended = (code: string | null) => (code === null ? '' : `; broke off: ${code}`);
    facts.push(`repair ${mode}: ${done(run.repair)}${ended(error)}`);
    for (const one of repaired) {
      const after = one.after === null ? '' : `; then ${one.after}`;
      facts.push(visible(`  ${one.table}: ${done(one)}${after}${ended(one.error)}`));
    }
  }
  if (run.tables.length === 0) return [facts.join('\n')];
  const tables = renderTable<ReconcileRunTable>(
    [
      {
        header: 'table',
        value: ({ source, target }) => visible(source === target ? source : `${source} → ${target}`),
        wrap: true,
      },
      { header: 'verdict', value: (table) => paint(table.error ?? table.verdict, style) },
      { header: 'source', value: ({ rows }) => counted(rows.source), align: 'right' },
      { header: 'target', value: ({ rows }) => counted(rows.target), align: 'right' },
      { header: 'missing', value: (table) => counted(table.missing), align: 'right' },
      { header: 'extra', value: (table) => counted(table.extra), align: 'right' },
      { header: 'differ', value: (table) => counted(table.different), align: 'right' },
      { header: 'open', value: (table) => counted(table.undetermined), align: 'right' },
    ],
    run.tables,
    style,
  );
  return [facts.join('\n'), tables];
}
