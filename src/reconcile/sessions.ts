import type { Logger } from '../ports/logger.ts';
import type { Session } from './dialects/dialect.ts';
import type { ReconcileOptions } from './options.ts';
import type { OpenSide } from './table-pair.ts';

/** Rows that a connection of its own is worth. */
const LEAST_PART_ROWS = 2_500_000;
const MOST_PART_ROWS = 5_000_000;
/** Where the load of the database is watched: it is looked at between parts only. */
const WATCHED_PART_ROWS = 500_000;

/** Rows that one query reads: small enough that little is lost, large enough that the sums are few beside the rows. */
export function partRowsOf(
  estimatedRows: number,
  { partRows, parallel = 1, maxLoad }: Pick<ReconcileOptions, 'partRows' | 'parallel' | 'maxLoad'>,
): number {
  if (partRows !== undefined) return partRows;
  if (maxLoad !== undefined) return WATCHED_PART_ROWS;
  return Math.min(MOST_PART_ROWS, Math.max(LEAST_PART_ROWS, Math.ceil(estimatedRows / parallel)));
}

/** A table that is hardly larger than a part is read at once. */
export function isInParts(estimatedRows: number, partRows: number): boolean {
  return estimatedRows > 1.5 * partRows;
}

/** Further sessions of one side, opened for a large table. */
export class Helpers {
  readonly #open: () => Promise<Session>;
  readonly #logger: Logger;
  readonly #wanted: number;
  #sessions: Promise<Session[]> | undefined;

  /** @param wanted beside the main session */
  constructor(open: () => Promise<Session>, wanted: number, logger: Logger) {
    this.#open = open;
    this.#wanted = wanted;
    this.#logger = logger;
  }

  /**
   * Sessions that see what `main` sees where the engine can share it, and what is now elsewhere. What `main` does next need
   * not wait for them.
   */
  async seeing(main: Session): Promise<readonly Session[]> {
    if (this.#wanted < 1) return [];
    this.#sessions ??= this.#openAll();
    const [shared, sessions] = await Promise.all([main.share(), this.#sessions]);
    await Promise.all(sessions.map((session) => session.snapshot(shared)));
    return sessions;
  }

  async #openAll(): Promise<Session[]> {
    const opened = await Promise.allSettled(Array.from({ length: this.#wanted }, () => this.#open()));
    const refused = opened.find((one) => one.status === 'rejected');
    if (refused !== undefined) this.#logger.warn(`fewer connections than wanted: ${(refused.reason as Error).message}`);
    return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async close(): Promise<void> {
    const opened = this.#sessions;
    this.#sessions = undefined;
    await Promise.all(((await opened) ?? []).map((session) => session.close()));
  }
}

/** What becomes of the work of the main session, which begins at once, and of each other's, which begins when it is there. */
export async function onEach(
  { session, helpers }: Pick<OpenSide, 'session' | 'helpers'>,
  work: (session: Session) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  const [main, others] = await Promise.allSettled([
    work(session),
    helpers.then((sessions) => Promise.allSettled(sessions.map(work))),
  ]);
  return [main, ...(others.status === 'fulfilled' ? others.value : [others])];
}
