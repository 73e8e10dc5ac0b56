import { CompressionAlgorithms, crc32c, createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequences } from '../../../src/kafka/batch-producer.ts';
import { addRecords, batchesIn, encodeBatch, HEAD } from '../../../src/kafka/batches.ts';
import { decompressor, readResponse } from '../../../src/kafka/fetch.ts';
import type { KafkaRecord, RecordHeader } from '../../../src/ports/records.ts';

const decompress = await decompressor();

const bytes = (most = 40) => fc.uint8Array({ maxLength: most }).map((array) => Buffer.from(array));
const content = fc.option(fc.oneof(bytes(), bytes(300)));
const time = fc.oneof(
  fc.nat(2 ** 31),
  fc.integer({ min: 1.7e12, max: 1.9e12 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const record = fc.record({
  topic: fc.constant('t'),
  timestamp: time,
  key: content,
  value: content,
  headers: fc.array(fc.tuple(fc.oneof(fc.constantFrom(Buffer.from('a'), Buffer.from('bb')), bytes()), content), {
    maxLength: 6,
  }) as fc.Arbitrary<RecordHeader[]>,
});
const records = fc.array(record, { minLength: 1, maxLength: 200 });

function decoded(batch: Buffer, from = 0, to = Number.POSITIVE_INFINITY): KafkaRecord[] {
  const into: KafkaRecord[] = [];
  for (const one of batchesIn(batch)) addRecords(one, { partition: 3, from, to }, decompress, into);
  return into;
}

describe('a batch of records', () => {
  it('is the same for the library that reads it', () => {
    fc.assert(
      fc.property(records, fc.nat(2 ** 31 - 1), (given, sequence) => {
        const batch = encodeBatch(given, { producerId: 2n ** 40n, producerEpoch: 7, sequence }, crc32c);
        const [read, ...others] = readRecordsBatches(Reader.from(batch));
        expect(others).toEqual([]);
        const first = given[0]?.timestamp ?? 0;
        expect(read).toMatchObject({
          firstOffset: 0n,
          length: batch.length - 12,
          magic: 2,
          crc: crc32c(batch.subarray(21)),
          attributes: 1 << 4,
          lastOffsetDelta: given.length - 1,
          firstTimestamp: BigInt(first),
          maxTimestamp: BigInt(Math.max(...given.map(({ timestamp }) => timestamp))),
          producerId: 2n ** 40n,
          producerEpoch: 7,
          firstSequence: sequence,
        });
        expect(
          read?.records.map(({ key, value, headers, timestampDelta, offsetDelta }) => ({
            key,
            value,
            headers,
            timestamp: Number(timestampDelta) + first,
            offsetDelta,
          })),
        ).toEqual(
          given.map(({ key, value, headers, timestamp }, offsetDelta) => ({
            key,
            value,
            headers,
            timestamp,
            offsetDelta,
          })),
        );
      }),
    );
  });

  it('is read as the library wrote it, compressed or not, and as we write it', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...Object.values(CompressionAlgorithms)), (any, compression) => {
        // The library writes wrong times if they differ by more than 2^31 ms.
        const given = any.map((one) => ({ ...one, timestamp: one.timestamp % 2 ** 31 }));
        const messages = given.map(({ headers, timestamp, ...one }) => ({
          ...one,
          timestamp: BigInt(timestamp),
          headers: new Map(headers as [Buffer, Buffer][]),
        }));
        const expected = given.map(({ key, value, headers, timestamp }, offset) => ({
          partition: 3,
          offset,
          timestamp,
          key,
          value,
          headers,
        }));
        const batch = createRecordsBatch(messages as never, { compression });
        expect(decoded(batch.buffer)).toEqual(
          expected.map((one) => ({ ...one, headers: [...new Map(one.headers as [Buffer, Buffer][])] })),
        );
        const own = encodeBatch(given, { producerId: 1n, producerEpoch: 0, sequence: 0 }, crc32c);
        expect(decoded(own)).toEqual(expected);
        expect(decoded(own, 1, 3)).toEqual(expected.slice(1, 3));
        const far = encodeBatch(any, { producerId: 1n, producerEpoch: 0, sequence: 0 }, crc32c);
        expect(decoded(far).map(({ timestamp }) => timestamp)).toEqual(any.map(({ timestamp }) => timestamp));
      }),
    );
  });

  const one = { topic: 't', timestamp: 1000, key: Buffer.from('key'), value: Buffer.from('value'), headers: [] };
  const own = (...of: (typeof one)[]) => encodeBatch(of, { producerId: 1n, producerEpoch: 0, sequence: 0 }, crc32c);

  it('that is cut off is left for the next request', () => {
    const whole = own(one, one);
    const two = Buffer.concat([whole, whole]);
    for (let length = 0; length < two.length; length += 1)
      expect(decoded(two.subarray(0, length))).toHaveLength(length < whole.length ? 0 : 2);
  });

  it.each([
    ['an older format', (batch: Buffer) => batch.writeInt8(1, 16), 'a format other than 2'],
    ['a length that is none', (batch: Buffer) => batch.writeInt32BE(3, 8), 'a format other than 2'],
    ['more records than it has', (batch: Buffer) => batch.writeInt32BE(5, 57), 'ends within a record|another length'],
    ['a record that is too long', (batch: Buffer) => batch.writeUInt8(120, HEAD), 'ends within a record'],
    ['a record that is too short', (batch: Buffer) => batch.writeUInt8(6, HEAD), 'another length'],
    ['a key that is too long', (batch: Buffer) => batch.writeUInt8(126, HEAD + 4), 'ends within a record'],
  ])('with %s is refused', (_, change, message) => {
    const batch = Buffer.from(own(one));
    change(batch);
    expect(() => decoded(batch)).toThrow(new RegExp(message));
  });
});

