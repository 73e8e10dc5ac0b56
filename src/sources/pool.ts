import { openSession } from '../databases/open.ts';
import type { Session } from '../databases/session.ts';
import { SluiceError } from '../errors/error.ts';
import type { Endpoint } from '../topology/model.ts';
import { POOL } from './request.ts';

type Open = typeof openSession;

interface Pooled {
  session: Promise<Session>;
  /** Ends what runs in it, and the session. */
  end: AbortController;
  openedAt: number;
  usedAt: number;
  /** Ends with the last read that was begun. */
  last: Promise<unknown>;
}

/**
 * One session for each database, for whoever asks again and again: read-only, one read at a time, each in a limited time.
 * A session that is lost is opened again by the next read.
 */
export class SessionPool implements AsyncDisposable {
  readonly #signal: AbortSignal;
  readonly #now: () => number;
  readonly #open: Open;
  readonly #pooled = new Map<string, Pooled>();

  /** @param signal ends all sessions @param now ms */
  constructor(signal: AbortSignal, now: () => number, open: Open = openSession) {
    this.#signal = signal;
    this.#now = now;
    this.#open = open;
  }

  /** How many sessions are open. */
  get size(): number {
    return this.#pooled.size;
  }

  /** @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, TIMED_OUT and what reading throws; the signal's reason */
  async use<T>(endpoint: Pick<Endpoint, 'url' | 'display'>, read: (session: Session) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    this.#closeOld();
    const known = this.#pooled.get(endpoint.url);
    if (known === undefined) return this.#read(endpoint, this.#add(endpoint), read);
    try {
      return await this.#read(endpoint, known, read);
    } catch (error) {
      // It may have ended long ago: a server was restarted, or a firewall forgot it.
      if (!(error instanceof SluiceError) || error.code !== 'DATABASE_UNREACHABLE') throw error;
      this.#signal.throwIfAborted();
      return this.#read(endpoint, this.#pooled.get(endpoint.url) ?? this.#add(endpoint), read);
    }
  }

  #add({ url, display }: Pick<Endpoint, 'url' | 'display'>): Pooled {
    const end = new AbortController();
    const { connectTimeout, statementTimeout } = POOL;
    const session = this.#open(
      { name: display, url },
      { connectTimeout, statementTimeout, signal: AbortSignal.any([this.#signal, end.signal]) },
    );
    const now = this.#now();
    const added = { session, end, openedAt: now, usedAt: now, last: session.catch(() => {}) };
    this.#pooled.set(url, added);
    return added;
  }

  #read<T>(
    endpoint: Pick<Endpoint, 'url' | 'display'>,
    pooled: Pooled,
    read: (session: Session) => Promise<T>,
  ): Promise<T> {
    pooled.usedAt = this.#now();
    const result = pooled.last.then(() => this.#readNow(endpoint, pooled, read));
    pooled.last = result.catch(() => {});
    return result;
  }

  async #readNow<T>(
    endpoint: Pick<Endpoint, 'url' | 'display'>,
    pooled: Pooled,
    read: (session: Session) => Promise<T>,
  ): Promise<T> {
    const late = AbortSignal.timeout(POOL.deadline);
    try {
      return await untilAborted(pooled.session.then(read), AbortSignal.any([this.#signal, pooled.end.signal, late]));
    } catch (error) {
      this.#signal.throwIfAborted();
      const isRefused = error instanceof SluiceError && /^DATABASE_REJECTED$|^TABLE_/.test(error.code);
      // After any other failure the next read begins with a session of its own.
      if (!isRefused) this.#drop(endpoint.url, pooled);
      if (late.aborted || pooled.end.signal.aborted)
        throw new SluiceError('TIMED_OUT', `${endpoint.display} did not answer within ${POOL.deadline / 1000} s`);
      throw error;
    }
  }

  #drop(url: string, pooled: Pooled): Promise<void> {
    if (this.#pooled.get(url) === pooled) this.#pooled.delete(url);
    return closed(pooled);
  }

  /** A session that was not used for long is not needed; one that is very old may be on a server that was replaced. */
  #closeOld(): void {
    const now = this.#now();
    for (const [url, pooled] of this.#pooled)
      if (now - pooled.usedAt > POOL.idle || now - pooled.openedAt > POOL.age) {
        this.#pooled.delete(url);
        // After what is being read in it.
        pooled.last.then(() => closed(pooled)).catch(() => {});
      }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#pooled.values()];
    this.#pooled.clear();
    await Promise.all(all.map(closed));
  }
}

/** A server that no longer answers does not say goodbye, either. */
async function closed({ session, end }: Pooled): Promise<void> {
  const open = await untilAborted(session, AbortSignal.timeout(POOL.connectTimeout)).catch(() => undefined);
  await untilAborted(open?.close() ?? Promise.resolve(), AbortSignal.timeout(POOL.goodbye)).catch(() => {});
  end.abort();
}

export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
