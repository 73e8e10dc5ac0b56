import { NO_KAFKA } from '../config/without-kafka.ts';
import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { connectorType } from '../connect/connector.ts';
import type { Selection } from '../connect/selection.ts';
import type { ConnectorOffset, ListedConnector, Listing } from '../connect/types.ts';
import { type QueueDepth, queueDepths } from '../dlq/depths.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { chosenConnectors } from '../monitor/chosen.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { ConnectorReport, GroupFacts } from '../monitor/health.ts';
import type { LagLimits } from '../monitor/lag.ts';
import { readStatus } from '../monitor/status.ts';
import type { Clock } from '../ports/clock.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import { type ConfigSecrets, runSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { mapTexts } from '../text/map-texts.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { redactKnown, redactTree } from '../text/redact.ts';
import { workerDefinitions } from './definitions.ts';
import { type DescribedEntry, describeEntries } from './entries.ts';
import { type Neighbour, neighboursOf } from './neighbours.ts';
import { describeTopics, type TopicInUse, type TopicPorts, type Unread, unreadOf } from './topics.ts';

export interface DescribedPartition {
  topic: string;
  partition: Count;
  /** Null if nothing was committed. */
  committed: Integer | null;
  end: Integer;
  lag: Count;
}

export interface ConnectorDescription {
  name: string;
  /** Health, tasks, causes and the consumer group, as in sluice status. */
  status: ConnectorReport;
  /** By what the configuration is judged; null if the plugin's keys are not known. */
  definition: { class: string; version: string; from: 'worker' | 'package' } | null;
  config: DescribedEntry[];
  /** What each task is configured with, secrets masked; null if not asked for, or not known. */
  taskConfigs: { id: Count; config: Record<string, string> }[] | null;
  /** Topics in use; null if not known. */
  topics: TopicInUse[] | null;
  /** As Connect has them, each as JSON. Null if not known, or for a sink if the context has Kafka: see `partitions`. */
  offsets: { partition: string; offset: string | null }[] | null;
  /** Of a sink's consumer group; null for a source, or if not known. */
  partitions: DescribedPartition[] | null;
  /** Of a sink; null if it has no queue. */
  deadLetters: {
    topic: string;
    /** Offsets from the first to the last, an upper bound; null if not known, or if there is no such topic. */
    records: Count | null;
  } | null;
  /** Of a sink: sources whose topics it reads. */
  fedBy: Neighbour[];
  /** Of a source: sinks that read its topics. */
  feeds: Neighbour[];
  unread: Unread[];
}

export interface DescribeReport {
  context: string;
  connectors: ConnectorDescription[];
  /** Connectors that exist, but that the worker does not show, and names that do not exist beside others that do. */
  unreadable: { name: string; error: ErrorDocument }[];
}

export interface DescribeOptions extends TopicPorts {
  client: Pick<
    ConnectClient,
    | 'listing'
    | 'get'
    | 'find'
    | 'taskConfigs'
    | 'topicsInUse'
    | 'offsets'
    | 'plugins'
    | 'pluginDefinition'
    | 'supports'
    | 'server'
  >;
  groups: GroupReader;
  /** Undefined if the context has no Kafka. */
  kafka: (() => Promise<KafkaPort>) | undefined;
  clock: Clock;
  context: string;
  selection: Selection;
  store: SchemaStore;
  limits?: LagLimits | undefined;
  /** Reads what each task is configured with. */
  taskConfigs?: boolean;
  /** Shows the values of rows that databases quote in errors. */
  showValues?: boolean;
}

const CONCURRENCY = 4;

/**
 * Everything about connectors. The worker lists them once; what cannot be read is named, and the rest is shown.
 * @throws CONNECTOR_NOT_FOUND, the client's errors
 */
