import { Deliveries, type Delivery, lasting } from '../alerts/deliver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { SluiceError, toErrorDocument, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertStore } from '../store/alerts.ts';
import { LEASE_MS, type Lease, type Leases, watchLease } from '../store/lease.ts';
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
  /** What else the process that acts on the first context does, until `stop`; what runs then may end, but for `abort`: another acts already. */
  duty?: Duty | undefined;
}

export type Duty = (signals: { stop: AbortSignal; abort: AbortSignal; isHeld(): boolean }) => Promise<void>;

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
  /** Contexts on which this process acts. */
  leads: ReadonlySet<string>;
}

/**
 * Watches contexts until it is stopped. Of several processes with one store one acts on each context: it polls, concludes and
 * notifies, and the others stand by until its lease has expired. A failure of one part is an event, never the end.
 */
export async function runServe(options: ServeOptions, state: ServeState): Promise<void> {
  const { clock, stop, watches, leases, holder, metrics, everyMs, failures } = options;
  const emit = (body: ServeEventBody) => options.emit({ at: clock.now().toISOString(), ...body } as ServeEvent);
  const now = () => clock.now().getTime();
  /** By context. */
  const held = new Map<string, Lease>();
  const others = new Map<string, string | null>();
  let polledAt = Number.NEGATIVE_INFINITY;
  let repeating: Promise<void> | undefined;
  let polling: Promise<void> | undefined;
  const failed = (part: string) => (error: unknown) => failures.report(part, toErrorDocument(toSluiceError(error)));
  const duty = new DutyRun(options, failed('duty'));
  const repeated = new Map<string, number>();
  const deliveries = new Deliveries({
    alerts: {
      // Those of other contexts are for whoever acts on them: other receivers may have the same names.
      due: (at) => options.alerts.due(at).filter(({ alert }) => held.has(alert.context)),
      delivered: (...of) => options.alerts.delivered(...of),
      failed: (...of) => options.alerts.failed(...of),
    },
    ...{ receivers: options.receivers, now, signal: stop },
    sent: (delivery) => saySent(delivery, metrics, emit),
    failed: (error) => failures.report('delivery', storeFailure(error)),
  });
  const takeLeases = () => {
    for (const { context } of watches) {
      const taken = leases.take(watchLease(context), holder, now(), LEASE_MS);
      if (taken !== undefined) {
        if (taken.term !== held.get(context)?.term) emit({ event: 'leading', context, term: taken.term });
        held.set(context, taken);
        others.delete(context);
        continue;
      }
      held.delete(context);
      const other = leases.holder(watchLease(context), now()) ?? null;
      if (others.get(context) !== other) emit({ event: 'standing by', context, holder: other });
      others.set(context, other);
    }
  };
  while (!stop.aborted) {
    // A poll that hangs is a loop that hangs.
    if (polling === undefined) state.beatAt = now();
    try {
      try {
        takeLeases();
      } catch (error) {
        // Full or read-only: nobody else can take them over then. What can be watched without writing is watched.
        failures.report('lease', storeFailure(error));
      }
      state.leads = new Set(held.keys());
      metrics.showLeader(state.leads);
      duty.follow(held.get(watches[0]?.context ?? ''));
      if (held.size > 0 && polling === undefined && Math.abs(now() - polledAt) >= everyMs) {
        polledAt = now();
        const rounds = watches.flatMap((watch) => {
          const lease = held.get(watch.context);
          return lease === undefined ? [] : [watch.round(lease)];
        });
        // The leases are kept while a poll waits for a worker that hangs.
        polling = Promise.all(rounds).then(
          () => {
            polling = undefined;
          },
          (error) => {
            polling = undefined;
            if (!stop.aborted) failed('poll')(error);
          },
        );
      }
      if (held.size > 0) {
        // A receiver that hangs does not hold up the next poll.
        deliveries.start();
        repeating ??= repeatLasting(options, state.leads, repeated)
          .catch(failed('delivery'))
          .finally(() => {
            repeating = undefined;
          });
        metrics.showAlerts([...held.keys()], options.alerts.list(), options.alerts.waiting());
      }
    } catch (error) {
      if (stop.aborted) break;
      failed('loop')(error);
    }
    await clock.sleep(Math.min(BEAT_MS, everyMs), stop).catch(() => {});
  }
  await polling;
  await duty.end(() => {
    takeLeases();
    return held.get(watches[0]?.context ?? '');
  });
  // What has just fired is sent before the end, if that takes no time.
  if (held.size > 0) {
    const sent = new AbortController();
    await Promise.race([
      Promise.all([deliveries.idle(), repeating]),
      clock.sleep(LAST_MS, sent.signal).catch(() => {}),
    ]);
    // Otherwise the process would stay until that time is over.
    sent.abort();
    try {
      for (const lease of held.values()) leases.release(lease);
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
  contexts: ReadonlySet<string>,
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
      const own = alerts.list().filter(({ context }) => contexts.has(context));
      const changes = lasting(own, name, now());
      // It is sent again soon anyway.
      if (changes.length > 0) await receiver.repeat?.(changes).catch(() => metrics.countNotice(name, 'failed'));
    }),
  );
}
