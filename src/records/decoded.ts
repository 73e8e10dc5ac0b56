import type { Integer } from '../text/numbers.ts';

/** A key or a value. */
export interface Decoded {
  format: 'null' | 'json' | 'json with schema' | 'json schema' | 'avro' | 'string' | 'bytes';
  /** Numbers that JavaScript cannot hold exactly are text. Bytes are in Base64. */
  value: unknown;
  /** Number of its schema in the schema registry. */
  schemaId?: Integer;
  /** Why it is shown as bytes, if there is more to say than that it is not text. */
  note?: string;
}

/** The text of one line, for people and for filters. */
export function decodedText({ format, value }: Decoded): string {
  if (format === 'null') return 'null';
  if (format === 'bytes') return `0x${Buffer.from(String(value), 'base64').toString('hex')}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