export async function describeConnectors(options: DescribeOptions): Promise<DescribeReport> {
  const { client, context, selection, signal, store: packaged } = options;
  const listing = await client.listing();
  const listed = fromListing(listing, client);
  const { connectors: chosen, unreadable } = await chosenConnectors(listed, selection);
  const names = chosen.map(({ name }) => name);
  const [status, definitions] = await Promise.all([
    chosen.length === 0 ? undefined : readStatus({ ...options, client: listed, selection: { names } }),
    workerDefinitions(
      client,
      chosen.map(({ info }) => info.config),
      packaged,
      signal,
    ),
  ]);
  const [parts, cluster] = await Promise.all([
    mapBounded(chosen, CONCURRENCY, (one) => readParts(one, options)),
    readCluster(chosen, options),
  ]);
  const used = [...new Set(parts.flatMap(({ topics }) => topics ?? []))].sort();
  const details = await describeTopics(used, options);
  const topicOf = new Map(details.topics.map((topic) => [topic.name, topic]));
  const connectors = chosen.flatMap((connector, index): ConnectorDescription[] => {
    const { name, info } = connector;
    const report = status?.connectors.find((one) => one.name === name);
    const part = parts[index];
    // One that was deleted meanwhile.
    if (report === undefined || part === undefined) return [];
    const judged = { config: info.config };
    const secrets = runSecrets([judged], definitions.store)(judged);
    const topics = part.topics?.map((topic) => topicOf.get(topic)).filter((topic) => topic !== undefined) ?? null;
    const neighbours = neighboursOf(connector, listing.connectors, cluster.topics, part.topics ?? []);
    const isSink = report.type === 'sink';
    const unread = [
      ...definitions.unread,
      ...part.unread,
      ...(topics !== null && topics.length > 0 ? details.unread : []),
      ...(isSink ? cluster.unread : []),
    ];
    const queue = isSink ? (info.config['errors.deadletterqueue.topic.name'] ?? '').trim() : '';
    return [
      hidden(
        {
          name,
          status: report,
          definition: definitionOf(info.config['connector.class'], report.type, definitions),
          config: describeEntries(name, info.config, definitions.store, secrets),
          taskConfigs: part.tasks?.map((task) => shownTask(task, secrets)) ?? null,
          topics,
          offsets: part.offsets,
          partitions: cluster.lag.get(name)?.partitions.map(({ next: _, ...one }) => one) ?? null,
          deadLetters: queue === '' ? null : { topic: queue, records: cluster.depths.get(queue)?.records ?? null },
          fedBy: isSink ? neighbours : [],
          feeds: isSink ? [] : neighbours,
          unread,
        },
        secrets,
      ),
    ];
  });
  return {
    context,
    connectors,
    unreadable: unreadable.map(({ name, error }) => ({ name, error: toErrorDocument(error) })),
  };
}

/** What the worker has listed is not read again. */
export function fromListing(
  listing: Listing,
  client: Pick<ConnectClient, 'get' | 'find'>,
): Pick<ConnectClient, 'listing' | 'get' | 'find'> {
  return {
    find: (name, timeoutMs) => client.find(name, timeoutMs),
    listing: async () => listing,
    get: async (name, timeoutMs) => {
      const unreadable = listing.unreadable.find((one) => one.name === name);
      if (unreadable !== undefined) throw unreadable.error;
      return listing.connectors.find((one) => one.name === name) ?? client.get(name, timeoutMs);
    },
  };
}

type TaskConfig = Awaited<ReturnType<ConnectClient['taskConfigs']>>[number];

interface Parts {
  tasks: TaskConfig[] | null;
  topics: string[] | null;
  offsets: ConnectorDescription['offsets'];
  unread: Unread[];
}

/** What Connect has for one connector besides its listing. */
async function readParts(
  connector: ListedConnector,
  { client, kafka, signal, taskConfigs = false }: DescribeOptions,
): Promise<Parts> {
  const { name } = connector;
  const unread: Unread[] = [];
  const attempt = async <T>(what: string, call: () => Promise<T>): Promise<T | null> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof SluiceError) || signal.aborted) throw error;
      const isOld = error.code === 'CONNECT_UNSUPPORTED';
      unread.push(isOld ? { what, reason: error.message, error: null } : unreadOf(what, error));
      return null;
    }
  };
  // Kafka knows more about the offsets of a sink.
  const byKafka = connectorType(connector) === 'sink' && kafka !== undefined;
  const [tasks, topics, offsets] = await Promise.all([
    taskConfigs ? attempt('configurations of tasks', () => client.taskConfigs(name)) : null,
    attempt('topics in use', async () => {
      const names = await client.topicsInUse(name);
      if (names === undefined)
        unread.push({
          what: 'topics in use',
          reason: 'the worker does not track them (topic.tracking.enable is false)',
          error: null,
        });
      return names?.toSorted() ?? null;
    }),
    byKafka ? null : attempt('offsets', () => client.offsets(name)),
  ]);
  return { tasks, topics, offsets: offsets?.map(offsetText) ?? null, unread };
}

