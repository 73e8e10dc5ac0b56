import type { Admin, ClusterMetadata } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import { systemClock } from '../ports/clock.ts';
import type {
  PartitionBounds,
  ReadFrom,
  RecordChunk,
  RecordPort,
  RecordTopic,
  RecordTransactions,
} from '../ports/records.ts';
import { toTopics } from './access.ts';
import { openCaller } from './admin.ts';
import { flatten } from './ask.ts';
import type { KafkaCaller } from './caller.ts';
import { committedRecords } from './committed.ts';
import { decompressor, fetchPartitions, READ_COMMITTED, READ_UNCOMMITTED } from './fetch.ts';
import { openTransactions } from './transactions.ts';

/** Kafka's numbers, from its protocol. */
const LATEST = -1n;
const EARLIEST = -2n;
const TOPIC = 2;
const OFFSET_OUT_OF_RANGE = 1;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Of one response; a larger record comes alone. Larger responses are slower: more of them is alive when memory is collected. */
const FETCH_BYTES = 256 * 1024;
const REPLICAS = 3;
/** Attempts while a partition has no leader, or the broker is not reached. */
const ATTEMPTS = 20;
const RETRY_MS = 250;

/** Errors after which the leader may be another one. */
const STALE =
  /^(?:UNKNOWN_TOPIC_OR_PARTITION|UNKNOWN_TOPIC_ID|(?:LEADER|REPLICA|OFFSET)_NOT_AVAILABLE|NOT_LEADER_OR_FOLLOWER|(?:FENCED|UNKNOWN)_LEADER_EPOCH|KAFKA_STORAGE_ERROR)$/;

/** @param signal aborts reads */
export async function openRecords(settings: KafkaSettings, signal?: AbortSignal): Promise<RecordPort> {
  const kafka = await openCaller(settings, signal);
  return new KafkaRecords(kafka, settings, signal);
}

/**
 * Records by partition and offset, through the protocol's own fetch request: the library's consumer would join a group, whose
 * name and offsets stay in the cluster (docs/decisions/0024).
 */
class KafkaRecords implements RecordPort {
  readonly #kafka: KafkaCaller;
  readonly #settings: KafkaSettings;
  readonly #signal: AbortSignal | undefined;

