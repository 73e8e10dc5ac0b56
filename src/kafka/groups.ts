/** A consumer group as far as the health of a sink needs it. */
export interface GroupSummary {
  id: string;
  /** Kafka's word: Stable, PreparingRebalance, CompletingRebalance, Empty, Dead, …; Dead where the group never was. */
  state: string;
  /** Consumers in it; a sink task is one consumer. */
  members: number;
  /** Members that have at least one partition to read. */
  working: number;
}

export interface PartitionLag {
  topic: string;
  partition: number;
  /** Null where nothing was committed yet. */
  committed: number | null;
  end: number;
  /** Records behind; from the earliest one that is kept where nothing was committed. */
  lag: number;
}

export interface GroupLag {
  group: string;
  /** Records behind, over all partitions. */
  total: number;
  partitions: PartitionLag[];
}

/** What sluice asks of Kafka itself; the adapter is admin.ts. */
export interface KafkaPort {
  /** Every group that was asked for is in the answer. */
  describeGroups(ids: readonly string[]): Promise<Map<string, GroupSummary>>;
  lag(ids: readonly string[]): Promise<Map<string, GroupLag>>;
  /** Names of the topics, internal ones left out. */
  topics(): Promise<string[]>;
  /** Number of partitions of those topics that exist. */
  partitionCounts(topics: readonly string[]): Promise<Map<string, number>>;
  /** Must be called: an open connection keeps the process alive. */
  close(): Promise<void>;
}

export interface OffsetAt {
  topic: string;
  partition: number;
  offset: bigint;
}

/**
 * Lag of one group. Pure.
 * @param committed offsets as Kafka keeps them, -1 where nothing was committed
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
    // A topic that was deleted leaves its committed offsets behind for a while.
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
  partitions.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
  return { group, total: partitions.reduce((sum, one) => sum + one.lag, 0), partitions };
}

export function partitionKey(topic: string, partition: number): string {
  return `${topic}\u0000${partition}`;
}

/** The consumer group of a sink: Connect's own name for it, unless the connector overrides it (KIP-458). */
export function sinkGroup(name: string, config: Readonly<Record<string, string>>): string {
  return config['consumer.override.group.id'] || `connect-${name}`;
}
