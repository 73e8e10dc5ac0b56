import { SluiceError } from '../errors/error.ts';

/** How to find out the id of the cluster; empty if it is not known. */
interface Clusters {
  worker(): Promise<string>;
  kafka(): Promise<string>;
}

/**
 * Refuses a context whose Kafka is not that of its workers: topics would be created, and dead letters replayed, where no
 * connector reads them, and consumer groups would seem to be dead. What cannot be asked is not compared: whoever needs it
 * reports that.
 * @throws PROJECT_INVALID
 */
export async function assertSameKafka(context: string, clusters: Clusters, signal: AbortSignal): Promise<void> {
  const tried = async (read: () => Promise<string>): Promise<string> => {
    try {
      return await read();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SluiceError)) throw error;
      return '';
    }
  };
  const [worker, kafka] = await Promise.all([tried(clusters.worker), tried(clusters.kafka)]);
  if (worker === '' || kafka === '' || worker === kafka) return;
  throw new SluiceError(
    'PROJECT_INVALID',
    `kafka.bootstrapServers of the context "${context}" leads to the Kafka cluster ${kafka}, but its worker belongs to ${worker}`,
    { hint: 'Correct one of the two in sluice.yaml.', details: { kafka, worker } },
  );
}
