import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { badAnswer, judge, parseAnswer, unanswered } from './answers.ts';
import type { Shape } from './shapes.ts';
import { type Answer, NoAnswer, type Request, TOO_LARGE, type Transport } from './transport.ts';

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

/** How to find out whether a write that was not confirmed was carried out after all. */
export interface ReadBack {
  /** What was to be done, for messages: `the configuration of "orders"`. */
  what: string;
  /** `unknown` where reading back does not tell. */
  done(): Promise<'yes' | 'no' | 'unknown'>;
}

export interface Writing<T> {
  /** The connector, in words; undefined where a 404 does not mean that it is not there: it need not be. */
  what: string | undefined;
  /** Of an answer that is not empty. */
  shape: Shape<T>;
  /** Whether a successful answer is the one by which Connect says that it was done; an empty 200 of a proxy is not. */
  confirms(reply: Reply<T | undefined>): boolean;
  readBack?: ReadBack | undefined;
}

const REBALANCE_MS = 60_000;
const READ_BACK_MS = 10_000;
const READ_BACK_EVERY_MS = 500;
/** A single look proves nothing, however long it took. */
const LEAST_NOES = 3;
/** Where the worker has answered: only the worker that is asked may lag behind. */
const SETTLED_READ_BACK_MS = 3_000;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;
const READ_ATTEMPTS = 3;
/** Refusals that a second attempt may owe to the first. */
const AFTER_RETRY = new Set(['POST 409', 'DELETE 404']);

/**
 * The one place that decides on trying again. A worker in a rebalance did nothing, so any call is repeated until a
 * deadline; a read without an answer is repeated a few times; a write never is: without an answer that says that it was
 * done, or was refused, it is read back.
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
  async read<T>(request: Request, shape: Shape<T>, what?: string): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#untilRebalanced(request, what);
        const body = parseAnswer(answer, request, shape);
        if (body === undefined) throw badAnswer(answer, request, 'nothing');
        return body;
      } catch (error) {
        if (!(error instanceof Unclear) || attempt >= READ_ATTEMPTS || error.final) throw translated(error);
        await this.#backoff(attempt);
      }
    }
  }

  /**
   * A call that changes something. Where no answer confirms it `readBack` decides; without `readBack` the outcome stays
   * unknown. `body` is undefined where the write was found done by reading back.
   */
  async write<T>(request: Request, { what, shape, confirms, readBack }: Writing<T>): Promise<Reply<T | undefined>> {
    try {
      const sent = { ...request, mustFinish: true };
      return this.#confirmed(await this.#untilRebalanced(sent, what), sent, shape, confirms);
    } catch (error) {
      if (!(error instanceof Unclear) || error.unsent) throw translated(error);
      this.#options.logger.debug(`${request.method} ${request.path} was not confirmed; reading back`);
      if (readBack === undefined) throw unknownOutcome(error.error, `${request.method} ${request.path}`);
      await this.#readBack(readBack, error).catch((failure: unknown) => {
        // Ctrl-C while it is read back: it was sent, and must not count as never begun.
        throw this.#options.signal.aborted ? unknownOutcome(error.error, readBack.what) : failure;
      });
      return { status: 200, body: undefined };
    }
  }

  #confirmed<T>(
    answer: Answer,
    request: Request,
    shape: Shape<T>,
    confirms: Writing<T>['confirms'],
  ): Reply<T | undefined> {
    let body: T | undefined;
    try {
      body = parseAnswer(answer, request, shape);
    } catch (error) {
      throw error instanceof SluiceError ? new Unclear(error, { settled: true }) : error;
    }
    if (confirms({ status: answer.status, body })) return { status: answer.status, body };
    throw new Unclear(badAnswer(answer, request, 'nothing that confirms it'), { settled: true });
  }

  /** A worker that is away meanwhile is waited for. */
  async #readBack(readBack: ReadBack, { error: failure, settled }: Unclear): Promise<void> {
    const longest = this.#options.readBackMs ?? READ_BACK_MS;
    const deadline = this.#now() + (settled ? Math.min(longest, SETTLED_READ_BACK_MS) : longest);
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
    } while (this.#now() < deadline || (!unread && noes < LEAST_NOES));
    if (unread) throw unknownOutcome(failure, readBack.what);
    const status = Number(failure.details?.['status']);
    // Accepted, and not carried out.
    const code = status >= 200 && status < 300 ? 'CONNECT_REJECTED' : failure.code;
    throw new SluiceError(code, `${failure.message}; reading back shows that ${readBack.what} did not take effect`, {
      hint: 'Nothing has changed, as far as the worker tells. Run the command again.',
      cause: failure,
      ...(failure.details === undefined ? {} : { details: failure.details }),
    });
  }

  async #untilRebalanced(request: Request, what: string | undefined): Promise<Answer> {
    const deadline = this.#now() + (this.#options.rebalanceMs ?? REBALANCE_MS);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#transport.send(request).catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error;
        const final = error.reason === 'TIMEOUT' || error.reason === TOO_LARGE;
        throw new Unclear(unanswered(error, this.#urls), { unsent: error.unsent, final });
      });
      const verdict = judge(answer, request, what);
      switch (verdict.kind) {
        case 'ok':
          return answer;
        case 'not now':
          if (this.#now() >= deadline) throw verdict.error;
          this.#options.logger.debug(`${verdict.error.message}; trying again`);
          await this.#backoff(attempt);
          break;
        case 'unclear':
          throw new Unclear(verdict.error, { settled: verdict.settled });
        default:
          // That the name exists by now, or is gone, may be the work of the attempt before.
          if (attempt > 1 && AFTER_RETRY.has(`${request.method} ${verdict.status}`)) {
            throw new Unclear(verdict.error, { settled: true });
          }
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
  /** The worker has answered: nothing is under way any more. */
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
  return error instanceof Unclear ? error.error : error;
}

function unknownOutcome(cause: SluiceError, what: string): SluiceError {
  return new SluiceError(cause.code, `${cause.message}; whether ${what} was carried out is not known`, {
    hint: 'Look before you repeat it: sluice status',
    cause,
    details: { ...cause.details, outcome: 'unknown' },
  });
}
