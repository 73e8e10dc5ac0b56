import type { Session } from '../../databases/session.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ReconcileOptions } from '../options.ts';
import type { OpenSide } from './table-pair.ts';

/** Minimum rows that justify another connection. */
const MIN_PART_ROWS = 2_500_000;
const MAX_PART_ROWS = 5_000_000;
/** With --max-load: load is only measured between parts. */
const WATCHED_PART_ROWS = 500_000;

/** Rows per query: small enough to lose little on failure, large enough to keep the number of sums low. */
export function partRowsOf(
  estimatedRows: number,
  { partRows, parallel = 1, maxLoad }: Pick<ReconcileOptions, 'partRows' | 'parallel' | 'maxLoad'>,
): number {
  if (partRows !== undefined) return partRows;
  if (maxLoad !== undefined) return WATCHED_PART_ROWS;
  return Math.min(MAX_PART_ROWS, Math.max(MIN_PART_ROWS, Math.ceil(estimatedRows / parallel)));
}

/** A table that is hardly larger than a part is read at once. */
export function isInParts(estimatedRows: number, partRows: number): boolean {
  return estimatedRows > 1.5 * partRows;
}

/** Additional sessions of one side, for large tables. */
export class SessionPool {
  readonly #open: () => Promise<Session>;
  readonly #logger: Logger;
  readonly #wanted: number;
  #sessions: Promise<Session[]> | undefined;

  /** @param wanted besides the main session */
  constructor(open: () => Promise<Session>, wanted: number, logger: Logger) {
    this.#open = open;
    this.#wanted = wanted;
    this.#logger = logger;
  }

  /**
   * Sessions sharing the snapshot of `main` if the engine can, otherwise each with a current one. `main` need not wait
   * for them.
   */
  async seeing(main: Session): Promise<readonly Session[]> {
    if (this.#wanted < 1) return [];
    this.#sessions ??= this.#openAll();
    const [shared, sessions] = await Promise.all([main.share?.(), this.#sessions]);
    await Promise.all(sessions.map((session) => session.snapshot(shared)));
    return sessions;
  }

  async #openAll(): Promise<Session[]> {
    const opened = await Promise.allSettled(Array.from({ length: this.#wanted }, () => this.#open()));
    const refused = opened.find((one) => one.status === 'rejected');
    if (refused !== undefined)
      this.#logger.warn(`opened fewer connections than requested: ${(refused.reason as Error).message}`);
    return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async close(): Promise<void> {
    const opened = this.#sessions;
    this.#sessions = undefined;
    await Promise.all(((await opened) ?? []).map((session) => session.close()));
  }
}

/** Runs `work` on the main session now and on each helper once connected; returns every outcome. */
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
