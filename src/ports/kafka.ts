/** What the health of a sink needs to know about its consumer group. */
export interface GroupSummary {
  id: string;
  /** Kafka's word, of either group protocol: Stable, PreparingRebalance, Reconciling, Empty, …; Dead if it never existed. */
  state: string;
  /** Consumers in it; a sink task is one consumer. */
  members: number;
  /** Members that have at least one partition to read. */
  working: number;
}

export interface PartitionLag {
  topic: string;
  partition: number;
  /** Null if nothing was committed yet. */
  committed: number | null;
  end: number;
  /** Records behind; counted from the earliest retained one if nothing was committed. */
  lag: number;
  /** The first of them; undefined if it was not read, or could not be. */
  next?: NextRecord | undefined;
}

export interface NextRecord {
  offset: number;
  /** ms since 1970, by its own time; null if it has none. */
  at: number | null;
}

export interface GroupLag {
  group: string;
  /** Records behind, over all partitions. */
  total: number;
  partitions: PartitionLag[];
}

/** What sluice reads from Kafka itself; the adapter is admin.ts. */
export interface KafkaPort {
  /** As the workers report it, too. */
  clusterId(): Promise<string>;
  /** The result has every requested group. */
  describeGroups(ids: readonly string[]): Promise<Map<string, GroupSummary>>;
  lag(ids: readonly string[]): Promise<Map<string, GroupLag>>;
  /**
   * The offset of the first record of each partition that is at least as recent as this; -1 if there is none.
   * @param timestamp ms since 1970; -1 for the end, -2 for the first record
   * @param committed without the records of open transactions, and what follows them
   */
  offsetsAt(
    partitions: readonly Pick<PartitionLag, 'topic' | 'partition'>[],
    timestamp: number,
    committed?: boolean,
  ): Promise<number[]>;
  /** Names of the topics without internal ones. */
  topics(): Promise<string[]>;
  /** Number of partitions of those topics that exist. */
  partitionCounts(topics: readonly string[]): Promise<Map<string, number>>;
  /** Must be called: an open connection keeps the process alive. */
  close(): Promise<void>;
}
