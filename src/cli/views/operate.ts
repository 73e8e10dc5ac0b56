import { NOTHING_FAILED } from '../../operate/restart.ts';
import type { OperateReport, TargetResult } from '../../operate/targets.ts';
import { firstNames } from '../../text/lists.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** @title sluice pause|resume|stop|restart --json */
export type OperateDocument = WithWarnings<Omit<OperateReport, 'exitCode'>>;

export const operateView: View<OperateReport, OperateDocument> = {
  prose: true,
  table: (report, style) => {
    if (report.results.length === 0) return `No matching connectors on ${report.context}.`;
    // Of 40 connectors, these are 38.
    const shown = report.results.filter(({ outcome }) => outcome !== NOTHING_FAILED);
    if (shown.length === 0 && report.results.length > 1) return `${countText(report, report.results)}: none had failed`;
    const table = renderTable(
      [
        { header: 'connector', value: (row: TargetResult) => row.name, wrap: true },
        {
          header: 'tasks',
          value: (row) => (row.tasks === null ? '-' : `${row.tasks.running}/${row.tasks.total}`),
          align: 'right',
        },
        { header: 'result', value: (row) => resultText(row, style), wrap: true },
      ],
      shown.length > 0 ? shown : report.results,
      style,
    );
    return [table, '', countText(report, shown), ...hintsOf(report.results)].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: (report) => report.exitCode,
};

/** Each hint once, after an empty line; of several, each with the names that it is for. */
export function hintsOf(results: readonly Pick<TargetResult, 'name' | 'error'>[]): string[] {
  const hints = [
    ...Map.groupBy(
      results.filter((row) => row.error?.hint),
      (row) => row.error?.hint ?? '',
    ),
  ];
  const lines = hints.map(([hint, rows]) => (hints.length === 1 ? hint : `${namesText(rows)}: ${hint}`));
  return lines.length > 0 ? ['', ...lines] : [];
}

const SHOWN_NAMES = 3;

function namesText(rows: readonly { name: string }[]): string {
  return firstNames(
    rows.map(({ name }) => name),
    SHOWN_NAMES,
    'more',
  );
}

function countText({ context, results }: OperateReport, shown: readonly TargetResult[]): string {
  const hidden = shown.length > 0 ? results.length - shown.length : 0;
  const failed = results.filter((row) => row.error !== null).length;
  const count = `${results.length} ${results.length === 1 ? 'connector' : 'connectors'} on ${context}`;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(hidden > 0 ? [`${hidden} had not failed and ${hidden === 1 ? 'is' : 'are'} not shown`] : []),
  ];
  return parts.length === 0 ? count : `${count}: ${parts.join(', ')}`;
}

export function resultText(row: Pick<TargetResult, 'outcome' | 'error'>, style: Style): string {
  return row.error === null
    ? style.color.green(row.outcome ?? '')
    : `${style.color.red('failed')}: ${row.error.message} ${style.color.dim(`[${row.error.code}]`)}`;
}
