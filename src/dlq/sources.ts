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
export async function fileSource(file: string): Promise<ReplaySource> {
  const { queue, queueId, chunks } = await openImport(file);
  return {
    queue,
    queueId,
    async *chunks() {
      for await (const records of chunks()) yield { records, deleted: 0 };
    },
  };
}
