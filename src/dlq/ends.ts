import type { KafkaRecord, PartitionBounds, RecordPort, RecordTopic } from '../ports/records.ts';

/** Offsets at the end of a partition in which its last record is looked for. */
const TAIL = 100;

interface End {
  /** Undefined if there is none. */
  record: KafkaRecord | undefined;
  /** See `RecordChunk`. */
  transactional: boolean;
}

/** The first record of a partition. */
export async function firstRecord(
  records: RecordPort,
  topic: RecordTopic,
  { partition, start, end }: PartitionBounds,
): Promise<End> {
  let transactional = false;
  for await (const chunk of records.read(topic, { partition, from: start, to: end })) {
    transactional ||= chunk.transactional;
    if (chunk.records[0] !== undefined) return { record: chunk.records[0], transactional };
  }
  return { record: undefined, transactional };
}

/** The last record of a partition, if it is near its end. */
export async function lastRecord(
  records: RecordPort,
  topic: RecordTopic,
  { partition, start, end }: PartitionBounds,
): Promise<End> {
  const found: End = { record: undefined, transactional: false };
  for await (const chunk of records.read(topic, { partition, from: Math.max(start, end - TAIL), to: end })) {
    found.transactional ||= chunk.transactional;
    found.record = chunk.records.at(-1) ?? found.record;
  }
  return found;
}
