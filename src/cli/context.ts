import type { Context } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { TopicPort } from '../ports/topics.ts';

/** The cluster a command works on. Clients are loaded and opened on first use, and closed together. */
export class OpenContext implements AsyncDisposable {
  readonly context: Context;
  readonly client: ConnectClient;
  readonly #signal: AbortSignal;
  #groups: GroupReader | undefined;

  /** @param signal aborts requests to Kafka */
  constructor(context: Context, client: ConnectClient, signal: AbortSignal) {
    this.context = context;
    this.client = client;
    this.#signal = signal;
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
    this.#groups ??= new GroupReader(kafkaOpener(this.context, this.#signal));
    return this.#groups;
  }

  /** Opens the topics; undefined if the context has no Kafka. */
  async topics(): Promise<((signal?: AbortSignal) => Promise<TopicPort>) | undefined> {
    const { topicOpener } = await import('../kafka/open.ts');
    return topicOpener(this.context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#groups?.close();
  }
}
