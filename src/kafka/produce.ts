import type { KafkaSettings } from '../config/project.ts';
import { bootstrapServers, clientOptions, translateKafka } from './admin.ts';

/**
 * Sends one record of text, and waits until all replicas in sync have it.
 * @throws KAFKA_UNREACHABLE, KAFKA_REJECTED
 */
export async function produceRecord(
  settings: KafkaSettings,
  record: { topic: string; key: string; value: string },
): Promise<void> {
  const { Producer, stringSerializers, ProduceAcks } = await import('@platformatic/kafka');
  const producer = new Producer({ ...clientOptions(settings), serializers: stringSerializers });
  try {
    await producer.send({ messages: [record], acks: ProduceAcks.ALL });
  } catch (error) {
    throw translateKafka(error, bootstrapServers(settings));
  } finally {
    await producer.close().catch(() => {});
  }
}
