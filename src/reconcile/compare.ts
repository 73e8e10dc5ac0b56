import { BucketVector, bucketCount, MOST_BUCKET_ROWS } from './buckets.ts';
import type { ColumnPlan } from './columns.ts';
import type { Session } from './dialects/dialect.ts';
import { isSoft } from './forms.ts';
import { KeySpool } from './key-spool.ts';
import { type DifferenceKind, diffBucket, diffMultiset, type KeyDifference, mergeBuckets } from './merge.ts';
import type { Cells, TableInfo } from './model.ts';
import { type HashName, type SideQueries, type Spread, sideQueries } from './queries.ts';
import { sameValue } from './values.ts';

/** One side of an opened pair. */
export interface OpenSide {
  session: Session;
  table: TableInfo;
  queries: SideQueries;
}

export interface TablePair {
  source: OpenSide;
  target: OpenSide;
  plan: ColumnPlan;
  hash: HashName;
}

/** A difference with the rows as they were read; a side that has no such row is undefined. */
export interface RowDifference extends KeyDifference {
  /** Texts of the column pairs, in the plan's order. */
  source?: Cells;
  target?: Cells;
  /** Positions of the column pairs that differ; of a row on one side only all. */
  columns: number[];
  /** Its rows were not fetched: it is counted, not listed. */
  unread?: boolean;
}

export interface Comparison {
  rows: { source: number; target: number };
  buckets: number;
  differentBuckets: number;
}

export interface CompareHooks {
  /** Called with some hundred differences at a time. */
  onDifferences(differences: RowDifference[]): void;
  /** Of how many differences the rows are of use; of the others the keys suffice. */
  rowsWanted: number;
  /** Differences that were none when their rows were read: equal values of other texts, or rows that had moved on. */
  onSettled(rows: number): void;
  onProgress(detail: string): void;
  /** Takes differences as they are found, without their rows, for a later look; the other hooks are not called then. */
  onSuspicions?: ((found: KeyDifference[]) => void) | undefined;
  /** Only the checksums: which buckets differ, and not which rows. */
  checksumsOnly?: boolean | undefined;
  /** Rows that a bucket should hold. */
  rowsPerBucket?: number | undefined;
}

export function openPair(input: {
  source: { session: Session; table: TableInfo };
  target: { session: Session; table: TableInfo };
  plan: ColumnPlan;
  hash: HashName;
  where?: string | undefined;
}): TablePair {
  const { plan, hash, where } = input;
  const combine =
    plan.unique && [input.source, input.target].every((one) => one.session.dialect.xor !== undefined) ? 'xor' : 'sum';
  const open = (side: 'source' | 'target'): OpenSide => {
    const { session, table } = input[side];
    const { dialect, server } = session;
    return {
      session,
      table,
      queries: sideQueries({ dialect, table, side, plan, hash, combine, major: server.major, where }),
    };
  };
  return { source: open('source'), target: open('target'), plan, hash };
}

/** Integers are spread by arithmetic; what the two engines would not spread alike, by a hash. */
function firstSpread(plan: ColumnPlan): Spread {
  const integers = plan.key.every(
    (pair) => pair.source.type.family === 'integer' && pair.target.type.family === 'integer',
  );
  return integers && plan.key.length > 0 ? 'integers' : 'hash';
}

