import type { ErrorDocument } from '../errors/error.ts';
import type { HealEvent } from '../heal/heal.ts';
import type { ClusterHealth } from '../monitor/cluster-health.ts';
import type { AlertChange } from '../store/alerts.ts';
import type { Count, Integer } from '../text/numbers.ts';
import type { Difference, DriftState } from './drift.ts';

/** `aborted`: it was stopped, and has no verdict. */
export type ReconcileChange = 'scheduled' | 'started' | 'skipped' | 'warning' | 'finished' | 'failed' | 'aborted';

/** What the daemon reports, one line of JSON each. */
export type ServeEventBody =
  | { event: 'listening'; url: string }
  /** This process acts on a context, and others stand by. */
  | { event: 'leading'; context: string; term: Integer }
  | { event: 'standing by'; context: string; holder: string | null }
  /** What of a context could not be read has changed; none: everything can be read again. */
  | { event: 'readable'; context: string; errors: ErrorDocument[] }
  /** Nobody can say where a source is in its database's log. */
  | { event: 'not watched'; context: string; connector: string; reason: string }
  /** The columns of a source's table changed, and what that does to each sink that reads it. */
  | {
      event: 'schema change';
      context: string;
      connector: string;
      table: string;
      /** In clauses. */
      changes: readonly string[];
      consequences: readonly { sink: string; effect: string; text: string }[];
    }
  | {
      /** What differs between a cluster and its project, or why that is not known, has changed. */
      event: 'drift';
      context: string;
      state: DriftState;
      differences: readonly Difference[];
      /** What could not be compared. */
      unknown: readonly string[];
    }
  | {
      /** The health of a cluster, or the reasons for it, have changed. */
      event: 'cluster';
      context: string;
      health: ClusterHealth;
      reasons: string[];
      /** ISO 8601, UTC. */
      since: string;
    }
  | {
      event: 'alert';
      change: AlertChange['change'];
      context: string;
      kind: string;
      target: string;
      rule: string;
      severity: string;
      summary: string;
      hint: string | null;
    }
  | {
      event: 'notice';
      receiver: string;
      change: AlertChange['change'];
      context: string;
      kind: string;
      target: string;
      outcome: 'delivered' | 'failed' | 'given up';
      attempts: Count;
      error: string | null;
    }
  /** What was restarted, and what came of it. */
  | ({ event: 'heal' } & HealEvent)
  | {
      /** Of a pair that is compared on its schedule. */
      event: 'reconcile';
      pair: string;
      change: ReconcileChange;
      /** Of `scheduled`: ISO 8601, UTC; null if there is no next time. */
      next: string | null;
      /** Of `finished`. */
      verdict: string | null;
      /** Of runs that have ended. */
      durationMs: Count | null;
      /** Why it was skipped, or what is to be heeded. */
      message: string | null;
      /** Of `failed`. */
      error: ErrorDocument | null;
    }
  /** Something of the daemon itself failed, such as writing to its store; it goes on. */
  | { event: 'failed'; error: ErrorDocument }
  | { event: 'stopped' };

/** One event of the daemon. */
export type ServeEvent = {
  /** ISO 8601, UTC. */
  at: string;
} & ServeEventBody;
