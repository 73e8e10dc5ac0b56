import { NO_KAFKA } from '../../config/without-kafka.ts';
import { ERRORS, EXIT } from '../../errors/registry.ts';
import type { Sample } from '../../metrics/run/families.ts';
import { type ConnectorReport, HEALTHS, ILL } from '../../monitor/health.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { plainStyle, type Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { connectorColumns, lagText, paintHealth, paintState, problems } from './health.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

/** @title sluice status --json */
export type StatusDocument = WithWarnings<StatusReport>;

export const statusView = {
  prose: true,
  table: (report, style) => listing(report, style, false),
  forms: { wide: (report) => listing(report, plainStyle, true) },
  metrics: samplesOf,
  exitCode: exitCodeOf,
} satisfies View<StatusReport, StatusDocument>;

/** For `-o wide`; a watch prints tables only. */
export const wideStatusView: View<StatusReport, StatusDocument> = {
  ...statusView,
  table: (report, style) => listing(report, style, true),
};

/** One connector in full. */
export const connectorView: View<StatusReport, StatusDocument> = {
  prose: true,
  table: (report, style) =>
    [...report.connectors.map((one) => detail(one, report.context, style)), ...notes(report, style)].join('\n'),
  metrics: samplesOf,
  exitCode: exitCodeOf,
};

export function exitCodeOf(report: StatusReport) {
  if (report.kafka.error !== null) return ERRORS[report.kafka.error.code].exit;
  return unreadableExit(report) ?? (isIll(report) ? EXIT.negative : EXIT.ok);
}

/** As the daemon has them: the same queries serve both. */
function samplesOf({ context, connectors, summary }: StatusReport): Sample[] {
  return [
    ...HEALTHS.map((health): Sample => {
      return { name: 'sluice_connectors', labels: { context, health }, value: summary[health] };
    }),
    ...connectors.flatMap(({ name, type, health, group }): Sample[] => {
      const labels = { context, connector: name };
      return [
        { name: 'sluice_connector_health', labels: { ...labels, type, health }, value: 1 },
        ...(group?.lag == null ? [] : [{ name: 'sluice_connector_lag_records', labels, value: group.lag } as const]),
      ];
    }),
  ];
}

/** Whether any connector needs a person. */
export function isIll({ connectors }: Pick<StatusReport, 'connectors'>): boolean {
  return connectors.some(({ health }) => ILL.has(health));
}

function listing(report: StatusReport, style: Style, wide: boolean): string {
  if (report.connectors.length === 0) {
    const none = `No matching connectors on ${report.context}.`;
    return report.unreadable.length === 0 ? none : unreadableLines(report.unreadable, style).join('\n');
  }
  const trouble = report.connectors.flatMap((one) => problems(one, style));
  return [
    renderTable(connectorColumns(style, wide), report.connectors, style),
    ...(trouble.length > 0 ? ['', ...trouble] : []),
    ...(report.unreadable.length > 0 ? ['', ...unreadableLines(report.unreadable, style)] : []),
    '',
    summaryLine(report),
    ...notes(report, style),
  ].join('\n');
}

/** How many connectors have which health. */
export function summaryLine(report: StatusReport): string {
  const { summary, context } = report;
  if (summary.total === 0) return `No matching connectors on ${context}${unread(report)}.`;
  const parts = HEALTHS.filter((health) => summary[health] > 0).map((health) => `${summary[health]} ${health}`);
  return `${summary.total} ${summary.total === 1 ? 'connector' : 'connectors'} on ${context}: ${parts.join(', ')}${unread(report)}`;
}

function unread({ unreadable }: StatusReport): string {
  return unreadable.length === 0 ? '' : `; ${unreadable.length} cannot be read`;
}

/** What could not be checked. */
export function notes(report: StatusReport, style: Style): string[] {
  if (report.kafka.error !== null) {
    const { message, hint } = report.kafka.error;
    return [style.color.yellow(`Consumer groups were not checked: ${message}`), ...(hint ? [`  ${hint}`] : [])];
  }
  const unchecked = report.connectors.filter((one) => one.group?.checked === false).length;
  if (unchecked === 0) return earlyNotes(report, style);
  const groups = unchecked === 1 ? 'consumer group of 1 sink was' : `consumer groups of ${unchecked} sinks were`;
  return [
    style.color.yellow(`The ${groups} not checked: ${NO_KAFKA}.`),
    '  Set it in sluice.yaml: REST alone cannot tell a dead sink from a live one.',
  ];
}

/** Healthy so far: a worker that commits seldom looks the same. */
function earlyNotes({ connectors }: StatusReport, { color }: Style): string[] {
  const early = connectors.filter(({ health, group }) => health === 'healthy' && (group?.standing ?? 0) > 0);
  if (early.length === 0) return [];
  const names = early.map(({ name, group }) => `${name} (${thousands(group?.standing ?? 0)})`);
  return [
    color.yellow(`Records wait, and no offset moved while status looked: ${names.join(', ')}`),
    '  Too early to call it stalled. To see whether it moves: sluice status --watch',
  ];
}

/** One connector in full. */
export function detail(report: ConnectorReport, context: string, style: Style): string {
  const { group, tasks } = report;
  const facts: [string, string][] = [
    ['connector', `${report.name} on ${context}`],
    ['health', paintHealth(report.health, style)],
    ['type', report.type],
    ['class', report.class ?? '-'],
    ['state', `${paintState(report.state, style)}${report.worker === null ? '' : ` on ${report.worker}`}`],
    ['tasks', `${tasks.running} of ${tasks.total} running (tasks.max ${tasks.maximum ?? 'is not a number'})`],
  ];
  if (group !== null) {
    const state = group.checked
      ? `${group.state}, ${group.members} in it, ${lagText(report)} records behind`
      : 'not checked';
    facts.push(['group', `${group.id}: ${state}`]);
  }
  const lines = facts.map(([key, value]) => `${`${key}:`.padEnd(11)}${value}`);
  if (report.taskList.length > 0) {
    const table = renderTable(
      [
        { header: 'task', value: (task) => String(task.id), align: 'right' },
        { header: 'state', value: (task) => paintState(task.state, style) },
        { header: 'worker', value: (task) => task.worker },
        { header: 'cause', value: (task) => task.cause ?? '', wrap: true },
      ],
      report.taskList,
      style,
    );
    lines.push('', table);
  }
  if (report.reasons.length > 0) lines.push('', ...report.reasons.map((reason) => `- ${reason}`));
  if (report.cause !== null) lines.push(`  ${report.cause}`);
  if (report.hint !== null) lines.push(`  ${style.color.cyan('→')} ${report.hint}`);
  return lines.join('\n');
}
