/** Rates of counters from one poll to the next. */
export class Rates {
  readonly #seen = new Map<string, { value: number; at: number }>();

  /**
   * @param key of the counter
   * @param at ms since 1970
   * @returns per second; null for the first value, after the counter began again at zero, and if there is none
   */
  perSecond(key: string, value: number | null, at: number): number | null {
    const before = this.#seen.get(key);
    if (value === null) {
      this.#seen.delete(key);
      return null;
    }
    this.#seen.set(key, { value, at });
    if (before === undefined || value < before.value || at <= before.at) return null;
    return ((value - before.value) * 1000) / (at - before.at);
  }

  /** Forgets every counter that `isThere` does not know. */
  keepOnly(isThere: (key: string) => boolean): void {
    for (const key of this.#seen.keys()) if (!isThere(key)) this.#seen.delete(key);
  }
}
