import type { ConnectClient } from '../connect/client.ts';
import { offsetsByPartition } from '../connect/offsets.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import { canonicalJson } from '../text/exact-json.ts';
import { refusal } from './offsets/answers.ts';
import { assertWritten } from './offsets/change.ts';
import { readFacts } from './offsets/facts.ts';
import { kafkaOffset, sinkPartition } from './offsets/plan.ts';
import type { OperateOptions } from './targets.ts';

/** How far a sink has got in one partition, and how far the partition goes. */
export interface SinkPosition {
  topic: string;
  partition: number;
  /** The offset that it reads next; null if it has committed none. */
  committed: number | null;
  /** The first that is retained. */
  earliest: number;
  /** After the last record. */
  end: number;
}

/** Of every partition that a sink reads, by topic and number. They stand still only while it is stopped. */
export async function sinkPositions(
  { name, info }: ListedConnector,
  client: Pick<ConnectClient, 'offsets'>,
  kafka: KafkaPort,
): Promise<SinkPosition[]> {
  const live = await client.offsets(name);
  const committed = offsetsByPartition(live);
  const facts = await readFacts(info.config, live, kafka);
  return facts.map(({ topic, partition, earliest, end }) => {
    const offset = kafkaOffset(committed.get(canonicalJson(sinkPartition({ topic, partition })))?.offset ?? null);
    return {
      topic,
      partition,
      committed: offset === undefined ? null : Number(offset),
      earliest: Number(earliest),
      end: Number(end),
    };
  });
}

/**
 * Moves a stopped sink in one partition, and reads that back.
 * @throws CONNECTOR_CHANGED if somebody else has moved or started it
 */
export async function moveSink(
  name: string,
  { topic, partition, to }: { topic: string; partition: number; to: number },
  client: Pick<ConnectClient, 'offsets' | 'alterOffsets'>,
  options: Pick<OperateOptions, 'clock' | 'signal'>,
): Promise<void> {
  const before = await client.offsets(name);
  const wanted = [{ partition: sinkPartition({ topic, partition }), offset: { kafka_offset: to } }];
  try {
    await client.alterOffsets(name, wanted);
  } catch (error) {
    throw refusal(error, name);
  }
  await assertWritten(name, { before, wanted }, client, options);
}
