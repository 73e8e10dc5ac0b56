import { isUtf8 } from 'node:buffer';
import type { KafkaRecord } from '../ports/records.ts';
import { lineHead } from './export-line.ts';

const INITIAL = 1024 ** 2;

/** How many characters JSON needs for a byte of text, beside the first one. */
const EXTRA = new Uint8Array(256);
/** Their last characters; for most control characters it is `u`, and four digits follow. */
const ESCAPES = new Map<number, Buffer>();
for (let byte = 0; byte < 256; byte += 1) {
  if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) continue;
  const written = Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
  ESCAPES.set(byte, written);
  EXTRA[byte] = written.length - 1;
}

const ASCII = 0x7f;
/** Fewer bytes are copied one by one: the call that copies them all takes longer. */
const SHORT = 48;

const [VALUE, HEADERS, BRACE, END] = [',"value":', ',"headers":[', '}', ']}\n'].map((text) =>
  Buffer.from(text),
) as Four;
const [TEXT, TEXT_END, NULL] = ['{"text":"', '"}', 'null'].map((text) => Buffer.from(text)) as Three;
type Three = [Buffer, Buffer, Buffer];
type Four = [...Three, Buffer];

/**
 * Lines of an export, as JSON.stringify would write them: from bytes to bytes, since making texts of millions of records and
 * putting them together takes most of the time.
 */
export class ExportLines {
  readonly #head: Buffer;
  #bytes = Buffer.allocUnsafe(INITIAL);
  #at = 0;
  /** Of the headers of the record before: mostly they are the same, and read into the same buffer. */
  #names: { name: Buffer; text: Buffer }[] = [];

  constructor(queue: string, queueId: string) {
    this.#head = Buffer.from(lineHead(queue, queueId));
  }

  add({ partition, offset, timestamp, key, value, headers }: KafkaRecord): void {
    this.#put(this.#head);
    this.#ascii(`${partition},"offset":${offset},"timestamp":${timestamp},"key":`);
    this.#content(key);
    this.#put(VALUE);
    this.#content(value);
    this.#put(HEADERS);
    for (let index = 0; index < headers.length; index += 1) {
      const [name, of] = headers[index] as (typeof headers)[number];
      this.#put(this.#name(name, index));
      this.#content(of);
      this.#put(BRACE);
    }
    this.#put(END);
  }

  /** The lines that were added since the last call; valid until the next one is added. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    return taken;
  }

  #name(name: Buffer, index: number): Buffer {
    const known = this.#names[index];
    if (known?.name === name) return known.text;
    const from = this.#at;
    this.#ascii(`${index === 0 ? '' : ','}{"name":`);
    this.#content(name);
    this.#put(VALUE);
    const text = Buffer.from(this.#bytes.subarray(from, this.#at));
    this.#at = from;
    this.#names[index] = { name, text };
    return text;
  }

  #content(bytes: Buffer | null): void {
    if (bytes === null) {
      this.#put(NULL);
      return;
    }
    let extra = 0;
    let all = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] as number;
      all |= byte;
      extra += EXTRA[byte] as number;
    }
    if (all > ASCII && !isUtf8(bytes)) {
      this.#ascii(`{"base64":"${bytes.toString('base64')}"}`);
      return;
    }
    this.#put(TEXT);
    if (extra === 0) this.#put(bytes);
    else this.#escaped(bytes, extra);
    this.#put(TEXT_END);
  }

  #escaped(from: Buffer, extra: number): void {
    this.#reserve(from.length + extra);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < from.length; index += 1) {
      const byte = from[index] as number;
      if (EXTRA[byte] === 0) bytes[at++] = byte;
      else for (const part of ESCAPES.get(byte) as Buffer) bytes[at++] = part;
    }
    this.#at = at;
  }

  #put(from: Buffer): void {
    const { length } = from;
    this.#reserve(length);
    if (length > SHORT) this.#bytes.set(from, this.#at);
    else for (let index = 0; index < length; index += 1) this.#bytes[this.#at + index] = from[index] as number;
    this.#at += length;
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
