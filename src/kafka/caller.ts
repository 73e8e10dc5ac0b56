import type { Admin } from '@platformatic/kafka';
import { askKafka, closeKafka } from './ask.ts';

/** An open client, and how each call to it is limited and translated. */
export class KafkaCaller {
  readonly admin: Admin;
  readonly #servers: readonly string[];
  readonly #signal: AbortSignal | undefined;

  /** @param signal aborts reads */
  constructor(admin: Admin, servers: readonly string[], signal: AbortSignal | undefined) {
    this.admin = admin;
    this.#servers = servers;
    this.#signal = signal;
  }

  read<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    return askKafka(() => call(this.admin), this.#servers, { signal: this.#signal });
  }

  /** Is not aborted: nobody could tell whether it was carried out. */
  write<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    return askKafka(() => call(this.admin), this.#servers);
  }

  close(): Promise<void> {
    return closeKafka(this.admin);
  }
}
