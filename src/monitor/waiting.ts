import { mapBounded } from '../connect/concurrency.ts';
import { SluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import type { PartitionLag } from '../ports/kafka.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';

/** Requests to the brokers at a time. */
const AT_ONCE = 8;
/** Partitions that are asked for in one go; those of before are remembered. */
const MOST = 500;

const ENDING: ReadonlySet<ErrorCode> = new Set(['KAFKA_UNREACHABLE', 'INTERRUPTED', 'TERMINATED']);

/** Since when the next record of a partition has waited, by the record's own time. */
export class WaitingTimes {
  readonly #records: RecordPort;
  readonly #topics = new Map<string, Promise<RecordTopic | undefined>>();
  /** By partition: the record at an offset keeps its time. */
  #known = new Map<string, { offset: number; at: number | undefined }>();

  constructor(records: RecordPort) {
    this.#records = records;
  }

  /**
   * @param partitions all that are of interest: of others nothing is remembered
   * @returns ms since 1970, of those that lag; without those whose record could not be read, or beyond the first 500
   * @throws KAFKA_* if no broker answers
   */
  async of(partitions: readonly PartitionLag[]): Promise<Map<PartitionLag, number>> {
    const lagging = partitions.filter(({ lag }) => lag > 0);
    const known = new Map<string, { offset: number; at: number | undefined }>();
    const asked: PartitionLag[] = [];
    for (const one of lagging) {
      const before = this.#known.get(keyOf(one));
      if (before?.offset === next(one)) known.set(keyOf(one), before);
      else asked.push(one);
    }
    await mapBounded(asked.slice(0, MOST), AT_ONCE, async (one) => {
      known.set(keyOf(one), { offset: next(one), at: await this.#timeOf(one) });
    });
    this.#known = known;
    return new Map(
      lagging.flatMap((one): [PartitionLag, number][] => {
        const at = known.get(keyOf(one))?.at;
        return at === undefined ? [] : [[one, at]];
      }),
    );
  }

  async #timeOf(one: PartitionLag): Promise<number | undefined> {
    try {
      const topic = await this.#topic(one.topic);
      if (topic === undefined || one.partition >= topic.partitions) return undefined;
      const range = { partition: one.partition, from: next(one), to: one.end };
      // Gaps of transactions and of compaction have no record: the next one counts.
      for await (const { records } of this.#records.read(topic, range)) {
        const [first] = records;
        if (first !== undefined) return first.timestamp;
      }
      return undefined;
    } catch (error) {
      // It was deleted and created again, or may not be read: the others can still be known.
      if (!(error instanceof SluiceError) || ENDING.has(error.code)) throw error;
      this.#topics.delete(one.topic);
      return undefined;
    }
  }

  #topic(name: string): Promise<RecordTopic | undefined> {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = this.#records.topic(name);
      this.#topics.set(name, topic);
      // A topic that is made later, or once Kafka is back, is asked for again.
      topic.then(
        (found) => found === undefined && this.#topics.delete(name),
        () => this.#topics.delete(name),
      );
    }
    return topic;
  }
}

/** The offset of the next record to read. */
function next({ end, lag }: PartitionLag): number {
  return end - lag;
}

function keyOf({ topic, partition }: PartitionLag): string {
  return `${topic}\u0000${partition}`;
}
