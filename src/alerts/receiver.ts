import type { AlertChange } from '../store/alerts.ts';

export type ReceiverKind = 'webhook' | 'slack' | 'pagerduty' | 'alertmanager' | 'email';

/** Somewhere that alerts are sent to. */
export interface Receiver {
  name: string;
  kind: ReceiverKind;
  /** @returns what it answered, such as `202`; never its text, which may repeat a secret @throws NotDelivered */
  send(change: AlertChange): Promise<string>;
  /** For receivers that forget an alert unless it is sent again: how often, and when they forget it (ms). */
  repeatMs?: number;
  forgetsMs?: number;
  repeat?(changes: readonly AlertChange[]): Promise<string>;
}

/** A change did not arrive. Its message names no URL and no secret: a webhook's URL is its password. */
export class NotDelivered extends Error {
  /** Whether trying again may help. */
  readonly retryable: boolean;
  /** It did not answer, or did not accept the credentials: it did not look at what was sent. */
  readonly away: boolean;

  constructor(message: string, { retryable, away = false }: { retryable: boolean; away?: boolean }) {
    super(message);
    this.retryable = retryable;
    this.away = away;
  }
}
