import { isUtf8 } from 'node:buffer';
import path from 'node:path';

/**
 * The text of a file, or undefined if it is binary or its encoding is unknown. Properties that are not UTF-8 are read as
 * ISO-8859-1, as in Java, unless they contain bytes that only another single-byte encoding uses.
 */
export function textOf(bytes: Buffer, file: string): string | undefined {
  if (bytes.includes(0)) return undefined;
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const isJavas =
    path.extname(file).toLowerCase() === '.properties' && !bytes.some((byte) => byte > 0x7f && byte < 0xa0);
  return isJavas ? bytes.toString('latin1') : undefined;
}

/** A changed text in the encoding of its file. */
export function bytesOf(text: string, before: Buffer): Buffer {
  return Buffer.from(text, isUtf8(before) ? 'utf8' : 'latin1');
}
