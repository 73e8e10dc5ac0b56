import type { ForeignKey } from './dialects/dialect.ts';
import { textOf } from './exchange.ts';
import type { Cells, TableName } from './model.ts';
import type { RepairAction, RepairTarget } from './repair.ts';
import type { RowDifference } from './rows.ts';

/** What is done to one row. */
export interface RowChange {
  target: RepairTarget;
  action: RepairAction;
  /** Without the values of either side nothing is known of what it waits for. */
  difference: RowDifference;
  /** Takes a row out of the way of others; the statement that gives it its final values is another one. */
  aside?: boolean;
}

/** A statement of a script for one row. */
export interface RowStatement extends RowChange {
  sql: string;
}

/**
 * Changes in an order in which each finds what it needs: a row that it refers to is there already, no row refers any more to
 * one that is deleted, and a value of a unique key is free. Otherwise they stay in the order that they have, and so do those
 * that wait for each other in a circle.
 * @param keys foreign keys among the tables, and others
 */
export function inOrder<T extends RowChange>(statements: readonly T[], keys: readonly ForeignKey[]): T[] {
  const byTable = Map.groupBy(statements, ({ target: { table } }) => idOf(table));
  const before = new Map<T, T[]>();
  const wait = (one: T, forOther: T | undefined) => {
    if (forOther === undefined || forOther === one) return;
    const known = before.get(one);
    if (known === undefined) before.set(one, [forOther]);
    else known.push(forOther);
  };
  for (const key of keys) {
    const [parents = [], children = []] = [byTable.get(idOf(key.parent)), byTable.get(idOf(key.child))];
    const parentColumns = columnsOf(parents[0], key.parentColumns);
    const childColumns = columnsOf(children[0], key.childColumns);
    if (parentColumns === undefined || childColumns === undefined) continue;
    const [arriving, leaving] = [
      valuesOf(parents, parentColumns, 'source'),
      valuesOf(parents, parentColumns, 'target'),
    ];
    for (const [value, child] of valuesOf(children, childColumns, 'source'))
      for (const one of child) for (const parent of arriving.get(value) ?? []) wait(one, parent);
    for (const [value, child] of valuesOf(children, childColumns, 'target'))
      for (const one of leaving.get(value) ?? []) for (const other of child) wait(one, other);
  }
  for (const rows of byTable.values()) {
    const keyOf = ({ difference }: T) => JSON.stringify(difference.key);
    const aside = new Map(rows.filter((one) => one.aside).map((one) => [keyOf(one), one]));
    for (const one of rows) if (!one.aside) wait(one, aside.get(keyOf(one)));
    for (const unique of rows[0]?.target.table.uniqueKeys ?? []) {
      const columns = columnsOf(rows[0], unique);
      if (columns === undefined) continue;
      const freed = valuesOf(rows, columns, 'target');
      for (const [value, takers] of valuesOf(rows, columns, 'source'))
        for (const taker of takers) for (const other of freed.get(value) ?? []) wait(taker, other);
    }
  }
  return before.size === 0 ? [...statements] : sorted(statements, before);
}

/** Positions of the columns by whose values rows wait for each other: see `inOrder`. */
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

/** Positions in the plan; undefined where one is not compared. */
function columnsOf(one: RowChange | undefined, names: readonly string[]): number[] | undefined {
  const columns = names.map((name) => one?.target.plan.pairs.findIndex((pair) => pair.target.name === name) ?? -1);
  return columns.includes(-1) || columns.length === 0 ? undefined : columns;
}

/** Changes by the value that these columns get from the source, or that they lose; none for a NULL. */
function valuesOf<T extends RowChange>(
  statements: readonly T[],
  columns: readonly number[],
  side: 'source' | 'target',
): Map<string, T[]> {
  const other = side === 'source' ? 'delete' : 'insert';
  const found = statements.filter(({ action, difference }) => {
    if (action === other) return false;
    if (action === 'update' && !columns.some((column) => difference.columns.includes(column))) return false;
    const cells: Cells | undefined = difference[side];
    return cells !== undefined && columns.every((column) => (cells[column] ?? null) !== null);
  });
  return Map.groupBy(found, ({ difference }) => textOf(difference[side], columns));
}

/** Each after those that it waits for; a circle is broken where it is entered. */
function sorted<T>(all: readonly T[], before: ReadonlyMap<T, readonly T[]>): T[] {
  const entered = new Set<T>();
  const ordered: T[] = [];
  for (const start of all) {
    // Rows may refer to each other in a chain that is as long as the table: no recursion.
    const path = entered.has(start) ? [] : [{ one: start, next: 0 }];
    entered.add(start);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const other = before.get(last.one)?.[last.next++];
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
