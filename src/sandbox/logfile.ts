import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last lines of a log; no more than the last 256 KiB are read. Empty where there is no file. */
export function tail(file: string, lines: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const length = Math.min(size, 256 * 1024);
    const buffer = Buffer.alloc(length);
    readSync(descriptor, buffer, 0, length, size - length);
    const all = buffer.toString('utf8').replace(/\n$/, '').split('\n');
    return size === 0 ? [] : all.slice(-lines);
  } finally {
    closeSync(descriptor);
  }
}
