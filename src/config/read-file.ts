import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Far above any file that people write; a log or a dump that a glob took is not read to its end. */
export const MAX_BYTES = 10 * 1024 * 1024;

/** What is not read: it is not a regular file, or is too large. */
export class NotReadable extends Error {}

/**
 * A regular file, at most one byte more than `most`. A FIFO or a device is refused at once: it could be waited for without
 * an end, and have no end.
 * @throws NotReadable, and what the system says
 */
export function readBytes(file: string, most = MAX_BYTES): Buffer {
  // Without O_NONBLOCK opening a FIFO waits for somebody who writes to it.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile())
      throw new NotReadable(`it is ${stats.isDirectory() ? 'a folder' : 'a pipe or device'}, not a regular file`);
    let buffer = Buffer.allocUnsafe(Math.min(stats.size, most) + 1);
    let length = 0;
    for (;;) {
      if (length === buffer.length) {
        if (length > most) break;
        buffer = Buffer.concat([buffer], Math.min(length * 2, most + 1));
      }
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      // A file that has given all it said it has is at its end; one of /proc says 0.
      if (read === 0 || (stats.size > 0 && length === stats.size)) break;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text. @throws NotReadable where it is larger than `most`, too */
export function readText(file: string, most = MAX_BYTES): string {
  const bytes = readBytes(file, most);
  if (bytes.length > most) throw new NotReadable(`it is larger than ${most / 1024 / 1024} MiB`);
  return bytes.toString('utf8');
}
