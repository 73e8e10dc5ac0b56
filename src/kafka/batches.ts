import { SluiceError } from '../errors/error.ts';
import type { KafkaRecord, RecordHeader, RecordToWrite } from '../ports/records.ts';

/**
 * Kafka's own form of records, read and written without an object for each number: the library's functions take several times
 * as long, which counts with millions of records, and write wrong times if those of a batch are more than 24 days apart
 * (docs/decisions/0024).
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  firstOffset: number;
  lastOffset: number;
  attributes: number;
  firstTimestamp: number;
  maxTimestamp: number;
  producerId: bigint;
  /** How many records it has. */
  count: number;
  /** Its records, compressed or not. */
  records: Buffer;
}

export const TRANSACTIONAL = 1 << 4;
export const CONTROL = 1 << 5;
const LOG_APPEND_TIME = 1 << 3;
const COMPRESSION = 0b111;

/** First offset and length, which the length does not count. */
const FRAME = 12;
export const HEAD = 61;
const MAGIC = 2;
/** From here on the checksum counts. */
const CHECKED = 21;
/** In a batch that was not stored yet. */
const NO_LEADER_EPOCH = -1;

/** Batches of a fetch response, which may end within one. @throws KAFKA_REJECTED */
export function* batchesIn(bytes: Buffer): Generator<RecordBatch> {
  for (let at = 0; at + FRAME <= bytes.length; ) {
    const end = at + FRAME + bytes.readInt32BE(at + 8);
    if (end > bytes.length) return;
    if (end < at + HEAD || bytes[at + 16] !== MAGIC) throw malformed('a batch has a format other than 2');
    const firstOffset = Number(bytes.readBigInt64BE(at));
    yield {
      firstOffset,
      attributes: bytes.readInt16BE(at + 21),
      lastOffset: firstOffset + bytes.readInt32BE(at + 23),
      firstTimestamp: Number(bytes.readBigInt64BE(at + 27)),
      maxTimestamp: Number(bytes.readBigInt64BE(at + 35)),
      producerId: bytes.readBigInt64BE(at + 43),
      count: bytes.readInt32BE(at + 57),
      records: bytes.subarray(at + HEAD, end),
    };
    at = end;
  }
}

/** By the number that batches have for an algorithm. @throws if there is none */
export type Decompress = (algorithm: number, bytes: Buffer) => Buffer;

/** Adds the records of a batch from an offset up to another, exclusive. @throws KAFKA_REJECTED */
export function addRecords(
  batch: RecordBatch,
  { partition, from, to }: { partition: number; from: number; to: number },
  decompress: Decompress,
  into: KafkaRecord[],
): void {
  const { firstOffset, firstTimestamp, attributes } = batch;
  const algorithm = attributes & COMPRESSION;
  const reader = new RecordReader(algorithm === 0 ? batch.records : decompress(algorithm, batch.records));
  const appended = (attributes & LOG_APPEND_TIME) === 0 ? undefined : batch.maxTimestamp;
  // Records of a queue mostly have the same headers in the same order.
  let names: Buffer[] = [];
  for (let index = 0; index < batch.count; index += 1) {
    const end = reader.lengthEnd();
    reader.at += 1;
    const written = firstTimestamp + reader.varint();
    const offset = firstOffset + reader.varint();
    // The first batch may begin before the requested offset.
    if (offset < from || offset >= to) {
      reader.at = end;
      continue;
    }
    const key = reader.bytes();
    const value = reader.bytes();
    const count = reader.varint();
    const headers: RecordHeader[] = [];
    const named: Buffer[] = [];
    for (let at = 0; at < count; at += 1) {
      const name = reader.name(names[at]);
      named.push(name);
      headers.push([name, reader.bytes()]);
    }
    if (reader.at !== end) throw malformed(`the record at offset ${offset} has another length than it says`);
    names = named;
    into.push({ partition, offset, timestamp: appended ?? written, key, value, headers });
  }
}

function malformed(reason: string): SluiceError {
  return new SluiceError('KAFKA_REJECTED', `Kafka sent records that cannot be read: ${reason}`, {
    hint: 'The topic may have records in a format from before Kafka 0.11, or something between changes what is sent.',
  });
}

/** Below this, a number of 7 bits a byte fits into a JavaScript number. */
const SAFE_BITS = 49;

class RecordReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Where the record ends whose length is here. */
  lengthEnd(): number {
    const length = this.varint();
    const end = this.at + length;
    if (length < 0 || end > this.#bytes.length) throw malformed('a batch ends within a record');
    return end;
  }

  /** A number of up to 64 bits, zigzag. */
  varint(): number {
    const bytes = this.#bytes;
    const first = bytes[this.at++] ?? 0;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    let bits = 7;
    for (let scale = 0x80; ; scale *= 0x80) {
      const byte = bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      bits += 7;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      if (bits >= SAFE_BITS) return this.#large(BigInt(value), BigInt(bits));
    }
  }

  #large(low: bigint, shift: bigint): number {
    let value = low;
    for (let bits = shift; bits < 64n; bits += 7n) {
      const byte = this.#bytes[this.at++] ?? 0;
      value |= BigInt(byte & 0x7f) << bits;
      if (byte < 0x80) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.at += length;
    if (this.at > this.#bytes.length) throw malformed('a batch ends within a record');
    return this.#bytes.subarray(from, this.at);
  }

  /** @param likely is returned instead if it is the same */
  name(likely: Buffer | undefined): Buffer {
    const start = this.at;
    const length = this.varint();
    if (likely?.length === length && hasAt(this.#bytes, this.at, likely)) {
      this.at += length;
      return likely;
    }
    this.at = start;
    const name = this.bytes();
    if (name === null) throw malformed('a header has no name');
    return name;
  }
}

/** For some bytes, faster than Node's own comparison. */
function hasAt(bytes: Buffer, at: number, part: Buffer): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}

/** Who writes a batch, and the number of its first record among those that it has written to the partition. */
export interface BatchOf {
  producerId: bigint;
  producerEpoch: number;
  sequence: number;
}

/** A batch of a transaction. @param records one at least, of the same partition */
export function encodeBatch(
  records: readonly RecordToWrite[],
  { producerId, producerEpoch, sequence }: BatchOf,
  checksum: (bytes: Buffer) => number,
): Buffer {
  const first = records[0]?.timestamp ?? 0;
  const lengths = records.map((record, index) => lengthOf(record, index, first));
  const total = lengths.reduce((sum, length) => sum + sizeOfVarint(length) + length, HEAD);
  const bytes = Buffer.allocUnsafe(total);
  const writer = new RecordWriter(bytes, HEAD);
  let latest = first;
  for (const [index, { timestamp, key, value, headers }] of records.entries()) {
    if (timestamp > latest) latest = timestamp;
    writer.varint(lengths[index] as number);
    bytes[writer.at++] = 0;
    writer.varint(timestamp - first);
    writer.varint(index);
    writer.bytes(key);
    writer.bytes(value);
    writer.varint(headers.length);
    for (const [name, content] of headers) {
      writer.bytes(name);
      writer.bytes(content);
    }
  }
  bytes.writeBigInt64BE(0n, 0);
  bytes.writeInt32BE(total - FRAME, 8);
  bytes.writeInt32BE(NO_LEADER_EPOCH, 12);
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(TRANSACTIONAL, 21);
  bytes.writeInt32BE(records.length - 1, 23);
  bytes.writeBigInt64BE(BigInt(first), 27);
  bytes.writeBigInt64BE(BigInt(latest), 35);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(sequence, 53);
  bytes.writeInt32BE(records.length, 57);
  bytes.writeUInt32BE(checksum(bytes.subarray(CHECKED)), 17);
  return bytes;
}

function lengthOf({ key, value, headers, timestamp }: RecordToWrite, index: number, first: number): number {
  let length = 1 + sizeOfVarint(timestamp - first) + sizeOfVarint(index) + sizeOfBytes(key) + sizeOfBytes(value);
  length += sizeOfVarint(headers.length);
  for (const [name, content] of headers) length += sizeOfBytes(name) + sizeOfBytes(content);
  return length;
}

function sizeOfBytes(bytes: Buffer | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

const SMALL = 2 ** 30;

function sizeOfVarint(value: number): number {
  if (value >= SMALL || value < -SMALL) return sizeOfLarge(zigzag(value));
  const encoded = (value << 1) ^ (value >> 31);
  return encoded < 0x80 ? 1 : encoded < 0x4000 ? 2 : encoded < 0x200000 ? 3 : encoded < 0x10000000 ? 4 : 5;
}

function sizeOfLarge(encoded: bigint): number {
  let size = 1;
  for (let rest = encoded >> 7n; rest > 0n; rest >>= 7n) size += 1;
  return size;
}

function zigzag(value: number): bigint {
  return value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
}

class RecordWriter {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  varint(value: number): void {
    const bytes = this.#bytes;
    if (value >= SMALL || value < -SMALL) {
      let rest = zigzag(value);
      for (; rest >= 0x80n; rest >>= 7n) bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
      bytes[this.at++] = Number(rest);
      return;
    }
    let encoded = (value << 1) ^ (value >> 31);
    for (; encoded >= 0x80; encoded >>>= 7) bytes[this.at++] = (encoded & 0x7f) | 0x80;
    bytes[this.at++] = encoded;
  }

  bytes(bytes: Buffer | null): void {
    if (bytes === null) {
      this.varint(-1);
      return;
    }
    this.varint(bytes.length);
    this.#bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}
