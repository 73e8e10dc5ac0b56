import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';

export interface PollOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Longest wait, ms. */
  timeoutMs: number;
  everyMs?: number;
  /** How long the condition must hold without a break before it is believed, ms. */
  stableMs?: number;
}

export interface Polled<T> {
  /** What was seen last. */
  seen: T;
  /** False where the time ran out first. */
  reached: boolean;
}

const EVERY_MS = 250;

/**
 * Looks until `reached` holds (for `stableMs` on end) or the time is over. Status lags behind what Connect accepted, so
 * what was true right after a write may still be the state before it. A look that fails is one that has not reached it:
 * a worker that is away may come back.
 * @throws what the last look failed with, where the time is over; at once where the worker wants other credentials
 */
export async function pollUntil<T>(
  look: () => Promise<T>,
  reached: (seen: T) => boolean,
  options: PollOptions,
): Promise<Polled<T>> {
  const { clock, signal, timeoutMs, everyMs = EVERY_MS, stableMs = 0 } = options;
  const now = () => clock.now().getTime();
  const deadline = now() + timeoutMs;
  let since: number | undefined;
  for (;;) {
    const { seen, error } = await tried(look, signal);
    if (error === undefined && reached(seen)) {
      since ??= now();
      if (now() - since >= stableMs) return { seen, reached: true };
    } else {
      since = undefined;
    }
    const left = deadline - now();
    if (left <= 0) {
      if (error !== undefined) throw error;
      return { seen, reached: false };
    }
    await clock.sleep(Math.min(everyMs, left), signal);
  }
}

/** A look, or why there was none. */
export async function tried<T>(
  look: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ seen: T; error?: undefined } | { seen?: undefined; error: SluiceError }> {
  try {
    return { seen: await look() };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SluiceError) || error.code === 'CONNECT_UNAUTHORIZED') throw error;
    return { error };
  }
}
