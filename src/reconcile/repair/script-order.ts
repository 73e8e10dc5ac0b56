import type { Cells, TableName } from '../../databases/model.ts';
import type { ForeignKey } from '../../databases/session.ts';
import type { RowDifference } from '../compare/rows.ts';
import { textOf } from './exchange.ts';
import type { RepairAction, RepairTarget } from './statements.ts';

/** What is done to one row. */
export interface RowChange {
  target: RepairTarget;
  action: RepairAction;
  /** Without the values of both sides it is unknown what the row waits for. */
  difference: RowDifference;
  /** Moves a row out of the way temporarily; another statement sets its final values. */
  aside?: boolean;
}

/** A statement of a script for one row. */
export interface RowStatement extends RowChange {
  sql: string;
}

/**
 * Orders changes so that each finds what it needs: the rows it refers to exist, no row refers to one that is deleted,
 * and unique values are free. Otherwise the order is kept, as it is for rows in a cycle.
 * @param keys foreign keys among the tables, and others
 */
export function inOrder<T extends RowChange>(statements: readonly T[], keys: readonly ForeignKey[]): T[] {
  const before = waits(statements, keys);
  return before.size === 0 ? [...statements] : sorted(statements, before);
}

/**
 * Statements that depend on skipped rows, directly or not: the database would reject them, and the whole script with
 * them.
 */
export function waitingFor<T extends RowChange>(
  left: readonly RowChange[],
  statements: readonly T[],
  keys: readonly ForeignKey[],
): Set<T> {
  const behind = new Map<RowChange, T[]>();
  const add = (one: RowChange, other: T) => {
    const known = behind.get(one);
    if (known === undefined) behind.set(one, [other]);
    else known.push(other);
  };
  const own = new Set<RowChange>(statements);
  for (const [one, others] of waits<RowChange>([...statements, ...left], keys)) {
    if (!own.has(one)) continue;
    for (const { other, same } of others) if (same || one.target.dialect.foldsCase) add(other, one as T);
  }
  // A row that does not get its final value must not be moved out of the way either.
  const rowOf = ({ target: { table }, difference }: T) => JSON.stringify([idOf(table), difference.key]);
  const finals = new Map(statements.filter((one) => !one.aside).map((one) => [rowOf(one), one]));
  for (const one of statements) {
    const final = one.aside ? finals.get(rowOf(one)) : undefined;
    if (final !== undefined) add(final, one);
  }
  const found = new Set<T>();
  for (let last: readonly RowChange[] = left; last.length > 0; ) {
    const next = last.flatMap((one) => behind.get(one) ?? []).filter((one) => !found.has(one));
    for (const one of next) found.add(one);
    last = [...new Set(next)];
  }
  return found;
}

/** Maximum in total: if nothing keeps a referenced key unique, as InnoDB allows, every row may wait for every other. */
const MAX_WAITS = 5_000_000;

interface Wait<T> {
  other: T;
  /** The same value, not just one that the database may treat as equal. */
  same: boolean;
}

function waits<T extends RowChange>(statements: readonly T[], keys: readonly ForeignKey[]): Map<T, Wait<T>[]> {
  const byTable = Map.groupBy(statements, ({ target: { table } }) => idOf(table));
  const before = new Map<T, Wait<T>[]>();
  let count = 0;
  const wait = (one: T, other: T | undefined, same = true) => {
    if (other === undefined || other === one || count === MAX_WAITS) return;
    count += 1;
    const known = before.get(one);
    if (known === undefined) before.set(one, [{ other, same }]);
    else known.push({ other, same });
  };
  for (const key of keys) {
    const [parents = [], children = []] = [byTable.get(idOf(key.parent)), byTable.get(idOf(key.child))];
    const parentColumns = columnsOf(parents[0], key.parentColumns);
    const childColumns = columnsOf(children[0], key.childColumns);
    if (parentColumns === undefined || childColumns === undefined) continue;
    const arriving = valuesOf(parents, parentColumns, 'source');
    for (const [child, value] of valuesOf(children, childColumns, 'source').all) {
      if (count === MAX_WAITS) break;
      const { rows, same } = arriving.find(value);
      for (const parent of rows) wait(child, parent, same);
    }
    const leaving = valuesOf(parents, parentColumns, 'target');
    for (const [child, value] of valuesOf(children, childColumns, 'target').all) {
      if (count === MAX_WAITS) break;
      const { rows, same } = leaving.find(value);
      for (const parent of rows) wait(parent, child, same);
    }
  }
  for (const rows of byTable.values()) {
    const keyOf = ({ difference }: T) => JSON.stringify(difference.key);
    const aside = new Map(rows.filter((one) => one.aside).map((one) => [keyOf(one), one]));
    for (const one of rows) if (!one.aside) wait(one, aside.get(keyOf(one)));
    for (const unique of rows[0]?.target.table.uniqueKeys ?? []) {
      const columns = columnsOf(rows[0], unique);
      if (columns === undefined) continue;
      const freed = valuesOf(rows, columns, 'target');
      for (const [taker, value] of valuesOf(rows, columns, 'source').all) {
        const { rows: others, same } = freed.find(value);
        for (const other of others) wait(taker, other, same);
      }
    }
  }
  return before;
}

