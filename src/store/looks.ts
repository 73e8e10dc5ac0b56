import type { DatabaseSync } from 'node:sqlite';

/** One connector at one look. */
export interface LookedAt {
  name: string;
  health: string;
  /** Records behind; null for a source, or if it could not be read. */
  lag: number | null;
}

/** The connectors of a cluster as one status report found them: names, health and lag, nothing else. */
export interface StatusLook {
  /** ISO 8601, UTC. */
  at: string;
  connectors: LookedAt[];
}

/** Looks kept per cluster. */
const KEPT_LOOKS = 500;

/** What status reports with trends have seen from this machine. */
export class StatusLooks {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a look, and removes the cluster's oldest beyond `keep`. */
  append(cluster: string, { at, connectors }: StatusLook, keep = KEPT_LOOKS): void {
    const kept = connectors.map(({ name, health, lag }) => [name, health, lag]);
    this.#database
      .prepare('INSERT INTO status_look (at, cluster, connectors) VALUES (?, ?, ?)')
      .run(at, cluster, JSON.stringify(kept));
    this.#database
      .prepare(
        `DELETE FROM status_look WHERE cluster = ?1
         AND id <= (SELECT id FROM status_look WHERE cluster = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
      )
      .run(cluster, keep);
  }

  /** The oldest first. */
  list(cluster: string): StatusLook[] {
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
