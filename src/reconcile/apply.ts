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
import { writeFailure } from './write-failure.ts';

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
const KEEPS_CHANGING = 'the source kept changing it';

/** A row that was not written, and why. */
class NotWritten extends Error {
  readonly conflict: boolean;
  constructor(reason: string, conflict = false) {
    super(reason);
    this.conflict = conflict;
  }
}

interface Planned {
  action: RepairAction;
  sql: string;
  open: OpenKey;
}

export interface ApplyOptions {
  allowDelete: boolean;
  /** A database's own words for an error, as they may be shown. */
  reasonOf(error: SluiceError): string;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * Writes rows of one table. Each transaction locks the target's rows, then reads the source's as they are after that, writes,
 * and reads back what it has written; it is committed only if every row is then as the source has it. Where it is not, or
 * the database refuses, each of its rows is tried in a transaction of its own, so that one bad row stops no other.
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
        const failure = error instanceof SluiceError ? writeFailure(error, this.#writer.dialect.engine) : 'row';
        if (failure === 'again' && attempt < TRIES) {
          await this.#options.clock.sleep(attempt * RETRY_MS, this.#options.signal);
          continue;
        }
        const reason = error instanceof SluiceError ? this.#options.reasonOf(error) : (error as Error).message;
        const conflict = failure === 'conflict' || (error instanceof NotWritten && error.conflict);
        if (conflict) this.deferred.push({ difference, reason });
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

  async #transaction(batch: readonly KeyDifference[], { stepAside = false } = {}): Promise<void> {
    const writer = this.#writer;
    let changed: KeyDifference[] = [];
    for (let round = 1; ; round++) {
      const part = round === 1 ? batch : changed;
      await writer.execute(writer.dialect.begin);
      let written: Planned[];
      let source: FoundRows;
      const counts = noCounts();
      const leave: [KeyDifference, string][] = [];
      try {
        const target = await this.#targetRows(part);
        await this.#pair.source.session.snapshot();
        source = await fetchRows(
          this.#pair.source,
          part.map(({ key }) => key),
        );
        const { open, settled, contradictions } = judgeRows(this.#pair, part, source, target.rows, { again: true });
        counts.settled += settled.reduce((sum, one) => sum + rowsOf(one.first ?? one), 0);
        for (const one of contradictions) leave.push([one, one.reason]);
        const inserted = new Set(round > 1 ? part.map(({ key }) => JSON.stringify(key)) : []);
        written = open.flatMap((one) =>
          this.#plan(one, target.addresses, inserted.has(JSON.stringify(one.key)), leave),
        );
        await this.#refuseCascades(written);
        await this.#execute(written, target.addresses, stepAside);
        await this.#readBack(written, source);
        for (const { action } of written) counts[DONE[action]] += 1;
      } catch (error) {
        await writer.execute('ROLLBACK').catch(() => {});
        throw error;
      }
      await this.#commit(written.length);
      this.#count(counts, round > 1);
      for (const [one, reason] of leave) this.#leave(one, reason);
      changed = await this.#changedSince(written, source);
      if (changed.length === 0) return;
      if (round >= TRIES) {
        for (const one of changed) this.#leave(one, KEEPS_CHANGING);
        return;
      }
    }
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

  /** @param own the row was inserted by this repair, and may be taken back */
  #plan(
    open: OpenKey,
    address: (key: Cells) => string | undefined,
    own: boolean,
    leave: [KeyDifference, string][],
  ): Planned[] {
    const [difference, ...more] = open.differences;
    if (difference === undefined || more.length > 0) {
      leave.push([open, AMBIGUOUS]);
      return [];
    }
    const allowDelete = this.#options.allowDelete || own;
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
      if (referred.size > 0) throw new NotWritten(REFERRED_TO, true);
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
        one.action === 'update' ? (this.#plan(one.open, moved.addresses, false, [])[0] ?? one) : one,
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
        : SWALLOWED,
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
   * A row that was not there could not be locked: where the source has changed it while it was inserted, its change may
   * have gone past already, and the row is looked at once more.
   */
  async #changedSince(written: readonly Planned[], source: FoundRows): Promise<KeyDifference[]> {
    const inserted = written.filter(({ action }) => action === 'insert').map(({ open }) => open);
    if (inserted.length === 0) return [];
    await this.#pair.source.session.snapshot();
    const now = await fetchRows(
      this.#pair.source,
      inserted.map(({ key }) => key),
    );
    const state = (rows: FoundRows, key: Cells) =>
      JSON.stringify((rows.get(JSON.stringify(key)) ?? []).map(({ hash, version }) => [hash, version]));
    return inserted.filter(({ key }) => state(now, key) !== state(source, key));
  }

  /** @param again the rows were counted as inserted already; those that are gone again were none of its business */
  #count({ inserted, updated, deleted, settled }: RepairCounts, again: boolean): void {
    if (again) {
      this.counts.inserted -= deleted;
      this.counts.settled += deleted;
      return;
    }
    this.counts.inserted += inserted;
    this.counts.updated += updated;
    this.counts.deleted += deleted;
    this.counts.settled += settled;
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
function isOfRows(error: unknown, { dialect }: Session): boolean {
  if (error instanceof NotWritten) return true;
  if (!(error instanceof SluiceError)) return false;
  if (!/^(DATABASE_|TIMED_OUT)/.test(error.code)) return false;
  return writeFailure(error, dialect.engine) !== 'lost';
}
