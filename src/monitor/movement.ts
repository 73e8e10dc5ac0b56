import type { GroupLag, PartitionLag } from '../ports/kafka.ts';

/** A partition that has records waiting, and for how long its committed offset has been the same. */
export interface Standing {
  partition: PartitionLag;
  forMs: number;
  /** True if it was seen to move before. */
  moved: boolean;
}

/**
 * When the committed offset of each partition was last seen to move. A single sample cannot tell a stalled sink from a
 * working one: a worker commits only every `offset.flush.interval.ms`.
 */
export class Movement {
  readonly #seen = new Map<string, { committed: number | null; since: number; moved: boolean }>();

  /** @param now ms */
  observe(lags: Iterable<GroupLag>, now: number): void {
    for (const { group, partitions } of lags) {
      for (const partition of partitions) {
        const key = keyOf(group, partition);
        const { committed, lag } = partition;
        const before = this.#seen.get(key);
        const moved = before !== undefined && before.committed !== committed;
        // Without a record to read, an offset has no reason to move.
        if (lag === 0 || before === undefined || moved)
          this.#seen.set(key, { committed, since: now, moved: moved || (before?.moved ?? false) });
      }
    }
  }

  /** Partitions with records waiting, those first that have stood still the longest. Only what was observed counts. */
  standing({ group, partitions }: GroupLag, now: number): Standing[] {
    return partitions
      .flatMap((partition) => {
        const seen = this.#seen.get(keyOf(group, partition));
        return partition.lag === 0 || seen === undefined || seen.committed !== partition.committed
          ? []
          : [{ partition, forMs: now - seen.since, moved: seen.moved }];
      })
      .sort((a, b) => b.forMs - a.forMs);
  }
}

function keyOf(group: string, { topic, partition }: PartitionLag): string {
  return JSON.stringify([group, topic, partition]);
}
