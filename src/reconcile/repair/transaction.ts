import type { Cells } from '../../databases/model.ts';
import type { ForeignKey, Session } from '../../databases/session.ts';
import { SluiceError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KeyDifference, rowsOf } from '../compare/diff-buckets.ts';
import { type FoundRows, fetchRows, judgeRows, keysOutside, type OpenKey, takeSnapshot } from '../compare/rows.ts';
import type { TablePair } from '../compare/table-pair.ts';
import { dialectFor } from '../dialects/index.ts';
import { noCounts, type RepairCounts } from '../report.ts';
import { temporaryUpdates } from './exchange.ts';
import { inOrder } from './script-order.ts';
import {
  AMBIGUOUS,
  isActedOn,
  type Joinable,
  OUTSIDE,
  REFERRED_TO,
  type RepairAction,
  type RepairTarget,
  repairStatement,
  UNSEEN,
} from './statements.ts';
import { type WriteFailure, writeFailure } from './write-failure.ts';

const ORDER = { delete: 0, update: 1, insert: 2 } as const;
const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;
/** Maximum characters of statements sent together: servers limit the length. */
const MAX_CHARACTERS = 500_000;
/** Maximum rows per DELETE. */
const MAX_CONDITIONS = 20;

const SWALLOWED = 'the database did not write exactly one row: a trigger, rule or policy of the table prevents it';
const NOT_READ_BACK =
  'after the write the row was not in the table: a column cannot hold its value, or a trigger, rule or policy changes it';
const TOO_LONG = 'the statement that writes it is longer than max_allowed_packet of the target';
const HELD = 'the table could not be locked: a transaction that has written to it is still open';
const KEEPS_CHANGING = 'the source kept changing it';
const NOT_SHOWN =
  'the source shows changes only after a standby has answered, and a transaction is still waiting: the target may already have newer rows';
/**
 * How often, and at what interval in ms, to poll whether the source shows its changes; the target's rows are locked
 * meanwhile.
 */
const MAX_POLLS = 25;
const POLL_MS = 20;

/** A row that was not written, and why. */
class NotWritten extends Error {
  readonly failure: WriteFailure;
  constructor(reason: string, failure: WriteFailure = 'row') {
    super(reason);
    this.failure = failure;
  }
}

/** The failure concerns some rows, not the connection or the whole run. */
export function isOfRows(error: unknown, writer: Session): boolean {
  return failureOf(error, writer) !== 'lost';
}

export function failureOf(error: unknown, session: Session): WriteFailure {
  if (error instanceof NotWritten) return error.failure;
  if (!(error instanceof SluiceError) || !/^(DATABASE_|TIMED_OUT)/.test(error.code)) return 'lost';
  return writeFailure(error, dialectFor(session));
}

interface Planned {
  action: RepairAction;
  sql: string;
  joinable?: Joinable | undefined;
  open: OpenKey;
}

/** Outcome of a committed transaction. */
export interface Committed {
  counts: RepairCounts;
  /** Rows without a statement, and why. */
  left: [KeyDifference, string][];
  /** Rows that are missing now but were not when the table was compared: they need another transaction. */
  gone: KeyDifference[];
}

/**
 * Writes some rows of one table, all or none. It locks the target's rows before it reads the source, and reads back
 * what it wrote before it commits. So an older value never replaces a newer one, however the run ends.
 */
export class RepairTransaction {
  readonly #pair: TablePair;
  readonly #writer: Session;
  readonly #references: readonly ForeignKey[];
  readonly #options: ApplyOptions;

  /**
   * @param pair whose target session is the one that writes
   * @param references foreign keys that refer to the table
   */
  constructor(pair: TablePair, references: readonly ForeignKey[], options: ApplyOptions) {
    this.#pair = pair;
    this.#writer = pair.target.session;
    this.#references = references;
    this.#options = options;
  }

