import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { command } from '../text/settings.ts';

/** A full disk in errors and logs of Node, Maven, Java, tar, PostgreSQL and MariaDB. */
const DISK_FULL = /ENOSPC|No space left on device|Disk quota exceeded|EDQUOT|not enough space|Errcode: 28\b/i;
const UNWRITABLE = /EROFS|EACCES|EPERM|ENOTDIR|EEXIST/;

export function isDiskFull(text: string): boolean {
  return DISK_FULL.test(text);
}

export function diskFull(folder: string, cause?: unknown): SluiceError {
  return new SluiceError('SANDBOX_DISK_FULL', `the disk of ${folder} is full`, {
    hint: `Free space there (${command('sandbox down', { purge: true })} removes a sandbox’s data), or move the folders: SLUICE_CACHE_DIR, SLUICE_STATE_DIR.`,
    cause,
  });
}

/** Translates an error from writing below `folder`; any other is returned unchanged. */
export function storageFailure(error: unknown, folder: string, variable: string): unknown {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (error instanceof SluiceError) return error;
  if (isDiskFull(`${code} ${message}`)) return diskFull(folder, error);
  if (UNWRITABLE.test(code)) {
    return new SluiceError('SANDBOX_CACHE', `cannot write to ${folder}: ${message}`, {
      hint: `Make the folder writable, or name another: ${variable}=FOLDER`,
      cause: error,
    });
  }
  return error;
}

/**
 * @param bytes to be written below the folder, which may not exist yet
 * @throws SANDBOX_DISK_FULL, before anything is written, if they do not fit.
 */
export async function checkFreeSpace(folder: string, bytes: number): Promise<void> {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    try {
      const { bavail, bsize } = await statfs(current);
      const free = bavail * bsize;
      if (free >= bytes) return;
      throw new SluiceError(
        'SANDBOX_DISK_FULL',
        `${folder} has ${megabytes(free)} free; the sandbox's components need ${megabytes(bytes)}`,
        { hint: 'Free space, or use another folder: SLUICE_CACHE_DIR=FOLDER sluice sandbox up' },
      );
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      // Missing or inaccessible: ask its parent. In the end, writing will tell.
      if (current === path.dirname(current)) return;
    }
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
