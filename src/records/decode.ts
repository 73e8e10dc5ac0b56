import { isUtf8 } from 'node:buffer';
import { hasHidden } from '../text/visible.ts';
import type { Decoded } from './decoded.ts';
import { parseJson, payloadOf } from './json.ts';
import type { SchemaRegistry } from './registry.ts';

/** Confluent's wire format: this byte, the schema's number in four bytes, the value. */
const MAGIC = 0;
const PREFIX = 5;

/** How a JSON text may begin. A number or a word alone is one too, but is shown like any other text. */
const JSON_BEGINS = /^\s*["[{]/;
const JSON_SCALAR = /^(?:-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?|true|false|null)$/;

/**
 * A key or a value as JSON, text or bytes, through the registry if there is one. What cannot be decoded is bytes; the record
 * itself is never changed.
 */
export async function decode(bytes: Buffer | null, registry?: SchemaRegistry): Promise<Decoded> {
  if (bytes === null) return { format: 'null', value: null };
  if (bytes.length > PREFIX && bytes[0] === MAGIC) return decodeRegistered(bytes, registry);
  return decodePlain(bytes);
}

/** Without a registry. Pure. */
export function decodePlain(bytes: Buffer): Decoded {
  const text = isUtf8(bytes) ? bytes.toString() : undefined;
  if (text === undefined || isBinary(text)) return inBytes(bytes);
  const parsed = JSON_BEGINS.test(text) || JSON_SCALAR.test(text) ? parseJson(text) : undefined;
  if (parsed === undefined) return { format: 'string', value: text };
  const withSchema = payloadOf(parsed.value);
  if (withSchema !== undefined) return { format: 'json with schema', value: withSchema.payload };
  return { format: 'json', value: parsed.value };
}

async function decodeRegistered(bytes: Buffer, registry: SchemaRegistry | undefined): Promise<Decoded> {
  const schemaId = bytes.readInt32BE(1);
  const without = (note: string) => ({ ...decodePlain(bytes), schemaId, note });
  if (schemaId < 0) return decodePlain(bytes);
  if (registry === undefined)
    return without(`it looks like schema ${schemaId} of a registry, and the context names no schemaRegistry`);
  const reader = await registry.reader(schemaId);
  if (reader.format === 'unreadable') return without(reader.reason);
  try {
    return { format: reader.format, value: reader.read(bytes.subarray(PREFIX)), schemaId };
  } catch (error) {
    return without(`it does not fit schema ${schemaId}: ${(error as Error).message}`);
  }
}

function inBytes(bytes: Buffer): Decoded {
  return { format: 'bytes', value: bytes.toString('base64') };
}

/** Numbers in a few bytes are often valid UTF-8, of control characters. */
function isBinary(text: string): boolean {
  if (!hasHidden(text)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return /[\u0000-\u0008\u000e-\u001f]/.test(text);
}
