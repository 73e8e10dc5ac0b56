import type { ConnectClient } from '../connect/client.ts';
import type { Selection } from '../connect/selection.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type QueueDepth, queueDepths } from '../dlq/depths.ts';
import { queuesOf } from '../dlq/queues.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { configMark } from '../heal/others.ts';
import type { SourceMetrics, TaskMetrics } from '../metrics/model.ts';
import type { MetricsReader } from '../metrics/read.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { ConnectorReport } from '../monitor/health.ts';
import type { LagLimits } from '../monitor/lag.ts';
import { Movement } from '../monitor/movement.ts';
import type { HealthSince } from '../monitor/since.ts';
import { isAtEnd, sourceBehindMs, sourceMetrics } from '../monitor/source-lag.ts';
import type { SourceReading } from '../monitor/source-reading.ts';
import { readWithLags, type StatusReading } from '../monitor/status.ts';
import { longestWait } from '../monitor/waiting.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLag, KafkaPort } from '../ports/kafka.ts';
import type { CertificateReading } from './certificates.ts';
import { type Counts, Rates } from './rates.ts';
import type { ConnectorSnapshot, Snapshot } from './snapshot.ts';
import type { SourceWatch } from './source-watch.ts';

export interface PollPorts {
  context: string;
  client: Pick<ConnectClient, 'listing' | 'get' | 'find'>;
  groups: GroupReader;
  /** Undefined if the context has no Kafka. */
  kafka: (() => Promise<KafkaPort>) | undefined;
  /** Undefined if the context has no metrics. */
  metrics: MetricsReader | undefined;
  /** Databases and topics of sources. */
  sources?: Pick<SourceWatch, 'latest'> | undefined;
  /** Null until all servers are known. */
  certificates?: (() => CertificateReading[] | null) | undefined;
  since: HealthSince;
  clock: Clock;
  signal: AbortSignal;
  selection?: Selection;
  limits?: LagLimits | undefined;
}

/** For a poll whose verdict counts by itself. */
export interface PollOptions {
  /** Looks again, for a moment, at what may only be starting. */
  settle?: boolean;
  /** No other follows: looks again whether a sink that lags moves. */
  alone?: boolean;
}

/** Polls one context again and again: what one poll cannot see (rates, what stands still) is seen from one to the next. */
export class Poller {
  readonly #ports: PollPorts;
  readonly #movement = new Movement();
  readonly #rates = new Rates();
  /** Connectors that have failed: only of those it matters whether their configuration changes. */
  readonly #failed = new Set<string>();
  #last: readonly ConnectorSnapshot[] = [];

  constructor(ports: PollPorts) {
    this.#ports = ports;
  }

