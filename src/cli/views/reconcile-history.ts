import type { ReconcileRun, ReconcileRunTable } from '../../store/comparisons.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { visibleValue } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { differing, factLines, type ReconcileHistoryReport, whatOf } from './reconcile-runs.ts';
import { counted } from './reconcile-values.ts';

export type { ReconcileHistoryReport };

/** @title sluice reconcile history --json */
export type ReconcileHistoryDocument = WithWarnings<Omit<ReconcileHistoryReport, 'detailed'>>;

export const reconcileHistoryView: View<ReconcileHistoryReport, ReconcileHistoryDocument> = {
  table({ runs, detailed }, style) {
    if (runs.length === 0) return 'Nothing has been compared from here yet.';
    const overview = renderTable<ReconcileRun>(
      [
        { header: 'run', value: (run) => String(run.id), align: 'right' },
        { header: 'when', value: (run) => isoSeconds(run.at) },
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
  forms: { html: async (report) => (await import('./reconcile-history-html.ts')).reconcileHistoryHtml(report) },
};

function paint(verdict: string, { color }: Style): string {
  if (verdict === 'equal') return color.green(verdict);
  return verdict === 'incomplete' || verdict === 'undetermined' ? color.yellow(verdict) : color.red(verdict);
}

function details(run: ReconcileRun, style: Style): string[] {
  const facts = factLines(run);
  if (run.tables.length === 0) return [facts.join('\n')];
  const tables = renderTable<ReconcileRunTable>(
    [
      {
        header: 'table',
        value: ({ source, target }) => visibleValue(source === target ? source : `${source} → ${target}`),
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
