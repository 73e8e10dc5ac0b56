import { SluiceError } from '../errors/error.ts';
import type { ApplyOptions } from './apply.ts';
import type { ForeignKey, Session } from './dialects/dialect.ts';
import { wayOut } from './exchange.ts';
import { type KeyDifference, rowsOf } from './merge.ts';
import type { Cells } from './model.ts';
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
} from './repair.ts';
import { noCounts, type RepairCounts } from './report.ts';
import { type FoundRows, fetchRows, judgeRows, keysOutside, lookAnewAt, type OpenKey } from './rows.ts';
import { inOrder } from './script-order.ts';
import type { TablePair } from './table-pair.ts';
import { type WriteFailure, writeFailure } from './write-failure.ts';

const ORDER = { delete: 0, update: 1, insert: 2 } as const;
const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;
/** Characters of statements that are sent at a time: servers limit the length. */
const MOST_CHARACTERS = 500_000;
/** Rows that one DELETE names. */
const MOST_CONDITIONS = 20;

const SWALLOWED = 'the database did not write exactly one row: a trigger, rule or policy of the table prevents it';
const NOT_READ_BACK =
  'after the write the row was not in the table: a column cannot hold its value, or a trigger, rule or policy changes it';
const TOO_LONG = 'the statement that writes it is longer than max_allowed_packet of the target';
const HELD = 'the table could not be locked, since a transaction that has written to it goes on';
const KEEPS_CHANGING = 'the source kept changing it';
const NOT_SHOWN =
  'the source shows changes only when a standby has answered, and a transaction goes on waiting: the target may have newer rows already';
/** How often, and in how many milliseconds, it is looked whether changes of the source are shown; the target's rows are locked. */
const LOOKS = 25;
const LOOK_MS = 20;

/** A row that was not written, and why. */
export class NotWritten extends Error {
  readonly failure: WriteFailure;
  constructor(reason: string, failure: WriteFailure = 'row') {
    super(reason);
    this.failure = failure;
  }
}

/** What is wrong with some rows, and not with the connection or the whole run. */
export function isOfRows(error: unknown, writer: Session): boolean {
  return failureOf(error, writer) !== 'lost';
}

export function failureOf(error: unknown, { dialect }: Session): WriteFailure {
  if (error instanceof NotWritten) return error.failure;
  if (!(error instanceof SluiceError) || !/^(DATABASE_|TIMED_OUT)/.test(error.code)) return 'lost';
  return writeFailure(error, dialect.engine);
}

interface Planned {
  action: RepairAction;
  sql: string;
  joinable?: Joinable | undefined;
  open: OpenKey;
}

/** What a transaction that was committed did. */
export interface Committed {
  counts: RepairCounts;
  /** Rows for which there is no statement, and why. */
  left: [KeyDifference, string][];
  /** Rows that are missing now, and were not when the table was compared: they need another transaction. */
  gone: KeyDifference[];
}

