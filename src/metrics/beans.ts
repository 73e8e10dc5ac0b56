/**
 * One group of readings of a worker's JVM, however it was asked: an MBean of Jolokia's, or the lines of a JMX exporter that
 * have the same labels.
 */
export interface Bean {
  domain: 'debezium' | 'kafka.connect';
  /** `connector-metrics`, `source-task-metrics`, … */
  type: string;
  /** `server`, `context`, `connector`, `task`, `plugin`, …; text of anybody's. */
  labels: ReadonlyMap<string, string>;
  /** By `valueName`. */
  values: ReadonlyMap<string, number>;
  /** Rows scanned in a snapshot, by table. */
  rowsByTable: ReadonlyMap<string, number>;
}

/** Types that are read; a worker has thousands of others. */
export const CONNECT_TYPES = [
  'connector-task-metrics',
  'source-task-metrics',
  'sink-task-metrics',
  'task-error-metrics',
  'connect-worker-rebalance-metrics',
] as const;

/**
 * A name of a value without what exporters change: `MilliSecondsBehindSource`, `source-record-poll-total` and
 * `source_record_poll` become `millisecondsbehindsource` and twice `sourcerecordpoll`.
 */
export function valueName(name: string): string {
  return name
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase()
    .replace(/(?<=.)total$/, '');
}

export const ROWS_SCANNED = valueName('RowsScanned');
