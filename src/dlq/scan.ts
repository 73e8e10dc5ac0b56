import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { limitSemiSpaceGrowth } from '../ports/memory.ts';
import type { RecordChunk, RecordPort, RecordTopic } from '../ports/records.ts';

export interface ScanOptions {
  /** Only this partition. */
  partition?: number | undefined;
  /** Records from this offset on. */
  offset?: number | undefined;
  /** Records from this timestamp on: earlier ones need not be read. */
  since?: number | undefined;
  signal: AbortSignal;
}

/** What the use cases work with, beside the queue. */
export interface DlqPorts {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
}

/**
 * The records of a topic, partition by partition, up to where each ended when this began: a queue that grows meanwhile, by
 * what a replay brings back for instance, has an end too.
 */
export async function* scanTopic(
  records: RecordPort,
  topic: RecordTopic,
  { partition, offset = 0, since, signal }: ScanOptions,
): AsyncGenerator<RecordChunk> {
  limitSemiSpaceGrowth();
  const bounds = (await records.bounds(topic)).filter((one) => partition === undefined || one.partition === partition);
  const firsts = since === undefined ? undefined : await records.offsetsAt(topic, since);
  for (const { partition: of, start, end } of bounds) {
    const first = firsts?.[of] ?? start;
    const from = first < 0 ? end : Math.max(start, first, offset);
    for await (const chunk of records.read(topic, { partition: of, from, to: end })) {
      signal.throwIfAborted();
      yield chunk;
    }
  }
}
