import type { KafkaSettings } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import type { RecordToWrite, RecordTransactions } from '../ports/records.ts';
import { type Access, type Asked, toTopics } from './access.ts';
import { askedOf, clientOptions } from './admin.ts';
import { askKafka, closeKafka, flatten } from './ask.ts';
import { type BatchProducer, batchProducer, PendingBatch } from './batch-producer.ts';

/** After this the broker aborts an open transaction, and shuts its producer out. */
const TRANSACTION_MS = 60_000;

/**
 * For a transactional id that may have been used before. The library's own default, 0 and 0, would claim to be the producer
 * with that number, and the broker refuses it (PRODUCER_FENCED) from the second use of an id on.
 */
const ANY_PRODUCER = { producerId: -1n, producerEpoch: -1 };

/** A commit may still be under way on the broker when the next transaction begins (CONCURRENT_TRANSACTIONS). */
const RETRIES = 50;
const RETRY_MS = 100;

const FENCED = /^(?:PRODUCER_FENCED|INVALID_PRODUCER_EPOCH)$/;

export async function openTransactions(settings: KafkaSettings, id: string): Promise<RecordTransactions> {
  const kafka = await import('@platformatic/kafka');
  const producer = new (batchProducer(kafka))({
    ...clientOptions(settings),
    idempotent: true,
    transactionalId: id,
    timeout: TRANSACTION_MS,
    retries: RETRIES,
    retryDelay: RETRY_MS,
  });
  const partitioner: Partitioner = (key) => kafka.compatibilityPartitioner({ topic: '', value: key }, key);
  const opened = new KafkaTransactions(producer, partitioner, id, askedOf(settings));
  try {
    await opened.begin();
  } catch (error) {
    await closeKafka(producer);
    throw error;
  }
  return opened;
}

type Transaction = Awaited<ReturnType<BatchProducer['beginTransaction']>>;

/** As Kafka's own producer: the library's default puts every second key elsewhere. */
type Partitioner = (key: Buffer) => number;

class KafkaTransactions implements RecordTransactions {
  readonly #producer: BatchProducer;
  readonly #partitioner: Partitioner;
  readonly #asked: Omit<Asked, 'access'>;
  readonly #access: Access;
  #open: Transaction | undefined;
  #written = false;
  #broken = false;
  #turn = 0;

  constructor(producer: BatchProducer, partitioner: Partitioner, id: string, asked: Omit<Asked, 'access'>) {
    this.#producer = producer;
    this.#partitioner = partitioner;
    this.#asked = asked;
    this.#access = { operation: 'Write', kind: 'transactional id', names: [id] };
  }

  get isUsable(): boolean {
    return !this.#broken;
  }

  async begin(): Promise<void> {
    this.#open = await this.#ask(() => this.#producer.beginTransaction(ANY_PRODUCER));
  }

  async write(records: readonly RecordToWrite[]): Promise<void> {
    if (this.#open === undefined) await this.begin();
    this.#written = true;
    const batches = await this.#batches(records);
    const messages = batches.map(({ topic, partition, batch: value }) => ({ topic, partition, value }));
    const topics = new Set(messages.map(({ topic }) => topic));
    await this.#ask(async () => this.#open?.send({ messages }), toTopics('Write', ...topics));
  }

  async commit(): Promise<void> {
    await this.#end((transaction) => transaction.commit());
  }

  async abort(): Promise<void> {
    await this.#end((transaction) => transaction.abort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#written && !this.#broken) await this.abort().catch(() => {});
    await closeKafka(this.#producer);
  }

  /** One for each partition of each topic. */
  async #batches(records: readonly RecordToWrite[]) {
    const byTopic = new Map<string, Map<number, RecordToWrite[]>>();
    const counts = await this.#partitionCounts(records);
    for (const record of records) {
      const { topic } = record;
      const partition = record.partition ?? this.#choose(record, counts.get(topic) ?? 1);
      const byPartition = byTopic.get(topic) ?? new Map<number, RecordToWrite[]>();
      byTopic.set(topic, byPartition);
      const batch = byPartition.get(partition);
      if (batch === undefined) byPartition.set(partition, [record]);
      else batch.push(record);
    }
    return [...byTopic].flatMap(([topic, byPartition]) =>
      [...byPartition].map(([partition, of]) => ({ topic, partition, batch: new PendingBatch(of) })),
    );
  }

  /** Of the topics of records that have no partition yet. */
  async #partitionCounts(records: readonly RecordToWrite[]): Promise<Map<string, number>> {
    const topics = new Set(records.flatMap(({ topic, partition }) => (partition === undefined ? topic : [])));
    if (topics.size === 0) return new Map();
    const metadata = await this.#ask(
      () => this.#producer.metadata({ topics: [...topics] }),
      toTopics('Describe', ...topics),
    );
    return new Map([...topics].map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 1]));
  }

  #choose({ key }: RecordToWrite, partitions: number): number {
    this.#turn += 1;
    return (key === null ? this.#turn : this.#partitioner(key)) % partitions;
  }

  async #end(how: (transaction: Transaction) => Promise<unknown>): Promise<void> {
    const transaction = this.#open;
    // The broker knows no transaction without a record.
    if (transaction === undefined || !this.#written) return;
    await this.#ask(() => how(transaction));
    this.#open = undefined;
    this.#written = false;
  }

  /** After a failure nothing more is written: the library would go on without the transaction. */
  async #ask<T>(call: () => Promise<T>, ...access: readonly Access[]): Promise<T> {
    if (this.#broken) throw new SluiceError('KAFKA_REJECTED', 'the transaction has failed before');
    try {
      const { servers, user } = this.#asked;
      return await askKafka(call, servers, { user, access: [...access, this.#access] });
    } catch (error) {
      this.#broken = true;
      if (flatten(error).some((one) => FENCED.test(String((one as { apiId?: string }).apiId)))) throw fenced(error);
      throw error;
    }
  }
}

function fenced(cause: unknown): SluiceError {
  return new SluiceError('KAFKA_FENCED', 'Kafka has shut this run out: another one like it has begun since', {
    hint: 'Let only one of them run; nothing is written twice. Without another run, a transaction took longer than a minute: run it again.',
    cause,
  });
}
