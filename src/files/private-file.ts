import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { SluiceError } from '../errors/error.ts';

/** A file being written that only its owner may read. */
export interface PrivateFile {
  /** @throws FILE_UNWRITABLE */
  write(text: string | Uint8Array): void;
  /** @throws FILE_UNWRITABLE */
  close(): void;
}

const OWNER_ONLY = 0o600;

/**
 * Opens a file for row values that only its owner may read. An existing one is truncated once its permissions are
 * restricted. Anything but a regular file (a pipe, /dev/stdout) keeps its permissions.
 * @param hint what to do if the file cannot be written
 * @throws FILE_UNWRITABLE
 */
export function openPrivateFile(file: string, hint: string): PrivateFile {
  const guard = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
        hint: isFull(error) ? 'The disk is full: free space, or name a file on another disk.' : hint,
        cause: error,
      });
    }
  };
  const handle = guard(() => openToWrite(file, OWNER_ONLY));
  try {
    guard(() => {
      if (!isRegular(handle)) return;
      const { mode } = fstatSync(handle);
      if ((mode & 0o777) !== OWNER_ONLY) fchmodSync(handle, OWNER_ONLY);
      ftruncateSync(handle);
    });
  } catch (error) {
    closeSync(handle);
    throw error;
  }
  return {
    write: (text) => guard(() => writeAll(handle, text)),
    close: () => guard(() => closeSync(handle)),
  };
}

/** A file that gets its name when it is complete. */
export interface WholeFile extends PrivateFile {
  /** Gives up: an existing file of that name stays as it was. */
  discard(): void;
}

/**
 * Like `openPrivateFile`, but nobody takes a part for the whole: until it is closed, the file has `.part` behind its name.
 * @throws FILE_UNWRITABLE
 */
export function openWholeFile(file: string, hint: string): WholeFile {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: it is not an ordinary file`, { hint });
  }
  const part = `${file}.part`;
  const opened = openPrivateFile(part, hint);
  return {
    write: (text) => opened.write(text),
    close: () => {
      opened.close();
      try {
        renameSync(part, file);
      } catch (error) {
        throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
          hint,
          cause: error,
        });
      }
    },
    discard: () => {
      try {
        opened.close();
        rmSync(part, { force: true });
      } catch {
        // What made the caller give up is the cause.
      }
    },
  };
}

/**
 * Opens a file without truncating it. Opening a pipe without a reader would block and ignore signals.
 * @throws the system's error
 */
function openToWrite(file: string, mode: number): number {
  const flags = constants.O_WRONLY | constants.O_CREAT;
  let first: number;
  try {
    first = openSync(file, flags | (constants.O_NONBLOCK ?? 0), mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    throw new Error('it is a pipe without a reader', { cause: error });
  }
  try {
    // Writes block on a slow reader, which must not see the end of the file in between.
    return openSync(file, flags, mode);
  } finally {
    closeSync(first);
  }
}

const isRegular = (handle: number) => (fstatSync(handle).mode & constants.S_IFMT) === constants.S_IFREG;

/** Writes a file that others may read. @throws the system's error */
export function writePublicFile(file: string, text: string): void {
  const handle = openToWrite(file, 0o666);
  try {
    if (isRegular(handle)) ftruncateSync(handle);
    writeAll(handle, text);
  } finally {
    closeSync(handle);
  }
}

/** @throws FILE_UNWRITABLE */
export function writePrivateFile(file: string, text: string, hint: string): void {
  const opened = openPrivateFile(file, hint);
  try {
    opened.write(text);
  } catch (error) {
    try {
      opened.close();
    } catch {
      // The first failure is the cause.
    }
    throw error;
  }
  opened.close();
}

/** Writes bytes starting at a position; returns how many were written. */
export type Write = (handle: number, bytes: Uint8Array, at: number) => number;

/** A nearly full disk may write only part of the data without an error. @param write for tests */
export function writeAll(handle: number, text: string | Uint8Array, write: Write = writeSync): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; ) at += write(handle, bytes, at);
}

/** Out of space or quota. */
export function isFull(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT)$/.test((error as { code?: string } | null)?.code ?? '');
}
