import type { KafkaSettings } from '../config/project.ts';
import { toTopics } from './access.ts';
import { askedOf, clientOptions } from './admin.ts';
import { askKafka, closeKafka } from './ask.ts';

/**
 * Sends one text record, and waits until all in-sync replicas have it.
 * @throws KAFKA_UNREACHABLE, KAFKA_UNAUTHORIZED, KAFKA_REJECTED
 */
export async function produceRecord(
  settings: KafkaSettings,
  record: { topic: string; key: string; value: string },
): Promise<void> {
  const { Producer, stringSerializers, ProduceAcks } = await import('@platformatic/kafka');
  const producer = new Producer({ ...clientOptions(settings), serializers: stringSerializers });
  try {
    const { servers, user } = askedOf(settings);
    const access = [toTopics('Write', record.topic)];
    await askKafka(() => producer.send({ messages: [record], acks: ProduceAcks.ALL }), servers, { user, access });
  } finally {
    await closeKafka(producer);
  }
}
