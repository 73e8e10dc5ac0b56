import { SluiceError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import type { PartitionLag } from '../../ports/kafka.ts';
import type { RecordPort } from '../../ports/records.ts';

type Tail = Pick<PartitionLag, 'topic' | 'partition' | 'committed' | 'end'>;

const INTERRUPTIONS: ReadonlySet<ErrorCode> = new Set(['INTERRUPTED', 'TERMINATED']);

/** Whether any record is left between the committed offset and the end of a partition, or only markers of transactions. */
export class Tails {
  readonly #records: () => Promise<RecordPort>;
  /** By partition, of the last committed offset; undefined when it is seen for the first time. */
  readonly #seen = new Map<string, { committed: number | null; isEmpty: boolean | undefined }>();

  constructor(records: () => Promise<RecordPort>) {
    this.#records = records;
  }

  /** False the first time: an offset that moves is not worth a look. False also if it cannot be read. */
  async isEmpty(tail: Tail): Promise<boolean> {
    const { topic, partition, committed } = tail;
    const key = JSON.stringify([topic, partition]);
    const seen = this.#seen.get(key);
    if (seen === undefined || seen.committed !== committed) {
      this.#seen.set(key, { committed, isEmpty: undefined });
      return false;
    }
    seen.isEmpty ??= await this.#look(tail);
    return seen.isEmpty;
  }

  async #look({ topic: name, partition, committed, end }: Tail): Promise<boolean> {
    // Without a committed offset it is not known where the sink begins.
    if (committed === null) return false;
    try {
      const records = await this.#records();
      const topic = await records.topic(name);
      if (topic === undefined) return false;
      // Records of open and aborted transactions count: most sinks read them.
      for await (const chunk of records.read(topic, { partition, from: committed, to: end, uncommitted: true }))
        if (chunk.records.length > 0 || chunk.deleted > 0) return false;
      return true;
    } catch (error) {
      if (!(error instanceof SluiceError) || INTERRUPTIONS.has(error.code)) throw error;
      return false;
    }
  }
}
