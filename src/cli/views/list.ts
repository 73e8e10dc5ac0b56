import { ERRORS, EXIT } from '../../errors/registry.ts';
import type { ListedReport, ListReport } from '../../monitor/list.ts';
import { simpleName } from '../../topology/transforms.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { plainStyle, type Style } from '../style.ts';
import { type Column, renderTable } from '../table.ts';
import { paintState, sinkLagText } from './health.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

/** @title sluice list --json */
export type ListDocument = WithWarnings<ListReport>;

export const listView: View<ListReport, ListDocument> = {
  prose: true,
  table: (report, style) => text(report, style, false),
  forms: {
    wide: (report) => text(report, plainStyle, true),
    name: ({ connectors }) => connectors.map(({ name }) => name).join('\n'),
  },
  exitCode: (report) =>
    report.lag.error === null ? (unreadableExit(report) ?? EXIT.ok) : ERRORS[report.lag.error.code].exit,
};

function text(report: ListReport, style: Style, wide: boolean): string {
  const { context, connectors, unreadable, lag } = report;
  const count = connectors.length === 1 ? '1 connector' : `${connectors.length} connectors`;
  const failed = connectors.filter(isFailed).length;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unreadable.length > 0 ? [`${unreadable.length} cannot be read`] : []),
  ];
  return [
    ...(connectors.length > 0 ? [renderTable(columns(style, wide, lag.requested), connectors, style), ''] : []),
    ...(unreadable.length > 0 ? [...unreadableLines(unreadable, style), ''] : []),
    connectors.length + unreadable.length === 0
      ? `No matching connectors on ${context}.`
      : `${count} on ${context}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`,
    ...(lag.error === null ? [] : [style.color.yellow(`The lag was not read: ${lag.error.message}`)]),
    ...(lag.error?.hint ? [`  ${lag.error.hint}`] : []),
  ].join('\n');
}

function isFailed({ state, tasks }: ListedReport): boolean {
  return state === 'FAILED' || tasks.failed > 0;
}

function columns(style: Style, wide: boolean, withLag: boolean): Column<ListedReport>[] {
  return [
    { header: 'connector', value: ({ name }) => name },
    { header: 'type', value: ({ type }) => type, optional: 2 },
    {
      header: 'class',
      value: (row) => (wide ? (row.class ?? '-') : row.class === null ? '-' : simpleName(row.class)),
      optional: 3,
    },
    { header: 'state', value: (row) => stateText(row, style) },
    { header: 'tasks', value: ({ tasks }) => `${tasks.running}/${tasks.total}`, align: 'right' },
    ...(withLag ? [{ header: 'lag', value: sinkLagText, align: 'right' } as const] : []),
    { header: 'worker', value: ({ worker }) => worker ?? '-', optional: 4 },
  ];
}

/** With failed tasks, which the state of the connector does not show. */
function stateText({ state, tasks }: ListedReport, style: Style): string {
  const own = paintState(state, style);
  return tasks.failed === 0 ? own : `${own}, ${style.color.red(`${tasks.failed} FAILED`)}`;
}
