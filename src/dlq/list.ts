import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { narrow } from '../connect/selection.ts';
import { aggregateExit, type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { ExitCode } from '../errors/registry.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';
import type { Count } from '../text/numbers.ts';
import { queueDepth } from './depths.ts';
import { firstRecord, lastRecord } from './ends.ts';
import { isoTime } from './groups.ts';
import { queuesOf, type SinkQueue } from './queues.ts';
import type { DlqPorts } from './scan.ts';

/** What a queue holds. */
export interface QueueFacts {
  /** Offsets from the first to the last. */
  records: Count;
  /** Compaction or transactions leave gaps: there may be fewer records. */
  upTo: boolean;
  /** Timestamp of the first record (ISO 8601, UTC); null without one. */
  oldest: string | null;
  /** The latest timestamp of the last hour, or that of the last record (ISO 8601, UTC); null without one. */
  newest: string | null;
  /** Records with a timestamp within the last hour. */
  lastHour: Count;
  /** There may be fewer: so many were not read one by one. */
  lastHourUpTo: boolean;
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
/** Records of a queue that are read to count those of the last hour. */
const MOST_READ = 10_000;

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
  const since = clock.now().getTime() - HOUR_MS;
  const [bounds, recent] = await Promise.all([records.bounds(topic), records.offsetsAt(topic, since)]);
  let upTo = /compact/.test(topic.configs['cleanup.policy'] ?? '');
  const firsts: number[] = [];
  const lasts: number[] = [];
  for (const one of bounds) {
    for (const [end, times] of [
      [firstRecord, firsts],
      [lastRecord, lasts],
    ] as const) {
      signal.throwIfAborted();
      const { record, transactional } = await end(records, topic, one);
      upTo ||= transactional;
      if (record !== undefined) times.push(record.timestamp);
    }
  }
  const timesOf = topic.configs['message.timestamp.type'] === 'LogAppendTime' ? 'arrival' : 'original record';
  const ranges = bounds.map(({ partition, start, end }) => {
    const first = recent[partition] ?? -1;
    return { partition, from: first < 0 ? end : Math.min(end, Math.max(start, first)), to: end };
  });
  const lastHour =
    timesOf === 'arrival'
      ? { count: sum(ranges.map(({ from, to }) => to - from)), upTo, latest: Number.NEGATIVE_INFINITY }
      : await countSince(records, topic, ranges, since, signal);
  return {
    records: queueDepth(bounds),
    upTo,
    oldest: firsts.length === 0 ? null : isoTime(Math.min(...firsts)),
    newest: lasts.length === 0 ? null : isoTime(Math.max(...lasts, lastHour.latest)),
    lastHour: lastHour.count,
    lastHourUpTo: lastHour.upTo,
    timesOf,
  };
}

/**
 * Records at least as recent, among those behind the first of them: times of original records are in no order. After so many,
 * the others count without being read.
 */
async function countSince(
  records: RecordPort,
  topic: RecordTopic,
  ranges: readonly { partition: number; from: number; to: number }[],
  since: number,
  signal: AbortSignal,
): Promise<{ count: number; upTo: boolean; latest: number }> {
  let count = 0;
  let latest = Number.NEGATIVE_INFINITY;
  let left = MOST_READ;
  let upTo = false;
  for (const range of ranges) {
    let next = range.from;
    if (next < range.to && left > 0)
      for await (const chunk of records.read(topic, range)) {
        signal.throwIfAborted();
        for (const { timestamp } of chunk.records) {
          if (timestamp >= since) count += 1;
          latest = Math.max(latest, timestamp);
        }
        next = Math.min(chunk.next, range.to);
        left -= chunk.records.length;
        if (left <= 0) break;
      }
    count += range.to - next;
    upTo ||= next < range.to;
  }
  return { count, upTo, latest };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
