const LEAST_ROWS = 50_000;
const LONGEST_PAUSE_MS = 10_000;
/** So often a pause is made before a small part is read all the same: a scan must end some time. */
const MOST_PAUSES = 6;

/**
 * Decides from the time that a small read takes how much the next part may read and how long to wait before it. Its
 * measure is the quickest read that was seen: the database itself says what it is like with nothing beside it.
 */
export class LoadGovernor {
  readonly #most: number;
  readonly #first: number;
  #quickest = Number.POSITIVE_INFINITY;
  #rows: number;
  #pauses = 0;

  /**
   * @param most times the quickest read that a read may take, such as 3
   * @param firstRows that a part may read while the database is at rest
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
   * @param ms that the small read took
   * @returns ms to wait before asking again; 0 to go on
   */
  observe(ms: number): number {
    // Below a millisecond it is the network's mood that is measured.
    const taken = Math.max(1, ms);
    this.#quickest = Math.min(this.#quickest, taken);
    const ratio = taken / (this.#quickest * this.#most);
    if (ratio <= 1) {
      this.#pauses = 0;
      this.#rows = Math.min(this.#first, Math.round(this.#rows * 1.5));
      return 0;
    }
    this.#rows = Math.max(Math.min(LEAST_ROWS, this.#first), Math.round(this.#rows / 2));
    this.#pauses += 1;
    if (this.#pauses > MOST_PAUSES) {
      this.#pauses = 0;
      return 0;
    }
    return Math.min(LONGEST_PAUSE_MS, Math.round(250 * 2 ** this.#pauses * ratio));
  }
}
