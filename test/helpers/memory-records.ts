import { SluiceError } from '../../src/errors/error.ts';
import type {
  KafkaRecord,
  PartitionBounds,
  ReadFrom,
  RecordChunk,
  RecordPort,
  RecordTopic,
  RecordToWrite,
  RecordTransactions,
} from '../../src/ports/records.ts';

interface Stored extends KafkaRecord {
  /** The transaction that wrote it. */
  of: Transaction;
}

interface Transaction {
  /** `marker`: an offset without a record, as the end of a transaction is. */
  state: 'open' | 'committed' | 'aborted' | 'marker';
}

/** What ends a process: nothing after it runs. */
export class Killed extends Error {}

/**
 * Kafka as far as replays need it, in memory: transactions that become visible at once, ids that shut former producers out,
 * and a process that can be killed before any of its writes.
 */
export class MemoryKafka implements RecordPort {
  readonly #topics = new Map<string, { topic: RecordTopic; partitions: Stored[][]; starts: number[] }>();
  readonly #producers = new Map<string, { epoch: number; open: Transaction | undefined }>();
  /** Writes and commits after which the process is killed. */
  killAfter = Number.POSITIVE_INFINITY;
  readonly #chunk: number;

  constructor(chunk = 3) {
    this.#chunk = chunk;
  }

  create(name: string, partitions: number, configs: Record<string, string> = {}): RecordTopic {
    const topic = { name, id: `${name}-${this.#topics.size}`, partitions, configs };
    this.#topics.set(name, {
      topic,
      partitions: Array.from({ length: partitions }, () => []),
      starts: Array.from({ length: partitions }, () => 0),
    });
    return topic;
  }

  /** Adds a record outside of any transaction. */
  add(topic: string, record: Partial<KafkaRecord>): number {
    return this.#append(
      topic,
      { key: null, value: null, headers: [], timestamp: 0, partition: 0, ...record },
      { state: 'committed' },
    );
  }

  /** Takes an offset and writes no record, as the end of a transaction does. */
  mark(topic: string): void {
    this.#append(topic, { key: null, value: null, headers: [], timestamp: 0, partition: 0 }, { state: 'marker' });
  }

  /** What readers see that ignore aborted transactions. */
  visible(name: string): KafkaRecord[] {
    return this.#of(name).partitions.flatMap((partition) => partition.filter(({ of }) => of.state === 'committed'));
  }

  async topic(name: string): Promise<RecordTopic | undefined> {
    return this.#topics.get(name)?.topic;
  }

  async bounds({ name }: RecordTopic): Promise<PartitionBounds[]> {
    const { partitions, starts } = this.#of(name);
    return partitions.map((records, partition) => {
      const open = records.findIndex(({ of }) => of.state === 'open');
      const end = open < 0 ? records.length : open;
      return { partition, start: starts[partition] ?? 0, end, written: records.length };
    });
  }

  async offsetsAt({ name }: RecordTopic, timestamp: number): Promise<number[]> {
    return this.#of(name).partitions.map((records) => records.findIndex((one) => one.timestamp >= timestamp));
  }

  async *read(
    { name }: RecordTopic,
    { partition, from, to, uncommitted = false }: ReadFrom & { to: number },
  ): AsyncGenerator<RecordChunk> {
    for (let at = from; at < to; ) {
      const { partitions, starts } = this.#of(name);
      const start = starts[partition] ?? 0;
      const next = at < start ? Math.min(start, to) : Math.min(at + this.#chunk, to);
      const records = (partitions[partition] ?? [])
        .slice(Math.max(at, start), next)
        .filter(({ of }) => of.state === 'committed' || (uncommitted && of.state !== 'marker'));
      yield { partition, records, next, deleted: at < start ? next - at : 0, transactional: false };
      at = next;
    }
  }

  // biome-ignore lint/correctness/useYield: not needed here
  async *follow(): AsyncGenerator<RecordChunk> {
    throw new Error('not in memory');
  }

  async deleteBefore({ name }: RecordTopic, offsets: readonly { partition: number; offset: number }[]): Promise<void> {
    const { starts } = this.#of(name);
    for (const { partition, offset } of offsets) starts[partition] = Math.max(starts[partition] ?? 0, offset);
  }

  async createCompacted(name: string): Promise<void> {
    this.create(name, 1, { 'cleanup.policy': 'compact' });
  }

  async transactions(id: string): Promise<RecordTransactions> {
    const former = this.#producers.get(id);
    if (former?.open !== undefined) former.open.state = 'aborted';
    const producer = { epoch: (former?.epoch ?? 0) + 1, open: undefined as Transaction | undefined };
    this.#producers.set(id, producer);
    let usable = true;
    const step = (run: () => void) => {
      if (this.killAfter <= 0) throw new Killed();
      this.killAfter -= 1;
      if (this.#producers.get(id) !== producer) {
        usable = false;
        throw new SluiceError('KAFKA_FENCED', 'shut out');
      }
      run();
    };
    const end = (state: Transaction['state']) =>
      step(() => {
        if (producer.open !== undefined) producer.open.state = state;
        producer.open = undefined;
      });
    return {
      get isUsable() {
        return usable;
      },
      write: async (records: readonly RecordToWrite[]) =>
        step(() => {
          producer.open ??= { state: 'open' };
          for (const one of records) this.#append(one.topic, { ...one, partition: one.partition ?? 0 }, producer.open);
        }),
      commit: async () => end('committed'),
      abort: async () => end('aborted'),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #append(name: string, record: Omit<KafkaRecord, 'offset'>, of: Transaction): number {
    const partition = this.#of(name).partitions[record.partition] ?? [];
    partition.push({ ...record, offset: partition.length, of });
    return partition.length - 1;
  }

  #of(name: string) {
    const found = this.#topics.get(name);
    if (found === undefined) throw new Error(`no topic ${name}`);
    return found;
  }
}
