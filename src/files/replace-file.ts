import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * Writes a file that only its owner may read, atomically: another process may read it at any moment. Folders that are
 * missing are created, for the owner only.
 * @throws the system's error; an existing file is unchanged then
 */
export function replaceFile(file: string, text: string): void {
  makeFolder(path.dirname(file), 0o700);
  const fresh = `${file}.${process.pid}`;
  try {
    // One that a killed process with the same id left may have other permissions.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