describe('a fetch response', () => {
  const aborted = [{ producerId: 5n, firstOffset: 17n }];
  const records = Buffer.from('batches');

  /** As the protocol describes it. @see https://kafka.apache.org/protocol#The_Messages_Fetch */
  async function response(version: number, ofRecords: Buffer | null): Promise<InstanceType<typeof Reader>> {
    const { Writer } = await import('@platformatic/kafka');
    const compact = version >= 12;
    const writer = Writer.create().appendInt32(0);
    if (version >= 7) writer.appendInt16(0).appendInt32(0);
    const topics = [[0, 6].map((errorCode, partition) => ({ partition, errorCode }))];
    writer.appendArray(
      topics,
      (w, partitions) => {
        if (version >= 13) w.appendUUID('0f0e0d0c-0b0a-0908-0706-050403020100');
        else w.appendString('orders', compact);
        w.appendArray(
          partitions,
          (p, { partition, errorCode }) => {
            p.appendInt32(partition).appendInt16(errorCode).appendInt64(1n).appendInt64(2n);
            if (version >= 5) p.appendInt64(3n);
            p.appendArray(
              errorCode === 0 ? aborted : null,
              (a, { producerId, firstOffset }) => a.appendInt64(producerId).appendInt64(firstOffset),
              compact,
              compact,
            );
            if (version >= 11) p.appendInt32(-1);
            p.appendBytes(ofRecords, compact);
          },
          compact,
          compact,
        );
      },
      compact,
      compact,
    );
    return Reader.from(writer.buffer);
  }

  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])('is read in version %i', async (version) => {
    const read = async (of: Buffer | null) => readResponse(1, 1, version, await response(version, of));
    expect(await read(records)).toEqual([
      { partitionIndex: 0, errorCode: 0, abortedTransactions: aborted, records },
      { partitionIndex: 1, errorCode: 6, abortedTransactions: null, records },
    ]);
    expect(await read(null)).toMatchObject([{ records: null }, { records: null }]);
  });

  it('may be an error as a whole', () => {
    const failed = Buffer.alloc(12);
    failed.writeInt16BE(29, 4);
    expect(readResponse(1, 1, 17, Reader.from(failed))).toBe(29);
  });
});

describe('the numbers of batches', () => {
  it('count the records of each partition, from 0 again after the largest, and for another producer', () => {
    const sequences = new Sequences();
    const producer = { producerId: 9n, producerEpoch: 0 };
    const next = (partition: number, records: number, epoch = 0) =>
      sequences.next({ ...producer, producerEpoch: epoch }, 't', partition, records);
    expect([next(0, 5), next(0, 2), next(1, 1), next(0, 1)]).toEqual([0, 5, 0, 7]);
    next(2, 2 ** 31 - 3);
    // As Kafka counts: 2147483645, 2147483646, 2147483647, 0, 1.
    expect([next(2, 5), next(2, 1)]).toEqual([2 ** 31 - 3, 2]);
    expect([next(0, 1, 1), next(0, 1, 1)]).toEqual([0, 1]);
  });
});
