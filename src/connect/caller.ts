import { SluiceError } from '../errors/error.ts';
import { TOO_LARGE } from '../http/sender.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { badResponse, judge, parseResponse, unanswered } from './responses.ts';
import type { Shape } from './shapes.ts';
import { NoResponse, type Request, type Response, type Transport } from './transport.ts';

export interface CallerOptions {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  /** How long a rebalance may last before a call fails (ms). */
  rebalanceMs?: number | undefined;
  /** How long to read back a write that got no response (ms). */
  readBackMs?: number | undefined;
}

export interface Reply<T> {
  status: number;
  body: T;
}

/** How to find out whether an unconfirmed write was carried out. */
export interface ReadBack {
  /** The intended change, for messages: `the configuration of "orders"`. */
  what: string;
  /** `unknown` if reading back cannot tell. */
  done(): Promise<'yes' | 'no' | 'unknown'>;
}

export interface Writing<T> {
  /** The connector, in words; undefined if a 404 is not about a missing connector, which need not exist. */
  what: string | undefined;
  /** Shape of a response that is not empty. */
  shape: Shape<T>;
  /** Whether a successful response is Connect's confirmation; an empty 200 from a proxy is not. */
  confirms(reply: Reply<T | undefined>): boolean;
  readBack?: ReadBack | undefined;
}

const REBALANCE_MS = 60_000;
const READ_BACK_MS = 10_000;
const READ_BACK_EVERY_MS = 500;
/** A single read proves nothing, however long it took. */
const MIN_NOES = 3;
/** If the worker has answered: only the worker that is read from may lag. */
const SETTLED_READ_BACK_MS = 3_000;
const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5_000;
const READ_ATTEMPTS = 3;
/** Rejections of a retry that the first attempt may have caused. */
const AFTER_RETRY = new Set(['POST 409', 'DELETE 404']);

/**
 * The one place that decides on retries. A rebalancing worker did nothing, so any call is retried until a deadline. A
 * read without a response is retried a few times. A write without a clear response is never retried, but read back.
 */
export class Caller {
  readonly #transport: Transport;
  readonly #urls: readonly string[];
  readonly #options: CallerOptions;

  constructor(transport: Transport, urls: readonly string[], options: CallerOptions) {
    this.#transport = transport;
    this.#urls = urls;
    this.#options = options;
  }

