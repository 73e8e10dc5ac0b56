import type { ForeignKey } from './dialects/dialect.ts';
import { exchanges, wayOut } from './exchange.ts';
import { type LeftAlone, namedKey } from './left-alone.ts';
import { type DifferenceKind, type KeyDifference, rowsOf } from './merge.ts';
import {
  ACTION,
  comment,
  guards,
  isActedOn,
  NOT_DELETED,
  OUTSIDE,
  type RepairStatement,
  type RepairTarget,
  repairStatement,
  WAITS,
} from './repair.ts';
import type { Damaged } from './repair-found.ts';
import { differencesOf, noCounts, type RepairedTable } from './report.ts';
import { keysAtOnce, keysOutside, lookAnew, type RowDifference, readRows } from './rows.ts';
import { inOrder, orderingColumns, type RowChange, type RowStatement, waitingFor, withOnly } from './script-order.ts';
import { shownText } from './values.ts';

/** Rows of one table that may be taken out of each other's way. */
const MOST_EXCHANGED = 10_000;
/** Rows of all tables that are put in order among themselves; of more, only the tables are. */
const MOST_ORDERED = 10_000;
const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;

export interface ScriptOptions {
  /** Name of the source, for people. */
  source: string;
  allowDelete: boolean;
  write(line: string): void;
}

/**
 * The repair of all tables as one transaction that a person reads before running it: rows are deleted first, children before
 * their parents; then rows are updated and inserted, parents first, unless rows wait for each other in another order. Values are those that the source has now.
 * @param tables in the order in which rows can be inserted
 * @param keys foreign keys that refer to the tables
 */
export async function writeScript(
  tables: readonly Damaged[],
  keys: readonly ForeignKey[],
  options: ScriptOptions,
  left: LeftAlone,
): Promise<RepairedTable[]> {
  const [first] = tables;
  if (first === undefined) return [];
  const { dialect } = first.pair.target.session;
  // All of them: one that is emptied or rewritten behind the snapshot would look as if it had no rows.
  await lookAnew(...tables.map(({ pair }) => pair));
  const rows = tables.reduce((sum, { report }) => sum + differencesOf(report), 0);
  const ordered = rows <= MOST_ORDERED;
  const parts = tables.map((damaged) => new TablePart(damaged, keys, { ...options, ordered }, left));
  const names = tables.map(({ pair }) => dialect.table(pair.target.table)).join(', ');
  options.write(
    `-- Repair of ${comment(names)}: makes the rows what they are in ${comment(options.source)}. Read it before you run it.`,
  );
  for (const line of [...dialect.scriptHead, dialect.begin, ...(dialect.scriptInside ?? [])]) options.write(line);
  const statements: PartStatement[] | undefined = ordered ? [] : undefined;
  const take = (one: PartStatement) => void (statements?.push(one) ?? options.write(one.sql));
  for (const part of [...parts].reverse()) await part.write('extra', take);
  for (const part of parts) {
    await part.exchange(take);
    await part.write('different', take);
    await part.write('missing', take);
  }
  if (statements !== undefined) {
    const waiting = waitingFor(
      parts.flatMap(({ unrepaired }) => unrepaired),
      statements,
      keys,
    );
    for (const one of waiting) if (!one.aside) one.part.leaveWaiting(one);
    for (const { sql } of inOrder(
      statements.filter((one) => !waiting.has(one)),
      keys,
    ))
      options.write(sql);
  }
  options.write(dialect.commit);
  return parts.map(({ done }) => done);
}

interface PartStatement extends RowStatement {
  part: TablePart;
}

class TablePart {
  readonly done: RepairedTable;
  /** Rows that stay as they are, for which others may wait; none where so many differ that rows are not put in order. */
  readonly unrepaired: RowChange[] = [];
  readonly #ordered: boolean;
  readonly #damaged: Damaged;
  /** Foreign keys among all tables, and those that refer to this one. */
  readonly #foreignKeys: readonly ForeignKey[];
  readonly #keys: readonly ForeignKey[];
  readonly #options: ScriptOptions;
  readonly #left: LeftAlone;
  /** Keys whose statements are there. */
  readonly #exchanged = new Set<string>();

  constructor(
    damaged: Damaged,
    keys: readonly ForeignKey[],
    options: ScriptOptions & { ordered: boolean },
    left: LeftAlone,
  ) {
    this.#damaged = damaged;
    this.#ordered = options.ordered;
    this.#options = options;
    this.#left = left;
    const { schema, name } = damaged.pair.target.table;
    this.#foreignKeys = keys;
    this.#keys = keys.filter(({ parent }) => parent.schema === schema && parent.name === name);
    this.done = { source: damaged.report.source, table: damaged.report.target, ...noCounts(), left: 0 };
  }

