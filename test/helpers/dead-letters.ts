import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { openRecords } from '../../src/kafka/records.ts';
import type { KafkaRecord, RecordHeader, RecordToWrite } from '../../src/ports/records.ts';
import { sandbox } from './sandbox.ts';

/** Topics of a test, with records written and read behind the command's back. */
export class TestTopics {
  readonly #settings = { bootstrapServers: sandbox.bootstrapServers };
  readonly #names = new Set<string>();

  async create(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<void> {
    await this.#admin(async (admin) => {
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: 1,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      });
    });
    this.#names.add(name);
  }

  /** One that something else creates. */
  adopt(name: string): void {
    this.#names.add(name);
  }

  async remove(name: string): Promise<void> {
    this.#names.delete(name);
    await this.#admin(async (admin) => {
      await admin.deleteTopics({ topics: [name] }).catch(() => {});
    });
  }

  async removeAll(): Promise<void> {
    for (const name of [...this.#names]) await this.remove(name);
  }

  /** Writes in one transaction. */
  async write(topic: string, records: readonly Partial<RecordToWrite>[]): Promise<void> {
    await using kafka = await openRecords(this.#settings);
    await using transactions = await kafka.transactions(`test-${topic}`);
    const complete = records.map((record) => ({ topic, ...EMPTY, ...record }));
    while (complete.length > 0) await transactions.write(complete.splice(0, 500));
    await transactions.commit();
  }

  /** Writes in a transaction that is aborted. */
  async abort(topic: string, records: readonly Partial<RecordToWrite>[]): Promise<void> {
    await using kafka = await openRecords(this.#settings);
    await using transactions = await kafka.transactions(`test-${topic}`);
    await transactions.write(records.map((record) => ({ topic, ...EMPTY, ...record })));
    await transactions.abort();
  }

  /** All committed records, by partition and offset. */
  async read(name: string): Promise<KafkaRecord[]> {
    await using kafka = await openRecords(this.#settings);
    const topic = await kafka.topic(name);
    if (topic === undefined) return [];
    const found: KafkaRecord[] = [];
    for (const { partition, start, end } of await kafka.bounds(topic))
      for await (const { records } of kafka.read(topic, { partition, from: start, to: end })) found.push(...records);
    return found;
  }

  /** How many offsets a topic has, those of open and aborted transactions included. */
  async written(name: string): Promise<number> {
    await using kafka = await openRecords(this.#settings);
    const topic = await kafka.topic(name);
    const bounds = topic === undefined ? [] : await kafka.bounds(topic);
    return bounds.reduce((sum, { start, written }) => sum + written - start, 0);
  }

  async #admin(run: (admin: Awaited<ReturnType<typeof createAdmin>>) => Promise<void>): Promise<void> {
    const admin = await createAdmin(this.#settings);
    try {
      await run(admin);
    } finally {
      await closeKafka(admin);
    }
  }
}

const EMPTY = { partition: 0, timestamp: 1_700_000_000_000, key: null, value: null, headers: [] };

/** A dead letter as Connect queues it. */
export function deadLetter(
  topic: string,
  partition: number,
  offset: number,
  { cause = 'no', ...more }: Partial<RecordToWrite> & { cause?: string } = {},
): Partial<RecordToWrite> {
  const error = (name: string, value: string): RecordHeader => [
    Buffer.from(`__connect.errors.${name}`),
    Buffer.from(value),
  ];
  return {
    timestamp: Date.now(),
    ...more,
    partition: 0,
    headers: [
      ...(more.headers ?? []),
      error('topic', topic),
      error('partition', String(partition)),
      error('offset', String(offset)),
      error('connector.name', 'test-sink'),
      error('stage', 'TRANSFORMATION'),
      error('exception.stacktrace', `java.lang.RuntimeException: ${cause}\n\tat a.B.c(B.java:1)`),
    ],
  };
}
