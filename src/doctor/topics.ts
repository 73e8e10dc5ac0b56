import type { ConnectorConfig } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { KafkaPort, PartitionLag } from '../ports/kafka.ts';
import type { RecordPort } from '../ports/records.ts';
import { listItems, namePatterns } from '../text/lists.ts';
import { subscribedTopics } from '../topology/pipeline.ts';
import type { TopicFacts } from './stages/topics.ts';

const LATEST = -1;
const EARLIEST = -2;
/** Topics, and partitions of one, whose last record is read: each takes a few requests. */
const READ_TOPICS = 8;
const READ_PARTITIONS = 4;

export interface Partition {
  topic: string;
  partition: number;
  start: number;
  end: number;
}

/** Partitions of those topics that exist, with their offsets. */
export async function partitionsOf(kafka: KafkaPort, topics: readonly string[]): Promise<Partition[]> {
  const counts = await kafka.partitionCounts(topics);
  const partitions = [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_none, partition) => ({ topic, partition })),
  );
  const [ends, starts] = await Promise.all([
    kafka.offsetsAt(partitions, LATEST),
    kafka.offsetsAt(partitions, EARLIEST),
  ]);
  return partitions.map((one, index) => ({ ...one, start: starts[index] ?? 0, end: ends[index] ?? 0 }));
}

/** Both samples, topic by topic, those that move first. Pure. */
export function topicFacts(first: readonly Partition[], last: readonly Partition[]): TopicFacts[] {
  const ends = (partitions: readonly Partition[]) => Map.groupBy(partitions, ({ topic }) => topic);
  const [before, after] = [ends(first), ends(last)];
  const sum = (partitions: readonly Partition[] | undefined, of: 'start' | 'end') =>
    (partitions ?? []).reduce((total, one) => total + Math.max(0, one[of]), 0);
  return [...after]
    .map(([topic, now]): TopicFacts => {
      const then = before.get(topic) ?? now;
      return { topic, ends: [sum(then, 'end'), sum(now, 'end')], start: sum(now, 'start'), lastRecord: null };
    })
    .sort((a, b) => b.ends[1] - b.ends[0] - (a.ends[1] - a.ends[0]));
}

/** The same with the timestamps of the last records of some topics. */
export async function withLastRecords(
  facts: readonly TopicFacts[],
  partitions: readonly Partition[],
  records: RecordPort,
): Promise<TopicFacts[]> {
  const dated = await Promise.all(
    facts.slice(0, READ_TOPICS).map(async (one) => {
      const own = partitions.filter(({ topic, start, end }) => topic === one.topic && end > start);
      const times = await Promise.all(
        own.slice(0, READ_PARTITIONS).map(({ partition, end }) => timeAt(records, one.topic, partition, end - 1, end)),
      );
      // With a partition unread, the latest of the others says nothing about the topic.
      const known = times.filter((time) => time !== undefined);
      const complete = own.length <= READ_PARTITIONS && known.length === own.length && known.length > 0;
      return { ...one, lastRecord: complete ? new Date(Math.max(...known)).toISOString() : null };
    }),
  );
  return [...dated, ...facts.slice(READ_TOPICS)];
}

/** When the oldest record was written that a group has not read; null if there is none, or it cannot be read. */
export async function oldestWaiting(lags: readonly PartitionLag[], records: RecordPort): Promise<string | null> {
  const waiting = lags.filter(({ lag }) => lag > 0).toSorted((a, b) => b.lag - a.lag);
  const times = await Promise.all(
    waiting
      .slice(0, READ_PARTITIONS)
      .map(({ topic, partition, end, lag }) => timeAt(records, topic, partition, end - lag, end)),
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? null : new Date(Math.min(...known)).toISOString();
}

async function timeAt(
  records: RecordPort,
  name: string,
  partition: number,
  from: number,
  to: number,
): Promise<number | undefined> {
  const topic = await records.topic(name);
  if (topic === undefined) return undefined;
  for await (const { records: some } of records.read(topic, { partition, from, to: Math.max(to, from + 1) })) {
    const [first] = some;
    if (first !== undefined) return first.timestamp;
  }
  return undefined;
}

/** What sinks want to read, and does not exist. Pure. @param wanted only these of the named topics */
export function missingTopics(
  sinks: readonly ConnectorConfig[],
  existing: readonly string[],
  wanted: (topic: string) => boolean,
): { missing: string[]; unmatched: string[] } {
  const known = new Set(existing);
  const named = new Set(sinks.flatMap(({ topics }) => listItems(topics)).filter(wanted));
  const unmatched = sinks.flatMap((config) => {
    const regex = config['topics.regex'];
    return regex && isEvaluated(config) && !existing.some(subscribedTopics(config)) ? [regex] : [];
  });
  return { missing: [...named].filter((topic) => !known.has(topic)).sort(), unmatched: [...new Set(unmatched)] };
}

/**
 * Which of them a source is to write for the first time: it captures a table of that name, or an expression is for its
 * topics. Pure.
 * @param used topics that were written: those of them that are missing were deleted
 */
export function awaitedTopics(
  { missing, unmatched }: { missing: readonly string[]; unmatched: readonly string[] },
  sources: readonly ConnectorConfig[],
  used: readonly string[],
): string[] {
  const expected = missing.filter((topic) => !used.includes(topic) && sources.some((one) => isCaptured(one, topic)));
  return [...expected, ...(sources.length > 0 ? unmatched : [])];
}

/** Unlike a prefix alone, the table must fit: a sink may misspell it. */
function isCaptured(config: ConnectorConfig, topic: string): boolean {
  const { 'topic.prefix': prefix, 'table.include.list': list } = config;
  if (!prefix || !topic.startsWith(`${prefix}.`)) return false;
  const table = topic.slice(prefix.length + 1);
  const include = namePatterns(list);
  // SQL Server's topics name the database, too.
  const names = [table, table.slice(table.indexOf('.') + 1)];
  return include.length === 0 || include.some((one) => names.some((name) => one.test(name)));
}

/** Topics that a sink reads, of those that exist. Pure. @param used what Connect has seen it use, if an expression cannot be evaluated here */
export function topicsOfSink(config: ConnectorConfig, existing: readonly string[], used: readonly string[]): string[] {
  if (!isEvaluated(config)) return existing.filter((topic) => used.includes(topic));
  return existing.filter(subscribedTopics(config));
}

/** Whether JavaScript can tell what a sink's expression of Java matches. */
function isEvaluated(config: ConnectorConfig): boolean {
  try {
    subscribedTopics(config)('');
    return true;
  } catch (error) {
    if (error instanceof SluiceError) return false;
    throw error;
  }
}
