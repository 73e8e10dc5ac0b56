import type { Clock } from '../ports/clock.ts';

/** Parts of a second in which records are sent, so that a limited replay flows evenly. */
const SLICES = 5;

/** Limits how many records are sent a second. */
export class Pace {
  readonly #rate: number;
  readonly #clock: Clock;
  #from: number | undefined;
  #sent = 0;

  /** @param rate records a second; without it there is no limit */
  constructor(rate: number | undefined, clock: Clock) {
    this.#rate = rate ?? Number.POSITIVE_INFINITY;
    this.#clock = clock;
  }

  /** How many may be sent at once. */
  get most(): number {
    return Math.max(1, Math.floor(this.#rate / SLICES));
  }

  /** How long to wait after so many were sent, ms. */
  waitAfter(records: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    const now = this.#clock.now().getTime();
    this.#from ??= now;
    this.#sent += records;
    return Math.max(0, this.#from + (this.#sent / this.#rate) * 1000 - now);
  }
}
