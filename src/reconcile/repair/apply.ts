import type { ForeignKey, Session } from '../../databases/session.ts';
import { type KeyDifference, rowsOf } from '../compare/diff-buckets.ts';
import { keysAtOnce, type RowDifference, readRows, takeSnapshot } from '../compare/rows.ts';
import type { TablePair } from '../compare/table-pair.ts';
import { addRepaired, noCounts, type RepairCounts } from '../report.ts';
import { exchanges } from './exchange.ts';
import { orderingColumns, type RowChange, withOnly } from './script-order.ts';
import { namedKey, type SkippedRows } from './skipped-rows.ts';
import { ACTION, unwritable } from './statements.ts';
import { type ApplyOptions, failureOf, isOfRows, RepairTransaction } from './transaction.ts';

/** Attempts for a row while another session blocks it or the source keeps changing. */
const TRIES = 5;
const RETRY_MS = 50;
/** Maximum waiting rows that may exchange values: they are kept in memory. */
const MAX_EXCHANGED = 10_000;
/**
 * Maximum waiting rows put in order, holding only the values needed for that: any beyond would be retried again and
 * again.
 */
const MAX_ORDERED = 100_000;

/** A row that waits for others, and its action if known. */
export interface WaitingRow extends RowChange {
  waiting: KeyDifference;
}

/**
 * Repairs one table in transactions of many rows. If one fails, each of its rows is tried alone, so that one row that
 * cannot be repaired does not stop the others.
 */
export class TableRepair {
  readonly counts: RepairCounts = noCounts();
  /** Rows that wait for others to be written first, with the reason why they could not be. */
  deferred: { difference: KeyDifference; reason: string }[] = [];
  readonly #pair: TablePair;
  readonly #writer: Session;
  readonly #options: ApplyOptions;
  readonly #skipped: SkippedRows;
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
    skipped: SkippedRows,
    options: ApplyOptions,
  ) {
    this.#pair = pair;
    this.#writer = pair.target.session;
    this.#transaction = new RepairTransaction(pair, references, options);
    this.#name = name;
    this.#skipped = skipped;
    this.#options = options;
  }

  /** Rows that one transaction writes at most. */
  get batchSize(): number {
    return keysAtOnce(this.#pair);
  }

  /** @throws what ends the table's repair; rows written before are counted */
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
        // Retrying each row would fail the same way.
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
   * Rows that wait for others, and what is to be done to them now.
   * @param keys foreign keys among the tables, and others
   */
  async waiting(keys: readonly ForeignKey[]): Promise<WaitingRow[]> {
    const { target } = this.#transaction;
    const ordering = orderingColumns(target, keys);
    const rows = await this.#readWaiting(MAX_ORDERED, (one) => withOnly(one, ordering));
    const changes = new Map(
      rows.map((one) => [JSON.stringify(one.key), { action: ACTION[one.kind], difference: one }]),
    );
    return this.deferred.map(({ difference: waiting }) => {
      const { key } = waiting;
      const unknown: RowDifference = { kind: 'different', key, rows: 1, columns: [] };
      return { target, waiting, ...(changes.get(JSON.stringify(key)) ?? { action: 'update', difference: unknown }) };
    });
  }

  /** Retries rows that wait for others. */
  async again(rows: readonly KeyDifference[]): Promise<void> {
    const taken = new Set(rows);
    this.deferred = this.deferred.filter(({ difference }) => !taken.has(difference));
    await this.write(rows);
  }

  async #readWaiting(most: number, kept: (one: RowDifference) => RowDifference): Promise<RowDifference[]> {
    const waiting = this.deferred.slice(0, most);
    const rows: RowDifference[] = [];
    if (waiting.length > 0) await takeSnapshot([this.#pair.source]);
    for (let at = 0; at < waiting.length; at += this.batchSize) {
      const batch = waiting.slice(at, at + this.batchSize).map(({ difference }) => difference);
      const { open } = await readRows(this.#pair, batch, { again: true });
      rows.push(...open.flatMap(({ differences }) => differences.map(kept)));
    }
    return rows;
  }

  /** Writes rows that wait for each other because they swap values of a unique key: each group in one transaction. */
  async exchange(): Promise<void> {
    const rows = (await this.#readWaiting(MAX_EXCHANGED, (one) => one)).filter(({ kind }) => kind === 'different');
    const byKey = new Map(this.deferred.map((one) => [JSON.stringify(one.difference.key), one]));
    for (const group of exchanges(this.#transaction.target, rows)) {
      const members = group.flatMap(({ key }) => byKey.get(JSON.stringify(key)) ?? []);
      if (members.length > this.batchSize) continue;
      try {
        await this.#run(
          members.map(({ difference }) => difference),
          { useTemporaryValues: true },
        );
        this.deferred = this.deferred.filter((one) => !members.includes(one));
      } catch (error) {
        // Each row is skipped for the reason seen when it was tried alone.
        if (!isOfRows(error, this.#writer)) throw error;
      }
    }
  }

  /** Skips the rows that still wait, for the reason seen last. */
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
    this.#skipped.add(
      this.#name,
      reason,
      rowsOf(difference.first ?? difference),
      namedKey(this.#pair.plan, difference.key),
    );
  }
}