  /** A failure of any part is in the snapshot. @throws the signal's reason */
  async poll({ settle = false, alone = false }: PollOptions = {}): Promise<Snapshot> {
    const { context, clock, signal, client, groups, selection, limits, since } = this.#ports;
    const began = performance.now();
    const failures: ErrorDocument[] = [];
    const tried = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SluiceError)) throw error;
        failures.push(toErrorDocument(error));
        return otherwise;
      }
    };
    const certificates = this.#ports.certificates?.() ?? null;
    let reading: StatusReading;
    try {
      reading = await readWithLags({
        client,
        groups,
        clock,
        signal,
        context,
        ...(selection === undefined ? {} : { selection }),
        limits,
        ...(alone ? {} : { movement: this.#movement }),
        ...(settle ? {} : { settleMs: 0 }),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SluiceError)) throw error;
      return {
        ...{ context, at: clock.now().getTime(), tookMs: performance.now() - began },
        ...{ error: toErrorDocument(error), failures },
        ...{ workers: null, rebalancing: null, connectors: this.#last, unreadable: [], certificates },
      };
    }
    // Not before: it may have waited for something to move.
    const at = clock.now().getTime();
    const { report, listed, lags } = reading;
    if (report.kafka.error !== null) failures.push(report.kafka.error);
    failures.push(...report.unreadable.map(({ error }) => error));
    if (groups.unread !== undefined) failures.push(toErrorDocument(groups.unread));
    const [depths, metrics] = await Promise.all([
      tried(() => this.#depths(listed), new Map<string, QueueDepth>()),
      this.#metrics(failures),
    ]);
    const sources = this.#ports.sources?.latest(listed);
    failures.push(...(sources?.failures ?? []));
    const unreadable = report.unreadable.map(({ name }) => name);
    const reports = since.observe(report.connectors, new Date(at).toISOString(), unreadable);
    const configs = new Map(listed.map((one) => [one.name, one]));
    const queues = new Map(queuesOf(listed).map(({ sink, queue }) => [sink, queue]));
    const tasks = Map.groupBy(metrics.tasks, ({ connector }) => connector);
    const connectors = reports.map((one) =>
      this.#snapshot(one, at, {
        listed: configs.get(one.name),
        lag: lags.get(one.name),
        queue: queues.get(one.name) ?? null,
        depths,
        tasks: tasks.get(one.name) ?? [],
        source: sourceMetrics(configs.get(one.name)?.info.config ?? {}, metrics.sources),
        reading: sources?.readings.get(one.name) ?? null,
        heartbeat: sources?.heartbeats.get(one.name) ?? null,
      }),
    );
    const names = new Set([...reports.map(({ name }) => name), ...unreadable]);
    for (const name of this.#failed) if (!names.has(name)) this.#failed.delete(name);
    this.#rates.keepOnly((key) => names.has(key.slice(key.indexOf(' ') + 1)));
    this.#last = connectors;
    return {
      ...{
        context,
        at,
        tookMs: performance.now() - began,
        error: null,
        failures,
        connectors,
        unreadable,
        certificates,
      },
      workers: workersOf(reports),
      rebalancing: metrics.rebalancing,
    };
  }

  #snapshot(report: ConnectorReport, at: number, facts: Facts): ConnectorSnapshot {
    const { lag, queue, depths, tasks, source, reading, heartbeat } = facts;
    // Without a space: `keepOnly` takes what follows the first one for the name.
    const perMinute = (what: string, parts: Counts | null) =>
      this.#rates.perMinute(`${what} ${report.name}`, parts, at);
    const processed = committedIn(lag) ?? eachTask(report, tasks, ({ written }) => written);
    const depth = queue === null ? undefined : depths.get(queue);
    return {
      ...report,
      lagMs: lagMsOf(report, at, { lag, source, reading }),
      recordsPerSecond: this.#rates.perSecond(`processed ${report.name}`, processed, at),
      errorsPerMinute: perMinute(
        'errors',
        eachTask(report, tasks, ({ erroneous }) => erroneous),
      ),
      deadLetters: queue === null ? null : { queue, depth: depth?.records ?? null },
      deadLettersPerMinute: perMinute('dead-letters', depth?.written == null ? null : new Map([['', depth.written]])),
      source: reading,
      heartbeat,
      configMark: this.#hasFailed(report) && facts.listed !== undefined ? configMark(facts.listed.info.config) : null,
    };
  }

  #hasFailed({ name, state, taskList }: ConnectorReport): boolean {
    if (state === 'FAILED' || taskList.some((task) => task.state === 'FAILED')) this.#failed.add(name);
    return this.#failed.has(name);
  }

  async #depths(listed: readonly ListedConnector[]): Promise<Map<string, QueueDepth>> {
    const queues = [...new Set(queuesOf(listed).flatMap(({ queue }) => queue ?? []))];
    if (queues.length === 0 || this.#ports.kafka === undefined) return new Map();
    return queueDepths(await this.#ports.kafka(), queues);
  }

  async #metrics(failures: ErrorDocument[]): Promise<{
    sources: SourceMetrics[];
    tasks: TaskMetrics[];
    rebalancing: boolean | null;
  }> {
    const readings = (await this.#ports.metrics?.read()) ?? [];
    const known = readings.flatMap(({ metrics }) => (metrics instanceof SluiceError ? [] : [metrics]));
    for (const { metrics } of readings) if (metrics instanceof SluiceError) failures.push(toErrorDocument(metrics));
    const states = known.flatMap(({ worker }) => worker.rebalancing ?? []);
    return {
      sources: known.flatMap(({ sources }) => sources),
      tasks: known.flatMap(({ tasks }) => tasks),
      rebalancing: states.length === 0 ? null : states.some(Boolean),
    };
  }
}

interface Facts {
  listed: ListedConnector | undefined;
  lag: GroupLag | undefined;
  queue: string | null;
  depths: ReadonlyMap<string, QueueDepth>;
  tasks: readonly TaskMetrics[];
  source: SourceMetrics | undefined;
  reading: SourceReading | null;
  heartbeat: ConnectorSnapshot['heartbeat'];
}

/** Where a sink's group is in each partition; null if it is no sink, or has no partitions. */
function committedIn(lag: GroupLag | undefined): Counts | null {
  const partitions = lag?.partitions ?? [];
  if (partitions.length === 0) return null;
  return new Map(
    partitions.map(({ topic, partition, committed, end, lag: waiting }) => [
      `${topic} ${partition}`,
      committed ?? end - waiting,
    ]),
  );
}

/** Null if it is not known of a task that runs: the rest would be too little. */
function eachTask(
  { taskList }: ConnectorReport,
  tasks: readonly TaskMetrics[],
  of: (task: TaskMetrics) => number | null,
): Counts | null {
  const known = new Map<string, number>();
  for (const task of tasks) {
    const value = of(task);
    if (value === null) return null;
    known.set(`${task.task}`, value);
  }
  const isKnown = taskList.every(({ id, state }) => state !== 'RUNNING' || known.has(`${id}`));
  return isKnown && known.size > 0 ? known : null;
}

function lagMsOf(
  { type }: ConnectorReport,
  at: number,
  { lag, source, reading }: Pick<Facts, 'lag' | 'source' | 'reading'>,
): number | null {
  if (type === 'sink') return longestWait(lag?.partitions ?? [], at);
  if (source === undefined) return isAtEnd(reading) ? 0 : null;
  return sourceBehindMs(source);
}

function workersOf(reports: readonly ConnectorReport[]): number | null {
  const workers = reports.flatMap(({ worker, taskList }) => [worker, ...taskList.map((task) => task.worker)]);
  const known = new Set(workers.filter((one): one is string => one !== null && one !== ''));
  return known.size === 0 ? null : known.size;
}
