/** Rates of counters from one poll to the next. */
export class Rates {
  readonly #seen = new Map<string, { parts: ReadonlyMap<string, number>; at: number }>();

  /**
   * @param key of the counter
   * @param parts what it adds up from, such as tasks: each may go, come, and begin again at zero by itself
   * @param at ms since 1970
   * @returns per second; null for the first value, after a part began or began again, and if there is none
   */
  perSecond(key: string, parts: ReadonlyMap<string, number> | null, at: number): number | null {
    const before = this.#seen.get(key);
    if (parts === null || parts.size === 0) {
      this.#seen.delete(key);
      return null;
    }
    this.#seen.set(key, { parts, at });
    if (before === undefined || at <= before.at) return null;
    let sum = 0;
    for (const [part, value] of parts) {
      const former = before.parts.get(part);
      if (former === undefined || value < former) return null;
      sum += value - former;
    }
    return (sum * 1000) / (at - before.at);
  }

  /** Forgets every counter that `isThere` does not know. */
  keepOnly(isThere: (key: string) => boolean): void {
    for (const key of this.#seen.keys()) if (!isThere(key)) this.#seen.delete(key);
  }
}
