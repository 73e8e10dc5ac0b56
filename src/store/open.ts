import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { inTransaction } from './transaction.ts';

/** Where the history is. @param stateFolder of the user */
export function historyFile(stateFolder: string): string {
  return path.join(stateFolder, 'history.sqlite');
}

/** Opens the file, and creates it (for its owner only) or migrates it if necessary. @throws FILE_UNWRITABLE. */
export function openHistory(file: string): DatabaseSync {
  try {
    makeFolder(path.dirname(file));
    closeSync(openSync(file, 'a', 0o600));
    // Two runs may end at the same moment: the second waits for the first.
    const database = new DatabaseSync(file, { timeout: 5_000 });
    migrate(database);
    return database;
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot open the history ${file}: ${(error as Error).message}`, {
      hint: 'Check the permissions of its folder; SLUICE_STATE_DIR moves it.',
      cause: error,
    });
  }
}

/** All in one transaction; `user_version` counts the migrations that have run. */
function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    // A newer sluice may have set a higher version: keep it.
    if (version < MIGRATIONS.length) database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}
