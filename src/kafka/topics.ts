import type { KafkaSettings } from '../config/project.ts';
import type { DesiredTopic, LiveTopic, TopicPort } from '../ports/topics.ts';
import { toTopics } from './access.ts';
import { openCaller } from './admin.ts';
import type { KafkaCaller } from './caller.ts';

/** @param signal aborts reads; without it they can confirm what an interrupted write did */
export async function openTopics(settings: KafkaSettings, signal?: AbortSignal): Promise<TopicPort> {
  return new KafkaTopics(await openCaller(settings, signal));
}

/** Kafka's numbers, from its protocol: the resource type of topics, and "set this key". */
const TOPIC = 2;
const SET = 0;

class KafkaTopics implements TopicPort {
  readonly #kafka: KafkaCaller;

  constructor(kafka: KafkaCaller) {
    this.#kafka = kafka;
  }

  names(): Promise<string[]> {
    return this.#kafka.read((admin) => admin.listTopics({ includeInternals: false }));
  }

  async describe(names: readonly string[]): Promise<Map<string, LiveTopic>> {
    // Asking for a missing topic is an error, and on some brokers creates it.
    const existing = new Set(await this.#kafka.read((admin) => admin.listTopics({ includeInternals: true })));
    const wanted = names.filter((name) => existing.has(name));
    if (wanted.length === 0) return new Map();
    const [metadata, described] = await Promise.all([
      this.#kafka.read(
        (admin) => admin.metadata({ topics: wanted, forceUpdate: true }),
        toTopics('Describe', ...wanted),
      ),
      this.#kafka.read(
        (admin) =>
          admin.describeConfigs({
            resources: wanted.map((resourceName) => ({ resourceType: TOPIC, resourceName })),
          }),
        toTopics('DescribeConfigs', ...wanted),
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
    await this.#kafka.write(
      (admin) =>
        admin.createTopics({
          topics: [name],
          partitions,
          replicas: replicationFactor,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        }),
      toTopics('Create', name),
    );
  }

  async setConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#kafka.write(
      (admin) =>
        admin.incrementalAlterConfigs({
          resources: [
            {
              resourceType: TOPIC,
              resourceName: name,
              configs: Object.entries(configs).map(([key, value]) => ({ name: key, value, configOperation: SET })),
            },
          ],
        }),
      toTopics('AlterConfigs', name),
    );
  }

  async addPartitions(name: string, count: number): Promise<void> {
    await this.#kafka.write((admin) => admin.createPartitions({ topics: [{ name, count }] }), toTopics('Alter', name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka.close();
  }
}
