import type { KafkaSettings } from '../config/project.ts';
import { bootstrapServers, clientOptions } from './admin.ts';
import { askKafka, closeKafka } from './ask.ts';

/**
 * Sends one text record, and waits until all in-sync replicas have it.
 * @throws KAFKA_UNREACHABLE, KAFKA_REJECTED
 */
export async function produceRecord(
  settings: KafkaSettings,
  record: { topic: string; key: string; value: string },
): Promise<void> {
  const { Producer, stringSerializers, ProduceAcks } = await import('@platformatic/kafka');
  const producer = new Producer({ ...clientOptions(settings), serializers: stringSerializers });
  try {
    await askKafka(() => producer.send({ messages: [record], acks: ProduceAcks.ALL }), bootstrapServers(settings));
  } finally {
    await closeKafka(producer);
  }
}
