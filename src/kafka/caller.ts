import type { Admin } from '@platformatic/kafka';
import type { Access, Asked } from './access.ts';
import { askKafka, closeKafka } from './ask.ts';

/** An open client, and how each call to it is limited and translated. */
export class KafkaCaller {
  readonly admin: Admin;
  readonly #asked: Omit<Asked, 'access'>;
  readonly #signal: AbortSignal | undefined;

  /** @param signal aborts reads */
  constructor(admin: Admin, asked: Omit<Asked, 'access'>, signal: AbortSignal | undefined) {
    this.admin = admin;
    this.#asked = asked;
    this.#signal = signal;
  }

  /** @param access what the call needs */
  read<T>(call: (admin: Admin) => Promise<T>, ...access: readonly Access[]): Promise<T> {
    const { servers, user } = this.#asked;
    return askKafka(() => call(this.admin), servers, { signal: this.#signal, user, access });
  }

  /** Is not aborted: nobody could tell whether it was carried out. */
  write<T>(call: (admin: Admin) => Promise<T>, ...access: readonly Access[]): Promise<T> {
    const { servers, user } = this.#asked;
    return askKafka(() => call(this.admin), servers, { user, access });
  }

  close(): Promise<void> {
    return closeKafka(this.admin);
  }
}
