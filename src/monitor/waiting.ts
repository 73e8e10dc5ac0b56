import { mapBounded } from '../connect/concurrency.ts';
import { SluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import type { NextRecord, PartitionLag } from '../ports/kafka.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';

/** Requests to the brokers at a time. */
const AT_ONCE = 8;
/** Partitions that are asked for in one go; those of before are remembered. */
const MOST = 500;
/** A producer's clock may be ahead of this one, but hardly by more: such a time says nothing. */
const SKEW_MS = 60_000;

const ENDING: ReadonlySet<ErrorCode> = new Set(['KAFKA_UNREACHABLE', 'INTERRUPTED', 'TERMINATED']);

/** The next record; `none`: markers of transactions, and gaps, are all that is there. */
type Found = NextRecord | 'none';

/** The next record of each partition, and so since when it has waited. */
export class WaitingRecords {
  readonly #records: RecordPort;
  readonly #topics = new Map<string, Promise<RecordTopic | undefined>>();
  /** By partition and offset: the record at an offset stays the same, and where there was none until an end, there is none. */
  #known = new Map<string, { found: Found; end: number }>();

  constructor(records: RecordPort) {
    this.#records = records;
  }

  /**
   * @param partitions all that are of interest: of others nothing is remembered
   * @param committedOnly whether the reader of a partition leaves out what belongs to no committed transaction
   * @returns of those that lag; without those whose record could not be read, or beyond the first 500
   * @throws KAFKA_* if no broker answers
   */
  async of(
    partitions: readonly PartitionLag[],
    committedOnly: (one: PartitionLag) => boolean = () => false,
  ): Promise<Map<PartitionLag, Found>> {
    const lagging = partitions.filter(({ lag }) => lag > 0);
    const known = new Map<string, { found: Found; end: number }>();
    const asked: PartitionLag[] = [];
    const keyOf = (one: PartitionLag) => JSON.stringify([one.topic, one.partition, next(one), committedOnly(one)]);
    for (const one of lagging) {
      const before = this.#known.get(keyOf(one));
      if (before !== undefined && (before.found !== 'none' || before.end === one.end)) known.set(keyOf(one), before);
      else asked.push(one);
    }
    await mapBounded(asked.slice(0, MOST), AT_ONCE, async (one) => {
      const found = await this.#foundIn(one, committedOnly(one));
      if (found !== undefined) known.set(keyOf(one), { found, end: one.end });
    });
    this.#known = known;
    return new Map(
      lagging.flatMap((one): [PartitionLag, Found][] => {
        const found = known.get(keyOf(one))?.found;
        return found === undefined ? [] : [[one, found]];
      }),
    );
  }

  /** Undefined if it could not be read. */
  async #foundIn(one: PartitionLag, committedOnly: boolean): Promise<Found | undefined> {
    try {
      const topic = await this.#topic(one.topic);
      if (topic === undefined || one.partition >= topic.partitions) return undefined;
      if (!committedOnly) return await this.#first(topic, one, { from: next(one), to: one.end, uncommitted: true });
      const readable = (await this.#records.bounds(topic))[one.partition]?.end ?? one.end;
      const to = Math.min(one.end, readable);
      const committed = await this.#first(topic, one, { from: next(one), to, uncommitted: false });
      if (committed !== 'none' || to === one.end) return committed;
      // Of a transaction that is open: it waits, too, for its end.
      return await this.#first(topic, one, { from: Math.max(to, next(one)), to: one.end, uncommitted: true });
    } catch (error) {
      // It was deleted and created again, or may not be read: the others can still be known.
      if (!(error instanceof SluiceError) || ENDING.has(error.code)) throw error;
      this.#topics.delete(one.topic);
      return undefined;
    }
  }

  async #first(
    topic: RecordTopic,
    { partition }: PartitionLag,
    range: { from: number; to: number; uncommitted: boolean },
  ): Promise<Found> {
    // Markers of transactions, and gaps of compaction, are no record: the next one counts.
    for await (const { records } of this.#records.read(topic, { partition, ...range })) {
      const [first] = records;
      if (first !== undefined) return { offset: first.offset, at: first.timestamp < 0 ? null : first.timestamp };
    }
    return 'none';
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

/** How long a partition's next record has waited (ms); 0 if none waits, null if that is not known. @param now ms since 1970 */
export function waitedMs({ lag, next: first }: PartitionLag, now: number): number | null {
  if (lag === 0) return 0;
  const at = first?.at ?? null;
  return at === null || at > now + SKEW_MS ? null : Math.max(0, now - at);
}

/** How long the oldest record of several partitions has waited (ms); null if that is not known of one: it may be longer. */
export function longestWait(partitions: readonly PartitionLag[], now: number): number | null {
  const times = partitions.map((one) => waitedMs(one, now));
  const known = times.filter((one) => one !== null);
  return known.length === 0 || known.length < times.length ? null : Math.max(...known);
}

/** The offset of the next record to read. */
function next({ end, lag }: PartitionLag): number {
  return end - lag;
}
