import type { RecordsBatch } from '@platformatic/kafka';
import type { KafkaRecord, RecordChunk } from '../ports/records.ts';

/** What a fetch response says about one partition. */
export interface FetchedPartition {
  partitionIndex: number;
  lastStableOffset: bigint;
  logStartOffset: bigint;
  abortedTransactions: readonly { producerId: bigint; firstOffset: bigint }[] | null;
  records?: readonly RecordsBatch[] | null;
}

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const LOG_APPEND_TIME = 1 << 3;

/**
 * The records of committed transactions, and of no transaction, from an offset up to another. Pure. The broker sends aborted
 * records as well, with a list of the transactions they belong to.
 * @see https://kafka.apache.org/documentation/#recordbatch and org.apache.kafka.clients.consumer.internals.CompletedFetch
 */
export function committedRecords(fetched: FetchedPartition, from: number, to = Number.POSITIVE_INFINITY): RecordChunk {
  const partition = fetched.partitionIndex;
  const waiting = [...(fetched.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborted = new Set<bigint>();
  const chunk: RecordChunk = { partition, records: [], next: from, deleted: 0, transactional: false };
  for (const batch of fetched.records ?? []) {
    const first = Number(batch.firstOffset);
    const last = first + batch.lastOffsetDelta;
    while (waiting[0] !== undefined && Number(waiting[0].firstOffset) <= last)
      aborted.add((waiting.shift() as { producerId: bigint }).producerId);
    const isControl = (batch.attributes & CONTROL) !== 0;
    const isTransactional = (batch.attributes & TRANSACTIONAL) !== 0;
    chunk.transactional ||= isTransactional;
    // A marker ends the transaction of its producer, one way or the other.
    if (isControl) aborted.delete(batch.producerId);
    else if (!isTransactional || !aborted.has(batch.producerId)) addRecords(batch, partition, from, to, chunk.records);
    chunk.next = Math.max(chunk.next, last + 1);
  }
  chunk.next = Math.min(chunk.next, to);
  return chunk;
}

function addRecords(batch: RecordsBatch, partition: number, from: number, to: number, into: KafkaRecord[]): void {
  const first = Number(batch.firstOffset);
  const appended = (batch.attributes & LOG_APPEND_TIME) === 0 ? undefined : Number(batch.maxTimestamp);
  const began = Number(batch.firstTimestamp);
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = first + offsetDelta;
    // The first batch may begin before the requested offset.
    if (offset < from || offset >= to) continue;
    into.push({
      partition,
      offset,
      timestamp: appended ?? began + Number(timestampDelta),
      key,
      value,
      headers: headers as [Buffer, Buffer | null][],
    });
  }
}