/**
 * Writes some rows of one table, all of them or none. The target's rows are locked first, and only then is the source read;
 * what was written is read back before it is committed. So an older value never replaces a newer one, wherever the run is
 * ended.
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
    return { dialect: this.#writer.dialect, table: this.#pair.target.table, plan: this.#pair.plan };
  }

  /**
   * @throws NotWritten, or what the database says, for one row or several; nothing of the batch is written then
   */
  async run(batch: readonly KeyDifference[], { stepAside = false } = {}): Promise<Committed> {
    const writer = this.#writer;
    const locks = batch.some(({ missing }) => missing > 0)
      ? writer.dialect.lockTable?.(this.#pair.target.table)
      : undefined;
    const counts = noCounts();
    const left: [KeyDifference, string][] = [];
    const gone: KeyDifference[] = [];
    let written: Planned[];
    await writer.execute(writer.dialect.begin);
    try {
      await this.#lock(locks ?? []);
      const target = await this.#targetRows(batch);
      await this.#awaitShown();
      // Only now: what the source changes after this, the pipeline writes after the locks are gone.
      const source = await this.#sourceRows(batch);
      const outside = await keysOutside(this.#pair, batch, { lock: true });
      const { open, settled, contradictions } = judgeRows(this.#pair, batch, source, target.rows, { again: true });
      counts.settled = settled.reduce((sum, one) => sum + rowsOf(one.first ?? one), 0);
      // As many rows as were found by this kind of difference: those of another are of another batch.
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
      // It was there when the table was compared, and the table is not locked.
      gone.push(...planned.filter((one) => !written.includes(one)).map(({ open: one }) => one));
      await this.#refuseCascades(written);
      await this.#execute(written, target.addresses, stepAside);
      // What waits for the commit, and may change rows, is done before they are read back.
      if (written.length > 0 && writer.dialect.doNow !== undefined) await writer.executeAll([writer.dialect.doNow]);
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
    return this.#writer.dialect.lockTable !== undefined;
  }

  async #sourceRows(batch: readonly { key: Cells }[]): Promise<FoundRows> {
    await lookAnewAt([this.#pair.source]);
    return fetchRows(
      this.#pair.source,
      batch.map(({ key }) => key),
    );
  }

  /** A change that the pipeline has brought already may be one that the source's own snapshots do not show yet. */
  async #awaitShown(): Promise<void> {
    const { session } = this.#pair.source;
    const look = async () => {
      await session.snapshot();
      return session.pending?.() ?? [];
    };
    let waiting = await look();
    for (let looks = 1; waiting.length > 0; looks++) {
      if (looks === LOOKS) throw new NotWritten(NOT_SHOWN, 'locked');
      await this.#options.clock.sleep(LOOK_MS, this.#options.signal);
      // Those that came later are of changes that wait for the target's rows, or are looked for once more: see #refuseChanged.
      const now = new Set(await look());
      waiting = waiting.filter((one) => now.has(one));
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
    const { dialect } = this.#writer;
    const table = dialect.fetchAlias ?? dialect.table(this.#pair.target.table);
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
    stepAside: boolean,
  ): Promise<void> {
    let statements = written;
    if (stepAside) {
      const updated = written.filter(({ action }) => action === 'update');
      const differences = updated.flatMap(({ open }) => open.differences);
      await this.#inGroups(wayOut(this.target, differences, address).map(({ sql }) => ({ sql, rows: 1 })));
      // Where a row is changes with each write.
      const moved = await this.#targetRows(updated.map(({ open }) => open));
      statements = written.map((one) =>
        one.action === 'update' ? (this.#plan(one.open, moved.addresses, () => {})[0] ?? one) : one,
      );
    }
    const sorted = [...statements].sort((a, b) => ORDER[a.action] - ORDER[b.action]);
    await this.#inGroups(joined(this.#inOrder(sorted), this.#characters, { deletes: !this.#refersToItself }));
  }

  /** Rows of the table may refer to each other, and take over each other's unique values. */
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

  /** Of statements that are sent together: one character is four bytes at most. */
  get #characters(): number {
    return Math.min(MOST_CHARACTERS, (this.#writer.server.longestStatement ?? Number.POSITIVE_INFINITY) / 4);
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
        ? `after the write ${columns.join(', ')} still differed: the type rounds the value, or a trigger or rule changes what is written`
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
        {
          hint: 'Compare again to see what was written.',
          cause: error,
          details: { ...error.details, rowsUnknown: rows },
        },
      );
    }
  }

  /**
   * A row that was not there could not be locked: what the source has changed until it was inserted may have gone past
   * already, also what the source does not show yet. Later changes wait for the row.
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

/** Items in groups that are sent at a time. */
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
 * Statements with the number of rows that each must write. Those that can be one are joined, which is quicker: each row
 * is locked, was there once or not at all, and is read back, so that their sum says as much as the count of each. Only what
 * stands side by side is, so that the order stays.
 * @param deletes may be joined: MySQL deletes the rows of one statement in an order of its own, and checks each at once
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
    // More conditions than this could make a server read, and lock, the whole table.
    const most = first.separator === ' OR ' ? MOST_CONDITIONS : parts.length;
    return groups(parts, ({ part }) => part.length, { most, characters }).map((group) => ({
      sql: `${first.head} ${group.map(({ part }) => part).join(first.separator)};`,
      rows: group.length,
    }));
  });
}
