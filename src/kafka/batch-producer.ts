import type { API, Callback, Connection, Writer } from '@platformatic/kafka';
import type { RecordToWrite } from '../ports/records.ts';
import { encodeBatch } from './batches.ts';
import { sentOver } from './sent-over.ts';

type Library = typeof import('@platformatic/kafka');

/** Records of one partition that are written together. Its bytes stay the same when the library sends it again. */
export class PendingBatch {
  readonly records: readonly RecordToWrite[];
  bytes: Buffer | undefined;

  constructor(records: readonly RecordToWrite[]) {
    this.records = records;
  }
}

interface BatchMessage {
  topic: string;
  partition: number;
  value: PendingBatch;
}

interface ProduceOptions {
  producerId: bigint;
  producerEpoch: number;
  transactionalId: string;
}

type Produce = API<[acks: number, timeout: number, messages: BatchMessage[], options: ProduceOptions], unknown>;

/** Later versions of AddPartitionsToTxn are for brokers: with ACLs they need ClusterAction (KIP-890). */
const OF_CLIENTS = 3;

/** The version from which on lengths are compact, and parts have tags. */
const FLEXIBLE = 9;

/**
 * The library's transactional producer, which takes batches instead of records: it spends most of its time on the form of
 * single records. It finds the brokers, adds partitions to the transaction, sends again and commits; only the request itself
 * is made here.
 */
export function batchProducer(kafka: Library) {
  return class extends kafka.Producer<Buffer, PendingBatch, Buffer, Buffer> {
    readonly #sequences = new Sequences();

    override [kafka.kGetApi]<Args extends unknown[], Answer>(name: string, done: Callback<API<Args, Answer>>): void {
      super[kafka.kGetApi]<Args, Answer>(name, (error, api) => {
        done(error, api === undefined ? api : (this.#own(name, api as never) as typeof api));
      });
    }

    #own(name: string, api: API<never, unknown>): API<never, unknown> {
      if (name === 'Produce') return this.#produce(api as unknown as Produce) as never;
      return name === 'AddPartitionsToTxn' && api.version > OF_CLIENTS
        ? (kafka.addPartitionsToTxnV3.api as never)
        : api;
    }

    #produce(api: Produce): Produce {
      const produce = (
        connection: Connection,
        acks: number,
        timeout: number,
        messages: BatchMessage[],
        options: ProduceOptions,
        done: Callback<unknown>,
      ) => {
        const write = (version: number) => this.#request(version, acks, timeout, messages, options);
        api(sentOver(connection, { write }), acks, timeout, messages, options, done);
      };
      return Object.assign(produce, api);
    }

    #request(
      version: number,
      acks: number,
      timeout: number,
      messages: readonly BatchMessage[],
      options: ProduceOptions,
    ): Writer {
      const isFlexible = version >= FLEXIBLE;
      const bytesOf = ({ topic, partition, value: batch }: BatchMessage) => {
        const { producerId, producerEpoch } = options;
        batch.bytes ??= encodeBatch(
          batch.records,
          {
            producerId,
            producerEpoch,
            sequence: this.#sequences.next(options, topic, partition, batch.records.length),
          },
          kafka.crc32c,
        );
        return batch.bytes;
      };
      const writer = kafka.Writer.create()
        .appendString(options.transactionalId, isFlexible)
        .appendInt16(acks)
        .appendInt32(timeout)
        .appendArray(
          [...Map.groupBy(messages, ({ topic }) => topic)],
          (topics, [topic, those]) => {
            topics.appendString(topic, isFlexible).appendArray(
              those,
              (partitions, message) => {
                partitions.appendInt32(message.partition).appendBytes(bytesOf(message), isFlexible);
              },
              isFlexible,
              isFlexible,
            );
          },
          isFlexible,
          isFlexible,
        );
      return isFlexible ? writer.appendTaggedFields() : writer;
    }
  };
}

export type BatchProducer = InstanceType<ReturnType<typeof batchProducer>>;

const SEQUENCES = 2 ** 31;

/** The broker takes batches of a partition in the order of the numbers of their first records, each once. */
export class Sequences {
  readonly #next = new Map<string, number>();
  #of = '';

  next(
    { producerId, producerEpoch }: Pick<ProduceOptions, 'producerId' | 'producerEpoch'>,
    topic: string,
    partition: number,
    records: number,
  ): number {
    const of = `${producerId} ${producerEpoch}`;
    if (of !== this.#of) this.#next.clear();
    this.#of = of;
    const key = `${partition} ${topic}`;
    const sequence = this.#next.get(key) ?? 0;
    this.#next.set(key, (sequence + records) % SEQUENCES);
    return sequence;
  }
}
