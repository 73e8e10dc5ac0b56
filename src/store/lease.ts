import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './transaction.ts';

/** Who may act, of several processes with the same store. */
export interface Lease {
  name: string;
  holder: string;
  /** Grows by one each time another holder takes it over: what was begun in an earlier term must not be ended. */
  term: number;
}

/** Who polls a context, concludes and notifies. Contexts are apart: daemons of several projects may share a store. */
export const watchLease = (context: string) => `serve ${context}`;
/** Who restarts what fails in a context: a daemon, or a view. */
export const healLease = (context: string) => `heal ${context}`;
/** A process that has died is followed by another after this time. */
export const LEASE_MS = 15_000;

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

  /** Whether a process watches a context, or any if none is named. @param now ms since 1970 */
  isWatched(context: string | undefined, now: number): boolean {
    const [name, pattern] = context === undefined ? ['', watchLease('*')] : [watchLease(context), ''];
    const row = this.#database
      .prepare('SELECT 1 FROM lease WHERE (name = ? OR name GLOB ?) AND until > ?')
      .get(name, pattern, now);
    return row !== undefined;
  }

  /** Lets others take it at once. */
  release({ name, holder, term }: Lease): void {
    this.#database
      .prepare('UPDATE lease SET until = 0 WHERE name = ? AND holder = ? AND term = ?')
      .run(name, holder, term);
  }
}

/** A lease that one process takes again and again, and gives back in the end. */
export class KeptLease {
  readonly #take: () => Lease | undefined;
  readonly #leases: Leases;
  #lease: Lease | undefined;

  /** @param now ms since 1970 */
  constructor(leases: Leases, name: string, holder: string, now: () => number) {
    this.#leases = leases;
    this.#take = () => leases.take(name, holder, now(), LEASE_MS);
  }

  /** @returns undefined if another process holds it */
  take(): Lease | undefined {
    this.#lease = this.#take();
    return this.#lease;
  }

  release(): void {
    if (this.#lease !== undefined) this.#leases.release(this.#lease);
  }
}
