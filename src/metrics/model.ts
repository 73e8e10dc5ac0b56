import type { Bean } from './beans.ts';

/** What Debezium reports about one source, by its own counters; null where it reports nothing. */
export interface SourceMetrics {
  /** As Debezium's MBeans name it: `postgres`, `mysql`, `sql_server`, … */
  plugin: string;
  /** The connector's `topic.prefix`. */
  server: string;
  /** Connected to the database's log; null while only a snapshot runs. */
  connected: boolean | null;
  /**
   * Time between an event in the database and its processing (ms). Null before the first event. It keeps its last value
   * while nothing happens: only together with `sinceLastEventMs` does it say something.
   */
  behindMs: number | null;
  /** Time since the last event of the log (ms); null before the first one. */
  sinceLastEventMs: number | null;
  queue: { used: number; capacity: number } | null;
  snapshot: {
    running: boolean;
    completed: boolean;
    aborted: boolean;
    paused: boolean;
    skipped: boolean;
    tables: number | null;
    tablesLeft: number | null;
    rowsByTable: ReadonlyMap<string, number>;
    durationMs: number | null;
  } | null;
  /** Since the connector's task started; of the log, not of the snapshot. */
  events: { total: number; created: number; updated: number; deleted: number } | null;
  /** Events that could not be processed, and events that a filter left out. */
  erroneous: number | null;
  filtered: number | null;
}

/** What Connect counts for one task since it started; null where the worker reports nothing. */
export interface TaskMetrics {
  connector: string;
  task: number;
  /** Records read from the database, or from Kafka. */
  read: number | null;
  /** Records written to Kafka, or given to the sink. */
  written: number | null;
  /** Operations on records that failed, retries included. */
  failures: number | null;
  /** Records that could not be processed. */
  erroneous: number | null;
  skipped: number | null;
  retries: number | null;
  deadLetters: number | null;
  /** Dead letters that could not be written. */
  deadLetterFailures: number | null;
  /** ms since 1970; null if there was no error, too. */
  lastErrorAt: number | null;
}

export interface WorkerMetrics {
  rebalancing: boolean | null;
}

/** What the JVM of one worker reports. */
export interface JvmMetrics {
  sources: SourceMetrics[];
  tasks: TaskMetrics[];
  worker: WorkerMetrics;
}

export function jvmMetrics(beans: readonly Bean[]): JvmMetrics {
  const debezium = beans.filter(({ domain, type }) => domain === 'debezium' && type === 'connector-metrics');
  const sources = Map.groupBy(debezium, ({ labels }) => JSON.stringify([labels.get('plugin'), labels.get('server')]));
  const tasks = Map.groupBy(
    beans.filter(({ domain, labels }) => domain === 'kafka.connect' && labels.has('connector') && labels.has('task')),
    ({ labels }) => JSON.stringify([labels.get('connector'), labels.get('task')]),
  );
  const worker = beans.find(({ type }) => type === 'connect-worker-rebalance-metrics');
  return {
    sources: [...sources.values()].map(sourceOf),
    tasks: [...tasks.values()].map(taskOf).filter(({ task }) => Number.isInteger(task)),
    worker: { rebalancing: truth(worker, 'rebalancing') },
  };
}

