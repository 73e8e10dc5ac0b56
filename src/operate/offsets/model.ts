import type { Count } from '../../text/numbers.ts';

/** Where a sink's partition should be. */
export type Where =
  | { kind: 'earliest' }
  | { kind: 'latest' }
  | { kind: 'offset'; offset: bigint }
  /** Forward, or back if negative. */
  | { kind: 'shift'; by: bigint }
  /** The first record that is at least as recent. @param at ms since 1970 */
  | { kind: 'time'; at: number };

export interface TopicPartition {
  topic: string;
  partition: number;
}

/** Which partitions of a sink, and where to: for all of them, or for each its own. */
export interface SinkRequest {
  where?: Where | undefined;
  /** Only partitions of these; none means all that the sink reads. */
  topics: readonly string[];
  partitions: readonly (TopicPartition & { where?: Where | undefined })[];
}

/** What Kafka knows about a partition; `next` is the first offset at the requested time, if one was requested. */
export interface PartitionFacts extends TopicPartition {
  earliest: bigint;
  /** The offset that the next record will get. */
  end: bigint;
  /** By the time, ms since 1970. */
  at: ReadonlyMap<number, bigint>;
}

/** A partition as Connect names it, with its offset before and after; null if it has no offset. */
export interface OffsetChange {
  partition: Record<string, unknown>;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  /** Of a sink's partition, if Kafka was asked: its earliest offset, and the one that the next record will get. */
  range: { earliest: Count; end: Count } | null;
}
