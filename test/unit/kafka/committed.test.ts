import { describe, expect, it } from 'vitest';
import { encodeBatch, HEAD } from '../../../src/kafka/batches.ts';
import { committedRecords } from '../../../src/kafka/committed.ts';

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const LOG_APPEND_TIME = 1 << 3;

/** As the broker stores it. */
function batch(
  first: number,
  values: string[],
  { attributes = 0, producerId = 1n, maxTimestamp = 5000n } = {},
): Buffer {
  const record = { topic: 't', key: null, headers: [] };
  const records = values.map((value, index) => ({ ...record, timestamp: 1000 + index, value: Buffer.from(value) }));
  const bytes = encodeBatch(records, { producerId, producerEpoch: 0, sequence: 0 }, () => 0);
  bytes.writeBigInt64BE(BigInt(first), 0);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeBigInt64BE(maxTimestamp, 35);
  return bytes;
}

/** What compaction leaves of a batch of which no record is needed any more. */
function emptied(of: Buffer): Buffer {
  const bytes = Buffer.from(of.subarray(0, HEAD));
  bytes.writeInt32BE(HEAD - 12, 8);
  bytes.writeInt32BE(0, 57);
  return bytes;
}

const plain = () => {
  throw new Error('nothing is compressed');
};

const inTransaction = (producerId: bigint) => ({ attributes: TRANSACTIONAL, producerId });
const marker = (first: number, producerId: bigint) =>
  batch(first, ['end'], { attributes: TRANSACTIONAL | CONTROL, producerId });

function read(batches: Buffer[], aborted: [bigint, number][] = [], from = 0, to?: number) {
  const abortedTransactions = aborted.map(([producerId, offset]) => ({ producerId, firstOffset: BigInt(offset) }));
  const fetched = { partitionIndex: 4, abortedTransactions, records: Buffer.concat(batches) };
  const chunk = committedRecords(fetched, plain, from, to);
  return { ...chunk, records: chunk.records.map(({ offset, value }) => `${offset} ${value}`) };
}

describe('committed records', () => {
  it('leave out aborted transactions and markers, producer by producer', () => {
    const batches = [
      batch(0, ['plain']),
      batch(1, ['a1', 'a2'], inTransaction(7n)),
      batch(3, ['b1'], inTransaction(8n)),
      marker(4, 7n),
      batch(5, ['c1'], inTransaction(7n)),
      marker(6, 8n),
      marker(7, 7n),
    ];
    expect(read(batches, [[7n, 1]])).toMatchObject({
      records: ['0 plain', '3 b1', '5 c1'],
      next: 8,
      transactional: true,
    });
    expect(read(batches, [[8n, 3]]).records).toEqual(['0 plain', '1 a1', '2 a2', '5 c1']);
    // The second transaction of the same producer.
    expect(read(batches, [[7n, 5]]).records).toEqual(['0 plain', '1 a1', '2 a2', '3 b1']);
    expect(
      read(batches, [
        [7n, 5],
        [7n, 1],
      ]).records,
    ).toEqual(['0 plain', '3 b1']);
  });

  it('begin and end where they should, and go on after a batch that was compacted to nothing', () => {
    const batches = [batch(0, ['a', 'b', 'c']), emptied(batch(3, ['d', 'e']))];
    expect(read(batches, [], 1)).toMatchObject({ records: ['1 b', '2 c'], next: 5 });
    expect(read(batches, [], 1, 2)).toMatchObject({ records: ['1 b'], next: 2 });
    expect(read([], [], 3)).toMatchObject({ records: [], next: 3, transactional: false });
  });

  it('have the time of the record, or that of the broker if the topic says so', () => {
    const times = (attributes: number) => {
      const fetched = { partitionIndex: 0, abortedTransactions: null, records: batch(0, ['a', 'b'], { attributes }) };
      return committedRecords(fetched, plain, 0).records.map(({ timestamp }) => timestamp);
    };
    expect(times(0)).toEqual([1000, 1001]);
    expect(times(LOG_APPEND_TIME)).toEqual([5000, 5000]);
  });
});