  /** @param what the connector or plugin asked for, in words: a 404 then means that it does not exist */
  async read<T>(request: Request, shape: Shape<T>, what?: string): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#untilRebalanced(request, what);
        const body = parseResponse(response, request, shape);
        if (body === undefined) throw badResponse(response, request, 'nothing');
        return body;
      } catch (error) {
        if (!(error instanceof Ambiguous) || attempt >= READ_ATTEMPTS || error.final) throw translated(error);
        await this.#backoff(attempt);
      }
    }
  }

  /**
   * A call that changes something. If no response confirms it, `readBack` decides; without `readBack` the outcome stays
   * unknown. `body` is undefined if reading back confirmed the write.
   */
  async write<T>(request: Request, { what, shape, confirms, readBack }: Writing<T>): Promise<Reply<T | undefined>> {
    try {
      const sent = { ...request, mustFinish: true };
      return this.#confirmed(await this.#untilRebalanced(sent, what), sent, shape, confirms);
    } catch (error) {
      if (!(error instanceof Ambiguous) || error.unsent) throw translated(error);
      this.#options.logger.debug(`${request.method} ${request.path} was not confirmed; reading back`);
      if (readBack === undefined) throw unknownOutcome(error.error, `${request.method} ${request.path}`);
      await this.#readBack(readBack, error).catch((failure: unknown) => {
        // Ctrl-C while reading back: the write was sent, and must not count as never started.
        throw this.#options.signal.aborted ? unknownOutcome(error.error, readBack.what) : failure;
      });
      return { status: 200, body: undefined };
    }
  }

  #confirmed<T>(
    response: Response,
    request: Request,
    shape: Shape<T>,
    confirms: Writing<T>['confirms'],
  ): Reply<T | undefined> {
    let body: T | undefined;
    try {
      body = parseResponse(response, request, shape);
    } catch (error) {
      throw error instanceof SluiceError ? new Ambiguous(error, { settled: true }) : error;
    }
    if (confirms({ status: response.status, body })) return { status: response.status, body };
    throw new Ambiguous(badResponse(response, request, 'no confirmation'), { settled: true });
  }

  /** Waits for a worker that is temporarily unavailable. */
  async #readBack(readBack: ReadBack, { error: failure, settled }: Ambiguous): Promise<void> {
    const readBackMs = this.#options.readBackMs ?? READ_BACK_MS;
    const deadline = this.#now() + (settled ? Math.min(readBackMs, SETTLED_READ_BACK_MS) : readBackMs);
    let unread = false;
    let noes = 0;
    do {
      try {
        const done = await readBack.done();
        if (done === 'yes') return;
        if (done === 'unknown') throw unknownOutcome(failure, readBack.what);
        unread = false;
        noes += 1;
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!(error instanceof SluiceError) || error.details?.['outcome'] === 'unknown') throw error;
        unread = true;
      }
      await this.#options.clock.sleep(READ_BACK_EVERY_MS, this.#options.signal);
    } while (this.#now() < deadline || (!unread && noes < MIN_NOES));
    if (unread) throw unknownOutcome(failure, readBack.what);
    const status = Number(failure.details?.['status']);
    // Accepted, but not carried out.
    const code = status >= 200 && status < 300 ? 'CONNECT_REJECTED' : failure.code;
    throw new SluiceError(code, `${failure.message}; reading back shows that ${readBack.what} did not take effect`, {
      hint: 'According to the worker, nothing has changed. Run the command again.',
      cause: failure,
      ...(failure.details === undefined ? {} : { details: failure.details }),
    });
  }

  async #untilRebalanced(request: Request, what: string | undefined): Promise<Response> {
    const { timeoutMs = Number.POSITIVE_INFINITY } = request;
    const deadline = this.#now() + Math.min(timeoutMs, this.#options.rebalanceMs ?? REBALANCE_MS);
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#transport.send(request).catch((error: unknown) => {
        if (!(error instanceof NoResponse)) throw error;
        const final = error.reason === 'TIMEOUT' || error.reason === TOO_LARGE;
        throw new Ambiguous(unanswered(error, this.#urls), { unsent: error.unsent, final });
      });
      const verdict = judge(response, request, what);
      switch (verdict.kind) {
        case 'ok':
          return response;
        case 'retryLater':
          if (this.#now() >= deadline) throw verdict.error;
          this.#options.logger.debug(`${verdict.error.message}; trying again`);
          await this.#backoff(attempt, deadline);
          break;
        case 'ambiguous':
          throw new Ambiguous(verdict.error, { settled: verdict.settled });
        default:
          // The previous attempt may have created or deleted the connector.
          if (attempt > 1 && AFTER_RETRY.has(`${request.method} ${verdict.status}`)) {
            throw new Ambiguous(verdict.error, { settled: true });
          }
          throw verdict.error;
      }
    }
  }

  /** Jitter: clients that hit the same rebalance must not all retry at the same moment. */
  async #backoff(attempt: number, deadline = Number.POSITIVE_INFINITY): Promise<void> {
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    const left = Math.max(0, deadline - this.#now());
    await this.#options.clock.sleep(Math.round(Math.min(backoffMs, left)), this.#options.signal);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** No response, or an inconclusive one; never leaves this file. */
class Ambiguous extends Error {
  readonly error: SluiceError;
  readonly unsent: boolean;
  /** A retry would only double the wait. */
  readonly final: boolean;
  /** The worker has answered: nothing is in progress any more. */
  readonly settled: boolean;

  constructor(error: SluiceError, options: { unsent?: boolean; final?: boolean; settled?: boolean }) {
    super(error.message);
    this.error = error;
    this.unsent = options.unsent ?? false;
    this.final = (options.final ?? false) || this.unsent;
    this.settled = options.settled ?? false;
  }
}

function translated(error: unknown): unknown {
  return error instanceof Ambiguous ? error.error : error;
}

function unknownOutcome(cause: SluiceError, what: string): SluiceError {
  return new SluiceError(cause.code, `${cause.message}; it is unknown whether ${what} was carried out`, {
    hint: 'Check before you run it again: sluice status',
    cause,
    details: { ...cause.details, outcome: 'unknown' },
  });
}
