import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { narrow } from '../connect/selection.ts';
import { aggregateExit, type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { ExitCode } from '../errors/registry.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';
import type { Count } from '../text/numbers.ts';
import { queueDepth } from './depths.ts';
import { isoTime } from './groups.ts';
import { queuesOf, type SinkQueue } from './queues.ts';
import type { DlqPorts } from './scan.ts';

/** What a queue holds. */
export interface QueueFacts {
  /** Offsets from the first to the last. */
  records: Count;
  /** Compaction or transactions leave gaps: there may be fewer records. */
  upTo: boolean;
  /** ISO 8601, UTC: timestamps of the first and of the last record; null without one. */
  oldest: string | null;
  newest: string | null;
  /** Records with a timestamp within the last hour. */
  lastHour: Count;
  /** Whether timestamps say when a record was queued; otherwise Connect keeps those of the original records. */
  timesOf: 'arrival' | 'original record';
}

export interface ListedQueue extends SinkQueue {
  /** Null without a queue, if its topic does not exist, or if it could not be read. */
  facts: QueueFacts | null;
  error: ErrorDocument | null;
}

export interface DlqListReport {
  context: string;
  sinks: ListedQueue[];
  exitCode: ExitCode;
}

const CONCURRENCY = 4;
const HOUR_MS = 3_600_000;
/** Offsets at the end of a partition in which its last record is looked for. */
const TAIL = 100;

/**
 * Every sink with its dead letter queue.
 * @param names only these sinks; globs select several
 * @throws CONNECTOR_NOT_FOUND
 */
export async function listQueues(
  names: readonly string[],
  context: string,
  client: Pick<ConnectClient, 'listing' | 'get'>,
  records: RecordPort,
  ports: DlqPorts,
): Promise<DlqListReport> {
  const listing = await client.listing();
  const { connectors, unreadable, absent } = narrow(listing, { names });
  for (const { error } of unreadable) ports.logger.warn(`${error.message}; if it is a sink, its queue is not listed`);
  // Of all sinks, since any of them may share a queue.
  const sinks = queuesOf(listing.connectors);
  const sources = connectors.filter(({ name }) => names.includes(name) && !sinks.some(({ sink }) => sink === name));
  for (const name of [...absent, ...sources.map((one) => one.name)]) await explainMissing(name, client);
  const wanted = sinks.filter(({ sink }) => connectors.some(({ name }) => name === sink));
  const errors: { error?: SluiceError }[] = [];
  /** Once Kafka does not answer, no further queue waits for it. */
  let away: SluiceError | undefined;
  const listed = await mapBounded(wanted, CONCURRENCY, async (sink, index): Promise<ListedQueue> => {
    errors[index] = {};
    if (sink.queue === null) return { ...sink, facts: null, error: null };
    try {
      if (away !== undefined) throw away;
      return await withFacts(sink, sink.queue, records, ports);
    } catch (error) {
      if (!(error instanceof SluiceError) || ports.signal.aborted) throw error;
      errors[index] = { error };
      if (error.code === 'KAFKA_UNREACHABLE') away = error;
      return { ...sink, facts: null, error: toErrorDocument(error) };
    }
  });
  return { context, sinks: listed, exitCode: aggregateExit(errors) };
}

/** @throws always */
async function explainMissing(name: string, client: Pick<ConnectClient, 'get'>): Promise<never> {
  await client.get(name);
  throw new SluiceError('REQUEST_INVALID', `"${name}" is not a sink, and only sinks have a dead letter queue`, {
    hint: 'List the sinks and their queues: sluice dlq list',
  });
}

async function withFacts(sink: SinkQueue, queue: string, records: RecordPort, ports: DlqPorts): Promise<ListedQueue> {
  const topic = await records.topic(queue);
  if (topic !== undefined) return { ...sink, facts: await queueFacts(records, topic, ports), error: null };
  const message = `the topic ${queue} does not exist: Connect creates it when the sink starts`;
  return { ...sink, problems: [...sink.problems, { kind: 'topic missing', message }], facts: null, error: null };
}

export async function queueFacts(
  records: RecordPort,
  topic: RecordTopic,
  { clock, signal }: Pick<DlqPorts, 'clock' | 'signal'>,
): Promise<QueueFacts> {
  const [bounds, recent] = await Promise.all([
    records.bounds(topic),
    records.offsetsAt(topic, clock.now().getTime() - HOUR_MS),
  ]);
  let upTo = /compact/.test(topic.configs['cleanup.policy'] ?? '');
  const firsts: number[] = [];
  const lasts: number[] = [];
  for (const { partition, start, end } of bounds) {
    const times = async (from: number, most: number) => {
      const found: number[] = [];
      for await (const chunk of records.read(topic, { partition, from, to: end })) {
        signal.throwIfAborted();
        upTo ||= chunk.transactional;
        for (const record of chunk.records) found.push(record.timestamp);
        if (found.length >= most) break;
      }
      return found;
    };
    firsts.push(...(await times(start, 1)).slice(0, 1));
    lasts.push(...(await times(Math.max(start, end - TAIL), TAIL)).slice(-1));
  }
  const lastHour = bounds.map(({ partition, start, end }) => {
    const first = recent[partition] ?? -1;
    return first < 0 ? 0 : end - Math.max(start, first);
  });
  return {
    records: queueDepth(bounds),
    upTo,
    oldest: firsts.length === 0 ? null : isoTime(Math.min(...firsts)),
    newest: lasts.length === 0 ? null : isoTime(Math.max(...lasts)),
    lastHour: sum(lastHour),
    timesOf: topic.configs['message.timestamp.type'] === 'LogAppendTime' ? 'arrival' : 'original record',
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + Math.max(0, one), 0);
}
