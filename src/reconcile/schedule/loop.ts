import { SluiceError, toErrorDocument, toSluiceError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';
import { reconcileExit } from '../exit.ts';
import type { ReconcileReport } from '../report.ts';
import { type ScheduleEvent, type ScheduleEventBody, summarize } from './events.ts';
import type { ScheduledPair } from './plan.ts';

export interface ScheduleOptions {
  pairs: readonly ScheduledPair[];
  /** Compares one pair; `signal` aborts it. */
  compare(pair: string, signal: AbortSignal, warn: (message: string) => void): Promise<ReconcileReport>;
  onEvent(event: ScheduleEvent): void;
  clock: Clock;
  /** Stops the schedule. */
  stop: AbortSignal;
  /** How long running comparisons may continue after that, in ms. */
  graceMs: number;
  /** Ends running comparisons at once. */
  abort?: AbortSignal | undefined;
  /** Asked before each run: another process may have taken over. */
  mayStart?: (() => boolean) | undefined;
  /** Maximum runs in parallel, each of a different pair. */
  parallel: number;
}

/** Longest sleep in ms: a machine that was asleep, or whose clock was set, is noticed by then. */
const MAX_SLEEP_MS = 30_000;

/**
 * Compares each pair at its scheduled times until stopped. A pair whose previous run is still going or queued is
 * skipped. Resolves when nothing is running: at the end, running comparisons get the grace period, then are aborted.
 */
export async function runSchedule(options: ScheduleOptions): Promise<void> {
  const { pairs, clock, stop } = options;
  const emit = (body: ScheduleEventBody) =>
    options.onEvent({ at: clock.now().toISOString(), ...body } as ScheduleEvent);
  const runs = new Runs(options, emit);
  await Promise.all(pairs.map((pair) => follow(pair, runs, clock, stop, emit)));
  await runs.end();
  emit({ event: 'stopped' });
}

/** Waits for the times of one pair. */
async function follow(
  pair: ScheduledPair,
  runs: Runs,
  clock: Clock,
  stop: AbortSignal,
  emit: (body: ScheduleEventBody) => void,
): Promise<void> {
  for (let from = clock.now(); !stop.aborted; ) {
    const due = pair.next(from);
    emit({ event: 'scheduled', pair: pair.name, next: due?.toISOString() ?? null });
    if (due === undefined || !(await isReached(due, clock, stop))) return;
    runs.start(pair.name);
    // Times missed while the machine slept are not made up for.
    from = new Date(Math.max(due.getTime(), clock.now().getTime()));
  }
}

async function isReached(due: Date, clock: Clock, stop: AbortSignal): Promise<boolean> {
  for (;;) {
    const left = due.getTime() - clock.now().getTime();
    if (stop.aborted) return false;
    if (left <= 0) return true;
    try {
      await clock.sleep(Math.min(left, MAX_SLEEP_MS), stop);
    } catch {
      return false;
    }
  }
}

/** Running and queued comparisons. */
class Runs {
  readonly #options: ScheduleOptions;
  readonly #emit: (body: ScheduleEventBody) => void;
  readonly #end = new AbortController();
  /** By pair: running ones and waiting ones. */
  readonly #active = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: ScheduleOptions, emit: (body: ScheduleEventBody) => void) {
    this.#options = options;
    this.#emit = emit;
  }

  start(pair: string): void {
    if (this.#options.mayStart?.() === false) {
      this.#emit({ event: 'skipped', pair, reason: 'another process acts' });
      return;
    }
    if (this.#active.has(pair)) {
      this.#emit({ event: 'skipped', pair, reason: 'the previous run has not ended yet' });
      return;
    }
    const run = this.#turn(pair).finally(() => this.#active.delete(pair));
    this.#active.set(pair, run);
  }

  /** Waits for running comparisons during the grace period, then aborts them. */
  async end(): Promise<void> {
    const { clock, graceMs, abort } = this.#options;
    const all = Promise.all(this.#active.values());
    if (this.#active.size > 0) {
      this.#emit({ event: 'stopping', running: [...this.#active.keys()], graceMs });
      // Queued runs are not started.
      for (const wake of this.#waiting.splice(0)) wake();
      const waited = new AbortController();
      const ended = abort === undefined ? waited.signal : AbortSignal.any([waited.signal, abort]);
      await Promise.race([all, clock.sleep(graceMs, ended).catch(() => {})]);
      waited.abort();
    }
    this.#end.abort(new SluiceError('TERMINATED', 'the schedule was stopped'));
    await all;
  }

  async #turn(pair: string): Promise<void> {
    if (this.#running >= this.#options.parallel) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else this.#running += 1;
    try {
      if (!this.#options.stop.aborted) await this.#run(pair);
    } finally {
      // Passes the turn on to the next one, or gives it back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #run(pair: string): Promise<void> {
    const { clock } = this.#options;
    const began = clock.now().getTime();
    const durationMs = () => clock.now().getTime() - began;
    this.#emit({ event: 'started', pair });
    try {
      const report = await this.#options.compare(pair, this.#end.signal, (message) =>
        this.#emit({ event: 'warning', pair, message }),
      );
      const { verdict } = report;
      const exitCode = reconcileExit(report);
      this.#emit({ event: 'finished', pair, verdict, exitCode, durationMs: durationMs(), tables: summarize(report) });
    } catch (error) {
      if (this.#end.signal.aborted) {
        this.#emit({ event: 'aborted', pair, durationMs: durationMs() });
        return;
      }
      const failure = toSluiceError(error);
      this.#emit({
        event: 'failed',
        pair,
        exitCode: failure.exitCode,
        durationMs: durationMs(),
        error: toErrorDocument(failure),
      });
    }
  }
}
