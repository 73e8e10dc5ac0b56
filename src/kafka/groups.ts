import type { GroupLag } from '../ports/kafka.ts';
import { compareTexts } from '../text/compare-texts.ts';

export interface OffsetAt {
  topic: string;
  partition: number;
  offset: bigint;
}

/**
 * Lag of one group. Pure.
 * @param committed offsets as Kafka stores them, -1 if nothing was committed
 * @param earliest needed only for partitions without a committed offset
 */
export function computeLag(
  group: string,
  committed: readonly OffsetAt[],
  ends: ReadonlyMap<string, bigint>,
  earliest: ReadonlyMap<string, bigint>,
): GroupLag {
  const partitions = committed.flatMap(({ topic, partition, offset }) => {
    const key = partitionKey(topic, partition);
    const end = ends.get(key);
    // Committed offsets outlive a deleted topic for a while.
    if (end === undefined) return [];
    const known = offset >= 0n;
    const from = known ? offset : (earliest.get(key) ?? 0n);
    return [
      {
        topic,
        partition,
        committed: known ? Number(offset) : null,
        end: Number(end),
        lag: Number(end > from ? end - from : 0n),
      },
    ];
  });
  partitions.sort((a, b) => compareTexts(a.topic, b.topic) || a.partition - b.partition);
  return { group, total: partitions.reduce((sum, one) => sum + one.lag, 0), partitions };
}

export function partitionKey(topic: string, partition: number): string {
  return `${topic}\u0000${partition}`;
}
