import type { ConnectClient } from '../../connect/client.ts';
import { mapBounded } from '../../connect/concurrency.ts';
import { connectorType } from '../../connect/connector.ts';
import type { ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import type { RecordPort, RecordTopic } from '../../ports/records.ts';
import { firstNames, listItems } from '../../text/lists.ts';
import { takesTopic } from '../../topology/feeds.ts';
import { namedTopics } from '../../topology/topics.ts';
import { lastRecord } from '../ends.ts';
import { isErrorHeader } from '../error-headers.ts';
import { queuesOf } from '../queues.ts';

type Client = Pick<ConnectClient, 'listing' | 'topicsInUse'>;

const CONCURRENCY = 4;
const NAMED = 3;

/**
 * A topic that was named as the queue: a copy in a topic with other records would be written to the targets of their sinks. The
 * queue of any sink is one. No other topic may be one that a sink reads, that a source writes, or that has records without
 * error headers.
 * @throws REQUEST_INVALID
 */
export async function assertQueue(
  topic: RecordTopic,
  { client, records }: { client: Client; records: RecordPort },
): Promise<void> {
  const { connectors } = await client.listing();
  if (queuesOf(connectors).some(({ queue }) => queue === topic.name)) return;
  const readers = connectors.filter((one) => reads(one, topic.name));
  if (readers.length > 0) throw noQueue(topic, `${named(readers)} reads it`);
  const sources = connectors.filter((one) => connectorType(one) === 'source');
  const writes = await mapBounded(sources, CONCURRENCY, async ({ name, info: { config } }) => {
    if (namedTopics(config).includes(topic.name)) return true;
    return ((await client.topicsInUse(name)) ?? []).includes(topic.name);
  });
  const writers = sources.filter((_source, index) => writes[index]);
  if (writers.length > 0) throw noQueue(topic, `${named(writers)} writes to it`);
  for (const one of await records.bounds(topic)) {
    const { record } = await lastRecord(records, topic, one);
    if (record !== undefined && !record.headers.some(isErrorHeader))
      throw noQueue(topic, `the record at offset ${record.offset} of partition ${one.partition} has no error headers`);
  }
}

function reads(connector: ListedConnector, topic: string): boolean {
  if (connectorType(connector) === 'source') return false;
  const { config } = connector.info;
  return listItems(config['topics']).includes(topic) || takesTopic(config['topics.regex'], topic);
}

function named(connectors: readonly ListedConnector[]): string {
  return firstNames(
    connectors.map(({ name }) => name),
    NAMED,
  );
}

function noQueue({ name }: RecordTopic, why: string): SluiceError {
  return new SluiceError('REQUEST_INVALID', `${name} is no dead letter queue: ${why}`, {
    hint: 'Name the queue of a sink, or a topic that is only for dead letters.',
    details: { topic: name },
  });
}
