import type { Cells } from '../../databases/model.ts';
import type { Integer } from '../../text/numbers.ts';
import type { Side } from '../model.ts';

export type DifferenceKind = 'missing' | 'extra' | 'different';

/** Rows by what is wrong with them. */
export interface DifferenceCounts {
  missing: Integer;
  extra: Integer;
  different: Integer;
}

/**
 * A key (or, without one, a whole row) whose rows differ between the sides. More than one row only if the key is not
 * unique or the table has none.
 */
export interface KeyDifference extends DifferenceCounts {
  /** Canonical texts of the key; without a key the row's hash. */
  key: Cells;
  /** State of the key's rows when last read; shows whether one has changed since. */
  state?: string | undefined;
  /** Consecutive times it was unchanged after a fence. */
  seen?: number | undefined;
  /** What was found first, if the rows were read again. */
  first?: DifferenceCounts | undefined;
}

export const DIFFERENCE_KINDS = ['different', 'missing', 'extra'] as const satisfies DifferenceKind[];

export function noDifferences(): DifferenceCounts {
  return { missing: 0, extra: 0, different: 0 };
}

export function addCounts(to: DifferenceCounts, { missing, extra, different }: DifferenceCounts): void {
  to.missing += missing;
  to.extra += extra;
  to.different += different;
}

export function rowsOf({ missing, extra, different }: DifferenceCounts): number {
  return missing + extra + different;
}

/** Rows that are left when equal ones are taken away in pairs: as many as can be are rows that have changed. */
export function countsOf(source: number, target: number): DifferenceCounts {
  const different = Math.min(source, target);
  return { missing: source - different, extra: target - different, different };
}

/** What two merged streams were. */
export interface MergedGroup {
  found: KeyDifference[];
  /** Rows of the bucket on each side. */
  rows: Record<Side, number>;
}

interface Group {
  bucket: string;
  rows: Cells[];
}

/**
 * The differences of two streams of rows, each ordered by the bucket in its first cell; holds at most one bucket per
 * side.
 * @param diff finds the differences of one bucket
 * @param rowsIn how many rows some lines of a stream represent
 */
export async function* mergeBuckets(
  source: AsyncIterable<readonly Cells[]>,
  target: AsyncIterable<readonly Cells[]>,
  diff: (source: readonly Cells[], target: readonly Cells[]) => KeyDifference[],
  rowsIn: (rows: readonly Cells[]) => number = (rows) => rows.length,
): AsyncGenerator<MergedGroup> {
  const left = groups(source);
  const right = groups(target);
  try {
    let [a, b] = await Promise.all([left.next(), right.next()]);
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : Number(a.value.bucket) - Number(b.value.bucket);
      const ours = order <= 0 && !a.done ? a.value.rows : [];
      const theirs = order >= 0 && !b.done ? b.value.rows : [];
      yield { found: diff(ours, theirs), rows: { source: rowsIn(ours), target: rowsIn(theirs) } };
      [a, b] = await Promise.all([order <= 0 ? left.next() : a, order >= 0 ? right.next() : b]);
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

async function* groups(batches: AsyncIterable<readonly Cells[]>): AsyncGenerator<Group, undefined> {
  let current: Group | undefined;
  for await (const batch of batches) {
    for (const row of batch) {
      const bucket = row[0] ?? '';
      if (current === undefined || current.bucket !== bucket) {
        if (current !== undefined) yield current;
        current = { bucket, rows: [] };
      }
      current.rows.push(row);
    }
  }
  if (current !== undefined) yield current;
  return undefined;
}

/** Rows of one bucket `[bucket, …key, …hash]` of each side, in any order; a key may be there several times. */
export function diffBucket(source: readonly Cells[], target: readonly Cells[], keyLength: number): KeyDifference[] {
  const keys = new Map<string | null, { key: Cells; source: string[]; target: string[] }>();
  const collect = (rows: readonly Cells[], side: 'source' | 'target') => {
    for (const row of rows) {
      const key = row.slice(1, 1 + keyLength);
      const id = keyLength === 1 ? (key[0] ?? null) : JSON.stringify(key);
      let entry = keys.get(id);
      if (entry === undefined) {
        entry = { key, source: [], target: [] };
        keys.set(id, entry);
      }
      entry[side].push(row.slice(1 + keyLength).join());
    }
  };
  collect(source, 'source');
  collect(target, 'target');
  const differences: KeyDifference[] = [];
  for (const entry of keys.values()) {
    const [only] = entry.source;
    if (entry.source.length === 1 && entry.target.length === 1 && only === entry.target[0]) continue;
    const [left, right] = withoutCommon(entry.source, entry.target);
    if (left + right > 0) differences.push({ key: entry.key, ...countsOf(left, right) });
  }
  return differences;
}

/** How many of each list remain when equal ones are taken away in pairs. */
function withoutCommon(source: readonly string[], target: readonly string[]): [number, number] {
  const rest = new Map<string, number>();
  for (const hash of source) rest.set(hash, (rest.get(hash) ?? 0) + 1);
  let common = 0;
  for (const hash of target) {
    const left = rest.get(hash) ?? 0;
    if (left > 0) {
      rest.set(hash, left - 1);
      common += 1;
    }
  }
  return [source.length - common, target.length - common];
}

/** Distinct rows of one bucket `[bucket, …hash, rows]` of each side: how many more of each the one side has. */
export function diffMultiset(source: readonly Cells[], target: readonly Cells[]): KeyDifference[] {
  const counts = new Map<string, { key: Cells; rows: number }>();
  const add = (rows: readonly Cells[], sign: 1 | -1) => {
    for (const row of rows) {
      const key = row.slice(1, -1);
      const id = key.join();
      const entry = counts.get(id) ?? { key, rows: 0 };
      entry.rows += sign * Number(row.at(-1));
      counts.set(id, entry);
    }
  };
  add(source, 1);
  add(target, -1);
  return [...counts.values()]
    .filter((entry) => entry.rows !== 0)
    .map(({ key, rows }) => ({ key, ...countsOf(Math.max(0, rows), Math.max(0, -rows)) }));
}

/** Rows represented by the lines of a multiset's stream. */
export function multisetRows(rows: readonly Cells[]): number {
  return rows.reduce((sum, row) => sum + Number(row.at(-1)), 0);
}
