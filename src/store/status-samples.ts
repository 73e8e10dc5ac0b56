import type { DatabaseSync } from 'node:sqlite';
import { keepLatest } from './keep-latest.ts';
import { DEFAULTS } from './request.ts';

/** One connector in one status report. */
export interface SampledConnector {
  name: string;
  health: string;
  /** Records behind; null for a source, or if it could not be read. */
  lag: number | null;
}

/** The connectors of a cluster as one status report found them: names, health and lag, nothing else. */
export interface StatusSample {
  /** ISO 8601, UTC. */
  at: string;
  connectors: SampledConnector[];
}

/** What status reports with trends have seen from this machine. */
export class StatusSamples {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a sample, and removes the cluster's oldest beyond `keep`. */
  append(cluster: string, { at, connectors }: StatusSample, keep: number = DEFAULTS.keepReports): void {
    const kept = connectors.map(({ name, health, lag }) => [name, health, lag]);
    this.#database
      .prepare('INSERT INTO status_look (at, cluster, connectors) VALUES (?, ?, ?)')
      .run(at, cluster, JSON.stringify(kept));
    keepLatest(this.#database, 'status_look', keep, { column: 'cluster', value: cluster });
  }

  /** The oldest first. */
  list(cluster: string): StatusSample[] {
    return this.#database
      .prepare('SELECT at, connectors FROM status_look WHERE cluster = ? ORDER BY id')
      .all(cluster)
      .map((row) => ({
        at: String(row['at']),
        connectors: (JSON.parse(String(row['connectors'])) as [string, string, number | null][]).map(
          ([name, health, lag]) => ({ name, health, lag }),
        ),
      }));
  }
}
