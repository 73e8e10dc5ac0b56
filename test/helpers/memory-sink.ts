import type { ConnectorConfig, ConnectorOffset, ConnectorStatus, ListedConnector } from '../../src/connect/types.ts';
import type { SinkClient } from '../../src/dlq/quarantine/sink.ts';
import { SluiceError } from '../../src/errors/error.ts';
import type { GroupPartition, LeadGroup } from '../../src/ports/group-member.ts';
import type { KafkaPort } from '../../src/ports/kafka.ts';
import type { MemoryKafka } from './memory-records.ts';

const REFUSED = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
	at org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:635)
Caused by: org.postgresql.util.PSQLException: ERROR: new row violates check constraint "c"
	at a.b.C.put(C.java:1)
`;

/**
 * A worker with one sink, in memory, as far as a quarantine needs them: it reads a topic of a MemoryKafka, writes whole batches
 * or nothing, and fails at those with a value that begins with `bad`.
 */
export class MemorySink {
  readonly name = 'sink';
  readonly topic = 'orders';
  readonly kafka: MemoryKafka;
  config: ConnectorConfig;
  state: 'RUNNING' | 'PAUSED' | 'STOPPED' = 'STOPPED';
  /** What the target has taken, in order. */
  readonly written: string[] = [];
  readonly #partitions: number;
  readonly #committed = new Map<number, number>();
  #failed = false;
  /** What the leader of its group gives it; undefined without one. */
  #given: readonly GroupPartition[] | undefined;

  constructor(kafka: MemoryKafka, partitions: number, config: ConnectorConfig = {}) {
    this.kafka = kafka;
    this.#partitions = partitions;
    kafka.create(this.topic, partitions);
    this.config = { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', topics: this.topic, ...config };
  }

  /** It reads as far as it can. */
  run(): void {
    this.state = 'RUNNING';
    this.#failed = false;
    const single = this.config['consumer.override.max.poll.records'] === '1';
    const read =
      this.#given?.map(({ partition }) => partition) ?? Array.from({ length: this.#partitions }, (_, at) => at);
    for (const partition of read) {
      const values = this.kafka.visible(this.topic).filter((one) => one.partition === partition);
      for (let at = this.#committed.get(partition) ?? 0; at < values.length; at += 1) {
        const batch = values.slice(at, single ? at + 1 : undefined).map(({ value }) => String(value));
        if (batch.some((value) => value.startsWith('bad'))) {
          this.#failed = true;
          break;
        }
        this.written.push(...batch);
        at += batch.length - 1;
        this.#committed.set(partition, at + 1);
      }
      if (this.#failed) return;
    }
  }

  get client(): SinkClient {
    const listed = (): ListedConnector => ({
      name: this.name,
      info: { name: this.name, config: { ...this.config, name: this.name }, tasks: [], type: 'sink' },
      status: status(),
    });
    const status = (): ConnectorStatus => ({
      name: this.name,
      type: 'sink',
      connector: { state: this.state, worker_id: 'w' },
      tasks:
        this.state === 'STOPPED'
          ? []
          : [
              this.#failed
                ? { id: 0, state: 'FAILED', worker_id: 'w', trace: REFUSED }
                : { id: 0, state: this.state, worker_id: 'w' },
            ],
    });
    return {
      urls: ['http://worker'],
      get: async () => listed(),
      find: async () => listed(),
      status: async () => status(),
      server: async () => ({ version: '4.3.1', commit: '', kafka_cluster_id: 'cluster' }),
      require: async () => {},
      supports: async () => true,
      config: async () => ({ ...this.config, name: this.name }),
      putConfig: async () => {
        throw new Error('not needed');
      },
      patchConfig: async (_name, patch) => {
        for (const [key, value] of Object.entries(patch)) {
          if (value === null) delete this.config[key];
          else this.config[key] = value;
        }
        if (this.state === 'RUNNING') this.run();
      },
      pause: async () => {
        this.state = 'PAUSED';
      },
      resume: async () => this.run(),
      stop: async () => {
        this.state = 'STOPPED';
        this.#failed = false;
      },
      offsets: async () =>
        [...this.#committed].map(
          ([partition, offset]): ConnectorOffset => ({
            partition: { kafka_topic: this.topic, kafka_partition: partition },
            offset: { kafka_offset: offset },
          }),
        ),
      alterOffsets: async (_name, offsets) => {
        if (this.state !== 'STOPPED') throw new SluiceError('CONNECT_REJECTED', 'must be in the STOPPED state');
        for (const { partition, offset } of offsets)
          this.#committed.set(Number(partition['kafka_partition']), Number(offset?.['kafka_offset']));
        return '';
      },
    };
  }

  get port(): KafkaPort {
    const ends = async () => this.kafka.bounds((await this.kafka.topic(this.topic)) as never);
    return {
      clusterId: async () => 'cluster',
      describeGroups: async (ids) => new Map(ids.map((id) => [id, { id, state: 'Empty', members: 0, working: 0 }])),
      lag: async () => new Map(),
      offsetsAt: async (partitions, timestamp) => {
        const bounds = await ends();
        return partitions.map(
          ({ partition }) => (timestamp === -1 ? bounds[partition]?.written : bounds[partition]?.start) ?? 0,
        );
      },
      topics: async () => [this.topic],
      partitionCounts: async (topics) => new Map(topics.map((topic) => [topic, this.#partitions])),
      close: async () => {},
    };
  }

  readonly lead: LeadGroup = async (_group, _topics, given) => {
    this.#given = given;
    return {
      isGiven: true,
      doubt: undefined,
      [Symbol.asyncDispose]: async () => {
        this.#given = undefined;
      },
    };
  };

  /** The leader of its group has died, and its session has ended. */
  forgetLeader(): void {
    this.#given = undefined;
    if (this.state === 'RUNNING') this.run();
  }
}
