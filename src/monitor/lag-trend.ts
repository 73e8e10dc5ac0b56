import type { ConnectorReport } from './health.ts';

export interface LagPoint {
  /** ms */
  at: number;
  lag: number;
}

const KEPT = 8;

/** The lag of each sink over the last polls of a watch. */
export class LagTrend {
  readonly #points = new Map<string, LagPoint[]>();

  /** @param at ms */
  add(connectors: readonly ConnectorReport[], at: number): void {
    for (const { name, group } of connectors) {
      if (group?.lag == null) this.#points.delete(name);
      else this.#points.set(name, [...(this.#points.get(name) ?? []), { at, lag: group.lag }].slice(-KEPT));
    }
  }

  /** The oldest first; empty if nothing is known. */
  of(name: string): readonly LagPoint[] {
    return this.#points.get(name) ?? [];
  }

  /** Records a second by which the lag grows (or shrinks, negative); undefined before the second poll. */
  rate(name: string): number | undefined {
    const points = this.of(name);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    return ((last.lag - first.lag) * 1000) / (last.at - first.at);
  }
}
