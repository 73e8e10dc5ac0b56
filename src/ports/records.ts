/** A record as Kafka stores it. */
export interface KafkaRecord {
  partition: number;
  offset: number;
  /** ms since 1970. */
  timestamp: number;
  key: Buffer | null;
  /** Null for a tombstone. */
  value: Buffer | null;
  /** In order; a name can occur several times. */
  headers: readonly RecordHeader[];
}

export type RecordHeader = readonly [name: Buffer, value: Buffer | null];

export interface RecordTopic {
  name: string;
  /** Of this topic and of no other, also not of a later one with the same name; the name if the broker has no ids. */
  id: string;
  partitions: number;
  configs: Readonly<Record<string, string>>;
}

/** The offsets of a partition. */
export interface PartitionBounds {
  partition: number;
  /** The first that is retained. */
  start: number;
  /** After the last that can be read: an open transaction hides its records, and what follows them. */
  end: number;
  /** After the last that was written. */
  written: number;
}

export interface ReadFrom {
  partition: number;
  from: number;
  /** Up to this offset, exclusive; without it, to the end of the partition. */
  to?: number;
  /** Also records of transactions that were aborted or are open, as most sinks read them. */
  uncommitted?: boolean;
}

/** What one request to the broker brought, of one partition. */
export interface RecordChunk {
  partition: number;
  records: KafkaRecord[];
  /** Where to go on. */
  next: number;
  /** Offsets that retention or a purge deleted before they could be read. */
  deleted: number;
  /** Batches of the chunk belong to transactions, which leave gaps in the offsets. */
  transactional: boolean;
}

/** Records of topics; every failure is a KAFKA_* error. */
export interface RecordPort extends AsyncDisposable {
  /**
   * Undefined if there is no such topic.
   * @param needsConfigs else they are empty if the user may not read them @throws KAFKA_UNAUTHORIZED
   */
  topic(name: string, needsConfigs?: boolean): Promise<RecordTopic | undefined>;
  bounds(topic: RecordTopic): Promise<PartitionBounds[]>;
  /** For each partition the first offset whose record is at least as recent as this (ms since 1970); -1 without one. */
  offsetsAt(topic: RecordTopic, timestamp: number): Promise<number[]>;
  /** Records of one partition, in order, by default committed ones; the next chunk is requested while this one is used. */
  read(topic: RecordTopic, range: ReadFrom & { to: number }): AsyncGenerator<RecordChunk>;
  /** New records of all partitions, without an end. */
  follow(topic: RecordTopic, ranges: readonly ReadFrom[]): AsyncGenerator<RecordChunk>;
  /** Deletes the records before these offsets. */
  deleteBefore(topic: RecordTopic, offsets: readonly { partition: number; offset: number }[]): Promise<void>;
  /** Creates a topic that keeps the latest record of each key for ever. */
  createCompacted(name: string): Promise<void>;
  /**
   * Opens a transactional producer. Any other with the same id is shut out permanently, and its open transaction is aborted
   * before this returns.
   */
  transactions(id: string): Promise<RecordTransactions>;
}

export interface RecordToWrite extends Omit<KafkaRecord, 'offset' | 'partition'> {
  topic: string;
  /** By default the key decides, as in Kafka's own producer; without a key, each partition in turn. */
  partition?: number | undefined;
}

/** Writes records in transactions, one after the other. */
export interface RecordTransactions extends AsyncDisposable {
  /** False after a failure: what was not committed then is aborted. */
  readonly isUsable: boolean;
  /** Begins a transaction if none is open. */
  write(records: readonly RecordToWrite[]): Promise<void>;
  /** Makes all that was written since the last commit visible, or none of it. */
  commit(): Promise<void>;
  abort(): Promise<void>;
}