function shownTask({ id, config }: TaskConfig, secrets: Pick<ConfigSecrets, 'live'>) {
  const entries = Object.entries(config).map(([key, value]) => [key, secrets.live(key, value)]);
  return { id: id.task, config: Object.fromEntries(entries) as Record<string, string> };
}

function offsetText({ partition, offset }: ConnectorOffset): { partition: string; offset: string | null } {
  const text = (value: object) => JSON.stringify(redactTree(value));
  return { partition: text(partition), offset: offset === null || offset === undefined ? null : text(offset) };
}

interface Cluster {
  topics: string[];
  lag: ReadonlyMap<string, NonNullable<GroupFacts['lag']>>;
  /** Records in dead letter queues, by topic. */
  depths: ReadonlyMap<string, QueueDepth>;
  unread: Unread[];
}

/** What Kafka has for all of them. */
async function readCluster(
  chosen: readonly ListedConnector[],
  { kafka, groups, signal }: DescribeOptions,
): Promise<Cluster> {
  const none = (unread: Unread): Cluster => ({ topics: [], lag: new Map(), depths: new Map(), unread: [unread] });
  const what = 'lag and dead letters';
  if (kafka === undefined) return none({ what, reason: NO_KAFKA, error: null });
  try {
    const port = await kafka();
    const queues = chosen.flatMap(({ info }) => info.config['errors.deadletterqueue.topic.name']?.trim() || []);
    const [topics, { facts, error }, depths] = await Promise.all([
      port.topics(),
      groups.read(chosen),
      queueDepths(port, [...new Set(queues)]),
    ]);
    const lag = [...facts].flatMap(([name, known]) => (known.lag === undefined ? [] : [[name, known.lag] as const]));
    return { topics, lag: new Map(lag), depths, unread: error === undefined ? [] : [unreadOf('lag', error)] };
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return none(unreadOf(what, error));
  }
}

function definitionOf(
  written: string | undefined,
  type: ConnectorReport['type'],
  { store, live }: { store: SchemaStore; live: ReadonlySet<string> },
): ConnectorDescription['definition'] {
  const resolution = store.resolve(written ?? '', type === 'unknown' ? ['source', 'sink'] : [type]);
  const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
  if (schema === undefined) return null;
  const { class: name, version } = schema['x-plugin'];
  return { class: name, version, from: live.has(name) ? 'worker' : 'package' };
}

/** Without the secrets of the configuration, which traces, offsets and errors may repeat under any name. */
function hidden(description: ConnectorDescription, secrets: Pick<ConfigSecrets, 'values'>): ConnectorDescription {
  const values = secrets.values();
  if (values.length === 0) return description;
  const hide = (text: string) => redactKnown(text, values);
  const hideAny = <T extends string | null>(text: T) => (text === null ? text : (hide(text) as T));
  const { status, config, offsets, unread } = description;
  const failure = <T extends { cause: string | null; trace: string | null }>(one: T): T => ({
    ...one,
    cause: hideAny(one.cause),
    trace: hideAny(one.trace),
  });
  return {
    ...description,
    status: {
      ...failure(status),
      hint: hideAny(status.hint),
      reasons: status.reasons.map(hide),
      taskList: status.taskList.map(failure),
    },
    config: config.map((entry) => ({ ...entry, note: hideAny(entry.note) })),
    offsets: offsets?.map(({ partition, offset }) => ({ partition: hide(partition), offset: hideAny(offset) })) ?? null,
    unread: unread.map(({ error, ...one }) => ({
      ...one,
      reason: hide(one.reason),
      error: error === null ? null : mapTexts(error, hide),
    })),
  };
}
