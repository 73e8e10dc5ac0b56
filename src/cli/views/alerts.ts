import { LIMITS } from '../../alerts/defaults.ts';
import type { AlertsReport, ListedAlert, ListedMute, ListedNotice, ListedRule } from '../../alerts/list.ts';
import { listedMute } from '../../alerts/list.ts';
import type { MuteReport, UnmuteReport } from '../../alerts/mutes.ts';
import type { TestedReceiver, TestReport } from '../../alerts/test-receivers.ts';
import { roughly } from '../../operate/windows.ts';
import type { Alert, Mute } from '../../store/alerts.ts';
import { durationText } from '../../text/duration.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { type Column, renderTable } from '../table.ts';

interface AlertsResult extends AlertsReport {
  /** ms since 1970 */
  now: number;
  /** Whether alerts are on in sluice.yaml. */
  alerting: boolean;
}

/** @title sluice alerts list --json */
export type AlertsListDocument = WithWarnings<AlertsReport>;

export const alertsView: View<AlertsResult, AlertsListDocument> = {
  prose: true,
  table: (report, style) => {
    const { context, alerts, mutes, notices, undelivered, rules, now } = report;
    const withContext = context === null;
    const where = withContext ? 'in any context' : `on ${context}`;
    const shown =
      alerts.length === 0
        ? `No alert fires ${where}.`
        : renderTable(alertColumns(style, withContext, now), alerts, style);
    return [
      shown,
      ...section('Muted', mutes.length === 0 ? '' : renderTable(muteColumns(withContext, now), mutes, style)),
      ...section(
        'Not delivered',
        undelivered.length === 0 ? '' : renderTable(noticeColumns(style, withContext, now), undelivered, style),
      ),
      ...section(
        'Last notices',
        notices.length === 0 ? '' : renderTable(noticeColumns(style, withContext, now), notices, style),
      ),
      ...section('Rules', rules === null || rules.length === 0 ? '' : renderTable(ruleColumns(style), rules, style)),
      ...notes(report),
    ].join('\n\n');
  },
  document: ({ now: _now, alerting: _alerting, ...report }) => report,
};

function section(title: string, content: string): string[] {
  return content === '' ? [] : [`${title}\n\n${content}`];
}

function notes({ running, alerting, alerts }: AlertsResult): string[] {
  if (!alerting) return ['Alerts are off: serve.alerts is not set in sluice.yaml.'];
  if (running) return [];
  const left = alerts.length > 0 ? 'the alerts are as the last one left them' : 'nothing is evaluated';
  return [`No sluice serve runs here: ${left}.`];
}

function alertColumns({ color }: Style, withContext: boolean, now: number): Column<ListedAlert>[] {
  return [
    {
      header: 'state',
      value: ({ status, muted }) =>
        muted !== null ? color.dim('muted') : status === 'pending' ? 'pending' : color.red('firing'),
    },
    { header: 'severity', value: ({ severity }) => severity },
    { header: 'alert', value: ({ kind }) => kind },
    { header: 'of', value: ({ target }) => target, wrap: true },
    ...(withContext ? [{ header: 'on', value: ({ context }: ListedAlert) => context }] : []),
    { header: 'for', value: ({ since }) => roughly(now - Date.parse(since)), align: 'right' },
    { header: 'what', value: ({ summary }) => summary, wrap: true },
  ];
}

function muteColumns(withContext: boolean, now: number): Column<ListedMute>[] {
  return [
    { header: 'n', value: ({ id }) => String(id), align: 'right' },
    { header: 'rule', value: ({ rule }) => rule, wrap: true },
    { header: 'of', value: ({ target }) => target, wrap: true },
    ...(withContext ? [{ header: 'on', value: ({ context }: ListedMute) => context ?? '*' }] : []),
    { header: 'left', value: ({ until }) => roughly(Date.parse(until) - now), align: 'right' },
    { header: 'by', value: ({ who }) => who, wrap: true, optional: 1 },
    { header: 'reason', value: ({ reason }) => reason, wrap: true },
  ];
}

