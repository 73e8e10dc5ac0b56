import type { KafkaPort } from '../ports/kafka.ts';
import type { Count } from '../text/numbers.ts';

export interface QueueDepth {
  /** Offsets from the first to the last, an upper bound. */
  records: Count;
  /** Of these, from the first whose timestamp is recent enough. */
  recent: Count;
  /** Offsets up to the last, whether their records are kept or not: it only grows. */
  written: Count;
}

const LATEST = -1;
const EARLIEST = -2;

/** Offsets from the first to the last that can be read, of all partitions: an upper bound of its records. */
export function queueDepth(bounds: readonly { start: number; end: number }[]): number {
  return bounds.reduce((total, { start, end }) => total + Math.max(0, end - start), 0);
}

/**
 * How much each queue that exists holds, in a few requests for any number of them.
 * @param since what counts as recent (ms since 1970); none by default
 */
export async function queueDepths(
  kafka: KafkaPort,
  queues: readonly string[],
  since?: number,
): Promise<Map<string, QueueDepth>> {
  if (queues.length === 0) return new Map();
  const counts = await kafka.partitionCounts(queues);
  const partitions = [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_none, partition) => ({ topic, partition })),
  );
  const [ends, starts, firsts] = await Promise.all([
    // As `dlq list` counts: nobody can read what an open transaction hides.
    kafka.offsetsAt(partitions, LATEST, true),
    kafka.offsetsAt(partitions, EARLIEST),
    since === undefined ? [] : kafka.offsetsAt(partitions, since, true),
  ]);
  const depths = new Map([...counts.keys()].map((topic) => [topic, { records: 0, recent: 0, written: 0 }]));
  for (const [index, { topic }] of partitions.entries()) {
    const [end, start, first] = [ends[index] ?? 0, starts[index] ?? 0, firsts[index] ?? -1];
    const depth = depths.get(topic) ?? { records: 0, recent: 0, written: 0 };
    depth.records += queueDepth([{ start, end }]);
    depth.written += end;
    depth.recent += first < 0 ? 0 : Math.max(0, end - Math.max(start, first));
  }
  return depths;
}
