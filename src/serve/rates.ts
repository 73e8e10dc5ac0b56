/** By what a counter adds up from, such as tasks: each may go, come, and begin again at zero by itself. */
export type Counts = ReadonlyMap<string, number>;

const MINUTE_MS = 60_000;

/** Rates of counters from one poll to the next. */
export class Rates {
  readonly #seen = new Map<string, { parts: Counts; at: number }>();
  /** What was added in the last minute, by poll. */
  readonly #minutes = new Map<string, { at: number; added: number }[]>();

  /**
   * @param key of the counter
   * @param at ms since 1970
   * @returns per second; null for the first value, after a part began or began again, and if there is none
   */
  perSecond(key: string, parts: Counts | null, at: number): number | null {
    const step = this.#step(key, parts, at);
    return step === null ? null : (step.added * 1000) / step.ms;
  }

  /**
   * What was added in the last minute, or since the first value: one error in two seconds is not thirty a minute. Of polls that
   * are further apart, the mean.
   * @returns null where `perSecond` is; a minute begins again after that
   */
  perMinute(key: string, parts: Counts | null, at: number): number | null {
    const step = this.#step(key, parts, at);
    if (step === null) {
      this.#minutes.delete(key);
      return null;
    }
    const added = (step.added * MINUTE_MS) / Math.max(step.ms, MINUTE_MS);
    const minute = [...(this.#minutes.get(key) ?? []), { at, added }].filter((one) => one.at > at - MINUTE_MS);
    this.#minutes.set(key, minute);
    return minute.reduce((sum, one) => sum + one.added, 0);
  }

  #step(key: string, parts: Counts | null, at: number): { added: number; ms: number } | null {
    const before = this.#seen.get(key);
    if (parts === null || parts.size === 0) {
      this.#seen.delete(key);
      return null;
    }
    this.#seen.set(key, { parts, at });
    if (before === undefined || at <= before.at) return null;
    let added = 0;
    for (const [part, value] of parts) {
      const former = before.parts.get(part);
      if (former === undefined || value < former) return null;
      added += value - former;
    }
    return { added, ms: at - before.at };
  }

  /** Forgets every counter that `isThere` does not know. */
  keepOnly(isThere: (key: string) => boolean): void {
    for (const one of [this.#seen, this.#minutes]) for (const key of one.keys()) if (!isThere(key)) one.delete(key);
  }
}
