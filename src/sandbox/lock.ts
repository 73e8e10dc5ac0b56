import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';

export interface LockOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Called once when another holds the lock. */
  onWait?(): void;
}

const POLL_MS = 100;

/**
 * Runs `work` while no other process holds the lock `file`. SQLite's exclusive transaction is an operating system's
 * lock: it ends with its process, however that ends, so no lock is ever left behind to be judged stale.
 * @throws the signal's reason when aborted while waiting; the system's own error where the file cannot be written.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // SQLite would only say that it cannot open it; the system says why.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    for (let waited = false; !tryLock(database); waited = true) {
      if (!waited) options.onWait?.();
      await options.clock.sleep(POLL_MS, options.signal);
    }
    return await work();
  } finally {
    database.close();
  }
}

const BUSY = 5;

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === BUSY) return false;
    throw new SluiceError('FILE_UNWRITABLE', `cannot lock a file of the sandbox: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
