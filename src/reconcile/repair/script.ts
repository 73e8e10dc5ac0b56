import type { ForeignKey } from '../../databases/session.ts';
import { shownText } from '../columns/values.ts';
import { type DifferenceKind, type KeyDifference, rowsOf } from '../compare/diff-buckets.ts';
import { fetchRows, keysAtOnce, keysOutside, type RowDifference, readRows, takeSnapshots } from '../compare/rows.ts';
import { dialectFor } from '../dialects/index.ts';
import { differencesOf, noCounts, type RepairedTable } from '../report.ts';
import { exchanges, isCycle, temporaryUpdates } from './exchange.ts';
import { inOrder, orderingColumns, type RowChange, type RowStatement, waitingFor, withOnly } from './script-order.ts';
import type { TableDifferences } from './site.ts';
import { namedKey, type SkippedRows } from './skipped-rows.ts';
import {
  ACTION,
  comment,
  guards,
  isActedOn,
  NO_TEMPORARY,
  notDeleted,
  OUTSIDE,
  type RepairStatement,
  type RepairTarget,
  repairStatement,
  WAITS,
} from './statements.ts';

/** Maximum rows of one table that may be moved out of each other's way. */
const MAX_EXCHANGED = 10_000;
/** Maximum rows of all tables put in order; beyond that only the tables are. */
const MAX_ORDERED = 10_000;
const DONE = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;

export interface ScriptOptions {
  /** Name of the source, for people. */
  source: string;
  allowDelete: boolean;
  write(line: string): void;
}

/**
 * The repair of all tables as one transaction for a person to review. Rows are deleted first, children before parents;
 * then updated and inserted, parents first, unless dependencies need another order. Values are the source's current
 * ones.
 * @param tables in the order in which rows can be inserted
 * @param keys foreign keys that refer to the tables
 */
