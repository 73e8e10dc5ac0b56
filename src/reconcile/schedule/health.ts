import type { ScheduleEvent } from './events.ts';

export interface PairHealth {
  running: boolean;
  /** Next run; null if there is none. */
  next: string | null;
  /** When the last run ended; null before the first. */
  lastRun: string | null;
  /** `failed` and `aborted` runs have no verdict. */
  lastVerdict: string | null;
}

export interface ScheduleHealth {
  /** `late`: a run was due and did not start; the process hangs. */
  status: 'ok' | 'stopping' | 'late';
  pairs: Record<string, PairHealth>;
}

/** How long after its time a pair may be waited for. */
const LATE_MS = 120_000;

/**
 * The health of the schedule itself, from the events in its log. Differing rows are a result, not a health problem.
 */
export class HealthRecord {
  readonly #pairs = new Map<string, PairHealth>();
  #stopping = false;

  observe(event: ScheduleEvent): void {
    if (event.event === 'stopping' || event.event === 'stopped') {
      this.#stopping = true;
      return;
    }
    if (event.event === 'listening') return;
    const pair = this.#pairs.get(event.pair) ?? { running: false, next: null, lastRun: null, lastVerdict: null };
    this.#pairs.set(event.pair, pair);
    if (event.event === 'scheduled') pair.next = event.next;
    if (event.event === 'started') pair.running = true;
    if (event.event === 'finished' || event.event === 'failed' || event.event === 'aborted') {
      pair.running = false;
      pair.lastRun = event.at;
      pair.lastVerdict = event.event === 'finished' ? event.verdict : event.event;
    }
  }

  now(now: Date): ScheduleHealth {
    const late = [...this.#pairs.values()].some(
      ({ next }) => next !== null && now.getTime() - Date.parse(next) > LATE_MS,
    );
    return {
      status: this.#stopping ? 'stopping' : late ? 'late' : 'ok',
      pairs: Object.fromEntries(this.#pairs),
    };
  }
}
