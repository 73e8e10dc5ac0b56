import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './transaction.ts';

/** Who may act, of several processes with the same store. */
export interface Lease {
  name: string;
  holder: string;
  /** Grows by one each time another holder takes it over: what was begun in an earlier term must not be ended. */
  term: number;
}

export class Leases {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Takes the lease, or keeps it for longer.
   * @param now ms since 1970
   * @param forMs it must be taken again within this time
   * @returns undefined if another holds it
   */
  take(name: string, holder: string, now: number, forMs: number): Lease | undefined {
    return inTransaction(this.#database, () => {
      const row = this.#database.prepare('SELECT holder, term, until FROM lease WHERE name = ?').get(name);
      const isOwn = row?.['holder'] === holder;
      const until = Number(row?.['until'] ?? 0);
      // An end further away than a whole lease was written by a clock that was ahead.
      if (row !== undefined && !isOwn && until > now && until <= now + forMs) return undefined;
      const term = Number(row?.['term'] ?? 0) + (isOwn ? 0 : 1);
      this.#database
        .prepare('INSERT OR REPLACE INTO lease (name, holder, term, until) VALUES (?, ?, ?, ?)')
        .run(name, holder, term, now + forMs);
      return { name, holder, term };
    });
  }

  /** Whether it still is this holder's, in this term; to be asked in the transaction that acts. */
  isHeld({ name, holder, term }: Lease): boolean {
    const row = this.#database.prepare('SELECT holder, term FROM lease WHERE name = ?').get(name);
    return row?.['holder'] === holder && Number(row['term']) === term;
  }

  /** The holder, if it has not expired. @param now ms since 1970 */
  holder(name: string, now: number): string | undefined {
    const row = this.#database.prepare('SELECT holder FROM lease WHERE name = ? AND until > ?').get(name, now);
    return row === undefined ? undefined : String(row['holder']);
  }

  /** Lets others take it at once. */
  release({ name, holder, term }: Lease): void {
    this.#database
      .prepare('UPDATE lease SET until = 0 WHERE name = ? AND holder = ? AND term = ?')
      .run(name, holder, term);
  }
}
