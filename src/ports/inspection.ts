/** The group of a Connect cluster's workers. */
export interface ConnectGroup {
  /** `group.id` of the workers. */
  id: string;
  /** Kafka's word: Stable, PreparingRebalance, Empty, … */
  state: string;
  /** The URL that each worker advertises to the others; null if it cannot be decoded. */
  members: { url: string | null }[];
  /** The URL of the worker that assigns connectors and tasks; null if unknown. */
  leader: string | null;
}

/** What Kafka knows about Connect clusters and the size of topics; the adapter is kafka/inspection.ts. Only reads. */
export interface InspectionPort extends AsyncDisposable {
  /** The groups of all Connect clusters that use this Kafka. */
  connectGroups(): Promise<ConnectGroup[]>;
  /**
   * Bytes of topics that exist: of one replica of each partition, the largest.
   * @param partitions their numbers of partitions, by topic
   */
  topicSizes(partitions: ReadonlyMap<string, number>): Promise<Map<string, number>>;
}
