import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';

export interface PollOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Give up after this long, ms. */
  timeoutMs: number;
  everyMs?: number;
  /** How long the condition must hold without interruption, ms. */
  stableMs?: number;
}

export interface Polled<T> {
  /** The last sample. */
  seen: T;
  /** False if the timeout came first. */
  reached: boolean;
  /** The end state that held when the timeout came, but not long enough. */
  held?: boolean | string | undefined;
}

const EVERY_MS = 250;
/** Time for a sample, ms, even if the deadline is nearer. */
export const LAST_SAMPLE_MS = 2_000;

/**
 * Samples until `reached` holds (for `stableMs` without interruption) or the timeout passes. Status lags behind what
 * Connect accepted, so right after a write it may still be the old one. A failed sample counts as "not reached": an
 * unavailable worker may come back.
 * @param sample given the time that is left for it, ms: a read may wait for a rebalance
 * @param reached false, or which end state holds; a different end state must last `stableMs` again
 * @throws the last sample's error on timeout; at once if the worker rejects the credentials
 */
export async function pollUntil<T>(
  sample: (leftMs: number) => Promise<T>,
  reached: (seen: T) => boolean | string,
  options: PollOptions,
): Promise<Polled<T>> {
  const { clock, signal, timeoutMs, everyMs = EVERY_MS, stableMs = 0 } = options;
  const now = () => clock.now().getTime();
  const deadline = now() + timeoutMs;
  let held: { end: boolean | string; since: number } | undefined;
  for (;;) {
    const { seen, error } = await tried(() => sample(Math.max(LAST_SAMPLE_MS, deadline - now())), signal);
    const end = error === undefined && reached(seen);
    if (held?.end !== end) held = end === false ? undefined : { end, since: now() };
    if (error === undefined && held !== undefined && now() - held.since >= stableMs) return { seen, reached: true };
    const left = deadline - now();
    if (left <= 0) {
      if (error !== undefined) throw error;
      return { seen, reached: false, held: held?.end };
    }
    await clock.sleep(Math.min(everyMs, left), signal);
  }
}

/** A sample, or the error that prevented it. */
export async function tried<T>(
  sample: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ seen: T; error?: undefined } | { seen?: undefined; error: SluiceError }> {
  try {
    return { seen: await sample() };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SluiceError) || error.code === 'CONNECT_UNAUTHORIZED') throw error;
    return { error };
  }
}
