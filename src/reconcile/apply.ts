import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { ForeignKey, Session } from './dialects/dialect.ts';
import { exchanges, wayOut } from './exchange.ts';
import { type LeftAlone, namedKey } from './left-alone.ts';
import { type KeyDifference, rowsOf } from './merge.ts';
import type { Cells } from './model.ts';
import { AMBIGUOUS, isActedOn, REFERRED_TO, type RepairAction, type RepairTarget, repairStatement } from './repair.ts';
import { noCounts, type RepairCounts } from './report.ts';
import {
  type FoundRows,
  fetchRows,
  judgeRows,
  keysAtOnce,
  type OpenKey,
  type RowDifference,
  readRows,
} from './rows.ts';
import type { TablePair } from './table-pair.ts';
import { type WriteFailure, writeFailure } from './write-failure.ts';

const ORDER = { delete: 0, update: 1, insert: 2 } as const;
const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;
/** How often a row is tried where another session is in the way, or the source goes on changing. */
const TRIES = 5;
const RETRY_MS = 50;
/** Rows that wait for others and may exchange values: they are held in memory. */
const MOST_EXCHANGED = 10_000;
/** Characters of statements that are sent at a time: servers limit the length. */
const MOST_CHARACTERS = 500_000;

const SWALLOWED = 'the database did not write exactly one row: a trigger, rule or policy of the table prevents it';
const NO_TRANSACTIONS =
  'the table’s storage engine has no transactions, so a write that goes wrong could not be undone';
const NOT_READ_BACK =
  'after the write the row was not in the table: a column cannot hold its value, or a trigger, rule or policy changes it';
const KEEPS_CHANGING = 'the source kept changing it';

/** A row that was not written, and why. */
class NotWritten extends Error {
  readonly failure: WriteFailure;
  constructor(reason: string, failure: WriteFailure = 'row') {
    super(reason);
    this.failure = failure;
  }
}

interface Planned {
  action: RepairAction;
  sql: string;
  open: OpenKey;
}

