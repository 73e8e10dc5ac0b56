import { mapBounded } from '../connect/concurrency.ts';
import { connectorType } from '../connect/connector.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type QueueDepth, queueDepths } from '../dlq/depths.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupFacts } from '../monitor/health.ts';
import type { PartitionLag } from '../ports/kafka.ts';
import { untilAborted } from '../sources/pool.ts';
import { topicUser } from '../topology/topics.ts';
import type { Chain } from './chain.ts';
import { twice } from './databases.ts';
import { NO_KAFKA } from './model.ts';
import type { DoctorPorts } from './ports.ts';
import { DEFAULTS } from './request.ts';
import type { TopicsFacts } from './stages/topics.ts';
import {
  awaitedTopics,
  missingTopics,
  oldestWaiting,
  type Partition,
  partitionsOf,
  topicFacts,
  withLastRecords,
} from './topics.ts';

/** What Kafka knows of a pipeline. */
export interface TopicsRead {
  facts: TopicsFacts;
  groups: ReadonlyMap<
    string,
    { partitions: readonly [readonly PartitionLag[], readonly PartitionLag[]]; waitingSince: string | null }
  >;
  queues: ReadonlyMap<string, QueueDepth>;
}

/** What Kafka knows of the topics and groups of a pipeline, in two samples. */
export async function readTopics(chain: Chain, existing: readonly string[], ports: DoctorPorts): Promise<TopicsRead> {
  const { own, sources, sinks, used, ofSink } = chain;
  const isSink = connectorType(own) === 'sink';
  const isWritten = topicUser(own.info.config);
  const wanted = isSink
    ? (ofSink.get(own.name) ?? [])
    : existing.filter((topic) => isWritten(topic) || used.includes(topic));
  const kafka = await ports.kafka?.();
  if (kafka === undefined) throw new SluiceError('REQUEST_INVALID', NO_KAFKA.reason);
  const groupsOf = async () => {
    const { facts, error } = await ports.groups.read(sinks);
    if (error !== undefined) throw error;
    return facts;
  };
  const sample = () => Promise.all([partitionsOf(kafka, wanted), groupsOf()]);
  const queues = sinks.flatMap(({ info }) => info.config['errors.deadletterqueue.topic.name']?.trim() || []);
  const since = ports.clock.now().getTime() - HOUR_MS;
  const [[first, last], depths] = await Promise.all([
    twice(sample, () => ports.clock.sleep(DEFAULTS.pause, ports.signal)),
    queueDepths(kafka, [...new Set(queues)], since),
  ]);
  const facts = topicFacts(first[0], last[0]);
  const lagOf = (of: ReadonlyMap<string, GroupFacts>, name: string) => of.get(name)?.lag?.partitions ?? [];
  const { dated, waiting } = await withRecords(facts, last[0], sinks, (name) => lagOf(last[1], name), ports);
  const absent = missingTopics(
    isSink ? [own.info.config] : sinks.map(({ info }) => info.config),
    existing,
    isSink || sources.length === 0 ? () => true : isWritten,
  );
  return {
    facts: {
      ...absent,
      awaited: awaitedTopics(
        absent,
        sources.map(({ info }) => info.config),
        used,
      ),
      found: dated,
      seconds: DEFAULTS.pause / 1000,
    },
    groups: new Map(
      sinks.map(({ name }) => [
        name,
        { partitions: [lagOf(first[1], name), lagOf(last[1], name)], waitingSince: waiting.get(name) ?? null },
      ]),
    ),
    queues: depths,
  };
}

const HOUR_MS = 3_600_000;

/** Times of records. They only explain: without the right to read records, or in too long a time, they are left out. */
async function withRecords(
  facts: TopicsFacts['found'],
  partitions: readonly Partition[],
  sinks: readonly ListedConnector[],
  lagOf: (name: string) => readonly PartitionLag[],
  { records, signal, logger }: DoctorPorts,
): Promise<{ dated: TopicsFacts['found']; waiting: ReadonlyMap<string, string | null> }> {
  const none = { dated: facts, waiting: new Map<string, string | null>() };
  if (records === undefined) return none;
  const deadline = AbortSignal.timeout(DEFAULTS.recordsDeadline);
  try {
    const read = async () => {
      const port = await records();
      const dated = await withLastRecords(facts, partitions, port);
      const waiting = await mapBounded(
        sinks,
        2,
        async ({ name }) => [name, await oldestWaiting(lagOf(name), port)] as const,
      );
      return { dated, waiting: new Map(waiting) };
    };
    return await untilAborted(read(), AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (signal.aborted || (!(error instanceof SluiceError) && !deadline.aborted)) throw error;
    logger.debug(`times of records were not read: ${(error as Error).message}`);
    return none;
  }
}
