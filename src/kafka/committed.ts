import type { RecordChunk } from '../ports/records.ts';
import { addRecords, batchesIn, CONTROL, type Decompress, TRANSACTIONAL } from './batches.ts';

/** What a fetch response says about one partition. */
export interface FetchedPartition {
  partitionIndex: number;
  abortedTransactions: readonly { producerId: bigint; firstOffset: bigint }[] | null;
  /** Batches, the last of which may be cut off. */
  records: Buffer | null;
}

/**
 * The records of committed transactions, and of no transaction, from an offset up to another. Pure. The broker sends aborted
 * records as well, with a list of the transactions they belong to.
 * @see https://kafka.apache.org/documentation/#recordbatch and org.apache.kafka.clients.consumer.internals.CompletedFetch
 */
export function committedRecords(
  fetched: FetchedPartition,
  decompress: Decompress,
  from: number,
  to = Number.POSITIVE_INFINITY,
): RecordChunk {
  const partition = fetched.partitionIndex;
  const waiting = [...(fetched.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborted = new Set<bigint>();
  const chunk: RecordChunk = { partition, records: [], next: from, deleted: 0, transactional: false };
  for (const batch of batchesIn(fetched.records ?? Buffer.alloc(0))) {
    const last = batch.lastOffset;
    while (waiting[0] !== undefined && Number(waiting[0].firstOffset) <= last)
      aborted.add((waiting.shift() as { producerId: bigint }).producerId);
    const isControl = (batch.attributes & CONTROL) !== 0;
    const isTransactional = (batch.attributes & TRANSACTIONAL) !== 0;
    chunk.transactional ||= isTransactional;
    // A marker ends the transaction of its producer, one way or the other.
    if (isControl) aborted.delete(batch.producerId);
    else if (!isTransactional || !aborted.has(batch.producerId))
      addRecords(batch, { partition, from, to }, decompress, chunk.records);
    chunk.next = Math.max(chunk.next, last + 1);
  }
  chunk.next = Math.min(chunk.next, to);
  return chunk;
}
