import type { DatabaseSync } from 'node:sqlite';

/** Locks at once: what is read in it is still so when it is written. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself; keep the original error.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
