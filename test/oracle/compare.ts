import type { MatchedPair } from './columns.ts';
import { canonical } from './forms.ts';
import type { Cell, Row } from './model.ts';

export type Kind = 'missing' | 'extra' | 'different';

/** One difference, or several rows of one key that cannot be told apart. */
export interface Difference {
  kind: Kind;
  /** Canonical texts; of a whole row where there is no key. */
  key: Cell[];
  rows: number;
  /** Source names of the columns that differ; undefined where rows of one key cannot be paired. */
  columns?: string[];
  /** Canonical texts of the row, by the compared columns. */
  source?: Cell[];
  target?: Cell[];
}

interface SideRow {
  cells: Cell[];
  key: Cell[];
}

/** Rows brought to the canonical texts of the compared columns. */
export function canonicalRows(
  rows: readonly Row[],
  pairs: readonly MatchedPair[],
  side: 'source' | 'target',
): Cell[][] {
  return rows.map((row) =>
    pairs.map(({ comparer, at }) => {
      if ('refused' in comparer) throw new Error('a column that cannot be compared');
      return canonical(comparer[side], row[at[side]] ?? null);
    }),
  );
}

/**
 * Every difference of two tables, held in memory and compared one by one.
 * @param key positions among the pairs; none: rows are compared as a multiset
 */
export function differencesOf(
  source: readonly Cell[][],
  target: readonly Cell[][],
  pairs: readonly MatchedPair[],
  key: readonly number[],
): Difference[] {
  if (key.length === 0) return multiset(source, target);
  const groups = new Map<string, { key: Cell[]; source: SideRow[]; target: SideRow[] }>();
  const collect = (rows: readonly Cell[][], side: 'source' | 'target') => {
    for (const cells of rows) {
      const own = key.map((at) => cells[at] ?? null);
      const id = JSON.stringify(own);
      const group = groups.get(id) ?? { key: own, source: [], target: [] };
      group[side].push({ cells, key: own });
      groups.set(id, group);
    }
  };
  collect(source, 'source');
  collect(target, 'target');
  return [...groups.values()].flatMap((group) => ofGroup(group, pairs));
}

function ofGroup(
  group: { key: Cell[]; source: SideRow[]; target: SideRow[] },
  pairs: readonly MatchedPair[],
): Difference[] {
  const { key } = group;
  const [a] = group.source;
  const [b] = group.target;
  if (group.source.length <= 1 && group.target.length <= 1) {
    if (a === undefined)
      return b === undefined ? [] : [{ kind: 'extra', key, rows: 1, columns: names(pairs), target: b.cells }];
    if (b === undefined) return [{ kind: 'missing', key, rows: 1, columns: names(pairs), source: a.cells }];
    const columns = pairs.flatMap((pair, at) =>
      equal(pair, a.cells[at] ?? null, b.cells[at] ?? null) ? [] : [pair.source.name],
    );
    return columns.length === 0 ? [] : [{ kind: 'different', key, rows: 1, columns, source: a.cells, target: b.cells }];
  }
  const matched = mostMatches(group.source, group.target, (x, y) =>
    pairs.every((pair, at) => equal(pair, x.cells[at] ?? null, y.cells[at] ?? null)),
  );
  const left = group.source.length - matched;
  const right = group.target.length - matched;
  const changed = Math.min(left, right);
  const found: Difference[] = [];
  if (changed > 0) found.push({ kind: 'different', key, rows: changed });
  if (left > changed) found.push({ kind: 'missing', key, rows: left - changed });
  if (right > changed) found.push({ kind: 'extra', key, rows: right - changed });
  return found;
}

function names(pairs: readonly MatchedPair[]): string[] {
  return pairs.map((pair) => pair.source.name);
}

export function equal({ comparer }: MatchedPair, a: Cell, b: Cell): boolean {
  if (a === b) return true;
  if (a === null || b === null || 'refused' in comparer) return false;
  return comparer.same?.(a, b) ?? false;
}

/** The most pairs of alike rows (augmenting paths): with a tolerance, "alike" is not transitive. */
function mostMatches<T>(left: readonly T[], right: readonly T[], alike: (a: T, b: T) => boolean): number {
  const taken = new Map<number, number>();
  const place = (at: number, tried: Set<number>): boolean => {
    for (const [other, candidate] of right.entries()) {
      if (tried.has(other) || !alike(left[at] as T, candidate)) continue;
      tried.add(other);
      const before = taken.get(other);
      if (before === undefined || place(before, tried)) {
        taken.set(other, at);
        return true;
      }
    }
    return false;
  };
  return left.reduce((count, _, at) => count + (place(at, new Set()) ? 1 : 0), 0);
}

function multiset(source: readonly Cell[][], target: readonly Cell[][]): Difference[] {
  const counts = new Map<string, { cells: Cell[]; rows: number }>();
  const add = (rows: readonly Cell[][], by: 1 | -1) => {
    for (const cells of rows) {
      const id = JSON.stringify(cells);
      const entry = counts.get(id) ?? { cells, rows: 0 };
      entry.rows += by;
      counts.set(id, entry);
    }
  };
  add(source, 1);
  add(target, -1);
  return [...counts.values()].flatMap(({ cells, rows }): Difference[] => {
    if (rows === 0) return [];
    const kind = rows > 0 ? 'missing' : 'extra';
    return [{ kind, key: cells, rows: Math.abs(rows), ...(rows > 0 ? { source: cells } : { target: cells }) }];
  });
}
