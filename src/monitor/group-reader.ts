import { connectorType } from '../connect/connector.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import type { GroupLag, KafkaPort, PartitionLag } from '../ports/kafka.ts';
import { beginsAtFirst, sinkGroup } from '../topology/consumer-groups.ts';
import { mayRead } from '../topology/feeds.ts';
import type { GroupFacts } from './health.ts';
import type { WaitingRecords } from './waiting.ts';

/** Opens Kafka; undefined if the context has none. */
export type KafkaOpener = (() => Promise<KafkaPort>) | undefined;

const REST = 4;
const INTERRUPTIONS: ReadonlySet<ErrorCode> = new Set(['INTERRUPTED', 'TERMINATED']);

/** Consumer groups of sinks. Kafka is opened for the first sink, since its client loads slowly, and stays open. */
export class GroupReader {
  readonly #open: KafkaOpener;
  readonly #waiting: (() => Promise<WaitingRecords>) | undefined;
  #kafka: Promise<KafkaPort> | undefined;
  #unread: SluiceError | undefined;
  /** Why Kafka could not be queried, and until when it is not tried again. */
  #failed: { error: SluiceError; until: number } | undefined;

  /** @param waiting opens the records of topics; without it, the next record of a partition is not known */
  constructor(open: KafkaOpener, waiting?: () => Promise<WaitingRecords>) {
    this.#open = open;
    this.#waiting = waiting;
  }

  /** Why the records that wait could not be read the last time; how many they are is known all the same. */
  get unread(): SluiceError | undefined {
    return this.#unread;
  }

  /** Why Kafka could not be queried the last time. */
  get failure(): SluiceError | undefined {
    return this.#failed?.error;
  }

  get configured(): boolean {
    return this.#open !== undefined;
  }

