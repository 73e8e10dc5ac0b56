import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { type KafkaPort, sinkGroup } from '../kafka/groups.ts';
import { connectorType, type GroupFacts } from './health.ts';

/** Opens Kafka; undefined where the context has none. */
export type KafkaOpener = (() => Promise<KafkaPort>) | undefined;

/** Consumer groups of sinks. Kafka is opened for the first sink (to load its client takes long) and stays open. */
export class GroupReader {
  readonly #open: KafkaOpener;
  #kafka: KafkaPort | undefined;

  constructor(open: KafkaOpener) {
    this.#open = open;
  }

  get configured(): boolean {
    return this.#open !== undefined;
  }

  /**
   * What Kafka knows of the sinks among `listed`, by connector name. That Kafka cannot be asked is part of the answer:
   * the state of the connectors is worth showing without it.
   */
  async read(
    listed: readonly ListedConnector[],
  ): Promise<{ facts: Map<string, GroupFacts>; error: SluiceError | undefined }> {
    const sinks = listed.filter((connector) => connectorType(connector) === 'sink');
    if (sinks.length === 0 || this.#open === undefined) return { facts: new Map(), error: undefined };
    const groupOf = new Map(sinks.map(({ name, info }) => [name, sinkGroup(name, info.config)]));
    const ids = [...new Set(groupOf.values())];
    try {
      this.#kafka ??= await this.#open();
      const [summaries, lags] = await Promise.all([this.#kafka.describeGroups(ids), this.#kafka.lag(ids)]);
      const facts = [...groupOf].map(
        ([name, id]) => [name, { summary: summaries.get(id), lag: lags.get(id) }] as const,
      );
      return { facts: new Map(facts), error: undefined };
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return { facts: new Map(), error };
    }
  }

  async close(): Promise<void> {
    await this.#kafka?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
