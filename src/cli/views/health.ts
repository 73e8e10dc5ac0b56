import type { ConnectorReport, Health } from '../../monitor/health.ts';
import { thousands } from '../../text/thousands.ts';
import type { Style } from '../style.ts';
import type { Column } from '../table.ts';

export function paintHealth(health: Health, style: Style): string {
  const { color } = style;
  switch (health) {
    case 'unhealthy':
      return color.red('✖ unhealthy');
    case 'unknown':
      return color.yellow('? unknown');
    case 'healthy':
      return color.green('✔ healthy');
    default:
      return color.dim('‖ inactive');
  }
}

export function paintState(state: string | null, style: Style): string {
  if (state === null) return style.color.yellow('no status');
  if (state === 'FAILED' || state === 'UNASSIGNED') return style.color.red(state);
  return state === 'RUNNING' ? state : style.color.yellow(state);
}

/** Records behind; `?` where it could not be looked at, `-` where there is none to have. */
export function lagText({ group }: Pick<ConnectorReport, 'group'>): string {
  if (group === null) return '-';
  return group.lag === null ? '?' : thousands(group.lag);
}

export function tasksText({ tasks }: Pick<ConnectorReport, 'tasks'>): string {
  return `${tasks.running}/${tasks.total}`;
}

export function connectorColumns(style: Style): Column<ConnectorReport>[] {
  return [
    { header: 'health', value: (row) => paintHealth(row.health, style) },
    { header: 'connector', value: (row) => row.name, wrap: true },
    { header: 'type', value: (row) => row.type },
    { header: 'state', value: (row) => paintState(row.state, style) },
    { header: 'tasks', value: tasksText, align: 'right' },
    { header: 'lag', value: lagText, align: 'right' },
    { header: 'worker', value: (row) => row.worker ?? '-', wrap: true },
  ];
}

/** Why a connector is not healthy, and the one line of each trace that matters. */
export function problems(report: ConnectorReport, style: Style): string[] {
  if (report.reasons.length === 0) return [];
  const lines = [`${style.color.bold(report.name)}: ${report.reasons.join('; ')}`];
  if (report.cause !== null) lines.push(`  connector: ${report.cause}`);
  const byCause = Map.groupBy(
    report.taskList.filter((task) => task.cause !== null),
    (task) => task.cause,
  );
  for (const [cause, tasks] of byCause) {
    lines.push(`  task ${tasks.map((task) => task.id).join(', ')}: ${cause}`);
  }
  if (report.hint !== null) lines.push(`  ${style.color.cyan('→')} ${report.hint}`);
  return lines;
}
