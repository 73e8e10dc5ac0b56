import { NO_KAFKA } from '../config/without-kafka.ts';
import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import type { Selection } from '../connect/selection.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { SourceMetrics } from '../metrics/model.ts';
import type { MetricsReader } from '../metrics/read.ts';
import { chosenConnectors } from '../monitor/chosen.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { sourceBehindMs, sourceMetrics } from '../monitor/source-lag.ts';
import type { ReadSources, SourceLog, SourceReading } from '../monitor/source-reading.ts';
import type { WaitingTimes } from '../monitor/waiting.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLag, PartitionLag } from '../ports/kafka.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import { sourceEngine } from '../topology/topic-names.ts';

export interface LaggingPartition {
  topic: string;
  partition: Count;
  /** Null if nothing was committed. */
  committed: Integer | null;
  end: Integer;
  lag: Count;
  /** How long the next record has waited, by its own time (ms); 0 if none waits, null if it could not be read. */
  waitedMs: number | null;
}

/** What Debezium says of a source. */
export interface SourceLag {
  /** Connected to the log of the database; null while only a snapshot runs. */
  connected: boolean | null;
  /** Time since the last event of the log (ms); null before the first one. */
  sinceLastEventMs: number | null;
  /** Events that wait in the connector. */
  queue: { used: Count; capacity: Count } | null;
  snapshot: 'running' | 'completed' | 'aborted' | 'paused' | 'skipped' | null;
}

export interface ConnectorLag {
  name: string;
  type: 'source' | 'sink' | 'unknown';
  /** How long the oldest record has waited, or how far a source is behind its database (ms); null if not known. */
  behindMs: number | null;
  /** Of a sink: records that wait; null if not known. */
  records: Integer | null;
  /** Of a sink's consumer group. */
  group: string | null;
  /** Of a sink; null if not known. */
  partitions: LaggingPartition[] | null;
  /** Of a source; null if not known. */
  source: SourceLag | null;
  /** Of a source: where it is in the log of each of its databases; null if not known. */
  logs: readonly SourceLog[] | null;
  /** Why something is not known. */
  unknown: string[];
}

export interface LagReadings {
  context: string;
  connectors: ConnectorLag[];
  /** Connectors that exist, but that the worker does not show, and names that do not exist beside others that do. */
  unreadable: { name: string; error: ErrorDocument }[];
  /** What could not be asked: Kafka, metrics. */
  failures: ErrorDocument[];
}

export interface LagPorts {
  client: Pick<ConnectClient, 'listing' | 'get'>;
  groups: GroupReader;
  /** Undefined if the context has no Kafka. */
  waiting: (() => Promise<WaitingTimes>) | undefined;
  /** Undefined if the context names none. */
  metrics: MetricsReader | undefined;
  /** Asks the databases of sources; undefined if they are not to be asked. */
  databases?: ReadSources | undefined;
  clock: Clock;
  signal: AbortSignal;
  context: string;
}

/**
 * How far connectors are behind. What cannot be known is not zero: the report says why.
 * @throws CONNECTOR_NOT_FOUND, the client's errors
 */
export async function readLag(selection: Selection, ports: LagPorts): Promise<LagReadings> {
  const { client, groups, clock, context } = ports;
  const { connectors: listed, unreadable } = await chosenConnectors(client, selection);
  const failures: ErrorDocument[] = [];
  const hasSource = listed.some((one) => connectorType(one) !== 'sink');
  const [{ facts, error }, sources] = await Promise.all([
    groups.read(listed),
    hasSource ? sourcesOf(ports, failures) : [],
  ]);
  const readings = hasSource
    ? await ports.databases?.(listed.map((one) => ({ name: one.name, config: one.info.config })))
    : undefined;
  if (error !== undefined) failures.push(toErrorDocument(error));
  const lags = new Map([...facts].flatMap(([name, { lag }]) => (lag === undefined ? [] : [[name, lag] as const])));
  const waited = await waitedSince([...lags.values()], ports, failures);
  const at = clock.now().getTime();
  return {
    context,
    failures,
    unreadable: unreadable.map((one) => ({ name: one.name, error: toErrorDocument(one.error) })),
    connectors: listed
      .map((one) =>
        connectorType(one) === 'sink'
          ? sinkLag(one, lags.get(one.name), {
              waited,
              at,
              why: error?.message ?? (groups.configured ? undefined : NO_KAFKA),
            })
          : withLogs(sourceLag(one, sources, ports.metrics !== undefined, failures), readings?.get(one.name)),
      )
      .sort((a, b) => compareTexts(a.name, b.name)),
  };
}