function noticeColumns({ color }: Style, withContext: boolean, now: number): Column<ListedNotice>[] {
  return [
    { header: 'ago', value: ({ at }) => roughly(now - Date.parse(at)), align: 'right' },
    { header: 'to', value: ({ receiver }) => receiver, wrap: true },
    { header: 'change', value: ({ change }) => change },
    { header: 'alert', value: ({ kind }) => kind },
    { header: 'of', value: ({ target }) => target, wrap: true },
    ...(withContext ? [{ header: 'on', value: ({ context }: ListedNotice) => context }] : []),
    {
      header: 'outcome',
      value: ({ outcome, attempts, error }) => {
        const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
        if (outcome === 'delivered') return `${outcome}${tries}`;
        return error === null ? outcome : color.red(`${outcome}${tries}: ${error}`);
      },
      wrap: true,
    },
  ];
}

function ruleColumns({ color }: Style): Column<ListedRule>[] {
  return [
    { header: 'rule', value: ({ name }) => name, wrap: true },
    { header: 'kind', value: ({ kind }) => kind },
    { header: 'match', value: ({ match }) => match, wrap: true },
    { header: 'over', value: limitText, align: 'right' },
    { header: 'for', value: ({ forMs }) => durationText(forMs), align: 'right' },
    { header: 'severity', value: ({ severity, enabled }) => (enabled ? severity : color.dim('off')) },
    { header: 'notify', value: ({ notify }) => (notify.length === 0 ? 'all' : notify.join(', ')), wrap: true },
  ];
}

function limitText({ kind, limit }: ListedRule): string {
  if (limit === null) return '-';
  switch (LIMITS[kind]) {
    case 'duration':
      return durationText(limit);
    case 'per minute':
      return `${thousands(limit)}/min`;
    default:
      return thousands(limit);
  }
}

/** @title sluice alerts mute --json */
export type AlertsMuteDocument = WithWarnings<{
  mute: ListedMute;
  alerts: { kind: Alert['kind']; target: string; context: string; status: Alert['status'] }[];
}>;

export const muteView: View<MuteReport, AlertsMuteDocument> = {
  prose: true,
  table: ({ mute, alerts }) => {
    const now = alerts.map(({ kind, target }) => `${kind} of ${target}`);
    return [
      `${muteText(mute)} is muted until ${isoSeconds(mute.until)} (${mute.reason}).`,
      ...(now.length > 0 ? [`Of what holds now: ${now.join(', ')}.`] : []),
      `To end it: sluice alerts unmute ${mute.id}`,
    ].join('\n');
  },
  document: ({ mute, alerts }) => ({
    mute: listedMute(mute),
    alerts: alerts.map(({ kind, target, context, status }) => ({ kind, target, context, status })),
  }),
};

/** @title sluice alerts unmute --json */
export type AlertsUnmuteDocument = WithWarnings<{ mutes: ListedMute[] }>;

export const unmuteView: View<UnmuteReport, AlertsUnmuteDocument> = {
  table: ({ mutes }) => mutes.map((mute) => `${muteText(mute)} is no longer muted.`).join('\n'),
  document: ({ mutes }) => ({ mutes: mutes.map(listedMute) }),
};

function muteText({ rule, target, context }: Mute): string {
  const what = rule === '*' ? 'Every alert' : rule;
  return `${what} of ${target === '*' ? 'everything' : target}${context === null ? '' : ` on ${context}`}`;
}

/** @title sluice alerts test --json */
export type AlertsTestDocument = WithWarnings<Omit<TestReport, 'exitCode'>>;

export const testView: View<TestReport, AlertsTestDocument> = {
  table: ({ results }, style) => {
    const open = results.filter(({ steps }) => steps.some(({ accepted }, index) => index > 0 && !accepted));
    return [
      renderTable<TestedReceiver>(
        [
          { header: 'receiver', value: ({ receiver }) => receiver, wrap: true },
          { header: 'kind', value: ({ kind }) => kind },
          {
            header: 'answer',
            value: ({ steps }) =>
              steps
                .map(({ change, accepted, answer }) =>
                  accepted ? `${change}: ${answer}` : style.color.red(`${change}: ${answer}`),
                )
                .join('; '),
            wrap: true,
          },
        ],
        results,
        style,
      ),
      ...open.map(({ receiver, key }) => `${receiver} did not accept the end of the test: end ${key} there.`),
    ].join('\n\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: ({ exitCode }) => exitCode,
};
