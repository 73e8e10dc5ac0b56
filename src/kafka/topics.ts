import type { Admin } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import type { DesiredTopic } from '../plan/topic-names.ts';
import type { LiveTopic } from '../plan/topics.ts';
import { bootstrapServers, createAdmin, translateKafka } from './admin.ts';

/** Topics as plan and deploy need them; every failure is a KAFKA_* error. */
export interface TopicPort extends AsyncDisposable {
  /** Names of all topics; internal ones left out. */
  names(): Promise<string[]>;
  /** Those of `names` that exist. */
  describe(names: readonly string[]): Promise<Map<string, LiveTopic>>;
  /** Kafka refuses a name that is there. What is not said is the broker's default. */
  create(topic: DesiredTopic): Promise<void>;
  /** Sets single keys; all others stay. */
  setConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void>;
  /** Kafka refuses any number that is not larger than what is there. */
  addPartitions(name: string, count: number): Promise<void>;
}

export async function openTopics(settings: KafkaSettings): Promise<TopicPort> {
  return new KafkaTopics(await createAdmin(settings), bootstrapServers(settings));
}

/** Kafka's numbers, from its protocol: the resource type of topics, and "set this key". */
const TOPIC = 2;
const SET = 0;

class KafkaTopics implements TopicPort {
  readonly #admin: Admin;
  readonly #servers: readonly string[];

  constructor(admin: Admin, servers: readonly string[]) {
    this.#admin = admin;
    this.#servers = servers;
  }

  names(): Promise<string[]> {
    return this.#ask(() => this.#admin.listTopics({ includeInternals: false }));
  }

  async describe(names: readonly string[]): Promise<Map<string, LiveTopic>> {
    // To ask for one that is not there is an error, and on some brokers makes it.
    const existing = new Set(await this.#ask(() => this.#admin.listTopics({ includeInternals: true })));
    const wanted = names.filter((name) => existing.has(name));
    if (wanted.length === 0) return new Map();
    const [metadata, described] = await Promise.all([
      this.#ask(() => this.#admin.metadata({ topics: wanted, forceUpdate: true })),
      this.#ask(() =>
        this.#admin.describeConfigs({
          resources: wanted.map((resourceName) => ({ resourceType: TOPIC, resourceName })),
        }),
      ),
    ]);
    const configs = new Map(
      described.map((one) => [
        one.resourceName,
        Object.fromEntries(one.configs.flatMap(({ name, value }) => (value == null ? [] : ([[name, value]] as const)))),
      ]),
    );
    return new Map(
      wanted.map((name) => {
        const topic = metadata.topics.get(name);
        return [
          name,
          {
            name,
            partitions: topic?.partitionsCount ?? 0,
            replicationFactor: topic?.partitions[0]?.replicas.length ?? 0,
            configs: configs.get(name) ?? {},
          },
        ];
      }),
    );
  }

  async create({ name, partitions = -1, replicationFactor = -1, configs }: DesiredTopic): Promise<void> {
    await this.#ask(() =>
      this.#admin.createTopics({
        topics: [name],
        partitions,
        replicas: replicationFactor,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      }),
    );
  }

  async setConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask(() =>
      this.#admin.incrementalAlterConfigs({
        resources: [
          {
            resourceType: TOPIC,
            resourceName: name,
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value, configOperation: SET })),
          },
        ],
      }),
    );
  }

  async addPartitions(name: string, count: number): Promise<void> {
    await this.#ask(() => this.#admin.createPartitions({ topics: [{ name, count }] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A client that never got a connection has nothing to close; that must not hide why.
    await this.#admin.close().catch(() => {});
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translateKafka(error, this.#servers);
    }
  }
}