  get #target(): RepairTarget {
    const { plan, target } = this.#damaged.pair;
    return { dialect: target.session.dialect, table: target.table, plan };
  }

  /**
   * Rows that exchange values of a unique key are given other values first. Both of a row's statements are of one reading: after
   * another one, in which it does not differ any more, it would keep the value in between.
   */
  async exchange(take: (statement: PartStatement) => void): Promise<void> {
    const target = this.#target;
    const keyColumns = new Set(target.plan.key.map((pair) => pair.target.name));
    const unique = new Set(target.table.uniqueKeys.flat().filter((name) => !keyColumns.has(name)));
    // Where nothing keeps the key unique, the last statement may do nothing: see `guards`.
    if (unique.size === 0 || target.plan.key.length === 0 || !target.plan.unique) return;
    const moved: RowDifference[] = [];
    for await (const differences of this.#rows('different')) {
      for (const one of differences) {
        if (one.kind !== 'different' || moved.length === MOST_EXCHANGED || !this.#isMovable(one)) continue;
        if (one.columns.some((index) => unique.has(target.plan.pairs[index]?.target.name ?? ''))) moved.push(one);
      }
    }
    const all = exchanges(target, moved).flat();
    for (const { difference: of, sql } of wayOut(target, all)) {
      const { source: _final, ...difference } = of;
      take({ part: this, target, action: 'update', difference, sql, aside: true });
    }
    for (const difference of all) {
      this.#exchanged.add(JSON.stringify(difference.key));
      this.#write(difference, take);
    }
  }

  /** It is given its final value afterwards, whatever other rows refer to it. */
  #isMovable(difference: RowDifference): boolean {
    return (
      this.#statement(difference).action === 'update' &&
      !this.#keys.some((key) => isActedOn(key, 'update', difference, this.#target))
    );
  }

  #statement(difference: RowDifference): RepairStatement {
    return repairStatement(this.#target, difference, {
      allowDelete: this.#options.allowDelete,
      guards: (action, one) => guards(this.#target, action, one, this.#keys),
    });
  }

  async write(kind: DifferenceKind, take: (statement: PartStatement) => void): Promise<void> {
    for await (const differences of this.#rows(kind, true)) {
      for (const difference of differences) this.#write(difference, take);
    }
  }

  #write(difference: RowDifference, take: (statement: PartStatement) => void): void {
    const statement = this.#statement(difference);
    if (statement.action === 'none') {
      this.#keep(difference);
      this.#leave(difference, statement.reason);
    } else {
      take({ part: this, target: this.#target, difference, ...statement });
      this.done[DONE[statement.action]] += 1;
    }
  }

  /** A statement that was taken, and is not to be written after all. */
  leaveWaiting({ difference, action }: RowStatement): void {
    this.done[DONE[action]] -= 1;
    this.#leave(difference, WAITS);
  }

  /** @param count what is settled, too */
  async *#rows(kind: DifferenceKind, count = false): AsyncGenerator<RowDifference[]> {
    const { pair, spool } = this.#damaged;
    for await (const batch of spool.batches(keysAtOnce(pair))) {
      const wanted = batch.filter((one) => kindOf(one) === kind && !this.#exchanged.has(JSON.stringify(one.key)));
      if (kind === 'extra' && !this.#options.allowDelete) {
        if (this.#ordered && this.#holdsValues && wanted.length > 0) {
          const { open } = await readRows(pair, wanted, { again: true });
          for (const difference of open.flatMap(({ differences }) => differences)) this.#keep(difference);
        }
        for (const { key, extra } of wanted) this.#leave({ kind, key, rows: extra, columns: [] }, NOT_DELETED);
        continue;
      }
      if (wanted.length === 0) continue;
      const { open, settled, contradictions } = await readRows(pair, wanted, { again: true });
      const outside = await keysOutside(pair, open);
      const [apart, inside] = [
        open.filter((one) => outside.has(JSON.stringify(one.key))),
        open.filter((one) => !outside.has(JSON.stringify(one.key))),
      ];
      // Of a key with several rows each kind of difference is found by itself.
      yield inside.flatMap(({ differences }) => differences.find((one) => one.kind === kind) ?? differences[0] ?? []);
      if (!count) continue;
      for (const { key, differences, ...one } of apart) {
        // What looks missing may be there.
        for (const difference of differences) if (difference.kind !== 'missing') this.#keep(difference);
        this.#leave({ kind, key, rows: rowsOf(one), columns: [] }, OUTSIDE);
      }
      this.done.settled += settled.reduce((sum, one) => sum + rowsOf(one), 0);
      for (const { key, reason, ...one } of contradictions)
        this.#leave({ kind, key, rows: rowsOf({ ...one }), columns: [] }, reason);
    }
  }

  /** Whether rows have values that no other row may have, beside their key. */
  get #holdsValues(): boolean {
    const keyColumns = new Set(this.#target.plan.key.map((pair) => pair.target.name));
    return this.#target.table.uniqueKeys.some((names) => names.some((name) => !keyColumns.has(name)));
  }

  #keep(difference: RowDifference): void {
    if (!this.#ordered) return;
    this.unrepaired.push({
      target: this.#target,
      action: ACTION[difference.kind],
      difference: withOnly(difference, orderingColumns(this.#target, this.#foreignKeys)),
    });
  }

  #leave({ kind, key, rows }: RowDifference, reason: string): void {
    const { plan } = this.#damaged.pair;
    this.done.left += rows;
    this.#left.add(this.done.table, reason, rows, plan.key.length === 0 ? undefined : namedKey(plan, key));
    const shown = plan.key.map((pair, at) => shownText(pair.form, key[at] ?? null) ?? 'NULL');
    this.#options.write(comment(`-- not repaired: ${kind} ${shown.join(', ')}: ${reason}`));
  }
}

/** In which step a key's rows are repaired; of a key with several rows none is. */
export function kindOf({ missing, extra, different }: KeyDifference): DifferenceKind {
  if (different > 0) return 'different';
  return missing > 0 || extra === 0 ? 'missing' : 'extra';
}
