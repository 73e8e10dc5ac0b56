import type { Clock } from '../ports/clock.ts';
import type { ForeignKey, Session } from './dialects/dialect.ts';
import { exchanges } from './exchange.ts';
import { type LeftAlone, namedKey } from './left-alone.ts';
import { type KeyDifference, rowsOf } from './merge.ts';
import { ACTION, unwritable } from './repair.ts';
import { failureOf, isOfRows, RepairTransaction } from './repair-transaction.ts';
import { addRepaired, noCounts, type RepairCounts } from './report.ts';
import { keysAtOnce, lookAnewAt, type RowDifference, readRows } from './rows.ts';
import { orderingColumns, type RowChange, withOnly } from './script-order.ts';
import type { TablePair } from './table-pair.ts';

/** How often a row is tried where another session is in the way, or the source goes on changing. */
const TRIES = 5;
const RETRY_MS = 50;
/** Rows that wait for others and may exchange values: they are held in memory. */
const MOST_EXCHANGED = 10_000;
/** The same of rows that are put in order, without the values that say nothing of it: any more would be tried again and again. */
const MOST_ORDERED = 100_000;

/** A row that waits for others, and what is to be done to it as far as that is known. */
export interface WaitingRow extends RowChange {
  waiting: KeyDifference;
}

export interface ApplyOptions {
  allowDelete: boolean;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * Repairs one table: in transactions of many rows, and where one of them fails, of each of its rows alone, so that one row
 * that cannot be repaired stops no other.
 */
export class TableRepair {
  readonly counts: RepairCounts = noCounts();
  /** Rows that wait for others to be written first, with the reason why they could not be. */
  deferred: { difference: KeyDifference; reason: string }[] = [];
  readonly #pair: TablePair;
  readonly #writer: Session;
  readonly #options: ApplyOptions;
  readonly #left: LeftAlone;
  readonly #name: string;
  readonly #transaction: RepairTransaction;

  /**
   * @param pair whose target session is the one that writes
   * @param references foreign keys that refer to the table
   * @param name of the table in the report
   */
  constructor(
    pair: TablePair,
    references: readonly ForeignKey[],
    name: string,
    left: LeftAlone,
    options: ApplyOptions,
  ) {
    this.#pair = pair;
    this.#writer = pair.target.session;
    this.#transaction = new RepairTransaction(pair, references, options);
    this.#name = name;
    this.#left = left;
    this.#options = options;
  }

  /** Rows that one transaction writes at most. */
  get batchSize(): number {
    return keysAtOnce(this.#pair);
  }

  /** @throws what ends the table's repair; the rows written until then are counted */
  async write(batch: readonly KeyDifference[]): Promise<void> {
    const reason = unwritable(this.#pair.target.table);
    if (reason !== undefined) {
      for (const one of batch) this.#leave(one, reason);
      return;
    }
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#run(batch);
        return;
      } catch (error) {
        if (!isOfRows(error, this.#writer)) throw error;
        if (failureOf(error, this.#writer) !== 'locked') break;
        // It would be waited for in vain for each of its rows.
        if (attempt === TRIES) {
          for (const one of batch) this.#leave(one, (error as Error).message);
          return;
        }
        await this.#options.clock.sleep(attempt * RETRY_MS, this.#options.signal);
      }
    }
    for (const one of batch) await this.#writeOne(one);
  }

  async #writeOne(difference: KeyDifference): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#options.signal?.throwIfAborted();
      try {
        await this.#run([difference]);
        return;
      } catch (error) {
        if (!isOfRows(error, this.#writer)) throw error;
        const failure = failureOf(error, this.#writer);
        if ((failure === 'again' || failure === 'locked') && attempt < TRIES) {
          await this.#options.clock.sleep(attempt * RETRY_MS, this.#options.signal);
          continue;
        }
        const reason = (error as Error).message;
        if (failure === 'conflict') this.deferred.push({ difference, reason });
        else this.#leave(difference, reason);
        return;
      }
    }
  }

  /**
   * Rows that wait for others, with what is to be done to them now.
   * @param keys foreign keys among the tables, and others
   */
  async waiting(keys: readonly ForeignKey[]): Promise<WaitingRow[]> {
    const { target } = this.#transaction;
    const ordering = orderingColumns(target, keys);
    const rows = await this.#readWaiting(MOST_ORDERED, (one) => withOnly(one, ordering));
    const changes = new Map(
      rows.map((one) => [JSON.stringify(one.key), { action: ACTION[one.kind], difference: one }]),
    );
    return this.deferred.map(({ difference: waiting }) => {
      const { key } = waiting;
      const unknown: RowDifference = { kind: 'different', key, rows: 1, columns: [] };
      return { target, waiting, ...(changes.get(JSON.stringify(key)) ?? { action: 'update', difference: unknown }) };
    });
  }

  /** Tries rows once more that wait for others. */
  async again(rows: readonly KeyDifference[]): Promise<void> {
    const taken = new Set(rows);
    this.deferred = this.deferred.filter(({ difference }) => !taken.has(difference));
    await this.write(rows);
  }

  async #readWaiting(most: number, kept: (one: RowDifference) => RowDifference): Promise<RowDifference[]> {
    const waiting = this.deferred.slice(0, most);
    const rows: RowDifference[] = [];
    if (waiting.length > 0) await lookAnewAt([this.#pair.source]);
    for (let at = 0; at < waiting.length; at += this.batchSize) {
      const batch = waiting.slice(at, at + this.batchSize).map(({ difference }) => difference);
      const { open } = await readRows(this.#pair, batch, { again: true });
      rows.push(...open.flatMap(({ differences }) => differences.map(kept)));
    }
    return rows;
  }

  /** Writes rows that wait for each other, since they exchange values of a unique key: each group in one transaction. */
  async exchange(): Promise<void> {
    const rows = (await this.#readWaiting(MOST_EXCHANGED, (one) => one)).filter(({ kind }) => kind === 'different');
    const byKey = new Map(this.deferred.map((one) => [JSON.stringify(one.difference.key), one]));
    for (const group of exchanges(this.#transaction.target, rows)) {
      const members = group.flatMap(({ key }) => byKey.get(JSON.stringify(key)) ?? []);
      if (members.length > this.batchSize) continue;
      try {
        await this.#run(
          members.map(({ difference }) => difference),
          { stepAside: true },
        );
        this.deferred = this.deferred.filter((one) => !members.includes(one));
      } catch (error) {
        // Each is left for the reason that was seen when it was tried alone.
        if (!isOfRows(error, this.#writer)) throw error;
      }
    }
  }

  /** Leaves what waits for other rows alone, for the reason that was last seen. */
  giveUp(): void {
    for (const { difference, reason } of this.deferred) this.#leave(difference, reason);
    this.deferred = [];
  }

  async #run(batch: readonly KeyDifference[], options = {}): Promise<void> {
    const { counts, left, gone } = await this.#transaction.run(batch, options);
    addRepaired(this.counts, counts);
    for (const [one, reason] of left) this.#leave(one, reason);
    if (gone.length > 0) await this.write(gone);
  }

  #leave(difference: KeyDifference, reason: string): void {
    this.#left.add(
      this.#name,
      reason,
      rowsOf(difference.first ?? difference),
      namedKey(this.#pair.plan, difference.key),
    );
  }
}
