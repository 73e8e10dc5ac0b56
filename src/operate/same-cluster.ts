import { SluiceError } from '../errors/error.ts';
import type { KafkaPort } from '../ports/kafka.ts';

/**
 * @param cluster that of the worker; null if it does not report it
 * @throws REQUEST_INVALID if the context's Kafka is another one: what it knows of topics and groups says nothing then
 */
export async function assertSameCluster(
  kafka: Pick<KafkaPort, 'clusterId'>,
  cluster: string | null,
  context: string,
): Promise<void> {
  const other = cluster === null ? undefined : await kafka.clusterId();
  if (!other || other === cluster) return;
  throw new SluiceError(
    'REQUEST_INVALID',
    `kafka.bootstrapServers of the context "${context}" leads to the Kafka cluster ${other}, but its worker belongs to ${cluster}`,
    { hint: 'Correct one of the two in sluice.yaml.', details: { kafka: other, worker: cluster } },
  );
}
