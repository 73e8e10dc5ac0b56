import { deliverDue, lasting } from '../alerts/deliver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { toErrorDocument, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertStore } from '../store/alerts.ts';
import type { Lease, Leases } from '../store/lease.ts';
import type { ServeEvent, ServeEventBody } from './events.ts';
import type { DaemonMetrics } from './metrics.ts';
import type { ContextWatch } from './watch.ts';

export interface ServeOptions {
  watches: readonly ContextWatch[];
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
}

/** Of the process that acts on what it polls. */
export const LEASE = 'serve';
/** A process that has died is followed by another after this time. */
export const LEASE_MS = 15_000;
/** How often the lease is taken again, and notices that wait are looked for. */
const BEAT_MS = 3_000;
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
  const { clock, stop, watches, leases, holder, metrics, everyMs } = options;
  const emit = (body: ServeEventBody) => options.emit({ at: clock.now().toISOString(), ...body } as ServeEvent);
  const now = () => clock.now().getTime();
  let lease: Lease | undefined;
  let polledAt = Number.NEGATIVE_INFINITY;
  let standingBy: string | null | undefined;
  let delivery: Promise<void> | undefined;
  const repeated = new Map<string, number>();
  while (!stop.aborted) {
    state.beatAt = now();
    try {
      const taken = leases.take(LEASE, holder, now(), LEASE_MS);
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
      if (taken !== undefined && now() - polledAt >= everyMs) {
        polledAt = now();
        await Promise.all(watches.map((watch) => watch.round(taken)));
      }
      if (taken !== undefined) {
        // A receiver that hangs does not hold up the next poll.
        delivery ??= deliver(options, repeated, emit).finally(() => {
          delivery = undefined;
        });
        metrics.showAlerts(
          watches.map(({ context }) => context),
          options.alerts.list(),
          options.alerts.waiting(),
        );
      }
    } catch (error) {
      if (stop.aborted) break;
      emit({ event: 'failed', error: toErrorDocument(toSluiceError(error)) });
    }
    await clock.sleep(Math.min(BEAT_MS, everyMs), stop).catch(() => {});
  }
  // What has just fired is sent before the end, if that takes no time.
  if (lease !== undefined) {
    const sent = new AbortController();
    await Promise.race([delivery ?? Promise.resolve(), clock.sleep(LAST_MS, sent.signal).catch(() => {})]);
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

async function deliver(
  { alerts, receivers, metrics, clock, stop }: ServeOptions,
  repeated: Map<string, number>,
  emit: (body: ServeEventBody) => void,
): Promise<void> {
  const now = () => clock.now().getTime();
  for (const { notice, error, nextAt } of await deliverDue(alerts, receivers, { now, signal: stop })) {
    const outcome = error === undefined ? 'delivered' : nextAt === undefined ? 'given up' : 'failed';
    metrics.countNotice(notice.receiver, outcome);
    const { context, kind, target } = notice.alert;
    emit({
      ...{ event: 'notice', receiver: notice.receiver, change: notice.change, context, kind, target, outcome },
      attempts: notice.attempts + 1,
      error: error ?? null,
    });
  }
  for (const [name, receiver] of receivers) {
    if (receiver.repeat === undefined || now() - (repeated.get(name) ?? 0) < (receiver.repeatMs ?? 0)) continue;
    repeated.set(name, now());
    const changes = lasting(alerts.list(), name, now());
    // It is sent again soon anyway.
    if (changes.length > 0) await receiver.repeat(changes).catch(() => metrics.countNotice(name, 'failed'));
  }
}
