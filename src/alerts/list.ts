import type { Alert, AlertKind, AlertStore, KeptNotice, Mute, Severity } from '../store/alerts.ts';
import type { Integer } from '../text/numbers.ts';
import { muteOf } from './mutes.ts';
import type { AlertRule } from './rules.ts';

/** An alert with its times in ISO 8601, UTC. */
export interface ListedAlert extends Omit<Alert, 'since' | 'firedAt' | 'notify'> {
  /** When its rule first held. */
  since: string;
  firedAt: string | null;
  /** Receivers by name; empty: all. */
  notify: string[];
  /** Why its receivers are not notified now; null if they are. */
  muted: ListedMute | null;
}

/** A mute with its times in ISO 8601, UTC. */
export interface ListedMute extends Omit<Mute, 'since' | 'until'> {
  since: string;
  until: string;
}

/** A notice with its times in ISO 8601, UTC. */
export interface ListedNotice extends Omit<KeptNotice, 'at' | 'nextAt' | 'endedAt'> {
  /** When the alert changed. */
  at: string;
  /** When it is sent again; null if it is not. */
  nextAt: string | null;
  /** When it arrived, or was given up. */
  endedAt: string | null;
}

/** A rule that is in effect. */
export interface ListedRule {
  name: string;
  kind: AlertKind;
  /** A name or a glob: of connectors, pairs or contexts, as the kind has it. */
  match: string;
  /** What it is compared with: ms for times, else a number; null for kinds without a limit. */
  limit: number | null;
  /** How long it must hold before the alert fires (ms). */
  forMs: Integer;
  severity: Severity;
  enabled: boolean;
  notify: string[];
}

export interface AlertsReport {
  /** Null: of every context. */
  context: string | null;
  /** Whether a daemon runs here; if not, the alerts are as the last one left them. */
  running: boolean;
  alerts: ListedAlert[];
  /** Those that hold. */
  mutes: ListedMute[];
  /** The last ones, the latest first. */
  notices: ListedNotice[];
  /** Of the last ones, those that have not arrived, the latest first. */
  undelivered: ListedNotice[];
  /** Null unless asked for. */
  rules: ListedRule[] | null;
}

/** What the store knows of alerts. @param rules to be listed, too */
export function listAlerts(
  { context, limit, rules }: { context: string | undefined; limit: number; rules: readonly AlertRule[] | undefined },
  { alerts, running, now }: { alerts: AlertStore; running: boolean; now: number },
): AlertsReport {
  const mutes = alerts.mutes(now).filter((mute) => context === undefined || [null, context].includes(mute.context));
  return {
    context: context ?? null,
    running,
    alerts: alerts.list(context).map((alert) => {
      const mute = muteOf(mutes, alert);
      return {
        ...alert,
        notify: [...alert.notify],
        since: iso(alert.since),
        firedAt: isoOrNull(alert.firedAt),
        muted: mute === undefined ? null : listedMute(mute),
      };
    }),
    mutes: mutes.map(listedMute),
    notices: alerts.notices({ context, limit }).map(listedNotice),
    undelivered: alerts.notices({ context, limit, onlyFailed: true }).map(listedNotice),
    rules: rules?.map(({ scope, ...rule }) => ({ ...rule, match: scope, notify: [...rule.notify] })) ?? null,
  };
}

export function listedMute(mute: Mute): ListedMute {
  return { ...mute, since: iso(mute.since), until: iso(mute.until) };
}

function listedNotice(notice: KeptNotice): ListedNotice {
  return {
    ...notice,
    at: iso(notice.at),
    nextAt: isoOrNull(notice.nextAt),
    endedAt: isoOrNull(notice.endedAt),
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));
