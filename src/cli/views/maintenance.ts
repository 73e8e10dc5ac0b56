import type { MaintenanceReport, MaintenanceResult } from '../../operate/maintenance.ts';
import { roughly } from '../../operate/windows.ts';
import type { MaintenanceWindow, WindowConnector } from '../../store/maintenance.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { firstNames } from '../../text/lists.ts';
import { command } from '../../text/settings.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice maintenance start|end --json */
export type MaintenanceDocument = WithWarnings<Omit<MaintenanceReport, 'exitCode'>>;

export const maintenanceView: View<MaintenanceReport, MaintenanceDocument> = {
  prose: true,
  table: (report, style) => {
    const { verb, context, results } = report;
    if (results.length === 0)
      return verb === 'start'
        ? `No matching connectors on ${context}.`
        : `No maintenance window is open on ${context}.`;
    const table = renderTable<MaintenanceResult>(
      [
        { header: 'connector', value: ({ name }) => name, wrap: true },
        { header: 'before', value: ({ before }) => before ?? '-' },
        { header: 'result', value: (row) => resultText(row, style), wrap: true },
      ],
      results,
      style,
    );
    return [table, '', endingText(report), ...hintsOf(results)].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: ({ exitCode }) => exitCode,
};

function endingText({ verb, results, open, context }: MaintenanceReport): string {
  if (verb === 'start')
    return open.length === 0
      ? `No window was opened on ${context}.`
      : `${windowsText(open)} on ${context}. To end it: ${command(`maintenance end ${open.join(' ')}`)}`;
  if (open.length > 0)
    return `${windowsText(open)} on ${context} stay${open.length === 1 ? 's' : ''} open. See: sluice maintenance list`;
  const ended = [...new Set(results.flatMap(({ window }) => window ?? []))];
  return `${windowsText(ended)} on ${context} ${ended.length === 1 ? 'has' : 'have'} ended.`;
}

function windowsText(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'Window' : 'Windows'} ${ids.join(', ')}`;
}

export interface OpenWindow extends MaintenanceWindow {
  overdue: boolean;
}

export interface WindowsReport {
  /** Null for every cluster. */
  context: string | null;
  windows: OpenWindow[];
  /** For how long they still are open. */
  now: Date;
}

/** @title sluice maintenance list --json */
export type MaintenanceListDocument = WithWarnings<Pick<WindowsReport, 'context' | 'windows'>>;

export const windowsView: View<WindowsReport, MaintenanceListDocument> = {
  prose: true,
  table: ({ context, windows, now }, style) => {
    if (windows.length === 0)
      return `No maintenance window that was opened from here is open${context === null ? '' : ` on ${context}`}.`;
    const blocks = windows.map((window) => block(window, context === null, now, style));
    const [first] = windows.filter(({ overdue }) => overdue).concat(windows);
    return `${blocks.join('\n\n')}\n\nTo bring the former states back: ${command(`maintenance end ${first?.id}`)}`;
  },
  document: ({ context, windows }) => ({ context, windows }),
};

/** At most so many are named. */
const NAMED = 5;

function block(window: OpenWindow, withContext: boolean, now: Date, style: Style): string {
  const { id, who, since, until, reason, overdue, connectors } = window;
  const span = roughly(Date.parse(until) - now.getTime());
  const left = overdue ? style.color.yellow(`overdue by ${span}`) : `${span} left`;
  const pending = connectors.filter(({ outcome }) => outcome === null);
  const over = connectors.length - pending.length;
  const lines = [...Map.groupBy(pending, stateText)].map(
    ([state, those]) =>
      `${state}: ${firstNames(
        those.map(({ name }) => name),
        NAMED,
      )}`,
  );
  return [
    `${style.color.bold(`${id}: ${reason}`)}${withContext ? ` (${window.context})` : ''}`,
    `until ${isoSeconds(until)}, ${left}; since ${isoSeconds(since)} by ${who}`,
    ...partText(window),
    ...lines,
    ...(over > 0 ? [`over for ${over} of ${connectors.length}`] : []),
  ].join('\n   ');
}

function partText({ complete, action, connectors }: OpenWindow): string[] {
  const acting = connectors.filter((one) => one.action !== null);
  if (complete || action === null) return [];
  return [
    `its start was interrupted: ${acting.filter(({ sent }) => sent).length} of ${acting.length} requests were sent`,
  ];
}

function stateText({ before, action, sent, failedTasks }: WindowConnector): string {
  const failed = failedTasks.length > 0 ? ` (failed tasks: ${failedTasks.length})` : '';
  return `was ${before}${failed}${action === null || !sent ? '' : `, ${action} sent`}`;
}
