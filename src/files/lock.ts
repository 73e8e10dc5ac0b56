import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { makeFolder } from './make-folder.ts';

export interface LockOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Called once if another process holds the lock. */
  onWait?(): void;
}

const POLL_MS = 100;

/**
 * Runs `work` while no other process holds the lock `file`. SQLite's exclusive transaction is a lock of the operating
 * system: it ends with its process, however that ends, so there are no stale locks.
 * @throws the signal's reason when aborted while waiting; the system's own error if the file cannot be written.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const database = openLock(file, 0);
  try {
    for (let waited = false; !tryLock(database, file); waited = true) {
      if (!waited) options.onWait?.();
      await options.clock.sleep(POLL_MS, options.signal);
    }
    return await work();
  } finally {
    database.close();
  }
}

/** Long enough for a process that only checks whether the lock is held. */
const CHECK_MS = 500;

/** Takes the lock until it is disposed of; undefined if another process, or another part of this one, holds it. */
export function takeLock(file: string): Disposable | undefined {
  const database = openLock(file, CHECK_MS);
  let taken = false;
  try {
    taken = tryLock(database, file);
  } finally {
    if (!taken) database.close();
  }
  return taken ? { [Symbol.dispose]: () => database.close() } : undefined;
}

function openLock(file: string, timeout: number): DatabaseSync {
  makeFolder(path.dirname(file), 0o700);
  // SQLite would only report that it cannot open the file; the system reports why.
  closeSync(openSync(file, 'a', 0o600));
  return new DatabaseSync(file, { timeout });
}

/** Whether a process holds the lock at this moment. */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new DatabaseSync(file, { timeout: 0, readOnly: true });
  try {
    database.prepare('PRAGMA user_version').get();
    return false;
  } catch (error) {
    return (error as { errcode?: number }).errcode === BUSY;
  } finally {
    database.close();
  }
}

const BUSY = 5;

function tryLock(database: DatabaseSync, file: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === BUSY) return false;
    throw new SluiceError('FILE_UNWRITABLE', `cannot lock ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