/** Compares every row of a pair of tables; what the guarantees are is told in docs/reconcile.md. */
export async function compareTables(pair: TablePair, hooks: CompareHooks): Promise<Comparison> {
  let buckets = bucketCount(
    Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows),
    hooks.rowsPerBucket,
  );
  let spread = firstSpread(pair.plan);
  for (;;) {
    hooks.onProgress(`checksums in ${buckets} ${buckets === 1 ? 'bucket' : 'buckets'}`);
    const [source, target] = await both(scan(pair.source, buckets, spread), scan(pair.target, buckets, spread));
    const found = BucketVector.different(source, target);
    const rows = { source: source.total, target: target.total };
    if (found.buckets.length > 0 && found.mostRows > MOST_BUCKET_ROWS && !hooks.checksumsOnly) {
      // The statistics were wrong, or the keys all leave one remainder: too much to hold in memory. Spread them anew.
      const better = bucketCount(Math.max(rows.source, rows.target), hooks.rowsPerBucket);
      if (better > 2 * buckets) {
        buckets = better;
        continue;
      }
      if (spread === 'integers') {
        spread = 'hash';
        continue;
      }
    }
    const result = { rows, buckets: Math.max(source.used, target.used, 1), differentBuckets: found.buckets.length };
    if (found.buckets.length > 0 && !hooks.checksumsOnly) {
      hooks.onProgress(`${found.buckets.length} of ${result.buckets} buckets differ`);
      await resolve(pair, buckets, spread, found.buckets, result.buckets, hooks);
    }
    return result;
  }
}

async function scan({ session, queries }: OpenSide, buckets: number, spread: Spread): Promise<BucketVector> {
  const vector = new BucketVector(buckets, queries.hashes);
  await session.each(queries.scan(buckets, spread), (row) => {
    const read = queries.readScan(row);
    vector.set(read.bucket, read.rows, read.hashes);
  });
  return vector;
}

/** Waits for both even if one fails, so that no query is left behind on the other connection. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [left, right] = await Promise.allSettled([a, b]);
  if (left.status === 'rejected') throw left.reason;
  if (right.status === 'rejected') throw right.reason;
  return [left.value, right.value];
}

/** Where most buckets differ, a filter costs more than it spares. */
const MOST_FILTERED = 0.5;

async function resolve(
  pair: TablePair,
  buckets: number,
  spread: Spread,
  dirty: number[],
  used: number,
  hooks: CompareHooks,
): Promise<void> {
  const only = buckets === 1 || dirty.length > MOST_FILTERED * used ? undefined : dirty;
  const { source, target, plan } = pair;
  const keyless = plan.key.length === 0;
  const diff = keyless ? diffMultiset : (a: readonly Cells[], b: readonly Cells[]) => diffBucket(a, b, plan.key.length);
  const stream = ({ session, queries }: OpenSide) => session.stream(queries.details(buckets, spread, only));
  // A connection that is streaming can do nothing else: keys whose rows are needed are kept until it has ended.
  using spool = new KeySpool();
  const soft = !keyless && plan.pairs.some((column) => isSoft(column.form));
  for await (const found of mergeBuckets(stream(source), stream(target), diff)) {
    if (hooks.onSuspicions !== undefined) {
      hooks.onSuspicions(found);
      continue;
    }
    const known: RowDifference[] = [];
    for (const difference of found) {
      // Unequal hashes of soft values prove nothing yet.
      if (spool.size < hooks.rowsWanted || (soft && difference.kind === 'different')) spool.add(difference);
      else known.push({ ...difference, columns: [], unread: true });
    }
    if (known.length > 0) hooks.onDifferences(known);
  }
  const size = Math.min(source.session.dialect.maxKeys, target.session.dialect.maxKeys);
  for await (const batch of spool.batches(size)) {
    const { differences, settled } = await readRows(pair, batch);
    if (differences.length > 0) hooks.onDifferences(differences);
    if (settled > 0) hooks.onSettled(settled);
  }
}

