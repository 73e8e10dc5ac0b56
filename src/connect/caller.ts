import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { judge, parseAnswer, unanswered } from './answers.ts';
import { NoAnswer, type Request, type Transport } from './transport.ts';

export interface CallerOptions {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  /** How long a rebalance may last before a call is given up (ms). */
  rebalanceMs?: number | undefined;
  /** How long a write without an answer is looked for (ms). */
  readBackMs?: number | undefined;
}

export interface Reply<T> {
  status: number;
  body: T;
}

/** How to find out whether a write without an answer was carried out after all. */
export interface ReadBack {
  /** What was to be done, for messages: `the configuration of "orders"`. */
  what: string;
  done(): Promise<boolean>;
}

const REBALANCE_MS = 60_000;
const READ_BACK_MS = 10_000;
const READ_BACK_EVERY_MS = 500;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;
const READ_ATTEMPTS = 3;

/**
 * The one place that decides on trying again. A worker in a rebalance did nothing, so any call is repeated until a
 * deadline; a read without an answer is repeated a few times; a write without an answer never is: it is read back.
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

  /** @param what the connector or plugin asked for, in words: a 404 then says that it is not there */
  async read<T>(request: Request, what?: string): Promise<Reply<T>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#untilRebalanced<T>(request, what);
      } catch (error) {
        if (!(error instanceof Unclear) || attempt >= READ_ATTEMPTS || error.final) throw translated(error);
        await this.#backoff(attempt);
      }
    }
  }

  /**
   * A call that changes something. Without an answer `readBack` decides; without `readBack` the outcome stays unknown.
   * `body` is undefined where the write was found done by reading back.
   */
  async write<T>(request: Request, what: string, readBack?: ReadBack): Promise<Reply<T | undefined>> {
    try {
      return await this.#untilRebalanced<T>({ ...request, mustFinish: true }, what);
    } catch (error) {
      if (!(error instanceof Unclear) || error.unsent) throw translated(error);
      this.#options.logger.debug(`${request.method} ${request.path} got no answer; reading back`);
      if (readBack === undefined) throw unknownOutcome(error.error, `${request.method} ${request.path}`);
      await this.#readBack(readBack, error.error);
      return { status: 200, body: undefined };
    }
  }

  async #readBack(readBack: ReadBack, failure: SluiceError): Promise<void> {
    const deadline = this.#now() + (this.#options.readBackMs ?? READ_BACK_MS);
    do {
      let done: boolean;
      try {
        done = await readBack.done();
      } catch (error) {
        this.#options.signal.throwIfAborted();
        throw unknownOutcome(error instanceof SluiceError ? error : failure, readBack.what);
      }
      if (done) return;
      await this.#options.clock.sleep(READ_BACK_EVERY_MS, this.#options.signal);
    } while (this.#now() < deadline);
    throw new SluiceError(failure.code, `${failure.message}; read back: ${readBack.what} was not done`, {
      hint: 'Nothing has changed, as far as the worker tells. Run the command again.',
      cause: failure,
      ...(failure.details === undefined ? {} : { details: failure.details }),
    });
  }

  async #untilRebalanced<T>(request: Request, what: string | undefined): Promise<Reply<T>> {
    const deadline = this.#now() + (this.#options.rebalanceMs ?? REBALANCE_MS);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#transport.send(request).catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error;
        throw new Unclear(unanswered(error, this.#urls), { unsent: error.unsent, final: error.reason === 'TIMEOUT' });
      });
      const verdict = judge(answer, request, what);
      switch (verdict.kind) {
        case 'ok':
          return { status: answer.status, body: parseAnswer<T>(answer, request) };
        case 'not now':
          if (this.#now() >= deadline) throw verdict.error;
          this.#options.logger.debug(`${verdict.error.message}; trying again`);
          await this.#backoff(attempt);
          break;
        case 'unclear':
          throw new Unclear(verdict.error, { unsent: false, final: false });
        default:
          throw verdict.error;
      }
    }
  }

  /** Full jitter: several clients that met the same rebalance must not come back together. */
  async #backoff(attempt: number): Promise<void> {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    await this.#options.clock.sleep(Math.round(longest * (0.5 + Math.random() / 2)), this.#options.signal);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** No answer, or one that does not tell; never leaves this file. */
class Unclear extends Error {
  readonly error: SluiceError;
  readonly unsent: boolean;
  /** Asking again would only double the wait. */
  readonly final: boolean;

  constructor(error: SluiceError, options: { unsent: boolean; final: boolean }) {
    super(error.message);
    this.error = error;
    this.unsent = options.unsent;
    this.final = options.final || options.unsent;
  }
}

function translated(error: unknown): unknown {
  return error instanceof Unclear ? error.error : error;
}

function unknownOutcome(cause: SluiceError, what: string): SluiceError {
  return new SluiceError(cause.code, `${cause.message}; whether ${what} was carried out is not known`, {
    hint: 'Look before you repeat it: sluice status',
    cause,
    details: { ...cause.details, outcome: 'unknown' },
  });
}