function sourceOf(beans: readonly Bean[]): SourceMetrics {
  const labels = beans[0]?.labels;
  const streaming = beans.filter((bean) => bean.labels.get('context') === 'streaming');
  const snapshots = beans.filter((bean) => bean.labels.get('context') === 'snapshot');
  const snapshot = snapshots[0];
  const capacity = largest(streaming, 'queuetotalcapacity');
  const left = smallest(streaming, 'queueremainingcapacity');
  return {
    plugin: labels?.get('plugin') ?? '',
    server: labels?.get('server') ?? '',
    connected: streaming.length === 0 ? null : all(streaming, 'connected'),
    // SQL Server has one for each task or database: the worst counts.
    behindMs: largest(streaming, 'millisecondsbehindsource'),
    sinceLastEventMs: smallest(streaming, 'millisecondssincelastevent'),
    queue: capacity === null || left === null ? null : { used: capacity - left, capacity },
    snapshot:
      snapshot === undefined
        ? null
        : {
            running: snapshots.some((one) => truth(one, 'snapshotrunning') === true),
            completed: snapshots.every((one) => truth(one, 'snapshotcompleted') === true),
            aborted: snapshots.some((one) => truth(one, 'snapshotaborted') === true),
            paused: snapshots.some((one) => truth(one, 'snapshotpaused') === true),
            skipped: snapshots.every((one) => truth(one, 'snapshotskipped') === true),
            tables: sum(snapshots, 'totaltablecount'),
            tablesLeft: sum(snapshots, 'remainingtablecount'),
            rowsByTable: new Map(snapshots.flatMap(({ rowsByTable }) => [...rowsByTable])),
            durationMs: seconds(largest(snapshots, 'snapshotdurationinseconds')),
          },
    events: eventsOf(streaming),
    erroneous: sum(streaming, 'numberoferroneousevents'),
    filtered: sum(streaming, 'numberofeventsfiltered'),
  };
}

function eventsOf(streaming: readonly Bean[]): SourceMetrics['events'] {
  const [total, created, updated, deleted] = [
    sum(streaming, 'totalnumberofeventsseen'),
    sum(streaming, 'totalnumberofcreateeventsseen'),
    sum(streaming, 'totalnumberofupdateeventsseen'),
    sum(streaming, 'totalnumberofdeleteeventsseen'),
  ];
  if (total === null || created === null || updated === null || deleted === null) return null;
  return { total, created, updated, deleted };
}

function taskOf(beans: readonly Bean[]): TaskMetrics {
  const labels = beans[0]?.labels;
  return {
    connector: labels?.get('connector') ?? '',
    task: Number(labels?.get('task')),
    read: first(beans, 'sourcerecordpoll') ?? first(beans, 'sinkrecordread'),
    written: first(beans, 'sourcerecordwrite') ?? first(beans, 'sinkrecordsend'),
    failures: first(beans, 'totalrecordfailures'),
    erroneous: first(beans, 'totalrecorderrors'),
    skipped: first(beans, 'totalrecordsskipped'),
    retries: first(beans, 'totalretries'),
    deadLetters: first(beans, 'deadletterqueueproducerequests'),
    deadLetterFailures: first(beans, 'deadletterqueueproducefailures'),
    lastErrorAt: first(beans, 'lasterrortimestamp') || null,
  };
}

/** Debezium's -1 is "not yet". */
const numbers = (beans: readonly Bean[], name: string) =>
  beans.flatMap(({ values }) => values.get(name) ?? []).filter((value) => value >= 0);

function largest(beans: readonly Bean[], name: string): number | null {
  const all = numbers(beans, name);
  return all.length === 0 ? null : Math.max(...all);
}

function smallest(beans: readonly Bean[], name: string): number | null {
  const all = numbers(beans, name);
  return all.length === 0 ? null : Math.min(...all);
}

function sum(beans: readonly Bean[], name: string): number | null {
  const all = numbers(beans, name);
  return all.length === 0 ? null : all.reduce((total, one) => total + one, 0);
}

function first(beans: readonly Bean[], name: string): number | null {
  return numbers(beans, name)[0] ?? null;
}

function truth(bean: Bean | undefined, name: string): boolean | null {
  const value = bean?.values.get(name);
  return value === undefined ? null : value > 0;
}

function all(beans: readonly Bean[], name: string): boolean | null {
  const known = beans.map((bean) => truth(bean, name)).filter((one) => one !== null);
  return known.length === 0 ? null : known.every(Boolean);
}

const seconds = (value: number | null) => (value === null ? null : value * 1000);
