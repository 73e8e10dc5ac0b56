import { type SluiceError, toSluiceError } from '../errors/error.ts';

/** How long a server may take to stop a statement before its connection is closed. */
export const CANCEL_MS = 2000;

/**
 * The reason for an interruption, which takes precedence over any driver error it caused; undefined if there was none.
 */
export function interruption(signal: AbortSignal | undefined): SluiceError | undefined {
  return signal?.aborted ? toSluiceError(signal.reason) : undefined;
}

/**
 * The result of an attempt, or the reason for an interruption as soon as there is one.
 * @param giveUp ends the attempt, so that nothing keeps the process alive
 */
export async function unlessInterrupted<T>(
  attempt: Promise<T>,
  signal: AbortSignal | undefined,
  giveUp: () => void,
): Promise<T> {
  if (signal === undefined) return attempt;
  const interrupted = Promise.withResolvers<never>();
  const abort = () => {
    giveUp();
    interrupted.reject(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  // Nobody waits for the one that settles later.
  attempt.catch(() => {});
  interrupted.promise.catch(() => {});
  try {
    return await Promise.race([attempt, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits no longer than this, and ignores a failure. */
export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), patience]);
  clearTimeout(timer);
}
