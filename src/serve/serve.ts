import { Deliveries, type Delivery, lasting } from '../alerts/deliver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { SluiceError, toErrorDocument, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertStore } from '../store/alerts.ts';
import type { Lease, Leases } from '../store/lease.ts';
import type { ServeEvent, ServeEventBody } from './events.ts';
import type { Failures } from './failures.ts';
import type { DaemonMetrics } from './metrics.ts';
import { storeFailure } from './store-failure.ts';
import type { ContextWatch } from './watch.ts';

export interface ServeOptions {
  watches: readonly Pick<ContextWatch, 'context' | 'round'>[];
  receivers: ReadonlyMap<string, Receiver>;
  alerts: AlertStore;
  leases: Leases;
  metrics: DaemonMetrics;
  /** Of this process: no other has the same. */
  holder: string;
  /** Time from one poll to the next (ms). */
  everyMs: number;
  clock: Clock;
  stop: AbortSignal;
  emit(event: ServeEvent): void;
  failures: Failures;
  /** What else the process that acts does, until `stop`; what runs then may end, but for `abort`: another acts already. */
  duty?: Duty | undefined;
}

/** Of the process that acts on what it polls. */
export const LEASE = 'serve';

export type Duty = (signals: { stop: AbortSignal; abort: AbortSignal; isHeld(): boolean }) => Promise<void>;

/** A process that has died is followed by another after this time. */
export const LEASE_MS = 15_000;
/** How often the lease is taken again, and notices that wait are looked for. */
const BEAT_MS = 3_000;
/** After a duty has failed it is tried again. */
const AGAIN_MS = 60_000;
/** How long the end waits for notices that are due. */
const LAST_MS = 5_000;

/** What a probe asks about. */
export interface ServeState {
  /** When the loop went round last (ms since 1970). */
  beatAt: number;
  leads: boolean;
}

/**
 * Watches contexts until it is stopped. Of several processes with one store one acts: it polls, concludes and notifies, and
 * the others stand by until its lease has expired. A failure of one part is an event, never the end.
 */
export async function runServe(options: ServeOptions, state: ServeState): Promise<void> {
  const { clock, stop, watches, leases, holder, metrics, everyMs, failures } = options;
  const emit = (body: ServeEventBody) => options.emit({ at: clock.now().toISOString(), ...body } as ServeEvent);
  const now = () => clock.now().getTime();
  let lease: Lease | undefined;
  let polledAt = Number.NEGATIVE_INFINITY;
  let standingBy: string | null | undefined;
  let repeating: Promise<void> | undefined;
  let polling: Promise<void> | undefined;
  const failed = (part: string) => (error: unknown) => failures.report(part, toErrorDocument(toSluiceError(error)));
  const duty = new DutyRun(options, failed('duty'));
  const repeated = new Map<string, number>();
  const deliveries = new Deliveries({
    ...{ alerts: options.alerts, receivers: options.receivers, now, signal: stop },
    sent: (delivery) => saySent(delivery, metrics, emit),
    failed: (error) => failures.report('delivery', storeFailure(error)),
  });
  const takeLease = () => {
    try {
      return leases.take(LEASE, holder, now(), LEASE_MS);
    } catch (error) {
      // Full or read-only: nobody else can take it over then. What can be watched without writing is watched.
      failures.report('lease', storeFailure(error));
      return lease;
    }
  };
  while (!stop.aborted) {
    // A poll that hangs is a loop that hangs.
    if (polling === undefined) state.beatAt = now();
    try {
      const taken = takeLease();
      if (taken !== undefined && taken.term !== lease?.term) emit({ event: 'leading', term: taken.term });
      lease = taken;
      if (taken === undefined) {
        const other = leases.holder(LEASE, now()) ?? null;
        if (standingBy !== other) emit({ event: 'standing by', holder: other });
        standingBy = other;
      } else {
        standingBy = undefined;
      }
      state.leads = taken !== undefined;
      metrics.showLeader(state.leads);
      duty.follow(taken);
      if (taken !== undefined && polling === undefined && Math.abs(now() - polledAt) >= everyMs) {
        polledAt = now();
        // The lease is kept while a poll waits for a worker that hangs.
        polling = Promise.all(watches.map((watch) => watch.round(taken))).then(
          () => {
            polling = undefined;
          },
          (error) => {
            polling = undefined;
            if (!stop.aborted) failed('poll')(error);
          },
        );
      }
      if (taken !== undefined) {
        // A receiver that hangs does not hold up the next poll.
        deliveries.start();
        repeating ??= repeatLasting(options, repeated)
          .catch(failed('delivery'))
          .finally(() => {
            repeating = undefined;
          });
        metrics.showAlerts(
          watches.map(({ context }) => context),
          options.alerts.list(),
          options.alerts.waiting(),
        );
      }
    } catch (error) {
      if (stop.aborted) break;
      failed('loop')(error);
    }
    await clock.sleep(Math.min(BEAT_MS, everyMs), stop).catch(() => {});
  }
  await polling;
  await duty.end(() => {
    lease = leases.take(LEASE, holder, now(), LEASE_MS);
    return lease;
  });
  // What has just fired is sent before the end, if that takes no time.
  if (lease !== undefined) {
    const sent = new AbortController();
    await Promise.race([
      Promise.all([deliveries.idle(), repeating]),
      clock.sleep(LAST_MS, sent.signal).catch(() => {}),
    ]);
    // Otherwise the process would stay until that time is over.
    sent.abort();
    try {
      leases.release(lease);
    } catch {
      // It expires.
    }
  }
  emit({ event: 'stopped' });
}

