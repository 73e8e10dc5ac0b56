import { type AlertChange, type AlertStore, isFor, type Notice } from '../store/alerts.ts';
import { NotDelivered, type Receiver } from './receiver.ts';

/** First wait after a failure, doubled each time up to the longest (ms). */
const FIRST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** After this it is given up: nobody is helped by the news of yesterday (ms). */
const GIVE_UP_MS = 24 * 3_600_000;

export interface Delivery {
  notice: Notice;
  /** Undefined if it has arrived. */
  error: string | undefined;
  /** When it is tried again (ms since 1970); undefined if it has arrived, or is given up. */
  nextAt: number | undefined;
}

/**
 * Sends the notices that are due. A notice is marked only after it has arrived: if the process dies between the two, it is
 * sent twice, never not at all.
 */
export async function deliverDue(
  alerts: Pick<AlertStore, 'due' | 'delivered' | 'failed'>,
  receivers: ReadonlyMap<string, Receiver>,
  { now, signal }: { now(): number; signal: AbortSignal },
): Promise<Delivery[]> {
  // One receiver that is slow does not hold up the others.
  const byReceiver = Map.groupBy(alerts.due(now()), ({ receiver }) => receiver);
  const deliveries = await Promise.all(
    [...byReceiver].map(async ([name, notices]) => {
      const receiver = receivers.get(name);
      const done: Delivery[] = [];
      for (const notice of notices) {
        if (signal.aborted) break;
        const delivery = await deliver(notice, receiver, now);
        if (signal.aborted && delivery.error !== undefined) break;
        if (delivery.error === undefined) alerts.delivered(notice.id, now());
        else alerts.failed(notice.id, delivery.error, { now: now(), nextAt: delivery.nextAt });
        done.push(delivery);
      }
      return done;
    }),
  );
  return deliveries.flat();
}

async function deliver(notice: Notice, receiver: Receiver | undefined, now: () => number): Promise<Delivery> {
  if (receiver === undefined) return { notice, error: 'sluice.yaml no longer has this receiver', nextAt: undefined };
  try {
    await receiver.send(notice);
    return { notice, error: undefined, nextAt: undefined };
  } catch (error) {
    const failure =
      error instanceof NotDelivered ? error : new NotDelivered('it could not be sent', { retryable: true });
    const tooOld = now() - notice.at > GIVE_UP_MS;
    const waitMs = Math.min(FIRST_MS * 2 ** notice.attempts, LONGEST_MS);
    return {
      notice,
      error: failure.message,
      nextAt: failure.retryable && !tooOld ? now() + waitMs : undefined,
    };
  }
}

/** Alerts that fire, for receivers that want them again while they last. */
export function lasting(alerts: readonly AlertChange['alert'][], receiver: string, now: number): AlertChange[] {
  return alerts
    .filter((alert) => alert.status === 'firing' && alert.notified && isFor(alert, receiver))
    .map((alert) => ({ change: 'firing', alert, at: now, reason: null }));
}
