import type { AlertChange } from '../store/alerts.ts';

/** Somewhere that alerts are sent to. */
export interface Receiver {
  name: string;
  /** @throws NotDelivered */
  send(change: AlertChange): Promise<void>;
  /** For receivers that forget an alert unless it is sent again: how often (ms). */
  repeatMs?: number;
  repeat?(changes: readonly AlertChange[]): Promise<void>;
}

/** A change did not arrive. Its message names no URL and no secret: a webhook's URL is its password. */
export class NotDelivered extends Error {
  /** Whether trying again may help. */
  readonly retryable: boolean;

  constructor(message: string, { retryable }: { retryable: boolean }) {
    super(message);
    this.retryable = retryable;
  }
}
