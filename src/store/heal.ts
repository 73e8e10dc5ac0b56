import type { DatabaseSync } from 'node:sqlite';
import { type Lease, Leases } from './lease.ts';
import { inTransaction } from './transaction.ts';

/** What was done for one connector since it was last stable. */
export interface HealState {
  restarts: number;
  /** Of the last restart (ms since 1970). */
  lastAt: number | null;
  /** Not before then (ms since 1970). The time of the last restart itself until that has been sent. */
  nextAt: number | null;
  /** Since when it has run without a failure (ms since 1970); null while something has failed. */
  runningSince: number | null;
}

/** Restarts by the daemon that count, by the cluster's Connect URLs. */
export class HealStates {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(cluster: string): Map<string, HealState> {
    const rows = this.#database.prepare('SELECT * FROM heal WHERE urls = ?').all(cluster);
    const timeOf = (value: unknown) => (value === null ? null : Number(value));
    return new Map(
      rows.map((row) => [
        String(row['connector']),
        {
          restarts: Number(row['restarts']),
          lastAt: timeOf(row['last_at']),
          nextAt: timeOf(row['next_at']),
          runningSince: timeOf(row['running_since']),
        },
      ]),
    );
  }

  /**
   * Nothing is kept of a connector that was not restarted, or is stable again.
   * @returns false, and nothing is kept, if the lease has been taken over
   */
  keep(cluster: string, states: ReadonlyMap<string, HealState>, lease: Lease): boolean {
    return inTransaction(this.#database, () => {
      if (!new Leases(this.#database).isHeld(lease)) return false;
      for (const [connector, { restarts, lastAt, nextAt, runningSince }] of states) {
        if (restarts === 0 && nextAt === null) {
          this.#database.prepare('DELETE FROM heal WHERE urls = ? AND connector = ?').run(cluster, connector);
          continue;
        }
        this.#database
          .prepare(
            `INSERT OR REPLACE INTO heal (urls, connector, restarts, last_at, next_at, running_since)
             VALUES (?, ?, ?, ?, ?, ?)`,
          )
          .run(cluster, connector, restarts, lastAt, nextAt, runningSince);
      }
      return true;
    });
  }
}
