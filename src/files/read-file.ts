import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Far above any handwritten file; keeps a log or dump matched by a glob from being read whole. */
export const MAX_BYTES = 10 * 1024 * 1024;

/** Not a regular file, or too large. */
class NotReadable extends Error {}

/**
 * Reads a regular file, but no more than one byte beyond `maxBytes`. A FIFO or a device is rejected at once: reading it
 * might never end.
 * @throws NotReadable, and the system's errors
 */
export function readBytes(file: string, maxBytes = MAX_BYTES): Buffer {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile())
      throw new NotReadable(`it is ${stats.isDirectory() ? 'a folder' : 'a pipe or device'}, not a regular file`);
    let buffer = Buffer.allocUnsafe(Math.min(stats.size, maxBytes) + 1);
    let length = 0;
    for (;;) {
      if (length === buffer.length) {
        if (length > maxBytes) break;
        buffer = Buffer.concat([buffer], Math.min(length * 2, maxBytes + 1));
      }
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      // A file has been read when all its reported bytes are; files in /proc report 0.
      if (read === 0 || (stats.size > 0 && length === stats.size)) break;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The same, as text. Anything but UTF-8 is rejected: replacement characters would change a password.
 * @throws NotReadable also if it is larger than `maxBytes`
 */
export function readText(file: string, maxBytes = MAX_BYTES): string {
  const bytes = readBytes(file, maxBytes);
  if (bytes.length > maxBytes) throw new NotReadable(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
  if (!isUtf8(bytes)) throw new NotReadable('it is not UTF-8 text');
  return bytes.toString('utf8');
}

/** Certificates and keys: text around them, such as names of authorities, may be in any encoding. */
export function readPem(file: string): string {
  const bytes = readBytes(file);
  if (bytes.length > MAX_BYTES) throw new NotReadable(`it is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
  const text = bytes.toString('latin1');
  // Node ignores any other text: the connection would fail because the certificate is missing, or be made without it.
  if (!text.includes('-----BEGIN '))
    throw new NotReadable('it is not a PEM file: nothing in it starts with -----BEGIN');
  return text;
}