/** The rows of some differing keys, and what is still different now that the rows themselves are compared. */
export async function readRows(
  pair: TablePair,
  differences: readonly KeyDifference[],
  options: { lockTarget?: boolean; bothSides?: boolean } = {},
): Promise<{ differences: RowDifference[]; settled: number }> {
  const { plan, source, target } = pair;
  if (plan.key.length === 0) return { differences: await readUnkeyedRows(pair, differences), settled: 0 };
  const lock = options.lockTarget ?? false;
  const recheck = lock || (options.bothSides ?? false);
  // A key of one side may not even fit the other side's type: it is looked for only where it was seen, or must be.
  const keysWithout = (kind: DifferenceKind) => [
    ...new Map(
      differences.filter((one) => recheck || one.kind !== kind).map((one) => [JSON.stringify(one.key), one.key]),
    ).values(),
  ];
  const [left, right] = await both(
    fetchRows(source, keysWithout('extra'), false),
    fetchRows(target, keysWithout('missing'), lock),
  );
  const result: RowDifference[] = [];
  let settled = 0;
  for (const difference of differences) {
    const id = JSON.stringify(difference.key);
    const a = left.get(id) ?? [];
    const b = right.get(id) ?? [];
    if (a.length > 1 || b.length > 1 || difference.rows > 1) {
      // A key that is there several times: which row belongs to which cannot be said.
      result.push({ ...difference, columns: [] });
      continue;
    }
    const fresh = judge(plan, difference, a[0], b[0]);
    if (fresh === undefined) settled += 1;
    else result.push({ ...fresh, sourceHash: a[0]?.hash, targetHash: b[0]?.hash });
  }
  return { differences: result, settled };
}

interface ReadRow {
  canonical: Cells;
  values: Cells;
  hash: string;
}

function judge(
  plan: ColumnPlan,
  found: KeyDifference,
  a: ReadRow | undefined,
  b: ReadRow | undefined,
): RowDifference | undefined {
  const { key } = found;
  const all = plan.pairs.map((_, index) => index);
  if (a === undefined && b === undefined) return undefined;
  if (a === undefined) return { kind: 'extra', key, rows: 1, columns: all, target: b?.values ?? [] };
  if (b === undefined) return { kind: 'missing', key, rows: 1, columns: all, source: a.values };
  const columns = all.filter((index) => {
    const form = plan.pairs[index]?.form;
    return form !== undefined && !sameValue(form, a.canonical[index] ?? null, b.canonical[index] ?? null);
  });
  return columns.length === 0
    ? undefined
    : { kind: 'different', key, rows: 1, columns, source: a.values, target: b.values };
}

async function fetchRows(
  { session, queries }: OpenSide,
  keys: readonly Cells[],
  lock: boolean,
): Promise<Map<string, ReadRow[]>> {
  const rows = new Map<string, ReadRow[]>();
  if (keys.length === 0) return rows;
  for (const cells of await session.query(queries.rows(keys, { lock }))) {
    const { key, canonical, values, hash } = queries.readRow(cells);
    const id = JSON.stringify(key);
    const known = rows.get(id);
    if (known === undefined) rows.set(id, [{ canonical, values, hash }]);
    else known.push({ canonical, values, hash });
  }
  return rows;
}

/** Without a key a row is found again by its hash; one of several equal rows stands for all. */
async function readUnkeyedRows(pair: TablePair, differences: readonly KeyDifference[]): Promise<RowDifference[]> {
  const read = async (side: OpenSide, kind: 'missing' | 'extra') => {
    const hashes = differences.filter((one) => one.kind === kind).map((one) => one.key[0] ?? '0');
    const found = new Map<string, Cells>();
    if (hashes.length === 0) return found;
    for await (const rows of side.session.stream(side.queries.rowsByHash(hashes, 100 * hashes.length))) {
      for (const row of rows) {
        const { key, values } = side.queries.readRow(row);
        found.set(key.join(), values);
      }
    }
    return found;
  };
  const [missing, extra] = await both(read(pair.source, 'missing'), read(pair.target, 'extra'));
  const columns = pair.plan.pairs.map((_, index) => index);
  return differences.map((difference) => {
    const id = difference.key.join();
    const source = missing.get(id);
    const target = extra.get(id);
    return {
      ...difference,
      columns,
      ...(difference.kind === 'missing' && source !== undefined ? { source } : {}),
      ...(difference.kind === 'extra' && target !== undefined ? { target } : {}),
    };
  });
}