  constructor(kafka: KafkaCaller, settings: KafkaSettings, signal: AbortSignal | undefined) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#signal = signal;
  }

  async topic(name: string, needsConfigs = false): Promise<RecordTopic | undefined> {
    // Asking for a missing topic is an error, and on some brokers creates it.
    const existing = await this.#kafka.read((admin) => admin.listTopics({ includeInternals: true }));
    if (!existing.includes(name)) return this.#hidden(name);
    const [metadata, described] = await Promise.all([
      this.#metadata(name, true),
      this.#kafka
        .read(
          (admin) => admin.describeConfigs({ resources: [{ resourceType: TOPIC, resourceName: name }] }),
          toTopics('DescribeConfigs', name),
        )
        // Reading records does not need this permission.
        .catch((error: unknown) =>
          isApi(error, /AUTHORIZATION_FAILED/) && !needsConfigs ? [] : Promise.reject(error),
        ),
    ]);
    const found = metadata.topics.get(name);
    const configs = (described[0]?.configs ?? []).flatMap(({ name: key, value }) =>
      value == null ? [] : ([[key, value]] as const),
    );
    return {
      name,
      id: found === undefined || found.id === NO_ID ? name : found.id,
      partitions: found?.partitionsCount ?? 0,
      configs: Object.fromEntries(configs),
    };
  }

  async bounds(topic: RecordTopic): Promise<PartitionBounds[]> {
    const [starts, ends, written] = await Promise.all([
      this.#offsets(topic, EARLIEST),
      this.#offsets(topic, LATEST),
      this.#offsets(topic, LATEST, READ_UNCOMMITTED),
    ]);
    return starts.map((start, partition) => {
      const end = ends[partition] ?? start;
      return { partition, start, end, written: written[partition] ?? end };
    });
  }

  async offsetsAt(topic: RecordTopic, timestamp: number): Promise<number[]> {
    return this.#offsets(topic, BigInt(Math.max(0, Math.trunc(timestamp))));
  }

  async *read(topic: RecordTopic, range: ReadFrom & { to: number }): AsyncGenerator<RecordChunk> {
    const { from, to } = range;
    const request = (at: number) => this.#fetchOne(topic, { ...range, from: at });
    let next = from < to ? request(from) : undefined;
    while (next !== undefined) {
      const chunk: RecordChunk = await next;
      next = chunk.next < to ? request(chunk.next) : undefined;
      // It is awaited later, or never, if nobody reads on.
      next?.catch(() => {});
      yield chunk;
    }
  }

  async *follow(topic: RecordTopic, ranges: readonly ReadFrom[]): AsyncGenerator<RecordChunk> {
    let at = [...ranges];
    for (;;) {
      this.#signal?.throwIfAborted();
      const chunks = await this.#fetch(topic, at);
      at = at.map((one) => ({
        ...one,
        from: chunks.find(({ partition }) => partition === one.partition)?.next ?? one.from,
      }));
      yield* chunks.filter(({ records }) => records.length > 0);
    }
  }

  async deleteBefore(topic: RecordTopic, offsets: readonly { partition: number; offset: number }[]): Promise<void> {
    if (offsets.length === 0) return;
    const partitions = offsets.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) }));
    await this.#kafka.write(
      (admin) => admin.deleteRecords({ topics: [{ name: topic.name, partitions }] }),
      toTopics('Delete', topic.name),
    );
  }

  async createCompacted(name: string): Promise<void> {
    // The broker's default is often one replica, which is lost with its broker.
    const { brokers } = await this.#kafka.read((admin) => admin.metadata({ topics: [], forceUpdate: true }));
    await this.#kafka
      .write(
        (admin) =>
          admin.createTopics({
            topics: [name],
            partitions: 1,
            replicas: Math.min(REPLICAS, brokers.size),
            configs: [{ name: 'cleanup.policy', value: 'compact' }],
          }),
        toTopics('Create', name),
      )
      // Another run was faster.
      .catch((error: unknown) => (isApi(error, /^TOPIC_ALREADY_EXISTS$/) ? undefined : Promise.reject(error)));
  }

  transactions(id: string): Promise<RecordTransactions> {
    return openTransactions(this.#settings, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka.close();
  }

  /**
   * Brokers do not list a topic that the user may not see; only asked for it by name they say so. With a flag that such a
   * request has since Kafka 0.11 it does not create the topic.
   * @throws KAFKA_UNAUTHORIZED
   */
  async #hidden(name: string): Promise<undefined> {
    try {
      await this.#metadata(name, true);
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'KAFKA_UNAUTHORIZED') throw error;
    }
    return undefined;
  }

  #metadata(name: string, forceUpdate: boolean): Promise<ClusterMetadata> {
    return this.#kafka.read((admin) => admin.metadata({ topics: [name], forceUpdate }), toTopics('Describe', name));
  }

  async #offsets(topic: RecordTopic, timestamp: bigint, isolationLevel: 0 | 1 = READ_COMMITTED): Promise<number[]> {
    const partitions = Array.from({ length: topic.partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
    const listed = await this.#kafka.read(
      (admin) => admin.listOffsets({ topics: [{ name: topic.name, partitions }], isolationLevel }),
      toTopics('Describe', topic.name),
    );
    const found = new Map(listed.flatMap((one) => one.partitions.map((at) => [at.partitionIndex, at.offset] as const)));
    return partitions.map(({ partitionIndex }) => Number(found.get(partitionIndex) ?? -1n));
  }

  /** Waits for data, which was there when the range was made. */
  async #fetchOne(topic: RecordTopic, range: ReadFrom): Promise<RecordChunk> {
    for (let attempt = 1; ; attempt += 1) {
      const [chunk] = await this.#fetch(topic, [range]);
      if (chunk !== undefined && chunk.next > range.from) return chunk;
      if (attempt === ATTEMPTS)
        throw new SluiceError(
          'KAFKA_UNREACHABLE',
          `Kafka sent no record of ${topic.name}, partition ${range.partition}, from offset ${range.from} on`,
          { hint: 'Try again; the partition may have lost its leader.' },
        );
    }
  }

  /** One request for each broker that leads some of the partitions. */
  async #fetch(topic: RecordTopic, ranges: readonly ReadFrom[]): Promise<RecordChunk[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#fetchOnce(topic, ranges, attempt > 1);
      } catch (error) {
        if (attempt === ATTEMPTS || !isPassing(error)) throw error;
        await systemClock.sleep(RETRY_MS, this.#signal);
      }
    }
  }

  async #fetchOnce(topic: RecordTopic, ranges: readonly ReadFrom[], again: boolean): Promise<RecordChunk[]> {
    const metadata = await this.#metadata(topic.name, again);
    const found = metadata.topics.get(topic.name);
    if (found !== undefined && topic.id !== topic.name && found.id !== topic.id)
      throw new SluiceError('KAFKA_REJECTED', `the topic ${topic.name} was deleted and created again meanwhile`, {
        hint: 'Run the command again.',
      });
    const byLeader = Map.groupBy(ranges, ({ partition }) => found?.partitions[partition]?.leader ?? -1);
    const answers = await Promise.all(
      [...byLeader].map(([leader, those]) =>
        this.#kafka.read((admin) => fetchFrom(admin, metadata, leader, topic, those), toTopics('Read', topic.name)),
      ),
    );
    return answers.flat();
  }
}

