import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';

/** The topics of one test: all whose names have its prefix in them. */
export class PipelineTopics {
  readonly #bootstrapServers: string;
  readonly #prefix: string;

  constructor(bootstrapServers: string, prefix: string) {
    this.#bootstrapServers = bootstrapServers;
    this.#prefix = prefix;
  }

  async list(): Promise<string[]> {
    return this.#withAdmin(async (admin) =>
      (await admin.listTopics({ includeInternals: false })).filter((topic) => topic.includes(this.#prefix)),
    );
  }

  /** Partitions of the pipeline's topics. */
  async partitions(): Promise<Record<string, number>> {
    const topics = await this.list();
    return this.#withAdmin(async (admin) => {
      const metadata = await admin.metadata({ topics });
      return Object.fromEntries([...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
    });
  }

  async create(topic: string, partitions: number): Promise<void> {
    await this.#withAdmin((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }));
  }

  async produce(topic: string, key: string, value: string): Promise<void> {
    const producer = new Producer({
      clientId: 'pipeline-tests',
      bootstrapBrokers: [this.#bootstrapServers],
      serializers: stringSerializers,
    });
    try {
      await producer.send({ messages: [{ topic, key, value }] });
    } finally {
      await producer.close();
    }
  }

  /** The first `count` records of a topic, waited for; none where the topic is empty or missing and `count` is 0. */
  async records(
    topic: string,
    count: number,
  ): Promise<{ value: string | undefined; headers: Record<string, string> }[]> {
    if (count === 0) {
      if (!(await this.list()).includes(topic)) return [];
      const offsets = await this.#withAdmin((admin) =>
        admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }),
      );
      return Array.from({ length: Number(offsets[0]?.partitions[0]?.offset ?? 0) }, () => ({
        value: undefined,
        headers: {},
      }));
    }
    const consumer = new Consumer({
      clientId: 'pipeline-tests',
      groupId: `${this.#prefix}-${topic}-reader`,
      bootstrapBrokers: [this.#bootstrapServers],
      deserializers: stringDeserializers,
    });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
      const found: { value: string | undefined; headers: Record<string, string> }[] = [];
      for await (const record of stream) {
        found.push({ value: record.value, headers: Object.fromEntries(record.headers) });
        if (found.length >= count) break;
      }
      return found;
    } finally {
      await consumer.close(true);
    }
  }

  async delete(): Promise<void> {
    const topics = await this.list();
    if (topics.length > 0) await this.#withAdmin((admin) => admin.deleteTopics({ topics }));
  }

  async #withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({ clientId: 'pipeline-tests', bootstrapBrokers: [this.#bootstrapServers] });
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }
}
