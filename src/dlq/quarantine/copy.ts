import { SluiceError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KafkaRecord, RecordPort, RecordTopic } from '../../ports/records.ts';
import { originOf } from '../error-headers.ts';
import { retentionOf, sizeOf } from '../replay.ts';

/** A record, and where the sink read it. */
export interface RefusedRecord {
  topic: string;
  record: KafkaRecord;
}

/** Where the copy of a record is. */
export interface CopyPlace {
  partition: number;
  offset: number;
}

interface CopyPorts {
  records: RecordPort;
  clock: Clock;
  signal: AbortSignal;
}

const POLL_MS = 100;
/** How long a transaction may take to become visible once it is committed. */
const VISIBLE_MS = 30_000;

/** @throws KAFKA_REJECTED if the queue would not take it, or would not keep it: it would be nowhere then */
export function assertTakes(
  queue: RecordTopic,
  record: Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'>,
  now: Date,
): void {
  const because = refusalBy(queue, record, now);
  if (because === undefined) return;
  throw new SluiceError('KAFKA_REJECTED', `the refused record cannot be copied to ${queue.name}: ${because}`, {
    hint: 'Change the topic, or name another one.',
  });
}

function refusalBy(
  queue: RecordTopic,
  record: Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'>,
  now: Date,
): string | undefined {
  const limit = Number(queue.configs['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
  if (sizeOf(record) > limit) return `it is larger than max.message.bytes of that topic (${limit})`;
  // A copy keeps the timestamp, by which Kafka deletes it.
  const retention = retentionOf(queue);
  if (isTimeOfArrival(queue) || record.timestamp >= now.getTime() - retention) return undefined;
  return `it is older than retention.ms of that topic (${retention}), so Kafka would delete it at once`;
}

const isTimeOfArrival = ({ configs }: RecordTopic) => configs['message.timestamp.type'] === 'LogAppendTime';

/**
 * Copies a record to a queue, unless it is there: an earlier run may have been killed after it had copied it.
 * @param copy the record with the headers of the copy
 */
export async function copyOnce(
  refused: RefusedRecord,
  copy: KafkaRecord,
  queue: RecordTopic,
  ports: CopyPorts,
): Promise<CopyPlace & { isNew: boolean }> {
  const { records, clock, signal } = ports;
  // What an earlier run has written is committed or aborted when this returns, and that run can write nothing more.
  await using transactions = await records.transactions(transactionalId(queue));
  const before = await findCopy(refused, queue, ports);
  if (before !== undefined) return { ...before, isNew: false };
  const { timestamp, key, value, headers } = copy;
  await transactions.write([{ topic: queue.name, timestamp, key, value, headers }]);
  await transactions.commit();
  const deadline = clock.now().getTime() + VISIBLE_MS;
  for (;;) {
    const after = await findCopy(refused, queue, ports);
    if (after !== undefined) return { ...after, isNew: true };
    if (clock.now().getTime() >= deadline)
      throw new SluiceError('TIMED_OUT', `the copy in ${queue.name} is not visible`, {
        hint: 'Another transaction may be open in this topic. Nothing is lost; run the command again.',
      });
    await clock.sleep(POLL_MS, signal);
  }
}

/** The copy that an interrupted run may have made; nobody can make one any more when this returns. */
export async function settledCopy(
  refused: RefusedRecord,
  queue: RecordTopic,
  ports: CopyPorts,
): Promise<CopyPlace | undefined> {
  await using _transactions = await ports.records.transactions(transactionalId(queue));
  // Before that producer is closed, which another run may replace then.
  return await findCopy(refused, queue, ports);
}

/** One that is not seen is looked for again by its next user, who therefore shuts out others first. */
const transactionalId = (queue: RecordTopic) => `sluice-dlq-quarantine-${queue.id}`;

/** A dead letter of this very record, whoever wrote it: of the same place, with the same bytes. */
async function findCopy(
  { topic, record }: RefusedRecord,
  queue: RecordTopic,
  { records, signal }: CopyPorts,
): Promise<CopyPlace | undefined> {
  const [bounds, firsts] = await Promise.all([
    records.bounds(queue),
    // A copy keeps the timestamp. One below 0 is not a time, and asks Kafka for something else.
    isTimeOfArrival(queue) || record.timestamp < 0 ? undefined : records.offsetsAt(queue, record.timestamp),
  ]);
  for (const { partition, start, end } of bounds) {
    const first = firsts?.[partition] ?? start;
    if (first < 0) continue;
    for await (const chunk of records.read(queue, { partition, from: Math.max(start, first), to: end })) {
      signal.throwIfAborted();
      const found = chunk.records.find((one) => {
        const origin = originOf(one.headers);
        return (
          origin.topic === topic &&
          origin.partition === record.partition &&
          origin.offset === record.offset &&
          sameBytes(one.key, record.key) &&
          sameBytes(one.value, record.value)
        );
      });
      if (found !== undefined) return { partition, offset: found.offset };
    }
  }
  return undefined;
}

function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