async function fetchFrom(
  admin: Admin,
  metadata: ClusterMetadata,
  leader: number,
  topic: RecordTopic,
  ranges: readonly ReadFrom[],
): Promise<RecordChunk[]> {
  const [{ ProtocolError }, decompress] = await Promise.all([import('@platformatic/kafka'), decompressor()]);
  const broker = metadata.brokers.get(leader);
  if (broker === undefined) throw new ProtocolError('LEADER_NOT_AVAILABLE');
  const answer = await fetchPartitions(admin, broker, topic, ranges, FETCH_BYTES);
  const fetched = new Map(answer.map((one) => [one.partitionIndex, one]));
  return Promise.all(
    ranges.map(async ({ partition, from, to }) => {
      const one = fetched.get(partition);
      if (one === undefined) throw new ProtocolError('LEADER_NOT_AVAILABLE');
      if (one.errorCode === 0) return committedRecords(one, decompress, from, to);
      if (one.errorCode !== OFFSET_OUT_OF_RANGE) throw new ProtocolError(one.errorCode);
      const start = await startOf(admin, topic.name, partition);
      // Retention or a purge was faster.
      const next = Math.max(from, Math.min(start, to ?? start));
      return { partition, records: [], next, deleted: next - from, transactional: false };
    }),
  );
}

async function startOf(admin: Admin, name: string, partitionIndex: number): Promise<number> {
  const listed = await admin.listOffsets({ topics: [{ name, partitions: [{ partitionIndex, timestamp: EARLIEST }] }] });
  return Number(listed[0]?.partitions[0]?.offset ?? 0n);
}

/** A leader that moved, or a broker that restarts. */
function isPassing(error: unknown): boolean {
  return isApi(error, STALE) || flatten(error).some((one) => (one as { code?: string }).code === 'PLT_KFK_NETWORK');
}

/** Whether the broker answered with such a code. */
function isApi(error: unknown, code: RegExp): boolean {
  return flatten(error).some((one) => code.test(String((one as { apiId?: string }).apiId)));
}