  get target(): RepairTarget {
    return { dialect: dialectFor(this.#writer), table: this.#pair.target.table, plan: this.#pair.plan };
  }

  /** @throws NotWritten, or the database's error, for one row or several; nothing of the batch is then written */
  async run(batch: readonly KeyDifference[], { useTemporaryValues = false } = {}): Promise<Committed> {
    const writer = this.#writer;
    const locks = batch.some(({ missing }) => missing > 0)
      ? dialectFor(writer).lockTable?.(this.#pair.target.table)
      : undefined;
    const counts = noCounts();
    const left: [KeyDifference, string][] = [];
    const gone: KeyDifference[] = [];
    let written: Planned[];
    await writer.execute(dialectFor(writer).begin);
    try {
      await this.#lock(locks ?? []);
      const target = await this.#targetRows(batch);
      await this.#awaitShown();
      // Only now: later changes of the source are written by the pipeline once the locks are released.
      const source = await this.#sourceRows(batch);
      const outside = await keysOutside(this.#pair, batch, { lock: true });
      const { open, settled, contradictions } = judgeRows(this.#pair, batch, source, target.rows, { again: true });
      counts.settled = settled.reduce((sum, one) => sum + rowsOf(one.first ?? one), 0);
      // Only the rows of this kind of difference: other kinds are in other batches.
      const named = new Map(batch.map((one) => [JSON.stringify(one.key), one]));
      const leave = (one: KeyDifference, reason: string) =>
        left.push([named.get(JSON.stringify(one.key)) ?? one, reason]);
      for (const one of contradictions) leave(one, one.reason);
      const planned = open.flatMap((one) => {
        if (!outside.has(JSON.stringify(one.key))) return this.#plan(one, target.addresses, leave);
        leave(one, OUTSIDE);
        return [];
      });
      written = planned.filter(({ action }) => action !== 'insert' || locks !== undefined || !this.#locksTable);
      // The row existed when the table was compared, so the table is not locked.
      gone.push(...planned.filter((one) => !written.includes(one)).map(({ open: one }) => one));
      await this.#refuseCascades(written);
      await this.#execute(written, target.addresses, useTemporaryValues);
      // Run deferred checks and triggers, which may change rows, before reading back.
      const { doNow } = dialectFor(writer);
      if (written.length > 0 && doNow !== undefined) await writer.executeAll([doNow]);
      await this.#readBack(written, source);
      if (locks === undefined) await this.#refuseChanged(written, source);
      for (const { action } of written) counts[DONE[action]] += 1;
    } catch (error) {
      await writer.execute('ROLLBACK').catch(() => {});
      throw error;
    }
    await this.#commit(written.length);
    return { counts, left, gone };
  }

  async #lock(statements: readonly string[]): Promise<void> {
    try {
      for (const statement of statements) await this.#writer.execute(statement);
    } catch (error) {
      if (failureOf(error, this.#writer) !== 'again') throw error;
      throw new NotWritten(`${HELD}: ${(error as Error).message}`, 'locked');
    }
  }

  get #locksTable(): boolean {
    return dialectFor(this.#writer).lockTable !== undefined;
  }

  async #sourceRows(batch: readonly { key: Cells }[]): Promise<FoundRows> {
    await takeSnapshot([this.#pair.source]);
    return fetchRows(
      this.#pair.source,
      batch.map(({ key }) => key),
    );
  }

  /** The pipeline may already have written a change that the source's own snapshots do not show yet. */
  async #awaitShown(): Promise<void> {
    const { session } = this.#pair.source;
    const poll = async () => {
      await session.snapshot();
      return session.pending?.() ?? [];
    };
    let waiting = await poll();
    for (let polls = 1; waiting.length > 0; polls++) {
      if (polls === MAX_POLLS) throw new NotWritten(NOT_SHOWN, 'locked');
      await this.#options.clock.sleep(POLL_MS, this.#options.signal);
      // Transactions that came later wait for the target's rows, or are checked again: see #refuseChanged.
      const now = new Set(await poll());
      waiting = waiting.filter((one) => now.has(one));
    }
  }

  /** The target's rows, locked, and their addresses. */
  async #targetRows(
    batch: readonly KeyDifference[],
  ): Promise<{ rows: FoundRows; addresses: (key: Cells) => string | undefined }> {
    const rows = await fetchRows(
      this.#pair.target,
      batch.map(({ key }) => key),
      { lock: true },
    );
    const dialect = dialectFor(this.#writer);
    return {
      rows,
      addresses(key) {
        const [row, ...more] = rows.get(JSON.stringify(key)) ?? [];
        if (row === undefined || more.length > 0 || row.address === '') return undefined;
        return dialect.addressCondition?.(row.address);
      },
    };
  }

  #plan(
    open: OpenKey,
    address: (key: Cells) => string | undefined,
    leave: (one: KeyDifference, reason: string) => void,
  ): Planned[] {
    const [difference, ...more] = open.differences;
    if (difference === undefined || more.length > 0) {
      leave(open, AMBIGUOUS);
      return [];
    }
    const options = { allowDelete: this.#options.allowDelete, address };
    const statement = repairStatement(this.target, difference, options);
    if (statement.action !== 'none') return [{ ...statement, open }];
    leave(open, statement.reason);
    return [];
  }

  /** Rows that the database would delete or change on its own are rows that the comparison has not named. */
  async #refuseCascades(written: readonly Planned[]): Promise<void> {
    const dialect = dialectFor(this.#writer);
    const table = dialect.table(this.#pair.target.table);
    for (const key of this.#references) {
      const touched = written.filter(({ action, open }) =>
        open.differences.some((difference) => isActedOn(key, action, difference, this.target)),
      );
      if (touched.length === 0) continue;
      if (key.unseen) throw new NotWritten(UNSEEN);
      const joined = key.childColumns.map(
        (child, at) =>
          `${table}.${dialect.quote(key.parentColumns[at] ?? '')} ${key.operators?.[at] ?? '='} sluice_c.${dialect.quote(child)}`,
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
    useTemporaryValues: boolean,
  ): Promise<void> {
    let statements = written;
    if (useTemporaryValues) {
      const updated = written.filter(({ action }) => action === 'update');
      const differences = updated.flatMap(({ open }) => open.differences);
      await this.#inGroups(temporaryUpdates(this.target, differences, address).map(({ sql }) => ({ sql, rows: 1 })));
      // A row's address changes with each write.
      const moved = await this.#targetRows(updated.map(({ open }) => open));
      statements = written.map((one) =>
        one.action === 'update' ? (this.#plan(one.open, moved.addresses, () => {})[0] ?? one) : one,
      );
    }
    const sorted = [...statements].sort((a, b) => ORDER[a.action] - ORDER[b.action]);
    await this.#inGroups(joined(this.#inOrder(sorted), this.#characters, { deletes: !this.#refersToItself }));
  }

  /** Rows of the table may refer to each other and take over each other's unique values. */
  #inOrder(sorted: readonly Planned[]): Planned[] {
    const { target } = this;
    const changes = sorted.flatMap((planned) =>
      planned.open.differences.map((difference) => ({ target, action: planned.action, difference, planned })),
    );
    return inOrder(changes, this.#references).map(({ planned }) => planned);
  }

  get #refersToItself(): boolean {
    const { schema, name } = this.#pair.target.table;
    return this.#references.some(({ child }) => child.schema === schema && child.name === name);
  }

  /** Length of statements sent together: a character has at most four bytes. */
  get #characters(): number {
    return Math.min(MAX_CHARACTERS, (this.#writer.server.longestStatement ?? Number.POSITIVE_INFINITY) / 4);
  }

  async #inGroups(statements: readonly { sql: string; rows: number }[]): Promise<void> {
    const { longestStatement = Number.POSITIVE_INFINITY } = this.#writer.server;
    // The server ends the connection over a longer one.
    if (statements.some(({ sql }) => sql.length > longestStatement / 3 && Buffer.byteLength(sql) >= longestStatement))
      throw new NotWritten(TOO_LONG);
    for (const group of groups(statements, ({ sql }) => sql.length, { characters: this.#characters })) {
      const counts = await this.#writer.executeAll(group.map(({ sql }) => sql));
      if (counts.length !== group.length || group.some(({ rows }, at) => counts[at] !== rows))
        throw new NotWritten(SWALLOWED);
    }
  }

  /** Checks that the source's values were written: triggers and rules may have changed or moved them. */
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
        ? `after the write ${columns.join(', ')} still differed: the type rounds the value, or a trigger or rule changes what is written`
        : NOT_READ_BACK,
    );
  }

  async #commit(rows: number): Promise<void> {
    try {
      await this.#writer.execute(dialectFor(this.#writer).commit);
    } catch (error) {
      await this.#writer.execute('ROLLBACK').catch(() => {});
      if (rows === 0 || !(error instanceof SluiceError) || isOfRows(error, this.#writer)) throw error;
      throw new SluiceError(
        error.code,
        `${error.message}; ${rows} more ${rows === 1 ? 'row' : 'rows'} may have been written`,
        {
          hint: 'Compare again to see what was written.',
          cause: error,
          details: { ...error.details, rowsUnknown: rows },
        },
      );
    }
  }

  /**
   * A missing row could not be locked. The pipeline may already have applied changes made before its insert, including
   * ones that the source does not show yet. Later changes wait for the row.
   */
  async #refuseChanged(written: readonly Planned[], before: FoundRows): Promise<void> {
    const inserted = written.filter(({ action }) => action === 'insert').map(({ open }) => open);
    if (inserted.length === 0) return;
    await this.#awaitShown();
    const now = await this.#sourceRows(inserted);
    const state = (rows: FoundRows, key: Cells) =>
      JSON.stringify((rows.get(JSON.stringify(key)) ?? []).map(({ hash, version }) => [hash, version]));
    if (inserted.some(({ key }) => state(now, key) !== state(before, key)))
      throw new NotWritten(KEEPS_CHANGING, 'again');
  }
}

/** Items in groups that are sent together. */
function groups<T>(
  items: readonly T[],
  lengthOf: (item: T) => number,
  { most = items.length, characters }: { most?: number; characters: number },
): T[][] {
  const found: T[][] = [];
  let length = 0;
  for (const item of items) {
    const last = found.at(-1);
    length += lengthOf(item);
    if (last !== undefined && last.length < most && length <= characters) {
      last.push(item);
      continue;
    }
    found.push([item]);
    length = lengthOf(item);
  }
  return found;
}

/**
 * Statements with the number of rows that each must write. Joining them is faster, and the sum is as good as single
 * counts: each row is locked, existed once or not at all, and is read back. Only neighbours are joined, to keep the
 * order.
 * @param deletes may be joined: MySQL deletes the rows of one statement in its own order and checks each at once
 */
function joined(
  planned: readonly Planned[],
  characters: number,
  { deletes }: { deletes: boolean },
): { sql: string; rows: number }[] {
  const runs: Planned[][] = [];
  for (const one of planned) {
    const last = runs.at(-1);
    const isJoined = one.joinable !== undefined && (deletes || one.action !== 'delete');
    if (isJoined && last?.[0]?.joinable?.head === one.joinable?.head) last?.push(one);
    else runs.push([one]);
  }
  return runs.flatMap((same) => {
    const parts = same.flatMap(({ joinable }) => joinable ?? []);
    const [first] = parts;
    if (first === undefined) return same.map(({ sql }) => ({ sql, rows: 1 }));
    // More conditions could make a server read and lock the whole table.
    const most = first.separator === ' OR ' ? MAX_CONDITIONS : parts.length;
    return groups(parts, ({ part }) => part.length, { most, characters }).map((group) => ({
      sql: `${first.head} ${group.map(({ part }) => part).join(first.separator)};`,
      rows: group.length,
    }));
  });
}

export interface ApplyOptions {
  allowDelete: boolean;
  clock: Clock;
  signal?: AbortSignal | undefined;
}