export interface ApplyOptions {
  allowDelete: boolean;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * Writes rows of one table. Each transaction locks the target's rows, then reads the source's as they are after that, writes,
 * and reads back what it has written; it is committed only if every row is then as the source has it. So an older value never
 * replaces a newer one, wherever the run is ended. Where the database refuses, or a row is not what it should be, each of the
 * rows is tried in a transaction of its own, and one bad row stops no other.
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
  readonly #references: readonly ForeignKey[];

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
    this.#references = references;
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
    if (this.#pair.target.table.transactional === false) {
      for (const one of batch) this.#leave(one, NO_TRANSACTIONS);
      return;
    }
    try {
      await this.#transaction(batch);
    } catch (error) {
      if (!isOfRows(error, this.#writer)) throw error;
      for (const one of batch) await this.#writeOne(one);
    }
  }

  async #writeOne(difference: KeyDifference): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#options.signal?.throwIfAborted();
      try {
        await this.#transaction([difference]);
        return;
      } catch (error) {
        if (!isOfRows(error, this.#writer)) throw error;
        const failure = failureOf(error, this.#writer);
        if (failure === 'again' && attempt < TRIES) {
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

  /** Writes rows that wait for each other, since they exchange values of a unique key: each group in one transaction. */
  async exchange(): Promise<void> {
    const waiting = this.deferred.slice(0, MOST_EXCHANGED);
    const rows: RowDifference[] = [];
    for (let at = 0; at < waiting.length; at += this.batchSize) {
      const batch = waiting.slice(at, at + this.batchSize).map(({ difference }) => difference);
      const { open } = await readRows(this.#pair, batch, { again: true });
      rows.push(...open.flatMap(({ differences }) => differences.filter(({ kind }) => kind === 'different')));
    }
    const byKey = new Map(waiting.map((one) => [JSON.stringify(one.difference.key), one]));
    for (const group of exchanges(this.#target, rows)) {
      const members = group.flatMap(({ key }) => byKey.get(JSON.stringify(key)) ?? []);
      if (members.length > this.batchSize) continue;
      try {
        await this.#transaction(
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

  /**
   * @throws NotWritten, or what the database says, for one row or several; nothing of the batch is written then
   */
  async #transaction(batch: readonly KeyDifference[], { stepAside = false } = {}): Promise<void> {
    const writer = this.#writer;
    const locks = batch.some(({ missing }) => missing > 0)
      ? writer.dialect.lockTable?.(this.#pair.target.table)
      : undefined;
    const counts = noCounts();
    const leave: [KeyDifference, string][] = [];
    const gone: KeyDifference[] = [];
    let written: Planned[];
    await writer.execute(writer.dialect.begin);
    try {
      for (const statement of locks ?? []) await writer.execute(statement);
      const target = await this.#targetRows(batch);
      // Only now: what the source changes after this, the pipeline writes after the locks are gone.
      const source = await this.#sourceRows(batch);
      const { open, settled, contradictions } = judgeRows(this.#pair, batch, source, target.rows, { again: true });
      counts.settled = settled.reduce((sum, one) => sum + rowsOf(one.first ?? one), 0);
      for (const one of contradictions) leave.push([one, one.reason]);
      const planned = open.flatMap((one) => this.#plan(one, target.addresses, leave));
      written = planned.filter(({ action }) => action !== 'insert' || locks !== undefined || !this.#locksTable);
      // It was there when the table was compared, and the table is not locked.
      gone.push(...planned.filter((one) => !written.includes(one)).map(({ open: one }) => one));
      await this.#refuseCascades(written);
      await this.#execute(written, target.addresses, stepAside);
      await this.#readBack(written, source);
      if (locks === undefined) await this.#refuseChanged(written, source);
      for (const { action } of written) counts[DONE[action]] += 1;
    } catch (error) {
      await writer.execute('ROLLBACK').catch(() => {});
      throw error;
    }
    await this.#commit(written.length);
    for (const key of ['inserted', 'updated', 'deleted', 'settled'] as const) this.counts[key] += counts[key];
    for (const [one, reason] of leave) this.#leave(one, reason);
    if (gone.length > 0) await this.write(gone);
  }

  get #locksTable(): boolean {
    return this.#writer.dialect.lockTable !== undefined;
  }

  async #sourceRows(batch: readonly { key: Cells }[]): Promise<FoundRows> {
    await this.#pair.source.session.snapshot();
    return fetchRows(
      this.#pair.source,
      batch.map(({ key }) => key),
    );
  }

  /** The target's rows, locked, and where each is. */
  async #targetRows(
    batch: readonly KeyDifference[],
  ): Promise<{ rows: FoundRows; addresses: (key: Cells) => string | undefined }> {
    const rows = await fetchRows(
      this.#pair.target,
      batch.map(({ key }) => key),
      { lock: true },
    );
    const { dialect } = this.#writer;
    return {
      rows,
      addresses(key) {
        const [row, ...more] = rows.get(JSON.stringify(key)) ?? [];
        if (row === undefined || more.length > 0 || row.address === '') return undefined;
        return dialect.addressCondition?.(row.address);
      },
    };
  }

  #plan(open: OpenKey, address: (key: Cells) => string | undefined, leave: [KeyDifference, string][]): Planned[] {
    const [difference, ...more] = open.differences;
    if (difference === undefined || more.length > 0) {
      leave.push([open, AMBIGUOUS]);
      return [];
    }
    const { allowDelete } = this.#options;
    const statement = repairStatement(this.#target, difference, { allowDelete, address });
    if (statement.action !== 'none') return [{ action: statement.action, sql: statement.sql, open }];
    leave.push([open, statement.reason]);
    return [];
  }

  /** Rows that the database would delete or change on its own are rows that the comparison has not named. */
  async #refuseCascades(written: readonly Planned[]): Promise<void> {
    const { dialect } = this.#writer;
    const table = dialect.fetchAlias ?? dialect.table(this.#pair.target.table);
    for (const key of this.#references) {
      const touched = written.filter(({ action, open }) =>
        open.differences.some((difference) => isActedOn(key, action, difference, this.#pair.plan)),
      );
      if (touched.length === 0) continue;
      const joined = key.childColumns.map(
        (child, at) => `sluice_c.${dialect.quote(child)} = ${table}.${dialect.quote(key.parentColumns[at] ?? '')}`,
      );
      const where = `EXISTS (SELECT 1 FROM ${dialect.table(key.child)} AS sluice_c WHERE ${joined.join(' AND ')})`;
      const referred = await fetchRows(
        this.#pair.target,
        touched.map(({ open }) => open.key),
        { where },
      );
      if (referred.size > 0) throw new NotWritten(REFERRED_TO, 'conflict');
    }
  }

  async #execute(
    written: readonly Planned[],
    address: (key: Cells) => string | undefined,
    stepAside: boolean,
  ): Promise<void> {
    let statements = written;
    if (stepAside) {
      const updated = written.filter(({ action }) => action === 'update');
      const differences = updated.flatMap(({ open }) => open.differences);
      await this.#inGroups(wayOut(this.#target, differences, address));
      // Where a row is changes with each write.
      const moved = await this.#targetRows(updated.map(({ open }) => open));
      statements = written.map((one) =>
        one.action === 'update' ? (this.#plan(one.open, moved.addresses, [])[0] ?? one) : one,
      );
    }
    const sorted = [...statements].sort((a, b) => ORDER[a.action] - ORDER[b.action]);
    await this.#inGroups(sorted.map(({ sql }) => sql));
  }

  get #target(): RepairTarget {
    return { dialect: this.#writer.dialect, table: this.#pair.target.table, plan: this.#pair.plan };
  }

  async #inGroups(statements: readonly string[]): Promise<void> {
    let group: string[] = [];
    let length = 0;
    const send = async () => {
      const counts = await this.#writer.executeAll(group);
      if (counts.some((rows) => rows !== 1) || counts.length !== group.length) throw new NotWritten(SWALLOWED);
      group = [];
      length = 0;
    };
    for (const statement of statements) {
      if (length > 0 && length + statement.length > MOST_CHARACTERS) await send();
      group.push(statement);
      length += statement.length;
    }
    if (group.length > 0) await send();
  }

  /** What was written is what the source has: triggers and rules may have changed it, or have put it elsewhere. */
  async #readBack(written: readonly Planned[], source: FoundRows): Promise<void> {
    if (written.length === 0) return;
    const keys = written.map(({ open }) => open);
    const target = await fetchRows(
      this.#pair.target,
      keys.map(({ key }) => key),
    );
    const { open, contradictions } = judgeRows(this.#pair, keys, source, target, { again: true });
    const [first] = open;
    if (contradictions.length > 0) throw new NotWritten(contradictions[0]?.reason ?? '');
    if (first === undefined) return;
    const [difference] = first.differences;
    const columns = (difference?.kind === 'different' ? difference.columns : []).map(
      (index) => this.#pair.plan.pairs[index]?.target.name,
    );
    throw new NotWritten(
      columns.length > 0
        ? `after the write ${columns.join(', ')} still differed: a trigger or rule of the table changes what is written`
        : NOT_READ_BACK,
    );
  }

  async #commit(rows: number): Promise<void> {
    try {
      await this.#writer.execute(this.#writer.dialect.commit);
    } catch (error) {
      await this.#writer.execute('ROLLBACK').catch(() => {});
      if (rows === 0 || !(error instanceof SluiceError) || isOfRows(error, this.#writer)) throw error;
      throw new SluiceError(
        error.code,
        `${error.message}; ${rows} more ${rows === 1 ? 'row' : 'rows'} may have been written`,
        { hint: 'Compare again to see what was written.', cause: error, details: error.details ?? {} },
      );
    }
  }

  /**
   * A row that was not there could not be locked: what the source has changed until it was inserted may have gone past
   * already. Later changes wait for the row.
   */
  async #refuseChanged(written: readonly Planned[], before: FoundRows): Promise<void> {
    const inserted = written.filter(({ action }) => action === 'insert').map(({ open }) => open);
    if (inserted.length === 0) return;
    const now = await this.#sourceRows(inserted);
    const state = (rows: FoundRows, key: Cells) =>
      JSON.stringify((rows.get(JSON.stringify(key)) ?? []).map(({ hash, version }) => [hash, version]));
    if (inserted.some(({ key }) => state(now, key) !== state(before, key)))
      throw new NotWritten(KEEPS_CHANGING, 'again');
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

/** What is wrong with some rows, and not with the connection or the whole run. */
function isOfRows(error: unknown, writer: Session): boolean {
  return failureOf(error, writer) !== 'lost';
}

function failureOf(error: unknown, { dialect }: Session): WriteFailure {
  if (error instanceof NotWritten) return error.failure;
  if (!(error instanceof SluiceError) || !/^(DATABASE_|TIMED_OUT)/.test(error.code)) return 'lost';
  return writeFailure(error, dialect.engine);
}
