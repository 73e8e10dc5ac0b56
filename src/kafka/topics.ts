import type { Admin } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/project.ts';
import type { DesiredTopic, LiveTopic, TopicPort } from '../ports/topics.ts';
import { bootstrapServers, createAdmin } from './admin.ts';
import { askKafka, closeKafka } from './ask.ts';

/** @param signal aborts reads; without it they can confirm what an interrupted write did */
export async function openTopics(settings: KafkaSettings, signal?: AbortSignal): Promise<TopicPort> {
  return new KafkaTopics(await createAdmin(settings), bootstrapServers(settings), signal);
}

/** Kafka's numbers, from its protocol: the resource type of topics, and "set this key". */
const TOPIC = 2;
const SET = 0;

class KafkaTopics implements TopicPort {
  readonly #admin: Admin;
  readonly #servers: readonly string[];
  readonly #signal: AbortSignal | undefined;

  constructor(admin: Admin, servers: readonly string[], signal: AbortSignal | undefined) {
    this.#admin = admin;
    this.#servers = servers;
    this.#signal = signal;
  }

  names(): Promise<string[]> {
    return this.#read(() => this.#admin.listTopics({ includeInternals: false }));
  }

  async describe(names: readonly string[]): Promise<Map<string, LiveTopic>> {
    // Asking for a missing topic is an error, and on some brokers creates it.
    const existing = new Set(await this.#read(() => this.#admin.listTopics({ includeInternals: true })));
    const wanted = names.filter((name) => existing.has(name));
    if (wanted.length === 0) return new Map();
    const [metadata, described] = await Promise.all([
      this.#read(() => this.#admin.metadata({ topics: wanted, forceUpdate: true })),
      this.#read(() =>
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
    await this.#write(() =>
      this.#admin.createTopics({
        topics: [name],
        partitions,
        replicas: replicationFactor,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      }),
    );
  }

  async setConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#write(() =>
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
    await this.#write(() => this.#admin.createPartitions({ topics: [{ name, count }] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeKafka(this.#admin);
  }

  #read<T>(call: () => Promise<T>): Promise<T> {
    return askKafka(call, this.#servers, { signal: this.#signal });
  }

  #write<T>(call: () => Promise<T>): Promise<T> {
    return askKafka(call, this.#servers);
  }
}
