import type { ColumnPlan } from './columns.ts';
import type { DifferenceKind, KeyDifference } from './merge.ts';
import type { Cells } from './model.ts';
import type { OpenSide, TablePair } from './table-pair.ts';
import { sameValue } from './values.ts';

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

/** Waits for both even if one fails, so that no query is left behind on the other connection. */
export async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [left, right] = await Promise.allSettled([a, b]);
  if (left.status === 'rejected') throw left.reason;
  if (right.status === 'rejected') throw right.reason;
  return [left.value, right.value];
}

/**
 * Both sides as they are now. The target first: what it shows then is at most as new as what the source shows, and a row
 * that the pipeline has brought is never there without its source.
 */
export async function lookAnew({ source, target }: TablePair): Promise<void> {
  await target.session.snapshot();
  await source.session.snapshot();
}

/** How many keys at a time one statement of either side can ask for. */
export function keysAtOnce({ plan, source, target }: Pick<TablePair, 'plan' | 'source' | 'target'>): number {
  const columns = Math.max(1, plan.key.length);
  const most = [source, target].map(({ session: { dialect } }) =>
    Math.min(dialect.maxKeys, Math.floor(dialect.maxParameters / columns)),
  );
  return Math.min(...most);
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
