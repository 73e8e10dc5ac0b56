import type { Cells } from './model.ts';

export type DifferenceKind = 'missing' | 'extra' | 'different';

/** A key (or, without one, a whole row) that is not alike on both sides. */
export interface KeyDifference {
  kind: DifferenceKind;
  /** Canonical texts of the key; without a key the row's hash. */
  key: Cells;
  /** How many rows; more than one only where the key is not unique or there is none. */
  rows: number;
  /** Hashes of the two rows, where they are there: tell later whether a row has changed since. */
  sourceHash?: string | undefined;
  targetHash?: string | undefined;
  /** How often it was seen unchanged behind a fence. */
  seen?: number | undefined;
}

interface Group {
  bucket: string;
  rows: Cells[];
}

/**
 * The differences of two streams of rows, each ordered by the bucket in its first cell; at any time no more than one
 * bucket of each side is held.
 * @param diff finds those of one bucket
 */
export async function* mergeBuckets(
  source: AsyncIterable<readonly Cells[]>,
  target: AsyncIterable<readonly Cells[]>,
  diff: (source: readonly Cells[], target: readonly Cells[]) => KeyDifference[],
): AsyncGenerator<KeyDifference[]> {
  const left = groups(source);
  const right = groups(target);
  try {
    let [a, b] = await Promise.all([left.next(), right.next()]);
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : Number(a.value.bucket) - Number(b.value.bucket);
      const found = diff(order <= 0 && !a.done ? a.value.rows : [], order >= 0 && !b.done ? b.value.rows : []);
      if (found.length > 0) yield found;
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
  const keys = new Map<string, { key: Cells; source: string[]; target: string[] }>();
  const collect = (rows: readonly Cells[], side: 'source' | 'target') => {
    for (const row of rows) {
      const key = row.slice(1, 1 + keyLength);
      const id = keyLength === 1 ? String(key[0]) + (key[0] === null ? '\0' : '') : JSON.stringify(key);
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
    const changed = Math.min(left, right);
    const { key } = entry;
    const hashes = { sourceHash: only, targetHash: entry.target[0] };
    if (changed > 0) differences.push({ kind: 'different', key, rows: changed, ...hashes });
    if (left > changed) differences.push({ kind: 'missing', key, rows: left - changed, ...hashes });
    if (right > changed) differences.push({ kind: 'extra', key, rows: right - changed, ...hashes });
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
    .map(({ key, rows }) => ({ kind: rows > 0 ? 'missing' : 'extra', key, rows: Math.abs(rows) }));
}