export async function writeScript(
  tables: readonly TableDifferences[],
  keys: readonly ForeignKey[],
  options: ScriptOptions,
  skipped: SkippedRows,
): Promise<RepairedTable[]> {
  const [first] = tables;
  if (first === undefined) return [];
  const dialect = dialectFor(first.pair.target.session);
  // All tables: one truncated or rewritten after the snapshot would look empty.
  await takeSnapshots(...tables.map(({ pair }) => pair));
  const rows = tables.reduce((sum, { report }) => sum + differencesOf(report), 0);
  const ordered = rows <= MAX_ORDERED;
  const parts = tables.map((table) => new TablePart(table, keys, { ...options, ordered }, skipped));
  const names = tables.map(({ pair }) => dialect.table(pair.target.table)).join(', ');
  options.write(
    `-- Repair of ${comment(names)}: makes its rows equal to those of ${comment(options.source)}. Review it before running it.`,
  );
  options.write(
    '-- It does not read its rows back: triggers, rules and policies may change them. Compare again after running it.',
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
  /** Skipped rows that others may depend on; none if too many rows differ to put them in order. */
  readonly unrepaired: RowChange[] = [];
  readonly #ordered: boolean;
  readonly #differences: TableDifferences;
  /** Foreign keys among all tables, and those that refer to this one. */
  readonly #foreignKeys: readonly ForeignKey[];
  readonly #keys: readonly ForeignKey[];
  readonly #options: ScriptOptions;
  readonly #skipped: SkippedRows;
  /** Keys that have statements. */
  readonly #exchanged = new Set<string>();

  constructor(
    differences: TableDifferences,
    keys: readonly ForeignKey[],
    options: ScriptOptions & { ordered: boolean },
    skipped: SkippedRows,
  ) {
    this.#differences = differences;
    this.#ordered = options.ordered;
    this.#options = options;
    this.#skipped = skipped;
    const { schema, name } = differences.pair.target.table;
    this.#foreignKeys = keys;
    this.#keys = keys.filter(({ parent }) => parent.schema === schema && parent.name === name);
    this.done = { source: differences.report.source, table: differences.report.target, ...noCounts(), left: 0 };
  }

  get #target(): RepairTarget {
    const { plan, target } = this.#differences.pair;
    return { dialect: dialectFor(target.session), table: target.table, plan };
  }

  /**
   * Rows that exchange unique values get temporary values first. Both statements of a row use one read: after another
   * one in which it no longer differs, it would keep the temporary value.
   */
  async exchange(take: (statement: PartStatement) => void): Promise<void> {
    const target = this.#target;
    const keyColumns = new Set(target.plan.key.map((pair) => pair.target.name));
    const unique = new Set(target.table.uniqueKeys.flat().filter((name) => !keyColumns.has(name)));
    // If nothing keeps the key unique, the last statement may do nothing: see `guards`.
    if (unique.size === 0 || target.plan.key.length === 0 || !target.plan.unique) return;
    const moved: RowDifference[] = [];
    for await (const differences of this.#rows('different')) {
      for (const one of differences) {
        if (one.kind !== 'different' || moved.length === MAX_EXCHANGED || !this.#isMovable(one)) continue;
        if (one.columns.some((index) => unique.has(target.plan.pairs[index]?.target.name ?? ''))) moved.push(one);
      }
    }
    const groups = exchanges(target, moved);
    const temporary = temporaryUpdates(target, groups.flat());
    const movedAside = new Set(temporary.map(({ difference }) => difference));
    const stuck = new Set(
      groups
        .filter((group) =>
          isCycle(
            target,
            group.filter((one) => !movedAside.has(one)),
          ),
        )
        .flat(),
    );
    for (const { difference: of, sql } of temporary) {
      if (stuck.has(of)) continue;
      const { source: _final, ...difference } = of;
      take({ part: this, target, action: 'update', difference, sql, aside: true });
    }
    for (const difference of groups.flat()) {
      this.#exchanged.add(JSON.stringify(difference.key));
      if (!stuck.has(difference)) this.#write(difference, take);
      else {
        this.#keep(difference);
        this.#leave(difference, NO_TEMPORARY);
      }
    }
  }

  /** It gets its final value afterwards, even if other rows refer to it. */
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
      await this.#keepSeveral(differences);
    }
  }

  /** The rows of keys that have several, none of which is repaired: another row may need one of their unique values. */
  async #keepSeveral(differences: readonly RowDifference[]): Promise<void> {
    if (!this.#ordered || !this.#holdsValues) return;
    const several = differences.filter(({ kind, target }) => kind !== 'missing' && target === undefined);
    if (several.length === 0) return;
    const { pair } = this.#differences;
    const rows = await fetchRows(
      pair.target,
      several.map(({ key }) => key),
    );
    const columns = pair.plan.pairs.map((_, index) => index);
    for (const { key } of several)
      for (const { values } of rows.get(JSON.stringify(key)) ?? [])
        this.#keep({ kind: 'extra', key, rows: 1, columns, target: values });
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

  /** A statement that was collected, but will not be written. */
  leaveWaiting({ difference, action }: RowStatement): void {
    this.done[DONE[action]] -= 1;
    this.#leave(difference, WAITS);
  }

  /** @param count also count settled rows */
  async *#rows(kind: DifferenceKind, count = false): AsyncGenerator<RowDifference[]> {
    const { pair, spool } = this.#differences;
    for await (const batch of spool.batches(keysAtOnce(pair))) {
      const wanted = batch.filter((one) => kindOf(one) === kind && !this.#exchanged.has(JSON.stringify(one.key)));
      if (kind === 'extra' && !this.#options.allowDelete) {
        if (this.#ordered && this.#holdsValues && wanted.length > 0) {
          const { open } = await readRows(pair, wanted, { again: true });
          for (const difference of open.flatMap(({ differences }) => differences)) this.#keep(difference);
        }
        for (const { key, extra } of wanted) this.#leave({ kind, key, rows: extra, columns: [] }, notDeleted());
        continue;
      }
      if (wanted.length === 0) continue;
      const { open, settled, contradictions } = await readRows(pair, wanted, { again: true });
      const outside = await keysOutside(pair, open);
      const [apart, inside] = [
        open.filter((one) => outside.has(JSON.stringify(one.key))),
        open.filter((one) => !outside.has(JSON.stringify(one.key))),
      ];
      // For a key with several rows, each kind of difference is found separately.
      yield inside.flatMap(({ differences }) => differences.find((one) => one.kind === kind) ?? differences[0] ?? []);
      if (!count) continue;
      for (const { key, differences, ...one } of apart) {
        // A row that seems missing may exist.
        for (const difference of differences) if (difference.kind !== 'missing') this.#keep(difference);
        this.#leave({ kind, key, rows: rowsOf(one), columns: [] }, OUTSIDE);
      }
      this.done.settled += settled.reduce((sum, one) => sum + rowsOf(one), 0);
      for (const { key, reason, ...one } of contradictions)
        this.#leave({ kind, key, rows: rowsOf({ ...one }), columns: [] }, reason);
    }
  }

  /** Whether rows have unique values besides their key. */
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
    const { plan } = this.#differences.pair;
    this.done.left += rows;
    this.#skipped.add(this.done.table, reason, rows, plan.key.length === 0 ? undefined : namedKey(plan, key));
    const shown = plan.key.map((pair, at) => shownText(pair.form, key[at] ?? null) ?? 'NULL');
    this.#options.write(comment(`-- not repaired: ${kind} ${shown.join(', ')}: ${reason}`));
  }
}

/** The step in which a key's row is repaired; a key with several rows is not repaired. */
export function kindOf({ missing, extra, different }: KeyDifference): DifferenceKind {
  if (different > 0) return 'different';
  return missing > 0 || extra === 0 ? 'missing' : 'extra';
}