  /**
   * What Kafka knows about the sinks in `listed`, by connector name. A failure is returned, not thrown: the state of the
   * connectors is worth showing without Kafka. After a failure Kafka is not tried again for a multiple of the time it
   * took, so that frequent polls do not wait for it each time.
   */
  async read(
    listed: readonly ListedConnector[],
  ): Promise<{ facts: Map<string, GroupFacts>; error: SluiceError | undefined }> {
    const sinks = listed.filter((connector) => connectorType(connector) === 'sink');
    if (sinks.length === 0 || this.#open === undefined) return { facts: new Map(), error: undefined };
    if (this.#failed !== undefined && performance.now() < this.#failed.until)
      return { facts: new Map(), error: this.#failed.error };
    const groupOf = new Map(sinks.map(({ name, info }) => [name, sinkGroup(name, info.config)]));
    const reads = new Map(sinks.map(({ name, info }) => [name, mayRead(info.config)]));
    const ids = [...new Set(groupOf.values())];
    const began = performance.now();
    try {
      const kafka = await this.#opened(this.#open);
      const [summaries, counted] = await Promise.all([kafka.describeGroups(ids), kafka.lag(ids)]);
      const lags = await this.#withNext(withoutUnknown(counted, sinks), groupsOf(sinks, isCommittedOnly));
      const facts = [...groupOf].map(
        ([name, id]) => [name, { summary: summaries.get(id), lag: lagOf(lags.get(id), reads.get(name)) }] as const,
      );
      this.#failed = undefined;
      return { facts: new Map(facts), error: undefined };
    } catch (error) {
      if (!(error instanceof SluiceError) || INTERRUPTIONS.has(error.code)) throw error;
      const now = performance.now();
      this.#failed = { error, until: now + REST * (now - began) };
      return { facts: new Map(), error };
    }
  }

  /**
   * The lag of groups with the next record of each partition. Offsets without a record do not count: a sink that has read
   * everything commits no offset after the marker of a transaction, and waits for nothing.
   */
  async #withNext(
    lags: ReadonlyMap<string, GroupLag>,
    careful: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, GroupLag>> {
    const all = [...lags.values()];
    const partitions = all.flatMap((one) => one.partitions);
    this.#unread = undefined;
    if (this.#waiting === undefined || !partitions.some(({ lag }) => lag > 0)) return lags;
    const committedOnly = new Set(all.flatMap((one) => (careful.has(one.group) ? one.partitions : [])));
    try {
      const found = await (await this.#waiting()).of(partitions, (one) => committedOnly.has(one));
      const refined = (one: PartitionLag): PartitionLag => {
        const next = found.get(one);
        if (next === undefined) return one;
        return next === 'none' ? { ...one, lag: 0 } : { ...one, lag: one.end - next.offset, next };
      };
      const next = [...lags].map(([id, { group, partitions: those }]): [string, GroupLag] => {
        const each = those.map(refined);
        return [id, { group, total: totalOf(each), partitions: each }];
      });
      return new Map(next);
    } catch (error) {
      if (!(error instanceof SluiceError) || INTERRUPTIONS.has(error.code)) throw error;
      this.#unread = error;
      return lags;
    }
  }

  /** Those of the partitions whose next record is older than this. @param timestamp ms since 1970 */
  async waitingSince(partitions: readonly PartitionLag[], timestamp: number): Promise<ReadonlySet<PartitionLag>> {
    if (partitions.length === 0 || this.#kafka === undefined) return new Set();
    const firsts = await (await this.#kafka).offsetsAt(partitions, timestamp);
    return new Set(
      partitions.filter(({ lag, end }, index) => {
        const first = firsts[index] ?? -1;
        return lag > 0 && (first < 0 || end - lag < first);
      }),
    );
  }

  /** Partitions of every topic, by name; undefined if Kafka could not be asked. */
  async topicPartitions(isWanted: (topic: string) => boolean): Promise<Map<string, number> | undefined> {
    if (this.#open === undefined) return undefined;
    try {
      const kafka = await this.#opened(this.#open);
      return await kafka.partitionCounts((await kafka.topics()).filter(isWanted));
    } catch (error) {
      if (!(error instanceof SluiceError) || INTERRUPTIONS.has(error.code)) throw error;
      return undefined;
    }
  }

  async close(): Promise<void> {
    const kafka = await this.#kafka?.catch(() => undefined);
    await kafka?.close();
  }

  /** One client, also for calls at the same time. */
  #opened(open: () => Promise<KafkaPort>): Promise<KafkaPort> {
    this.#kafka ??= open().catch((error: unknown) => {
      this.#kafka = undefined;
      throw error;
    });
    return this.#kafka;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

type Config = Readonly<Record<string, string>>;

function groupsOf(sinks: readonly ListedConnector[], is: (config: Config) => boolean): Set<string> {
  return new Set(sinks.flatMap(({ name, info: { config } }) => (is(config) ? [sinkGroup(name, config)] : [])));
}

/** Whether a sink leaves out records of transactions that were not committed; by default it does not. */
function isCommittedOnly(config: Config): boolean {
  return config['consumer.override.isolation.level']?.trim().toLowerCase() === 'read_committed';
}

/** Without the partitions of which it is not known where a sink has begun. */
function withoutUnknown(
  lags: ReadonlyMap<string, GroupLag>,
  sinks: readonly ListedConnector[],
): ReadonlyMap<string, GroupLag> {
  const fromEnd = groupsOf(sinks, (config) => !beginsAtFirst(config));
  if (fromEnd.size === 0) return lags;
  return new Map(
    [...lags].map(([id, lag]) => {
      if (!fromEnd.has(id)) return [id, lag];
      const partitions = lag.partitions.filter(({ committed }) => committed !== null);
      return [id, { ...lag, total: totalOf(partitions), partitions }];
    }),
  );
}

function totalOf(partitions: readonly PartitionLag[]): number {
  return partitions.reduce((sum, { lag }) => sum + lag, 0);
}

/** Without topics that a sink no longer reads: its group keeps their offsets, and nothing would ever move them. */
function lagOf(lag: GroupLag | undefined, reads: ((topic: string) => boolean) | undefined): GroupLag | undefined {
  if (lag === undefined || reads === undefined) return lag;
  const read = new Set([...new Set(lag.partitions.map(({ topic }) => topic))].filter(reads));
  const partitions = lag.partitions.filter(({ topic }) => read.has(topic));
  return { ...lag, partitions, total: totalOf(partitions) };
}
