import type { Logger } from '../ports/logger.ts';
import type { RecordPort } from '../ports/records.ts';
import { openImport } from './import.ts';
import type { OpenQueue } from './queues.ts';
import type { ReplaySource } from './replay.ts';
import { type ScanOptions, scanTopic } from './scan.ts';

/** The records of a queue, up to where it ends when the replay begins. */
export function queueSource(records: RecordPort, { topic, fallback }: OpenQueue, options: ScanOptions): ReplaySource {
  return { queue: topic.name, queueId: topic.id, fallback, chunks: () => scanTopic(records, topic, options) };
}

/** The records of an export. @throws EXPORT_INVALID, FILE_UNREADABLE */
export async function fileSource(file: string, records: RecordPort, logger: Logger): Promise<ReplaySource> {
  const { queue, queueId, chunks } = await openImport(file);
  const topic = await records.topic(queue);
  if (topic?.id !== queueId)
    logger.warn(`${file} is an export of another ${queue} than this cluster has: of another cluster, or deleted since`);
  return {
    queue,
    queueId,
    async *chunks() {
      for await (const some of chunks()) yield { records: some, deleted: 0 };
    },
  };
}