function sinkLag(
  { name, info }: ListedConnector,
  lag: GroupLag | undefined,
  { waited, at, why }: { waited: ReadonlyMap<PartitionLag, number>; at: number; why: string | undefined },
): ConnectorLag {
  const group = sinkGroup(name, info.config);
  const nothing = { name, type: 'sink', behindMs: null, records: null, group, source: null, logs: null } as const;
  if (lag === undefined)
    return { ...nothing, partitions: null, unknown: [why ?? `Kafka does not know the group ${group}`] };
  if (lag.partitions.length === 0)
    return { ...nothing, partitions: [], unknown: [`the group ${group} has no partitions yet`] };
  const partitions = lag.partitions.map((one): LaggingPartition => {
    const since = waited.get(one);
    // A producer's clock may be ahead of this one.
    return { ...one, waitedMs: one.lag === 0 ? 0 : since === undefined ? null : Math.max(0, at - since) };
  });
  const times = partitions.map(({ waitedMs }) => waitedMs);
  const isKnown = (times_: readonly (number | null)[]): times_ is number[] => !times_.includes(null);
  return {
    ...nothing,
    records: lag.total,
    // Of a partition that could not be read it may be more.
    behindMs: isKnown(times) ? Math.max(...times) : null,
    partitions: partitions.sort((a, b) => compareTexts(a.topic, b.topic) || a.partition - b.partition),
    unknown: isKnown(times) ? [] : ['the next record of some partitions could not be read'],
  };
}

function sourceLag(
  connector: ListedConnector,
  sources: readonly SourceMetrics[],
  isConfigured: boolean,
  failures: readonly ErrorDocument[],
): ConnectorLag {
  const { name, info } = connector;
  const type = connectorType(connector);
  const nothing = {
    name,
    type,
    behindMs: null,
    records: null,
    group: null,
    partitions: null,
    source: null,
    logs: null,
  };
  if (sourceEngine(info.config) === undefined)
    return { ...nothing, unknown: ['connectors of its class do not report how far behind they are'] };
  const found = sourceMetrics(info.config, sources);
  if (found === undefined) return { ...nothing, unknown: [whyNoMetrics(isConfigured, failures)] };
  const behindMs = sourceBehindMs(found);
  const { connected, sinceLastEventMs, queue } = found;
  return {
    ...nothing,
    behindMs,
    source: { connected, sinceLastEventMs, queue, snapshot: snapshotOf(found) },
    unknown: behindMs === null ? ['no event has arrived for a while, and the source may not be connected'] : [],
  };
}

/** What its databases say beside that. How long ago something was written they do not say, unless nothing waits. */
function withLogs(lag: ConnectorLag, reading: SourceReading | undefined): ConnectorLag {
  if (reading === undefined) return lag;
  const { logs, reason } = reading;
  const isAtEnd = logs.length > 0 && logs.every(({ behindBytes }) => behindBytes === 0);
  const why = [reason, ...logs.map(({ unknown }) => unknown)].filter((one) => one !== null);
  return {
    ...lag,
    behindMs: lag.behindMs ?? (isAtEnd ? 0 : null),
    logs: logs.length === 0 ? null : logs,
    unknown: isAtEnd && lag.behindMs === null ? [] : [...lag.unknown, ...new Set(why)],
  };
}

function whyNoMetrics(isConfigured: boolean, failures: readonly ErrorDocument[]): string {
  if (!isConfigured) return 'the context names no metrics of its workers';
  const failure = failures.find(({ code }) => code === 'METRICS_UNREADABLE');
  return failure?.message ?? 'no worker reports metrics of it, or several connectors have its topic.prefix';
}

function snapshotOf({ snapshot }: SourceMetrics): SourceLag['snapshot'] {
  if (snapshot === null) return null;
  return (['running', 'paused', 'aborted', 'skipped', 'completed'] as const).find((one) => snapshot[one]) ?? null;
}

async function sourcesOf({ metrics }: LagPorts, failures: ErrorDocument[]): Promise<SourceMetrics[]> {
  const readings = (await metrics?.read()) ?? [];
  return readings.flatMap(({ metrics: of }) => {
    if (!(of instanceof SluiceError)) return of.sources;
    failures.push(toErrorDocument(of));
    return [];
  });
}

async function waitedSince(
  lags: readonly GroupLag[],
  { waiting, signal }: LagPorts,
  failures: ErrorDocument[],
): Promise<Map<PartitionLag, number>> {
  const partitions = lags.flatMap((one) => one.partitions);
  if (waiting === undefined || !partitions.some(({ lag }) => lag > 0)) return new Map();
  try {
    return await (await waiting()).of(partitions);
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    failures.push(toErrorDocument(error));
    return new Map();
  }
}
