import { SluiceError } from '../errors/error.ts';
import type { KafkaRecord, RecordPort } from '../ports/records.ts';
import type { Count } from '../text/numbers.ts';
import { setting } from '../text/settings.ts';
import { originOf } from './error-headers.ts';
import { isoTime } from './groups.ts';
import { openImport } from './import.ts';
import { OffsetSet } from './offset-set.ts';
import type { OpenQueue } from './queues.ts';
import { loadReplayed } from './replayed.ts';
import type { DlqPorts } from './scan.ts';

export interface PurgeRequest {
  /** Records before the first one with a timestamp from this one on, ms since 1970. */
  before: number;
  /** A file of `sluice dlq export` whose records may be deleted. */
  exported?: string | undefined;
  /** Also records that were neither replayed nor exported. */
  force: boolean;
}

/** What a purge will do. */
export interface PurgePlan {
  queue: string;
  before: string;
  /** Per partition, the first offset that stays. */
  partitions: { partition: Count; from: Count; to: Count }[];
  /** Offsets that go; with gaps there are fewer records. */
  records: Count;
}

export interface PurgeReport extends PurgePlan {
  context: string;
  dryRun: boolean;
}

/**
 * Finds out what would be deleted: in each partition everything before the first record that is new enough, since Kafka
 * deletes no single records.
 * @throws CONFIRMATION_REQUIRED if some of it was neither replayed to its topic nor exported
 */
export async function planPurge(
  { topic, fallback }: OpenQueue,
  { before, exported, force }: PurgeRequest,
  { records, clock, signal }: Pick<DlqPorts, 'clock' | 'signal'> & { records: RecordPort },
): Promise<PurgePlan> {
  const [bounds, firsts] = await Promise.all([records.bounds(topic), records.offsetsAt(topic, before)]);
  const partitions = bounds.flatMap(({ partition, start, end }) => {
    const first = firsts[partition] ?? -1;
    const to = first < 0 ? end : Math.min(first, end);
    return to > start ? [{ partition, from: start, to }] : [];
  });
  const plan = {
    queue: topic.name,
    before: isoTime(before),
    partitions,
    records: partitions.reduce((sum, { from, to }) => sum + to - from, 0),
  };
  if (force || plan.records === 0) return plan;
  const replayed = await loadReplayed(records, topic.id, clock, signal);
  const isExported = await exportedOffsets(exported, topic.id);
  const ids = new Map<string, string | undefined>();
  /** What went to another topic only, for a trial, has not reached the sink: its copy here is the last one. */
  const isReplayed = async ({ partition, offset, headers }: KafkaRecord) => {
    const name = originOf(headers).topic ?? fallback;
    if (name !== undefined && !ids.has(name)) ids.set(name, (await records.topic(name))?.id);
    const target = name === undefined ? undefined : ids.get(name);
    return target === undefined ? replayed.hasAny(partition, offset) : replayed.has({ target, partition }, offset);
  };
  let kept = 0;
  for (const { partition, from, to } of partitions) {
    for await (const chunk of records.read(topic, { partition, from, to })) {
      signal.throwIfAborted();
      for (const record of chunk.records)
        if (!isExported(partition, record.offset) && !(await isReplayed(record))) kept += 1;
    }
  }
  if (kept === 0) return plan;
  throw new SluiceError(
    'CONFIRMATION_REQUIRED',
    `${kept} of the up to ${plan.records} records before ${plan.before} were neither replayed to their topic nor exported; nothing was deleted`,
    {
      hint: `Export the queue first and name the file, ${setting('exported', 'FILE')}, or delete them all the same with ${setting('force')}.`,
      details: { queue: topic.name, records: plan.records, neither: kept },
    },
  );
}

/** Deletes what was planned, and nothing that has arrived since. */
export async function purge({ topic }: OpenQueue, { partitions }: PurgePlan, records: RecordPort): Promise<void> {
  await records.deleteBefore(
    topic,
    partitions.map(({ partition, to }) => ({ partition, offset: to })),
  );
}

/** @throws EXPORT_INVALID, FILE_UNREADABLE, REQUEST_INVALID for another queue's file */
async function exportedOffsets(
  file: string | undefined,
  queueId: string,
): Promise<(partition: number, offset: number) => boolean> {
  if (file === undefined) return () => false;
  const source = await openImport(file);
  if (source.queueId !== queueId) {
    throw new SluiceError('REQUEST_INVALID', `${file} is an export of another queue, ${source.queue}`, {
      hint: 'A topic that was deleted and created again is another one, too.',
    });
  }
  const sets = new Map<number, OffsetSet>();
  for await (const chunk of source.chunks()) {
    for (const { partition, offset } of chunk) {
      const set = sets.get(partition) ?? new OffsetSet();
      sets.set(partition, set);
      set.add(offset);
    }
  }
  return (partition, offset) => sets.get(partition)?.has(offset) ?? false;
}
