import { WaitingRecords } from '../monitor/waiting.ts';
import type { KafkaPort, PartitionLag } from '../ports/kafka.ts';
import type { RecordPort } from '../ports/records.ts';

const END = -1;

/** When the last record of topics was written. */
export class LastRecords {
  /** The record before the end, and the one before that: the very last offset may be the end of a transaction. */
  readonly #times: readonly [last: WaitingRecords, before: WaitingRecords];

  constructor(records: RecordPort) {
    this.#times = [new WaitingRecords(records), new WaitingRecords(records)];
  }

  /** @returns ms since 1970, of topics that exist and have a record @throws KAFKA_* if no broker answers */
  async of(
    topics: readonly string[],
    kafka: Pick<KafkaPort, 'partitionCounts' | 'offsetsAt'>,
  ): Promise<Map<string, number>> {
    const counts = topics.length === 0 ? [] : [...(await kafka.partitionCounts([...new Set(topics)]))];
    const partitions = counts.flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
    if (partitions.length === 0) return new Map();
    const ends = await kafka.offsetsAt(partitions, END);
    const [last, before] = this.#times;
    const found = new Map<string, number>();
    const ask = async (records: WaitingRecords, lag: number) => {
      const asked = partitions.flatMap(({ topic, partition }, index): PartitionLag[] => {
        const end = ends[index] ?? 0;
        return end < lag || found.has(topic) ? [] : [{ topic, partition, committed: end - lag, end, lag }];
      });
      for (const [{ topic }, next] of await records.of(asked))
        if (next !== 'none' && next.at !== null) found.set(topic, Math.max(next.at, found.get(topic) ?? 0));
    };
    await ask(last, 1);
    await ask(before, 2);
    return found;
  }
}
