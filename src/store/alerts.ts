import type { DatabaseSync } from 'node:sqlite';
import type { Count, Integer } from '../text/numbers.ts';
import type { Lease } from './lease.ts';
import { Leases } from './lease.ts';
import { inTransaction } from './transaction.ts';

/** What a rule looks at. `worker-away` and `kafka-away` are of a cluster; the others are of one connector, pair, database or file. */
export type AlertKind =
  | 'worker-away'
  | 'kafka-away'
  | 'connector-failed'
  | 'task-failed'
  | 'downtime'
  | 'lag'
  | 'stalled'
  | 'error-rate'
  | 'dead-letters'
  | 'reconcile'
  | 'reconcile-failed'
  | 'maintenance-overdue'
  | 'source-log'
  | 'slot-inactive'
  | 'slot-wal'
  | 'slot-safe-size'
  | 'heartbeat'
  | 'schema-change'
  | 'certificate'
  | 'drift';

/** From the mildest on. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * An alert, from when its rule first held until it is resolved. Its identity is context, kind and target: text that changes
 * with each reading is no part of it.
 */
export interface Alert {
  context: string;
  kind: AlertKind;
  /** Connector, pair, cluster, …. */
  target: string;
  rule: string;
  severity: Severity;
  /** Receivers by name; empty: all. */
  notify: readonly string[];
  /** `pending` until the rule has held for its time. */
  status: 'pending' | 'firing';
  /** In a sentence, secrets masked. */
  summary: string;
  /** What to do next. */
  hint: string | null;
  /** When the rule first held, and when the alert fired (ms since 1970). */
  since: Integer;
  firedAt: Integer | null;
  /** Whether its receivers were notified, and are to be notified of its end. */
  notified: boolean;
  /** Whether they know that nothing restarts it any more. */
  givenUp: boolean;
}

/** What receivers are notified of, once each. */
export interface AlertChange {
  change: 'firing' | 'resolved';
  alert: Alert;
  /** ms since 1970 */
  at: number;
  /** Why it is resolved, if not because the rule no longer holds. */
  reason: string | null;
  /** Of a test: the key that it is known by instead of the alert's own, so that no real one is touched. */
  testKey?: string;
}

/** What to say of a change. */
export function changeSummary({ change, alert, reason }: Pick<AlertChange, 'change' | 'alert' | 'reason'>): string {
  return change === 'firing' ? alert.summary : (reason ?? 'It no longer holds.');
}

export function isFor({ notify }: Pick<Alert, 'notify'>, receiver: string): boolean {
  return notify.length === 0 || notify.includes(receiver);
}

/** A change that one receiver has not been notified of. */
export interface Notice extends AlertChange {
  id: number;
  receiver: string;
  attempts: number;
}

/** What became of a notice. */
export interface KeptNotice {
  id: Integer;
  receiver: string;
  change: AlertChange['change'];
  context: string;
  kind: AlertKind;
  target: string;
  /** ms since 1970; `nextAt` only while it waits, `endedAt` only once it has not. */
  at: Integer;
  nextAt: Integer | null;
  endedAt: Integer | null;
  attempts: Count;
  outcome: 'waiting' | 'delivered' | 'given up';
  /** Why it did not arrive at the last attempt; masked. */
  error: string | null;
}

export interface Mute {
  id: Integer;
  /** Null: in every context. */
  context: string | null;
  /** A rule by name, or `*`. */
  rule: string;
  /** A glob for targets. */
  target: string;
  /** ms since 1970 */
  since: Integer;
  until: Integer;
  /** user@machine. */
  who: string;
  reason: string;
}

interface NoticeFilter {
  /** Undefined: of every context. */
  context: string | undefined;
  limit: number;
  onlyFailed?: boolean;
}

/** No attempt is farther ahead: one that is was planned by a clock that was ahead itself (ms). */
const FARTHEST_MS = 3_600_000;
/** Ended notices are kept for this long, to show what was sent (ms). */
const KEEP_MS = 90 * 24 * 3_600_000;

