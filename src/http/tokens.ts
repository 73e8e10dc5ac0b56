import { type Clock, systemClock } from '../ports/clock.ts';
import type { Environment } from '../secrets/environment.ts';

/** Never aborts. */
export const NEVER = new AbortController().signal;

/** Where access tokens come from. */
export interface TokenSource {
  /** @throws TOKEN_UNAVAILABLE */
  token(signal: AbortSignal): Promise<string>;
  /**
   * Forgets a token that a server has refused.
   * @returns whether another one is worth asking for: it was the one in use, or is not any more
   */
  discard(token: string): boolean;
}

export interface TokenOptions {
  /** The settings, for messages: `connect`. */
  site: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and nothing else (proxyVariables). */
  proxyEnv: Environment;
  clock?: Clock | undefined;
}

/** What a server of tokens gave. */
export interface Token {
  value: string;
  /** s, undefined if the server did not say. */
  lifetime: number | undefined;
}

/** A token is not used in the last part of its life: a request takes time, and clocks differ. */
const MARGIN_MS = 30_000;
/** Of a token that lives shorter than some minutes. */
const MARGIN_PART = 0.1;

/**
 * Keeps a token until shortly before it expires. However many ask at once, one request is under way, which ends with the
 * last of those that wait for it.
 */
export function cachedTokens(
  request: (signal: AbortSignal) => Promise<Token>,
  clock: Clock = systemClock,
): TokenSource {
  let current: { value: string; until: number } | undefined;
  let pending: { token: Promise<string>; waiting: number; stop: AbortController } | undefined;

  const begin = () => {
    const stop = new AbortController();
    const began = clock.now().getTime();
    const token = request(stop.signal).then(({ value, lifetime }) => {
      const ms = (lifetime ?? Number.POSITIVE_INFINITY) * 1000;
      current = { value, until: began + ms - Math.min(MARGIN_MS, ms * MARGIN_PART) };
      return value;
    });
    const one = { token, waiting: 0, stop };
    const end = () => {
      if (pending === one) pending = undefined;
    };
    token.then(end, end);
    return one;
  };

  return {
    async token(signal) {
      signal.throwIfAborted();
      if (current !== undefined && clock.now().getTime() < current.until) return current.value;
      pending ??= begin();
      const one = pending;
      one.waiting += 1;
      try {
        return await orAborted(one.token, signal);
      } finally {
        one.waiting -= 1;
        if (one.waiting === 0) {
          one.stop.abort(signal.reason);
          if (pending === one) pending = undefined;
        }
      }
    },
    discard(token) {
      if (current?.value === token) current = undefined;
      return true;
    },
  };
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
