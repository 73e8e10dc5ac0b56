import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from './make-folder.ts';
import { isFull } from './private-file.ts';

/**
 * Writes a file that only its owner may read, and that is complete or does not exist, even after a power cut: under another
 * name first, which replaces the file once its content is on the disk.
 * @param options.shared others may read it, too
 * @param options.exclusive fails if the file exists
 * @param options.hint what to do if the file cannot be written
 * @throws FILE_UNWRITABLE
 */
export function writeDurableFile(
  file: string,
  text: string,
  options: { exclusive?: boolean; shared?: boolean; hint?: string } = {},
): void {
  const temporary = `${file}.${crypto.randomUUID()}`;
  try {
    makeFolder(path.dirname(file), options.shared ? undefined : 0o700);
    writeFileSync(temporary, text, { mode: options.shared ? 0o666 : 0o600, flag: 'wx', flush: true });
    // A link, unlike a rename, never replaces a file.
    if (options.exclusive) linkSync(temporary, file);
    else renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const exists = code === 'EEXIST' && syscall === 'link';
    throw new SluiceError(
      'FILE_UNWRITABLE',
      exists ? `${file} already exists` : `cannot write ${file}: ${(error as Error).message}`,
      {
        hint: isFull(error)
          ? 'The disk is full: free space, or name a file on another disk.'
          : (options.hint ?? 'Check the path and its permissions.'),
        cause: error,
      },
    );
  } finally {
    removeIfThere(temporary);
  }
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The error that says why it could not be written counts.
  }
}

/** Removes a file permanently: it does not come back after a power cut. */
export function removeDurably(file: string): void {
  rmSync(file, { force: true });
  syncFolder(path.dirname(file));
}

/** Makes the names in a folder durable. Windows has no such call. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
