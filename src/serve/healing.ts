import { type ErrorDocument, toErrorDocument, toSluiceError } from '../errors/error.ts';
import type { Healer } from '../heal/heal.ts';
import type { Clock } from '../ports/clock.ts';
import { healLease, LEASE_MS, type Lease, type Leases } from '../store/lease.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import { healInput } from './heal-input.ts';
import type { Poller } from './poll.ts';
import type { Snapshot } from './snapshot.ts';

export interface HealingPollerPorts {
  context: string;
  poller: Pick<Poller, 'poll'>;
  healer: Healer;
  leases: Leases;
  /** Open maintenance windows of the cluster. */
  windows(): readonly KeptWindow[];
  /** Of this process: no other has the same. */
  holder: string;
  clock: Clock;
  /** Another process heals; once until it ends. */
  standsBy(holder: string | null): void;
  failed(error: ErrorDocument): void;
}

/**
 * Heals what it polls, where no daemon does. While it runs, a daemon that is started meanwhile watches and notifies, but
 * restarts nothing.
 */
export class HealingPoller implements AsyncDisposable {
  readonly #ports: HealingPollerPorts;
  #lease: Lease | undefined;
  #standsBy = false;

  constructor(ports: HealingPollerPorts) {
    this.#ports = ports;
  }

  /** @throws the signal's reason */
  async poll(): Promise<Snapshot> {
    const { poller, healer, windows, failed } = this.#ports;
    const snapshot = await poller.poll();
    try {
      this.#lease = this.#take();
      // It may have been asked for some of the connectors only.
      const input = { ...healInput(snapshot, windows()), isPartial: true };
      if (this.#lease !== undefined) healer.act(healer.consider(input).steps, this.#lease);
    } catch (error) {
      // A store that cannot be written ends the healing, and not the view.
      failed(toErrorDocument(toSluiceError(error)));
    }
    return snapshot;
  }

  #take(): Lease | undefined {
    const { context, leases, holder, clock, standsBy } = this.#ports;
    const now = clock.now().getTime();
    const lease = leases.take(healLease(context), holder, now, LEASE_MS);
    if (lease === undefined && !this.#standsBy) standsBy(leases.holder(healLease(context), now) ?? null);
    this.#standsBy = lease === undefined;
    return lease;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ports.healer.end();
    if (this.#lease !== undefined) this.#ports.leases.release(this.#lease);
  }
}
