import { partialExit } from '../../errors/error.ts';
import { ERRORS, EXIT } from '../../errors/registry.ts';
import type { ConnectorReport } from '../../monitor/health.ts';
import type { StatusReport } from '../../monitor/status.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { connectorColumns, lagText, paintHealth, paintState, problems } from './health.ts';
import { unreadableLines } from './unreadable.ts';

export const statusView: View<StatusReport> = {
  table: listing,
  exitCode: exitCodeOf,
};

/** One connector in full. */
export const connectorView: View<StatusReport> = {
  table: (report, style) => [...report.connectors.map((one) => detail(one, style)), ...notes(report, style)].join('\n'),
  exitCode: exitCodeOf,
};

function exitCodeOf(report: StatusReport) {
  if (report.kafka.error !== null) return ERRORS[report.kafka.error.code].exit;
  const { connectors, unreadable } = report;
  if (unreadable.length > 0) {
    return partialExit(
      connectors.length,
      unreadable.map(({ error }) => error),
    );
  }
  return report.summary.unhealthy > 0 ? EXIT.negative : EXIT.ok;
}

function listing(report: StatusReport, style: Style): string {
  if (report.connectors.length === 0) {
    const none = `There is no connector on ${report.context}.`;
    return report.unreadable.length === 0 ? none : unreadableLines(report.unreadable, style).join('\n');
  }
  const { summary } = report;
  const parts = (['unhealthy', 'unknown', 'healthy', 'inactive'] as const)
    .filter((health) => summary[health] > 0)
    .map((health) => `${summary[health]} ${health}`);
  const trouble = report.connectors.flatMap((one) => problems(one, style));
  return [
    renderTable(connectorColumns(style), report.connectors, style),
    ...(trouble.length > 0 ? ['', ...trouble] : []),
    ...(report.unreadable.length > 0 ? ['', ...unreadableLines(report.unreadable, style)] : []),
    '',
    `${summary.total} ${summary.total === 1 ? 'connector' : 'connectors'}: ${parts.join(', ')}${unread(report)}`,
    ...notes(report, style),
  ].join('\n');
}

function unread({ unreadable }: StatusReport): string {
  return unreadable.length === 0 ? '' : `; ${unreadable.length} cannot be read`;
}

function notes(report: StatusReport, style: Style): string[] {
  if (report.kafka.error !== null) {
    const { message, hint } = report.kafka.error;
    return [style.color.yellow(`Consumer groups were not checked: ${message}`), ...(hint ? [`  ${hint}`] : [])];
  }
  const unchecked = report.connectors.some((one) => one.group?.checked === false);
  if (!unchecked) return [];
  return [
    style.color.yellow('Consumer groups were not checked: the context names no Kafka.'),
    '  Set kafka.bootstrapServers of the context in sluice.yaml: REST alone cannot tell a dead sink from a live one.',
  ];
}

function detail(report: ConnectorReport, style: Style): string {
  const { group, tasks } = report;
  const facts: [string, string][] = [
    ['connector', report.name],
    ['health', paintHealth(report.health, style)],
    ['type', report.type],
    ['class', report.class ?? '-'],
    ['state', `${paintState(report.state, style)}${report.worker === null ? '' : ` on ${report.worker}`}`],
    ['tasks', `${tasks.running} of ${tasks.total} running (tasks.max ${tasks.maximum ?? 'is no number'})`],
  ];
  if (group !== null) {
    const said = group.checked
      ? `${group.state}, ${group.members} in it, ${lagText(report)} records behind`
      : 'not checked';
    facts.push(['group', `${group.id}: ${said}`]);
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