/** Runs the duty while this process acts. */
class DutyRun {
  readonly #options: ServeOptions;
  readonly #failed: (error: unknown) => void;
  #lease: Lease | undefined;
  #run: { stop: AbortController; abort: AbortController; ended: Promise<void> } | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ServeOptions, failed: (error: unknown) => void) {
    this.#options = options;
    this.#failed = failed;
  }

  /** Begins with the lease, and ends at once without it: another process may act already. */
  follow(lease: Lease | undefined): void {
    const { duty, clock, leases } = this.#options;
    const isOther = lease?.term !== this.#lease?.term;
    this.#lease = lease;
    if (isOther) this.#run?.abort.abort(new SluiceError('TERMINATED', 'another process acts'));
    if (isOther) this.#run?.stop.abort(new SluiceError('TERMINATED', 'another process acts'));
    if (duty === undefined || lease === undefined || this.#run !== undefined) return;
    // A clock that was set back must not hold it up.
    if (Math.abs(clock.now().getTime() - this.#failedAt) < AGAIN_MS) return;
    const [stop, abort] = [new AbortController(), new AbortController()];
    const ended = duty({ stop: stop.signal, abort: abort.signal, isHeld: () => leases.isHeld(lease) })
      .catch((error) => {
        this.#failedAt = clock.now().getTime();
        this.#failed(error);
      })
      .finally(() => {
        this.#run = undefined;
      });
    this.#run = { stop, abort, ended };
  }

  /** Lets what runs end; @param keep keeps the lease for as long as that takes */
  async end(keep: () => Lease | undefined): Promise<void> {
    if (this.#run === undefined) return;
    const { ended } = this.#run;
    this.#run.stop.abort(this.#options.stop.reason);
    const done = new AbortController();
    ended.finally(() => done.abort());
    while (this.#run !== undefined) {
      await Promise.race([ended, this.#options.clock.sleep(BEAT_MS, done.signal).catch(() => {})]);
      if (this.#run === undefined) return;
      try {
        this.follow(keep());
      } catch {
        // A store that cannot be written: the lease expires, and what runs may end before that.
      }
    }
  }
}

function saySent(
  { notice, error, nextAt }: Delivery,
  metrics: DaemonMetrics,
  emit: (body: ServeEventBody) => void,
): void {
  const outcome = error === undefined ? 'delivered' : nextAt === undefined ? 'given up' : 'failed';
  metrics.countNotice(notice.receiver, outcome);
  const { context, kind, target } = notice.alert;
  emit({
    ...{ event: 'notice', receiver: notice.receiver, change: notice.change, context, kind, target, outcome },
    attempts: notice.attempts + 1,
    error: error ?? null,
  });
}

/** Sends what lasts again, to receivers that would forget it. */
async function repeatLasting(
  { alerts, receivers, metrics, clock }: ServeOptions,
  repeated: Map<string, number>,
): Promise<void> {
  const now = () => clock.now().getTime();
  const due = [...receivers].filter(
    ([name, { repeat, repeatMs = 0 }]) =>
      repeat !== undefined && Math.abs(now() - (repeated.get(name) ?? 0)) >= repeatMs,
  );
  await Promise.all(
    due.map(async ([name, receiver]) => {
      repeated.set(name, now());
      const changes = lasting(alerts.list(), name, now());
      // It is sent again soon anyway.
      if (changes.length > 0) await receiver.repeat?.(changes).catch(() => metrics.countNotice(name, 'failed'));
    }),
  );
}