/** Alerts that hold, and an outbox: a change and its notices are kept together, and a notice until it has been delivered. */
export class AlertStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(context?: string): Alert[] {
    return this.#database
      .prepare('SELECT * FROM alert WHERE ?1 IS NULL OR context = ?1 ORDER BY context, kind, target')
      .all(context ?? null)
      .map(toAlert);
  }

  /**
   * Keeps the alerts of a context as they are now, and a notice of each change for each of its receivers.
   * @param lease nothing is kept if it has been taken over
   * @param receivers names of all that exist; one that an alert names and that does not exist is left out
   * @returns false if the lease has been taken over
   */
  keep(
    context: string,
    { alerts, changes }: { alerts: readonly Alert[]; changes: readonly AlertChange[] },
    { lease, receivers }: { lease: Lease; receivers: readonly string[] },
  ): boolean {
    return inTransaction(this.#database, () => {
      if (!new Leases(this.#database).isHeld(lease)) return false;
      this.#database.prepare('DELETE FROM alert WHERE context = ?').run(context);
      const insert = this.#database.prepare(
        `INSERT INTO alert (context, kind, target, rule, severity, notify, status, summary, hint, since, fired_at, notified,
           given_up)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const one of alerts)
        insert.run(
          ...[context, one.kind, one.target, one.rule, one.severity, JSON.stringify(one.notify), one.status],
          ...[one.summary, one.hint, one.since, one.firedAt, Number(one.notified), Number(one.givenUp)],
        );
      const notice = this.#database.prepare(
        `INSERT INTO alert_notice (receiver, context, kind, target, change, at, alert, next_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const { change, alert, at, reason } of changes)
        for (const receiver of receivers)
          if (isFor(alert, receiver))
            notice.run(
              ...[receiver, context, alert.kind, alert.target, change, at, JSON.stringify({ ...alert, reason }), at],
            );
      return true;
    });
  }

  /** Notices to be sent now: of each alert and receiver the oldest one, since an end must not arrive before its beginning. */
  due(now: number): Notice[] {
    return this.#database
      .prepare(
        `SELECT * FROM alert_notice AS notice
         WHERE ended_at IS NULL AND (next_at <= ?1 OR next_at > ?2) AND NOT EXISTS (
           SELECT 1 FROM alert_notice AS earlier
           WHERE earlier.ended_at IS NULL AND earlier.receiver = notice.receiver AND earlier.context = notice.context
             AND earlier.kind = notice.kind AND earlier.target = notice.target AND earlier.id < notice.id)
         ORDER BY id`,
      )
      .all(now, now + FARTHEST_MS)
      .map((row) => {
        const { reason, ...alert } = JSON.parse(String(row['alert'])) as Alert & { reason: string | null };
        return {
          id: Number(row['id']),
          receiver: String(row['receiver']),
          change: String(row['change']) as AlertChange['change'],
          alert,
          at: Number(row['at']),
          reason,
          attempts: Number(row['attempts']),
        };
      });
  }

  /** The latest first. @param onlyFailed those that did not arrive when they were sent last */
  notices({ context, limit, onlyFailed = false }: NoticeFilter): KeptNotice[] {
    return this.#database
      .prepare(
        `SELECT * FROM alert_notice
         WHERE (?1 IS NULL OR context = ?1) AND (?2 = 0 OR (outcome IS NOT 'delivered' AND error IS NOT NULL))
         ORDER BY id DESC LIMIT ?3`,
      )
      .all(context ?? null, Number(onlyFailed), limit)
      .map((row) => ({
        id: Number(row['id']),
        receiver: String(row['receiver']),
        change: String(row['change']) as AlertChange['change'],
        context: String(row['context']),
        kind: String(row['kind']) as AlertKind,
        target: String(row['target']),
        at: Number(row['at']),
        nextAt: row['ended_at'] === null ? Number(row['next_at']) : null,
        endedAt: row['ended_at'] === null ? null : Number(row['ended_at']),
        attempts: Number(row['attempts']),
        outcome: row['outcome'] === null ? 'waiting' : (String(row['outcome']) as KeptNotice['outcome']),
        error: row['error'] === null ? null : String(row['error']),
      }));
  }

  /** How many wait to be delivered. */
  waiting(): number {
    return Number(
      this.#database.prepare('SELECT count(*) AS count FROM alert_notice WHERE ended_at IS NULL').get()?.['count'],
    );
  }

  delivered(id: number, now: number): void {
    this.#end(id, now, 'delivered', null);
  }

  /** @param error masked @param nextAt ms since 1970; undefined if it is not tried again */
  failed(id: number, error: string, { now, nextAt }: { now: number; nextAt: number | undefined }): void {
    if (nextAt === undefined) {
      this.#end(id, now, 'given up', error);
      return;
    }
    this.#database
      .prepare('UPDATE alert_notice SET attempts = attempts + 1, next_at = ?, error = ? WHERE id = ?')
      .run(nextAt, error, id);
  }

  #end(id: number, now: number, outcome: 'delivered' | 'given up', error: string | null): void {
    this.#database
      .prepare('UPDATE alert_notice SET attempts = attempts + 1, ended_at = ?, outcome = ?, error = ? WHERE id = ?')
      .run(now, outcome, error, id);
    this.#database.prepare('DELETE FROM alert_notice WHERE ended_at < ?').run(now - KEEP_MS);
  }

  mute(mute: Omit<Mute, 'id'>): number {
    const { context, rule, target, since, until, who, reason } = mute;
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO alert_mute (context, rule, target, since, until, who, reason) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(context, rule, target, since, until, who, reason);
    return Number(lastInsertRowid);
  }

  /** Ends a mute early. */
  endMute(id: number, now: number): void {
    this.#database.prepare('UPDATE alert_mute SET until = ?1 WHERE id = ?2 AND until > ?1').run(now, id);
  }

  /** Those that hold at this time. */
  mutes(now: number): Mute[] {
    return this.#database
      .prepare('SELECT * FROM alert_mute WHERE until > ? ORDER BY id')
      .all(now)
      .map((row) => ({
        id: Number(row['id']),
        context: row['context'] === null ? null : String(row['context']),
        rule: String(row['rule']),
        target: String(row['target']),
        since: Number(row['since']),
        until: Number(row['until']),
        who: String(row['who']),
        reason: String(row['reason']),
      }));
  }
}

function toAlert(row: Record<string, unknown>): Alert {
  return {
    context: String(row['context']),
    kind: String(row['kind']) as AlertKind,
    target: String(row['target']),
    rule: String(row['rule']),
    severity: String(row['severity']) as Severity,
    notify: JSON.parse(String(row['notify'])) as string[],
    status: String(row['status']) as Alert['status'],
    summary: String(row['summary']),
    hint: row['hint'] === null ? null : String(row['hint']),
    since: Number(row['since']),
    firedAt: row['fired_at'] === null ? null : Number(row['fired_at']),
    notified: row['notified'] === 1,
    givenUp: row['given_up'] === 1,
  };
}
