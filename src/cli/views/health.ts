import type { ConnectorReport, Health } from '../../monitor/health.ts';
import { thousands } from '../../text/thousands.ts';
import type { Style } from '../style.ts';
import type { Column } from '../table.ts';

/** A sign beside the word, for those who see no colours, and how urgent it looks. */
export const HEALTH_LOOKS: Record<Health, { sign: string; tone: 'bad' | 'warn' | 'good' | 'none' }> = {
  failed: { sign: '✖', tone: 'bad' },
  unassigned: { sign: '✖', tone: 'bad' },
  degraded: { sign: '✖', tone: 'bad' },
  unknown: { sign: '?', tone: 'warn' },
  starting: { sign: '…', tone: 'warn' },
  healthy: { sign: '✔', tone: 'good' },
  paused: { sign: '‖', tone: 'none' },
  stopped: { sign: '‖', tone: 'none' },
};

/** @param short only its sign */
export function paintHealth(health: Health, { color }: Style, short = false): string {
  const { sign, tone } = HEALTH_LOOKS[health];
  const paint = { bad: color.red, warn: color.yellow, good: color.green, none: color.dim }[tone];
  return paint(short ? sign : `${sign} ${health}`);
}

export function paintState(state: string | null, style: Style): string {
  if (state === null) return style.color.yellow('no status');
  if (state === 'FAILED' || state === 'UNASSIGNED') return style.color.red(state);
  return state === 'RUNNING' ? state : style.color.yellow(state);
}

/** Records behind; `?` if it could not be read, `-` if there is no group. */
export function lagText({ group }: { group: { lag: number | null } | null }): string {
  if (group === null) return '-';
  return group.lag === null ? '?' : thousands(group.lag);
}

/** The same, where only the type says whether there is a group. */
export function sinkLagText({ type, lag }: { type: ConnectorReport['type']; lag: number | null }): string {
  return lagText({ group: type === 'sink' ? { lag } : null });
}

/** How long a record has waited, in one unit. */
export function lagTime(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** How far behind in time; `?` if it is not known. */
export function behindText({ lagMs }: { lagMs: number | null }): string {
  return lagMs === null ? '?' : lagTime(lagMs);
}

/** A number with one decimal; `?` if it is not known. */
export function rateText(value: number | null): string {
  return value === null ? '?' : thousands(Math.round(value * 10) / 10);
}

const BARS = '▁▂▃▄▅▆▇█';

/** Values of which the greatest fills its line. */
export function sparkLine(values: readonly number[]): string {
  const most = Math.max(...values);
  return values.map((value) => BARS[most === 0 ? 0 : Math.round((value / most) * (BARS.length - 1))]).join('');
}

export function tasksText({ tasks }: { tasks: Pick<ConnectorReport['tasks'], 'running' | 'total'> }): string {
  return `${tasks.running}/${tasks.total}`;
}

/** @param wide with the worker */
export function connectorColumns(style: Style, wide = false): Column<ConnectorReport>[] {
  return [
    { header: 'health', value: (row) => paintHealth(row.health, style) },
    { header: 'connector', value: (row) => row.name },
    { header: 'type', value: (row) => row.type, optional: 2 },
    { header: 'state', value: (row) => paintState(row.state, style), optional: 1 },
    { header: 'tasks', value: tasksText, align: 'right' },
    { header: 'lag', value: lagText, align: 'right' },
    ...(wide ? [{ header: 'worker', value: (row: ConnectorReport) => row.worker ?? '-' }] : []),
  ];
}

/** Nothing suggests a problem, but no consumer group could be checked, neither its own nor that of any other sink. */
export function isOnlyUnchecked({ group, health, reasons }: ConnectorReport): boolean {
  return health === 'unknown' && group?.checked === false && reasons.length === 1;
}

/** Why a connector is not healthy, with the relevant line of each trace. */
export function problems(report: ConnectorReport, style: Style): string[] {
  if (report.reasons.length === 0 || isOnlyUnchecked(report)) return [];
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
