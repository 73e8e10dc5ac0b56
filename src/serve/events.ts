import type { ErrorDocument } from '../errors/error.ts';
import type { HealEvent } from '../heal/heal.ts';
import type { AlertChange } from '../store/alerts.ts';
import type { Count, Integer } from '../text/numbers.ts';

/** What the daemon reports, one line of JSON each. */
export type ServeEventBody =
  | { event: 'listening'; url: string }
  /** This process acts, and others stand by. */
  | { event: 'leading'; term: Integer }
  | { event: 'standing by'; holder: string | null }
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
  /** Something of the daemon itself failed, such as writing to its store; it goes on. */
  | { event: 'failed'; error: ErrorDocument }
  | { event: 'stopped' };

/** One event of the daemon. */
export type ServeEvent = {
  /** ISO 8601, UTC. */
  at: string;
} & ServeEventBody;