/** Positions of the columns whose values decide the order: see `inOrder`. */
export function orderingColumns({ table, plan }: RepairTarget, keys: readonly ForeignKey[]): ReadonlySet<number> {
  const id = idOf(table);
  const names = new Set([
    ...table.uniqueKeys.flat(),
    ...keys.flatMap(({ parent, parentColumns }) => (idOf(parent) === id ? parentColumns : [])),
    ...keys.flatMap(({ child, childColumns }) => (idOf(child) === id ? childColumns : [])),
  ]);
  return new Set(plan.pairs.flatMap(({ target: { name } }, index) => (names.has(name) ? [index] : [])));
}

/** The same row without the values of other columns, which may be large. */
export function withOnly(difference: RowDifference, columns: ReadonlySet<number>): RowDifference {
  const { source, target, ...rest } = difference;
  const kept = (cells: Cells) => cells.map((cell, index) => (columns.has(index) ? cell : null));
  return {
    ...rest,
    ...(source === undefined ? {} : { source: kept(source) }),
    ...(target === undefined ? {} : { target: kept(target) }),
  };
}

function idOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

/** Positions in the plan; undefined if one is not compared. */
function columnsOf(one: RowChange | undefined, names: readonly string[]): number[] | undefined {
  const columns = names.map((name) => one?.target.plan.pairs.findIndex((pair) => pair.target.name === name) ?? -1);
  return columns.includes(-1) || columns.length === 0 ? undefined : columns;
}

interface ByValue<T> {
  all: readonly (readonly [T, Cells])[];
  /** Changes with this value, or else with values that a database may treat as equal. */
  find(value: Cells): { rows: readonly T[]; same: boolean };
}

/** Changes with the value that these columns get from the source, or that they lose; none with a NULL. */
function valuesOf<T extends RowChange>(
  statements: readonly T[],
  columns: readonly number[],
  side: 'source' | 'target',
): ByValue<T> {
  const other = side === 'source' ? 'delete' : 'insert';
  const all = statements.flatMap((one) => {
    const { action, difference } = one;
    if (action === other) return [];
    if (action === 'update' && !columns.some((column) => difference.columns.includes(column))) return [];
    const value = columns.map((column) => difference[side]?.[column] ?? null);
    return value.includes(null) ? [] : [[one, value] as const];
  });
  const by = (text: (value: Cells) => string) => {
    const rows = new Map<string, T[]>();
    for (const [one, value] of all) {
      const known = rows.get(text(value));
      if (known === undefined) rows.set(text(value), [one]);
      else known.push(one);
    }
    return rows;
  };
  const exact = by((value) => JSON.stringify(value));
  const folded = (value: Cells) => textOf(value, [...value.keys()]);
  const similar = by(folded);
  return {
    all,
    find(value) {
      const same = exact.get(JSON.stringify(value));
      return { rows: same ?? similar.get(folded(value)) ?? [], same: same !== undefined };
    },
  };
}

/** Each after those it waits for; a cycle is broken where it is entered. */
function sorted<T>(all: readonly T[], before: ReadonlyMap<T, readonly Wait<T>[]>): T[] {
  const entered = new Set<T>();
  const ordered: T[] = [];
  for (const start of all) {
    // No recursion: a chain of references may be as long as the table.
    const path = entered.has(start) ? [] : [{ one: start, next: 0 }];
    entered.add(start);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const other = before.get(last.one)?.[last.next++]?.other;
      if (other === undefined) {
        ordered.push(last.one);
        path.pop();
      } else if (!entered.has(other)) {
        entered.add(other);
        path.push({ one: other, next: 0 });
      }
    }
  }
  return ordered;
}
