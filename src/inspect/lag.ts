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
import { isAtEnd, sourceBehindMs, sourceMetrics } from '../monitor/source-lag.ts';
import type { ReadSources, SourceLog, SourceReading } from '../monitor/source-reading.ts';
import { longestWait, waitedMs } from '../monitor/waiting.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLag, PartitionLag } from '../ports/kafka.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { beginsAtFirst, sinkGroup } from '../topology/consumer-groups.ts';
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
  if (groups.unread !== undefined) failures.push(toErrorDocument(groups.unread));
  const at = clock.now().getTime();
  return {
    context,
    failures,
    unreadable: unreadable.map((one) => ({ name: one.name, error: toErrorDocument(one.error) })),
    connectors: listed
      .map((one) =>
        connectorType(one) === 'sink'
          ? sinkLag(one, lags.get(one.name), {
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
  { at, why }: { at: number; why: string | undefined },
): ConnectorLag {
  const group = sinkGroup(name, info.config);
  const nothing = { name, type: 'sink', behindMs: null, records: null, group, source: null, logs: null } as const;
  if (lag === undefined)
    return { ...nothing, partitions: null, unknown: [why ?? `Kafka does not know the group ${group}`] };
  if (lag.partitions.length === 0)
    return { ...nothing, partitions: [], unknown: [whyNoPartitions(group, info.config)] };
  const partitions = lag.partitions.map((one): LaggingPartition => {
    const { next: _, ...shown } = one;
    return { ...shown, waitedMs: waitedMs(one, at) };
  });
  const behindMs = longestWait(lag.partitions, at);
  return {
    ...nothing,
    records: lag.total,
    behindMs,
    partitions: partitions.sort((a, b) => compareTexts(a.topic, b.topic) || a.partition - b.partition),
    unknown: behindMs === null ? whyNoTimes(lag.partitions, at) : [],
  };
}

function whyNoPartitions(group: string, config: Readonly<Record<string, string>>): string {
  return beginsAtFirst(config)
    ? `the group ${group} has no partitions yet`
    : `the group ${group} has committed nothing yet, and does not begin at the first record (auto.offset.reset)`;
}

/** Why it is not known how long the next records have waited. */
function whyNoTimes(partitions: readonly PartitionLag[], at: number): string[] {
  const waiting = partitions.filter(({ lag }) => lag > 0);
  return [
    ...(waiting.some(({ next }) => next === undefined) ? ['the next record of some partitions could not be read'] : []),
    ...(waiting.some(({ next }) => next !== undefined && next.at === null) ? ['some records have no time'] : []),
    ...(waiting.some((one) => one.next?.at != null && waitedMs(one, at) === null)
      ? ['the time of some records is in the future']
      : []),
  ];
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
    unknown: behindMs === null ? [whyNoNumber(found)] : [],
  };
}

/** What its databases say beside that. How long ago something was written they do not say, unless nothing waits. */
function withLogs(lag: ConnectorLag, reading: SourceReading | undefined): ConnectorLag {
  if (reading === undefined) return lag;
  const { logs, reason } = reading;
  const nothingWaits = isAtEnd(reading);
  const why = [reason, ...logs.map(({ unknown }) => unknown)].filter((one) => one !== null);
  return {
    ...lag,
    behindMs: lag.behindMs ?? (nothingWaits ? 0 : null),
    logs: logs.length === 0 ? null : logs,
    unknown: nothingWaits && lag.behindMs === null ? [] : [...lag.unknown, ...new Set(why)],
  };
}

function whyNoNumber({ connected, queue, snapshot }: SourceMetrics): string {
  if (connected === false) return 'the source is not connected to the log of its database';
  if (snapshot?.running) return 'its snapshot is not done';
  if (queue !== null && queue.used > 0) return 'events wait in the source, and it is not known since when';
  return 'no event has arrived for a while, and the source may not be connected';
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
