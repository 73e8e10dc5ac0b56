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
  /** The receiver does not answer, so what else is for it need not be tried now. */
  away: boolean;
}

export interface DeliveryPorts {
  alerts: Pick<AlertStore, 'due' | 'delivered' | 'failed'>;
  receivers: ReadonlyMap<string, Receiver>;
  /** ms since 1970 */
  now(): number;
  /** Nothing more is sent after it. */
  signal: AbortSignal;
  /** Each attempt, and the first time that what came of it cannot be kept. */
  sent(delivery: Delivery): void;
  failed(error: unknown): void;
}

/**
 * Sends the notices that are due, to each receiver on its own: one that hangs holds up no other. A notice is marked only after
 * it has arrived: if the process dies between the two, it is sent twice, never not at all. If the store cannot be written, this
 * process remembers what has arrived, since it would be sent again and again.
 */
export class Deliveries {
  readonly #ports: DeliveryPorts;
  /** By receiver. */
  readonly #running = new Map<string, Promise<void>>();
  /** When a receiver that does not answer is tried again (ms since 1970). */
  readonly #awayUntil = new Map<string, number>();
  /** What came of notices, by their number, where it could not be kept. */
  readonly #unkept = new Map<number, Delivery>();

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  /** Begins what is due and does not run yet. @throws if the store cannot be read */
  start(): void {
    const { alerts, now, failed } = this.#ports;
    for (const [name, notices] of Map.groupBy(alerts.due(now()), ({ receiver }) => receiver)) {
      if (this.#running.has(name) || this.#isAway(name)) continue;
      const run = this.#deliverTo(name, notices)
        .catch(failed)
        .finally(() => this.#running.delete(name));
      this.#running.set(name, run);
    }
  }

  /** Once nothing is being sent. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #deliverTo(name: string, notices: readonly Notice[]): Promise<void> {
    const { receivers, now, signal, sent } = this.#ports;
    for (const [index, notice] of notices.entries()) {
      if (signal.aborted) return;
      const earlier = this.#unkept.get(notice.id);
      if (earlier !== undefined && !isDue(earlier, now())) {
        this.#keep(earlier);
        continue;
      }
      const attempts = earlier === undefined ? notice.attempts : earlier.notice.attempts + 1;
      const delivery = await deliver({ ...notice, attempts }, receivers.get(name), now);
      if (signal.aborted && delivery.error !== undefined) return;
      this.#keep(delivery);
      // Who reads that it was delivered may rely on it: it is not sent again.
      sent(delivery);
      if (!delivery.away || delivery.nextAt === undefined) continue;
      this.#awayUntil.set(name, delivery.nextAt);
      for (const other of notices.slice(index + 1))
        if (isTooOld(other, now())) {
          const givenUp = { ...delivery, notice: other, nextAt: undefined };
          this.#keep(givenUp);
          sent(givenUp);
        }
      return;
    }
  }

  #isAway(name: string): boolean {
    const leftMs = (this.#awayUntil.get(name) ?? 0) - this.#ports.now();
    // A clock that was set back must not make it longer.
    if (leftMs > 0 && leftMs <= LONGEST_MS) return true;
    this.#awayUntil.delete(name);
    return false;
  }

  #keep(delivery: Delivery): void {
    const { alerts, now, failed } = this.#ports;
    const { notice, error, nextAt } = delivery;
    try {
      if (error === undefined) alerts.delivered(notice.id, now());
      else alerts.failed(notice.id, error, { now: now(), nextAt });
      this.#unkept.delete(notice.id);
    } catch (problem) {
      if (!this.#unkept.has(notice.id)) failed(problem);
      this.#unkept.set(notice.id, delivery);
    }
  }
}

function isDue({ nextAt }: Delivery, now: number): boolean {
  return nextAt !== undefined && (nextAt <= now || nextAt > now + LONGEST_MS);
}

function isTooOld({ at }: Notice, now: number): boolean {
  return now - at > GIVE_UP_MS;
}

async function deliver(notice: Notice, receiver: Receiver | undefined, now: () => number): Promise<Delivery> {
  if (receiver === undefined)
    return { notice, error: 'sluice.yaml no longer has this receiver', nextAt: undefined, away: false };
  try {
    await receiver.send(notice);
    return { notice, error: undefined, nextAt: undefined, away: false };
  } catch (error) {
    const { message, retryable, away } =
      error instanceof NotDelivered ? error : new NotDelivered('it could not be sent', { retryable: true });
    const waitMs = Math.min(FIRST_MS * 2 ** notice.attempts, LONGEST_MS);
    return {
      notice,
      error: message,
      nextAt: retryable && !isTooOld(notice, now()) ? now() + waitMs : undefined,
      away,
    };
  }
}

/** Alerts that fire, for receivers that want them again while they last. */
export function lasting(alerts: readonly AlertChange['alert'][], receiver: string, now: number): AlertChange[] {
  return alerts
    .filter((alert) => alert.status === 'firing' && alert.notified && isFor(alert, receiver))
    .map((alert) => ({ change: 'firing', alert, at: now, reason: null }));
}
