import type { ListedConnector } from '../../connect/types.ts';
import { moveSink } from '../../operate/sink-positions.ts';
import type { KafkaRecord, RecordPort, RecordTopic } from '../../ports/records.ts';
import { settledCopy } from './copy.ts';
import type { PendingRecord } from './plan.ts';
import { nameOf } from './search.ts';
import { nextRecords, type SinkPorts } from './sink.ts';

/**
 * Moves a stopped sink past a record if there is a copy, unless that was done. @returns what there is to say
 */
export async function settle(connector: ListedConnector, pending: PendingRecord, ports: SinkPorts): Promise<string> {
  const { records, client, options } = ports;
  const { topic: name, partition, offset } = pending;
  const place = `${nameOf(pending)} at ${offset}`;
  const [topic, queue] = [
    await sameTopic(records, name, pending.topicId),
    await sameTopic(records, pending.queue, pending.queueId),
  ];
  const record = topic && (await recordAt(records, topic, partition, offset));
  if (record === undefined || queue === undefined) return `${place} or its queue does not exist any more`;
  const copy = await settledCopy({ topic: name, record }, queue, { records, ...options });
  if (copy === undefined) return `${place} was not copied, and the sink was not moved past it`;
  const next = (await nextRecords(connector, ports)).find((one) => nameOf(one) === nameOf(pending));
  if (next !== undefined && next.offset < offset)
    return `${place} was copied; somebody else has moved the sink to ${next.offset} in the meantime, which stays so`;
  if (next?.offset === offset)
    await moveSink(connector.name, { topic: name, partition, to: offset + 1 }, client, options);
  return `${place} is in ${pending.queue}, partition ${copy.partition} at ${copy.offset}, and the sink goes on after it`;
}

async function sameTopic(records: RecordPort, name: string, id: string): Promise<RecordTopic | undefined> {
  const topic = await records.topic(name);
  return topic?.id === id ? topic : undefined;
}

async function recordAt(
  records: RecordPort,
  topic: RecordTopic,
  partition: number,
  offset: number,
): Promise<KafkaRecord | undefined> {
  const { start = 0 } = (await records.bounds(topic))[partition] ?? {};
  if (offset < start) return undefined;
  for await (const chunk of records.read(topic, { partition, from: offset, to: offset + 1, uncommitted: true }))
    if (chunk.records[0] !== undefined) return chunk.records[0];
  return undefined;
}
