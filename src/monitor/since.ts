import type { ConnectorReport, Health } from './health.ts';

/**
 * Since when each connector has been seen with its health. A worker does not say since when a task has failed, so what counts
 * is the first look that saw it.
 */
export class HealthSince {
  readonly #seen: Map<string, { health: Health; at: string }>;

  /** @param earlier the health of connectors as it was seen before, by name, with the time of its first sight */
  constructor(earlier: Iterable<readonly [name: string, seen: { health: Health; at: string }]> = []) {
    this.#seen = new Map(earlier);
  }

  /** @param at ISO 8601, UTC @param unread names of connectors that exist, but have no report this time */
  observe(reports: readonly ConnectorReport[], at: string, unread: readonly string[] = []): ConnectorReport[] {
    const names = new Set([...reports.map(({ name }) => name), ...unread]);
    // A connector that was deleted and created again starts again.
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    return reports.map((report) => {
      const before = this.#seen.get(report.name);
      if (before?.health === report.health) return { ...report, since: before.at };
      this.#seen.set(report.name, { health: report.health, at });
      return { ...report, since: null };
    });
  }
}
