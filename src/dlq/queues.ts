import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import type { ConnectorConfig, ConnectorStatus, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { refusalOf } from '../monitor/refusal.ts';
import type { Logger } from '../ports/logger.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';
import { isTrue, listItems } from '../text/lists.ts';
import { nearest } from '../text/nearest.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { connectorClass } from '../topology/connector-class.ts';

/** What a sink's configuration says about its failed records. */
export interface SinkQueue {
  sink: string;
  /** Its dead letter queue; null if it has none. */
  queue: string | null;
  /** What is wrong with that, or worth knowing; see `problemsOf`. */
  problems: QueueProblem[];
}

export interface QueueProblem {
  /** Stable, for programs. */
  kind:
    | 'none'
    | 'dropped'
    | 'not tolerated'
    | 'no headers'
    | 'refused rows missing'
    | 'shared'
    | 'topic missing'
    | 'record refused';
  message: string;
}

const QUEUE = 'errors.deadletterqueue.topic.name';

function queueOf(config: ConnectorConfig): string | null {
  return config[QUEUE]?.trim() || null;
}

/** The sinks among `connectors`, with their queues. Pure. */
export function queuesOf(connectors: readonly ListedConnector[]): SinkQueue[] {
  const sinks = connectors.filter((one) => connectorType(one) === 'sink');
  const queues = sinks.map(({ name, info, status }) => ({
    ...{ sink: name, config: info.config, queue: queueOf(info.config) },
    status,
  }));
  const byQueue = Map.groupBy(queues, ({ queue }) => queue);
  return queues.map(({ sink, config, queue, status }) => {
    const others = queue === null ? [] : (byQueue.get(queue) ?? []).filter((one) => one.sink !== sink);
    return {
      sink,
      queue,
      problems: [
        ...refusedProblem(sink, status),
        ...problemsOf(
          config,
          queue,
          others.map((one) => one.sink),
        ),
      ],
    };
  });
}

/** A sink that has failed at a record, which no queue gets. */
function refusedProblem(sink: string, status: ConnectorStatus | null): QueueProblem[] {
  if (refusalOf(status)?.kind !== 'record') return [];
  const find = command(`dlq quarantine ${shellWord(sink)}`);
  return [
    { kind: 'record refused', message: `its target refuses a record, and it has stopped there. To go on: ${find}` },
  ];
}

function problemsOf(config: ConnectorConfig, queue: string | null, others: readonly string[]): QueueProblem[] {
  const tolerates = config['errors.tolerance']?.trim().toLowerCase() === 'all';
  if (queue === null) {
    return tolerates
      ? [{ kind: 'dropped', message: `errors.tolerance is all, and ${QUEUE} is not set: failed records are dropped` }]
      : [{ kind: 'none', message: `no queue (${QUEUE}): the first failed record stops its task` }];
  }
  const problems: QueueProblem[] = [];
  if (!tolerates) {
    const message =
      'errors.tolerance is not all: a failed record is queued, its task fails, and each restart queues the record again';
    problems.push({ kind: 'not tolerated', message });
  }
  if (!isTrue(config['errors.deadletterqueue.context.headers.enable'])) {
    const message =
      'errors.deadletterqueue.context.headers.enable is not true: causes and original topics are not recorded';
    problems.push({ kind: 'no headers', message });
  }
  if (connectorClass(config['connector.class']).deadLetters === 'conversion') {
    const message =
      'its class queues only records that a converter or a transform refuses; a row that the target refuses fails the task';
    problems.push({ kind: 'refused rows missing', message });
  }
  if (others.length > 0) problems.push({ kind: 'shared', message: `the queue is also that of ${others.join(', ')}` });
  return problems;
}

/** The topic that a sink reads, if it is only one. */
function onlyTopic(config: ConnectorConfig): string | undefined {
  const topics = listItems(config['topics']);
  return topics.length === 1 && !config['topics.regex'] ? topics[0] : undefined;
}

/** A queue that a command works on. */
export interface OpenQueue {
  topic: RecordTopic;
  /** Where records without error headers came from, if a sink says so. */
  fallback: string | undefined;
}

/** A queue as it is named: by the sink that fills it, or by its topic. */
export type QueueName = { sink: string } | { topic: string };

/** @throws CONNECTOR_NOT_FOUND, REQUEST_INVALID for a source, QUEUE_MISSING, TOPIC_NOT_FOUND */
export async function openQueue(
  name: QueueName,
  client: Pick<ConnectClient, 'get' | 'listing'>,
  { records, topics, logger }: { records: RecordPort; topics: () => Promise<readonly string[]>; logger: Logger },
): Promise<OpenQueue> {
  if ('topic' in name) return { topic: await existing(records, name.topic, topics), fallback: undefined };
  const connector = await client.get(name.sink);
  if (connectorType(connector) === 'source') {
    throw new SluiceError('REQUEST_INVALID', `"${name.sink}" is a source, and only sinks have a dead letter queue`, {
      hint: 'List the sinks and their queues: sluice dlq list',
    });
  }
  const { config } = connector.info;
  const queue = queueOf(config);
  if (queue === null) {
    throw new SluiceError('QUEUE_MISSING', `"${name.sink}" has no dead letter queue`, {
      hint: `Set ${QUEUE}, errors.tolerance=all and errors.deadletterqueue.context.headers.enable=true, and deploy the sink. See: ${command(`dlq list ${shellWord(name.sink)}`)}`,
      details: { sink: name.sink },
    });
  }
  const [topic, listing] = await Promise.all([records.topic(queue), client.listing()]);
  const shared = queuesOf(listing.connectors)
    .find(({ sink }) => sink === name.sink)
    ?.problems.find(({ kind }) => kind === 'shared');
  if (shared !== undefined) logger.warn(`${shared.message}; their records are included`);
  if (topic !== undefined) return { topic, fallback: onlyTopic(config) };
  throw new SluiceError('TOPIC_NOT_FOUND', `the queue ${queue} of "${name.sink}" does not exist`, {
    hint: 'Connect creates it when the sink starts: check that the sink runs, and that it may create topics. Kafka hides topics that the user may not describe.',
    details: { topic: queue },
  });
}

async function existing(
  records: RecordPort,
  name: string,
  topics: () => Promise<readonly string[]>,
): Promise<RecordTopic> {
  const topic = await records.topic(name);
  if (topic !== undefined) return topic;
  const near = nearest(name, await topics());
  throw new SluiceError('TOPIC_NOT_FOUND', `there is no topic ${name}`, {
    hint:
      near === undefined
        ? 'Kafka hides topics that the user may not describe. List the queues: sluice dlq list'
        : `Did you mean ${near}?`,
    details: { topic: name },
  });
}
