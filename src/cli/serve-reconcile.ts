import type { PairSettings } from '../config/reconcile-settings.ts';
import type { Clock } from '../ports/clock.ts';
import { SCHEDULE_DEFAULTS } from '../reconcile/request.ts';
import type { ScheduleEvent } from '../reconcile/schedule/events.ts';
import { ScheduleMetrics } from '../reconcile/schedule/metrics.ts';
import { reconcileOnSchedule, type ScheduleRequest } from '../reconcile/schedule/run.ts';
import type { ServeEventBody } from '../serve/events.ts';
import type { Duty } from '../serve/serve.ts';
import type { PairOutcome } from '../serve/stored.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { counted } from '../text/counted.ts';
import { firstNames } from '../text/lists.ts';
import type { ComingComparison } from './views/serve-comparisons.ts';

/** What the schedule needs of the command. */
export type ReconcileAccess = Pick<ScheduleRequest, 'store' | 'targets' | 'connect'>;

/** Comparisons on a schedule as a duty of the daemon: what `sluice reconcile schedule` does, without a server of its own. */
export class ServeReconcile {
  readonly #metrics = new ScheduleMetrics();
  readonly #failures = new Map<string, string | null>();
  readonly #coming = new Map<string, Omit<ComingComparison, 'pair' | 'tables'>>();
  readonly #access: ReconcileAccess;
  readonly #emit: (body: ServeEventBody) => void;

  constructor(access: ReconcileAccess, emit: (body: ServeEventBody) => void) {
    this.#access = access;
    this.#emit = emit;
  }

  duty(clock: Clock): Duty {
    return ({ stop, abort, isHeld }) => {
      // Another process may have planned them meanwhile.
      this.#coming.clear();
      return reconcileOnSchedule(
        {
          ...this.#access,
          ...{ pairs: [], listen: undefined, graceMs: SCHEDULE_DEFAULTS.grace, parallel: SCHEDULE_DEFAULTS.parallel },
          onEvent: (event) => this.#observe(event),
        },
        { clock, stop, abort, mayStart: isHeld },
      ).finally(() => this.#coming.clear());
    };
  }

  /** How the last run of each pair ended. */
  outcomes(pairs: readonly string[]): PairOutcome[] {
    return pairs.map((pair) => ({ pair, failure: this.#failures.get(pair) }));
  }

  /** When pairs are compared next, or since when they are being compared, the next one first. */
  coming(pairs: Readonly<Record<string, PairSettings>>): ComingComparison[] {
    return [...this.#coming]
      .map(([pair, times]) => ({ pair, tables: tablesText(pairs[pair]), ...times }))
      .sort((a, b) => compareTexts(a.next ?? '~', b.next ?? '~'));
  }

  metrics(): Promise<string> {
    return this.#metrics.text();
  }

  #observe(event: ScheduleEvent): void {
    this.#metrics.observe(event);
    const body = serveEventOf(event);
    if (body === undefined) return;
    this.#time(event);
    const failure = failureOf(event);
    if (failure !== undefined) this.#failures.set(body.pair, failure);
    this.#emit(body);
  }

  #time(event: ScheduleEvent): void {
    if (!('pair' in event)) return;
    const known = this.#coming.get(event.pair) ?? { next: null, runningSince: null };
    if (event.event === 'scheduled') this.#coming.set(event.pair, { ...known, next: event.next });
    if (event.event === 'started') this.#coming.set(event.pair, { ...known, runningSince: event.at });
    if (event.event === 'finished' || event.event === 'failed' || event.event === 'aborted')
      this.#coming.set(event.pair, { ...known, runningSince: null });
  }
}

/** Why a run that has ended has no answer; null if it has one, undefined for what is not the end of a run. */
export function failureOf(event: ScheduleEvent): string | null | undefined {
  if (event.event === 'failed') return event.error.message;
  if (event.event !== 'finished') return undefined;
  const left = event.tables.filter(({ verdict }) => verdict !== 'equal' && verdict !== 'different');
  if (left.length === 0) return null;
  const named = left.map(({ source, verdict, error }) => `${source} (${error ?? verdict})`);
  return `${left.length} of ${counted(event.tables.length, 'table')} without a result: ${firstNames(named, 5)}`;
}

/** Tables of a pair, as sluice.yaml names them. */
function tablesText({ tables = [], connector }: PairSettings = {}): string {
  if (tables.length === 0) return connector === undefined ? '?' : `those of ${connector}`;
  return tables.map((one) => (typeof one === 'string' ? one : one.table)).join(', ');
}

/** @returns undefined for events of the schedule itself */
export function serveEventOf(event: ScheduleEvent): Extract<ServeEventBody, { event: 'reconcile' }> | undefined {
  if (event.event === 'listening' || event.event === 'stopping' || event.event === 'stopped') return undefined;
  const nothing = { next: null, verdict: null, durationMs: null, message: null, error: null };
  const about = { event: 'reconcile', pair: event.pair, change: event.event, ...nothing } as const;
  switch (event.event) {
    case 'scheduled':
      return { ...about, next: event.next };
    case 'skipped':
      return { ...about, message: event.reason };
    case 'warning':
      return { ...about, message: event.message };
    case 'finished':
      return { ...about, verdict: event.verdict, durationMs: event.durationMs };
    case 'failed':
      return { ...about, durationMs: event.durationMs, error: event.error };
    case 'aborted':
      return { ...about, durationMs: event.durationMs };
    default:
      return about;
  }
}
