const MIN_ROWS = 50_000;
const MAX_PAUSE_MS = 10_000;
/** Pauses before a small part is read anyway, so that every scan ends. */
const MAX_PAUSES = 6;

/**
 * Decides from the duration of a small read how much the next part may read and how long to wait before it. Baseline is
 * the fastest read so far.
 */
export class Throttle {
  readonly #most: number;
  readonly #first: number;
  #quickest = Number.POSITIVE_INFINITY;
  #rows: number;
  #pauses = 0;

  /**
   * @param most how many times slower than the fastest a read may be, such as 3
   * @param firstRows rows per part while the database is idle
   */
  constructor(most: number, firstRows: number) {
    this.#most = most;
    this.#first = firstRows;
    this.#rows = firstRows;
  }

  /** Rows that the next part may read. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * @param ms duration of the small read
   * @returns ms to wait before measuring again; 0 to continue
   */
  observe(ms: number): number {
    // Below a millisecond, the result mostly shows the latency of the network.
    const taken = Math.max(1, ms);
    this.#quickest = Math.min(this.#quickest, taken);
    const ratio = taken / (this.#quickest * this.#most);
    if (ratio <= 1) {
      this.#pauses = 0;
      this.#rows = Math.min(this.#first, Math.round(this.#rows * 1.5));
      return 0;
    }
    this.#rows = Math.max(Math.min(MIN_ROWS, this.#first), Math.round(this.#rows / 2));
    this.#pauses += 1;
    if (this.#pauses > MAX_PAUSES) {
      this.#pauses = 0;
      return 0;
    }
    return Math.min(MAX_PAUSE_MS, Math.round(250 * 2 ** this.#pauses * ratio));
  }
}
