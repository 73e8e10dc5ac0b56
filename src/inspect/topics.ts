import { NO_KAFKA } from '../config/without-kafka.ts';
import type { ConnectClient } from '../connect/client.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { InspectionPort } from '../ports/inspection.ts';
import type { LiveTopic, TopicPort } from '../ports/topics.ts';
import { type RecordPorts, recorded } from '../store/record.ts';
import type { Count, Integer } from '../text/numbers.ts';

/** Something that could not be read, and why: the rest is shown. */
export interface Unread {
  what: string;
  reason: string;
  /** Null if it is not a failure: an old worker, or a context without Kafka. */
  error: ErrorDocument | null;
}

export interface TopicInUse {
  name: string;
  /** Of Kafka; null if it was not read. */
  exists: boolean | null;
  partitions: Count | null;
  replicationFactor: Count | null;
  /** Of one replica of each partition, the largest. */
  sizeBytes: Count | null;
  cleanupPolicy: string | null;
  /** -1: unlimited. */
  retentionMs: Integer | null;
  /** Per partition; -1: unlimited. */
  retentionBytes: Integer | null;
}

export interface TopicsReport {
  context: string;
  name: string;
  /** Topics that Connect has seen the connector use (KIP-558); null if the worker does not track them. */
  topics: TopicInUse[] | null;
  /** Whether Connect has forgotten them. */
  reset: boolean;
  unread: Unread[];
}

/** Kafka, if the context has it. */
export interface TopicPorts {
  topics: ((signal?: AbortSignal) => Promise<TopicPort>) | undefined;
  inspection: (() => Promise<InspectionPort>) | undefined;
  signal: AbortSignal;
}

type Client = Pick<ConnectClient, 'get' | 'topicsInUse' | 'resetTopics'>;

/** @throws CONNECTOR_NOT_FOUND, CONNECT_UNSUPPORTED before Kafka 2.5, the client's errors */
export async function readTopics(
  client: Client,
  { context, name }: Pick<TopicsReport, 'context' | 'name'>,
  ports: TopicPorts,
): Promise<TopicsReport> {
  // Of a connector that does not exist, Connect says that it uses no topic.
  await client.get(name);
  const names = await client.topicsInUse(name);
  if (names === undefined) return { context, name, topics: null, reset: false, unread: [] };
  const { topics, unread } = await describeTopics(names.toSorted(), ports);
  return { context, name, topics, reset: false, unread };
}

/**
 * Makes Connect forget the topics of a report; recorded in the history.
 * @throws CONNECT_REJECTED if the worker does not allow it
 */
export function resetTopics(client: Client, report: TopicsReport, ports: RecordPorts): Promise<TopicsReport> {
  const { context, name, topics } = report;
  return recorded<TopicsReport>(
    { verb: 'reset-topics', context, names: [name] },
    async () => {
      await client.resetTopics(name);
      return { ...report, reset: true };
    },
    {
      of: () => ({
        exitCode: 0,
        connectors: [
          {
            name,
            outcome: `${topics?.length ?? 0} ${topics?.length === 1 ? 'topic' : 'topics'} forgotten`,
            error: null,
          },
        ],
      }),
      before: ({ code }) => ({ connectors: [{ name, outcome: 'failed', error: code }] }),
    },
    ports,
  );
}

/** What Kafka knows of these topics. */
export async function describeTopics(
  names: readonly string[],
  { topics, inspection, signal }: TopicPorts,
): Promise<{ topics: TopicInUse[]; unread: Unread[] }> {
  const plain = names.map((name) => topicInUse(name, undefined, undefined, false));
  if (names.length === 0) return { topics: plain, unread: [] };
  if (topics === undefined || inspection === undefined)
    return { topics: plain, unread: [{ what: 'details of topics', reason: NO_KAFKA, error: null }] };
  const read = async <T>(call: () => Promise<T>): Promise<T | SluiceError> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof SluiceError) || signal.aborted) throw error;
      return error;
    }
  };
  const live = await read(async () => {
    await using kafka = await topics(signal);
    return await kafka.describe(names);
  });
  if (live instanceof SluiceError) return { topics: plain, unread: [unreadOf('details of topics', live)] };
  const sizes = await read(async () => {
    await using kafka = await inspection();
    return await kafka.topicSizes(new Map([...live.values()].map(({ name, partitions }) => [name, partitions])));
  });
  const isRead = !(sizes instanceof SluiceError);
  return {
    topics: names.map((name) => topicInUse(name, live.get(name), isRead ? sizes.get(name) : undefined, true)),
    unread: isRead ? [] : [unreadOf('sizes of topics', sizes)],
  };
}

export function unreadOf(what: string, error: SluiceError): Unread {
  return { what, reason: error.message, error: toErrorDocument(error) };
}

function topicInUse(name: string, live: LiveTopic | undefined, size: number | undefined, isRead: boolean): TopicInUse {
  const number = (key: string) => {
    const value = Number(live?.configs[key] ?? Number.NaN);
    return Number.isSafeInteger(value) ? value : null;
  };
  return {
    name,
    exists: isRead ? live !== undefined : null,
    partitions: live?.partitions ?? null,
    replicationFactor: live?.replicationFactor ?? null,
    sizeBytes: size ?? null,
    cleanupPolicy: live?.configs['cleanup.policy'] ?? null,
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
  };
}
