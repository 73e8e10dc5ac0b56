import type { KafkaSettings } from '../config/project.ts';
import type { Context } from '../config/targets.ts';
import { kafkaMissing } from '../config/without-kafka.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector } from '../connect/types.ts';
import type { MetricsReader } from '../metrics/read.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { WaitingRecords } from '../monitor/waiting.ts';
import { type Clock, systemClock } from '../ports/clock.ts';
import type { LeadGroup } from '../ports/group-member.ts';
import type { InspectionPort } from '../ports/inspection.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import type { Logger } from '../ports/logger.ts';
import type { RecordPort } from '../ports/records.ts';
import type { TopicPort } from '../ports/topics.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { Environment } from '../secrets/environment.ts';
import type { Store } from '../store/store.ts';
import { assertSameKafka } from './same-kafka.ts';

/** What every command already has. */
interface Surroundings {
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  environment: Environment;
}

/**
 * The composition root of a command: everything a use case works with is opened here, on first use, and closed once, when
 * the command ends.
 */
export class Opened implements AsyncDisposable {
  readonly #with: Surroundings;
  #store: Store | undefined;
  readonly #clusters = new Set<OpenContext>();
  readonly #listed = new Map<string, Listed>();

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
  }

  /** The history of changes and comparisons. */
  readonly store = async (): Promise<Store> => {
    const [{ Store }, { userFolders }] = await Promise.all([import('../store/store.ts'), import('../config/paths.ts')]);
    this.#store ??= new Store(userFolders().state);
    return this.#store;
  };

  /**
   * @param signal aborts calls to the cluster
   * @param namesKey keeps the names of its connectors under this key, for completion
   */
  async cluster(context: Context, signal: AbortSignal, namesKey?: string): Promise<OpenContext> {
    const { createConnectClient } = await import('../connect/client.ts');
    const { clock, logger, tracer, environment } = this.#with;
    const onListed = (names: readonly string[], connectors?: readonly ListedConnector[]) => {
      const tables = connectors ?? this.#listed.get(namesKey ?? '')?.connectors;
      if (namesKey !== undefined) this.#listed.set(namesKey, { urls: context.urls, names, connectors: tables });
    };
    const connectTo = (urls: string[]) =>
      createConnectClient(
        { ...context, urls },
        { clock, signal, logger, tracer, proxyEnvironment: environment, onListed },
      );
    const cluster: OpenContext = new OpenContext(context, connectTo(context.urls), {
      signal,
      connectTo: (url) => connectTo([url]),
      store: this.store,
      logger,
      environment,
      onClose: () => this.#clusters.delete(cluster),
    });
    this.#clusters.add(cluster);
    return cluster;
  }

  /** A cache that cannot be written only makes completion poorer. */
  async #keepNames(): Promise<void> {
    if (this.#listed.size === 0) return;
    const [{ tablesOf, writeNames }, { userFolders }] = await Promise.all([
      import('./completion/cache.ts'),
      import('../config/paths.ts'),
    ]);
    for (const [key, { urls, names, connectors }] of this.#listed) {
      const tables = connectors?.flatMap(({ info }) => tablesOf(info.config));
      try {
        writeNames(userFolders().cache, key, { urls, connectors: [...names], tables });
      } catch (error) {
        this.#with.logger.debug(`names were not kept for completion: ${(error as Error).message}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#store?.[Symbol.dispose]();
    this.#store = undefined;
    await this.#keepNames();
    await Promise.all([...this.#clusters].map((cluster) => cluster[Symbol.asyncDispose]()));
  }
}

interface Listed {
  urls: string[];
  names: readonly string[];
  connectors: readonly ListedConnector[] | undefined;
}

/** The cluster a command works on. A command that opens several, one after the other, closes each itself. */
export class OpenContext implements AsyncDisposable {
  readonly context: Context;
  readonly client: ConnectClient;
  readonly store: () => Promise<Store>;
  /** A client for one of the context's URLs, for what differs between workers. */
  readonly connectTo: (url: string) => ConnectClient;
  readonly #signal: AbortSignal;
  readonly #onClose: () => void;
  #groups: GroupReader | undefined;
  #kafka: Promise<KafkaPort> | undefined;
  #records: Promise<RecordPort> | undefined;
  #sameKafka: Promise<void> | undefined;
  readonly #with: Pick<Surroundings, 'logger' | 'environment'>;

  constructor(
    context: Context,
    client: ConnectClient,
    {
      signal,
      store,
      connectTo,
      onClose,
      ...others
    }: Pick<Surroundings, 'logger' | 'environment'> &
      Pick<OpenContext, 'store' | 'connectTo'> & { signal: AbortSignal; onClose: () => void },
  ) {
    this.#with = others;
    this.context = context;
    this.client = client;
    this.store = store;
    this.connectTo = connectTo;
    this.#signal = signal;
    this.#onClose = onClose;
  }

  get name(): string {
    return this.context.name;
  }

  /** Consumer groups of sinks. */
  async groups(): Promise<GroupReader> {
    const [{ GroupReader }, { kafkaOpener }] = await Promise.all([
      import('../monitor/group-reader.ts'),
      import('../kafka/open.ts'),
    ]);
    const open = this.#checked(kafkaOpener(this.context, this.#signal));
    this.#groups ??= new GroupReader(open, open && this.#waitingRecords());
    return this.#groups;
  }

  /** Opens the records of topics on the first call, and again after a failure. */
  #waitingRecords(): () => Promise<WaitingRecords> {
    let waiting: Promise<WaitingRecords> | undefined;
    return () => {
      waiting ??= Promise.all([import('../monitor/waiting.ts'), this.records()]).then(
        ([{ WaitingRecords }, records]) => new WaitingRecords(records),
      );
      waiting.catch(() => {
        waiting = undefined;
      });
      return waiting;
    };
  }

  /** Undefined if the context has no Kafka. */
  async kafka(): Promise<KafkaPort | undefined> {
    const { kafkaOpener } = await import('../kafka/open.ts');
    this.#kafka ??= this.#checked(kafkaOpener(this.context))?.();
    return this.#kafka;
  }

  /** Opens Kafka on the first call; undefined if the context has none. */
  kafkaOpener(): (() => Promise<KafkaPort>) | undefined {
    if (this.context.kafka === undefined) return undefined;
    return async () => (await this.kafka()) as KafkaPort;
  }

  /** Opens the topics; undefined if the context has no Kafka. */
  async topics(): Promise<((signal?: AbortSignal) => Promise<TopicPort>) | undefined> {
    const { topicOpener } = await import('../kafka/open.ts');
    return this.#checked(topicOpener(this.context));
  }

  /** Records of topics. @throws PROJECT_INVALID if the context has no Kafka */
  async records(): Promise<RecordPort> {
    const kafka = this.#settings();
    const { openRecords } = await import('../kafka/records.ts');
    this.#records ??= this.#checked(() => openRecords(kafka, this.#signal))();
    return this.#records;
  }

  #settings(): KafkaSettings {
    const { kafka } = this.context;
    if (kafka === undefined) throw kafkaMissing(this.name, 'dead letters are read from Kafka');
    return kafka;
  }

  /** Leads consumer groups. @throws PROJECT_INVALID if the context has no Kafka */
  async groupLeader(): Promise<LeadGroup> {
    const kafka = this.#settings();
    const { leadGroup } = await import('../kafka/group-leader.ts');
    return this.#checked((group, topics, given) => leadGroup(kafka, systemClock, group, topics, given));
  }

  /** The same opener, for the Kafka of the workers only. */
  #checked<Open extends ((...args: never[]) => Promise<unknown>) | undefined>(open: Open): Open {
    if (open === undefined) return open;
    const checked = async (...args: never[]) => {
      this.#sameKafka ??= this.#assertSameKafka();
      await this.#sameKafka;
      return open(...args);
    };
    return checked as Open;
  }

  async #assertSameKafka(): Promise<void> {
    const { kafka } = this.context;
    if (kafka === undefined) return;
    const clusters = {
      worker: async () => (await this.client.server()).kafka_cluster_id,
      kafka: async () => (await import('../kafka/open.ts')).kafkaClusterId(kafka, this.#signal),
    };
    await assertSameKafka(this.name, clusters, this.#signal);
  }

  /** Metrics of its workers; undefined if the context names none. */
  async metrics(): Promise<MetricsReader | undefined> {
    if (this.context.metrics === undefined) return undefined;
    const { MetricsReader } = await import('../metrics/read.ts');
    const { logger, environment } = this.#with;
    return new MetricsReader(this.context.metrics, { signal: this.#signal, logger, proxyEnvironment: environment });
  }

  /** Decodes keys and values, with the context's schema registry. */
  async decoder(): Promise<RecordDecoder> {
    const { recordDecoder } = await import('../records/decoder.ts');
    const { logger, environment } = this.#with;
    return recordDecoder(this.context.schemaRegistry, { signal: this.#signal, logger, proxyEnvironment: environment });
  }

  /** Opens what Kafka knows of workers and sizes; undefined if the context has no Kafka. */
  async inspection(): Promise<(() => Promise<InspectionPort>) | undefined> {
    const { inspectionOpener } = await import('../kafka/open.ts');
    return this.#checked(inspectionOpener(this.context, this.#signal));
  }

  /** What a deploy works with. */
  async deployPorts() {
    const [groups, topics, { readStdin }] = await Promise.all([this.groups(), this.topics(), import('./stdin.ts')]);
    return { client: this.client, context: this.name, store: this.store, groups, topics, stdin: readStdin };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onClose();
    const opened = [this.#groups, await this.#kafka?.catch(() => undefined)];
    const records = await this.#records?.catch(() => undefined);
    this.#groups = undefined;
    this.#kafka = undefined;
    this.#records = undefined;
    for (const one of opened) await one?.close();
    await records?.[Symbol.asyncDispose]();
  }
}
