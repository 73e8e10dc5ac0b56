/** An existing topic. */
export interface LiveTopic {
  name: string;
  partitions: number;
  replicationFactor: number;
  /** All effective values, including the broker's defaults. */
  configs: Readonly<Record<string, string>>;
}

/** A topic as declared in sluice.yaml. */
export interface DesiredTopic extends Omit<TopicRule, 'match'> {
  name: string;
  /** The entry that declares it: its name, or a pattern. */
  declaredBy: string;
}

/** Topics as plan and deploy need them; every failure is a KAFKA_* error. */
export interface TopicPort extends AsyncDisposable {
  /** Names of all topics without internal ones. */
  names(): Promise<string[]>;
  /** Those of `names` that exist. */
  describe(names: readonly string[]): Promise<Map<string, LiveTopic>>;
  /** Kafka rejects an existing name. Unset values take the broker's defaults. */
  create(topic: DesiredTopic): Promise<void>;
  /** Sets single keys; all others stay. */
  setConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void>;
  /** Kafka rejects any number that is not larger than the current one. */
  addPartitions(name: string, count: number): Promise<void>;
}

/** One entry of `topics` in sluice.yaml, in Kafka's own terms. Unset values stay unchanged. */
export interface TopicRule {
  /** A name, or a pattern with * and ?. */
  match: string;
  partitions?: number;
  replicationFactor?: number;
  /** Kafka's key → value, as text. */
  configs: Record<string, string>;
}
