import type { Producer } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import type { RecordToWrite, RecordTransactions } from '../ports/records.ts';
import { bootstrapServers, clientOptions } from './admin.ts';
import { askKafka, closeKafka, flatten } from './ask.ts';

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
  const { Producer, compatibilityPartitioner } = await import('@platformatic/kafka');
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
    ...clientOptions(settings),
    idempotent: true,
    transactionalId: id,
    timeout: TRANSACTION_MS,
    retries: RETRIES,
    retryDelay: RETRY_MS,
    // As Kafka's own producer: the library's default puts every second key elsewhere.
    partitioner: compatibilityPartitioner,
  });
  const opened = new KafkaTransactions(producer, bootstrapServers(settings));
  try {
    await opened.begin();
  } catch (error) {
    await closeKafka(producer);
    throw error;
  }
  return opened;
}

type BytesProducer = Producer<Buffer, Buffer, Buffer, Buffer>;
type Transaction = Awaited<ReturnType<BytesProducer['beginTransaction']>>;

class KafkaTransactions implements RecordTransactions {
  readonly #producer: BytesProducer;
  readonly #servers: readonly string[];
  #open: Transaction | undefined;
  #written = false;
  #broken = false;
  #turn = 0;

  constructor(producer: BytesProducer, servers: readonly string[]) {
    this.#producer = producer;
    this.#servers = servers;
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
    const messages = records.map(({ topic, partition, timestamp, key, value, headers }) => ({
      topic,
      // The partitioner decides by the key; the library takes the remainder by the number of partitions.
      ...(partition === undefined && key !== null ? {} : { partition: partition ?? this.#next() }),
      timestamp: BigInt(timestamp),
      // The library writes null as Kafka's null, although its types do not know it.
      key: key as Buffer,
      value: value as Buffer,
      // Keys of a map that are buffers are never the same, so a name can occur several times.
      headers: new Map(headers as [Buffer, Buffer][]),
    }));
    await this.#ask(async () => this.#open?.send({ messages }));
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

  /** For records without a key and a partition. */
  #next(): number {
    this.#turn += 1;
    return this.#turn;
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
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    if (this.#broken) throw new SluiceError('KAFKA_REJECTED', 'the transaction has failed before');
    try {
      return await askKafka(call, this.#servers);
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
