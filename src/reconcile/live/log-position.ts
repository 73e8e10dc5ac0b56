/** A partition and an offset as Kafka Connect keeps them for a source connector. */
export interface SourceOffset {
  partition: Record<string, unknown>;
  offset: Record<string, unknown>;
}

/**
 * Whether a Debezium source is taking a snapshot: its offset is already where streaming will start, though earlier rows
 * are still to come.
 */
export function snapshotIsRunning({ offset }: SourceOffset): boolean {
  const { snapshot, snapshot_completed: completed, last_snapshot_record: last } = offset;
  if (snapshot === undefined || snapshot === null || snapshot === false || snapshot === 'false') return false;
  return completed !== true && last !== true;
}

export interface Position {
  text: string;
  /** Whether a Debezium source's committed offset has reached this position. */
  reachedBy(committed: SourceOffset): boolean;
  /**
   * Only the end of the very last transaction is missing. Debezium's MariaDB and MySQL connectors count a transaction
   * as passed when the next one begins, so on an idle server their offset stays one behind.
   */
  almostReachedBy?(committed: SourceOffset): boolean;
}

/** The log's position at one moment; on SQL Server known only once the capture job has got there. */
export interface LogPosition {
  /** What is waited for, for people. */
  text: string;
  /** Undefined while it is not known yet. */
  find(): Promise<Position | undefined>;
}

/** A position that is known from the start. */
export function known(position: Position): LogPosition {
  return { text: position.text, find: async () => position };
}
