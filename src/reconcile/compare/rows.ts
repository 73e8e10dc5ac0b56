import { createHash } from 'node:crypto';
import type { Cells, TableName } from '../../databases/model.ts';
import { existingTableText } from '../../databases/table-names.ts';
import { SluiceError } from '../../errors/error.ts';
import { isFreeText } from '../columns/canonical-forms.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { sameValue } from '../columns/values.ts';
import { dialectFor } from '../dialects/index.ts';
import type { HashName, Side } from '../model.ts';
import {
  countsOf,
  DIFFERENCE_KINDS,
  type DifferenceCounts,
  type DifferenceKind,
  type KeyDifference,
  rowsOf,
} from './diff-buckets.ts';
import { bitsOf, digestOf, type ReadRow, type RowsOptions } from './queries.ts';
import type { OpenSide, TablePair } from './table-pair.ts';

/** Rows of one key that are missing, extra or different, as reported; undefined for a side without the row. */
export interface RowDifference {
  kind: DifferenceKind;
  key: Cells;
  rows: number;
  /** Texts of the column pairs, in the plan's order. */
  source?: Cells;
  target?: Cells;
  /**
   * Positions of the differing column pairs; all if only one side has the row; none if the rows of a key are
   * indistinguishable.
   */
  columns: number[];
  /** Its rows were not fetched: it is counted, not listed. */
  unread?: boolean;
}

/** A key that still differs, now that its rows were read. */
export interface OpenKey extends KeyDifference {
  /** One per kind. */
  differences: RowDifference[];
}

/** An earlier observation that contradicts the current one. */
export interface Contradiction extends KeyDifference {
  reason: string;
}

export interface Reading {
  open: OpenKey[];
  /** Differences that turned out equal: rows that have changed since, or equal values with different texts. */
  settled: KeyDifference[];
  contradictions: Contradiction[];
}

/** Waits for both even if one fails, so that no query is left running on the other connection. */
export async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [left, right] = await Promise.allSettled([a, b]);
  if (left.status === 'rejected') throw left.reason;
  if (right.status === 'rejected') throw right.reason;
  return [left.value, right.value];
}

/**
 * New snapshots of both sides. The target first, so that it is never newer than the source: a row that the pipeline
 * brought always has its source row.
 */
export async function takeSnapshots(...pairs: readonly TablePair[]): Promise<void> {
  await takeSnapshot(pairs.map(({ target }) => target));
  await takeSnapshot(pairs.map(({ source }) => source));
}

/** The same for one session's tables. @throws TABLE_NOT_COMPARABLE if one keeps being truncated or rewritten */
export async function takeSnapshot(sides: readonly TablePair['source'][]): Promise<void> {
  for (let tries = 1; ; tries++) {
    await sides[0]?.session.snapshot();
    const changed = await firstNot(sides, ({ session, table }) => session.hold(table));
    if (changed === undefined) return;
    if (tries === MAX_TRIES) throw keptChanging(changed.table);
  }
}

async function firstNot<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of all) if (!(await holds(one))) return one;
  return undefined;
}

/** Attempts at a snapshot in which a table can be read. */
export const MAX_TRIES = 5;

export function keptChanging(table: TableName): SluiceError {
  return new SluiceError(
    'TABLE_NOT_COMPARABLE',
    `${existingTableText(table)} was truncated or rewritten every time it was read`,
    { hint: 'Compare it once TRUNCATE, ALTER TABLE, CLUSTER and the like have finished.' },
  );
}

/** A NOT NULL column became nullable after the statements were built. */
function redefined(table: TableName): SluiceError {
  return new SluiceError(
    'TABLE_NOT_COMPARABLE',
    `${existingTableText(table)} was redefined during the comparison: a NOT NULL column now holds NULL`,
    { hint: 'Run the command again.' },
  );
}

/** Maximum keys per statement that both sides support. */
export function keysAtOnce({ plan, source, target }: Pick<TablePair, 'plan' | 'source' | 'target'>): number {
  const columns = Math.max(1, plan.key.length);
  const most = [source, target].map(({ session }) => {
    const { maxKeys, maxParameters } = dialectFor(session);
    return Math.min(maxKeys, Math.floor(maxParameters / columns));
  });
  return Math.min(...most);
}

/** A key's differences as reported when its rows are not read. */
export function unread(difference: KeyDifference): RowDifference[] {
  return byKind(difference).map(([kind, rows]) => ({ kind, key: difference.key, rows, columns: [], unread: true }));
}

function byKind(counts: DifferenceCounts): [DifferenceKind, number][] {
  return DIFFERENCE_KINDS.filter((kind) => counts[kind] > 0).map((kind) => [kind, counts[kind]]);
}

/**
 * Reads the rows of differing keys and compares the rows themselves.
 * @param again the rows are read in a later snapshot than the one in which they differed: any of them may have changed
 */
export async function readRows(
  pair: TablePair,
  found: readonly KeyDifference[],
  { again = false }: { again?: boolean } = {},
): Promise<Reading> {
  if (pair.plan.key.length === 0) return readUnkeyedRows(pair, found);
  // A key that only one side had is looked up there; on both sides if rows may have changed or a key has several.
  const keysOf = (absent: DifferenceKind) =>
    found.filter((one) => again || !pair.plan.unique || one[absent] === 0 || one.different > 0).map((one) => one.key);
  const [left, right] = await both(fetchRows(pair.source, keysOf('extra')), fetchRows(pair.target, keysOf('missing')));
  return judgeRows(pair, found, left, right, { again });
}

/** Rows of a key on each side, by the key's texts in JSON. */
export type FoundRows = ReadonlyMap<string, readonly ReadRow[]>;

/** What differs at these keys, given the rows of both sides. */
export function judgeRows(
  pair: TablePair,
  found: readonly KeyDifference[],
  left: FoundRows,
  right: FoundRows,
  { again }: { again: boolean },
): Reading {
  const reading: Reading = { open: [], settled: [], contradictions: [] };
  const still = !again && hasStableSnapshot(pair.source) && hasStableSnapshot(pair.target);
  for (const difference of found) {
    const id = JSON.stringify(difference.key);
    const a = left.get(id) ?? [];
    const b = right.get(id) ?? [];
    const { missing, extra, different } = difference;
    const lost = a.length < missing + different || b.length < extra + different;
    if (still && lost) {
      reading.contradictions.push({ ...difference, reason: 'in the snapshot, but not found by its key' });
      continue;
    }
    // Without a snapshot the row may have been deleted on both sides, or its key may match no row.
    if (!again && a.length + b.length === 0) {
      reading.contradictions.push({ ...difference, reason: 'in the scan, but not found by its key' });
      continue;
    }
    const judged = judge(pair, difference.key, a, b);
    if (judged === 'unexplained') {
      reading.contradictions.push({ ...difference, reason: 'hashes differ although all values are the same' });
    } else if (judged === undefined) {
      if (still && a.every((row, at) => row.hash === b[at]?.hash) && a.length === b.length)
        reading.contradictions.push({
          ...difference,
          reason: 'differed when scanned, but not when read in the same snapshot',
        });
      else reading.settled.push(difference);
    } else {
      const settled = without(difference, judged.counts);
      if (still && DIFFERENCE_KINDS.some((kind) => settled[kind] < 0)) {
        reading.contradictions.push({ ...difference, reason: 'its key finds more rows than the snapshot has' });
        continue;
      }
      // For a key with several rows, some may be equal after all.
      if (!again && (settled.missing !== 0 || settled.extra !== 0 || settled.different !== 0))
        reading.settled.push({ ...settled, key: difference.key });
      reading.open.push({
        ...judged.counts,
        key: difference.key,
        state: stateOf(a, b),
        differences: judged.differences,
        ...(difference.first === undefined ? {} : { first: difference.first }),
      });
    }
  }
  return reading;
}

function without(a: DifferenceCounts, b: DifferenceCounts): DifferenceCounts {
  return { missing: a.missing - b.missing, extra: a.extra - b.extra, different: a.different - b.different };
}

/** All reads of a table see the same moment. */
export function hasStableSnapshot({ session, table }: OpenSide): boolean {
  return session.server.snapshot && table.transactional;
}

/** A text that changes whenever one of the rows changes. */
function stateOf(a: readonly ReadRow[], b: readonly ReadRow[]): string {
  const text = (rows: readonly ReadRow[]) => rows.map(({ hash, version }) => `${hash} ${version}`).sort();
  return JSON.stringify([text(a), text(b)]);
}

type Judged = { counts: DifferenceCounts; differences: RowDifference[] };

/** Undefined if the rows are equal; `unexplained` if only their hashes differ. */
function judge(
  pair: TablePair,
  key: Cells,
  a: readonly ReadRow[],
  b: readonly ReadRow[],
): Judged | 'unexplained' | undefined {
  const { plan } = pair;
  const { left, right } = withoutEqualHashes(a, b);
  let unexplained = false;
  if (left.length * right.length <= MAX_MATCHES) {
    takePairs(left, right, (one, other) => {
      if (differingColumns(plan, one, other).length > 0) return false;
      unexplained ||= !isExplained(pair, one, other);
      return true;
    });
  }
  const counts = countsOf(left.length, right.length);
  if (rowsOf(counts) === 0) return unexplained ? 'unexplained' : undefined;
  const all = plan.pairs.map((_, index) => index);
  const [source, target] = [left[0], right[0]];
  // With several rows per key, it is unknown which row corresponds to which.
  const single = a.length <= 1 && b.length <= 1;
  const differences = byKind(counts).map(([kind, rows]): RowDifference => {
    if (!single) return { kind, key, rows, columns: [] };
    const columns =
      kind === 'different' && source !== undefined && target !== undefined
        ? differingColumns(plan, source, target)
        : all;
    return {
      kind,
      key,
      rows,
      columns,
      ...(source === undefined ? {} : { source: source.values }),
      ...(target === undefined ? {} : { target: target.values }),
    };
  });
  return { counts, differences };
}

/** With thousands of rows per key, comparing all pairs would take too long. */
const MAX_MATCHES = 1_000_000;

function withoutEqualHashes(a: readonly ReadRow[], b: readonly ReadRow[]): { left: ReadRow[]; right: ReadRow[] } {
  const rest = Map.groupBy(b, ({ hash }) => hash);
  const left = a.filter(({ hash }) => rest.get(hash)?.pop() === undefined);
  return { left, right: [...rest.values()].flat() };
}

/** Removes matching rows from both lists, in pairs. */
function takePairs(left: ReadRow[], right: ReadRow[], fits: (a: ReadRow, b: ReadRow) => boolean): void {
  for (let at = left.length - 1; at >= 0; at--) {
    const one = left[at] as ReadRow;
    const other = right.findIndex((row) => fits(one, row));
    if (other < 0) continue;
    left.splice(at, 1);
    right.splice(other, 1);
  }
}

function differingColumns({ pairs }: ColumnPlan, a: ReadRow, b: ReadRow): number[] {
  return pairs.flatMap(({ form }, index) =>
    sameValue(form, a.canonical[index] ?? null, b.canonical[index] ?? null) ? [] : [index],
  );
}

/**
 * Whether different hashes are explained: equal values have different texts, and the hashes are those of the values read.
 */
function isExplained({ plan, hash }: TablePair, a: ReadRow, b: ReadRow): boolean {
  const spelled = plan.pairs.some((_, index) => (a.canonical[index] ?? null) !== (b.canonical[index] ?? null));
  return spelled && [a, b].every((row) => hash === 'fast' || hashOfTexts(plan, row.canonical, hash) === row.hash);
}

/** A row's hash as the databases compute it: see `rowPieces`. */
export function hashOfTexts({ pairs }: ColumnPlan, canonical: Cells, hash: Exclude<HashName, 'fast'>): string {
  const text = pairs
    .map((pair, index) => {
      const cell = canonical[index] ?? null;
      if (isFreeText(pair)) return `${cell === null ? '' : Buffer.byteLength(cell)},${cell ?? ''}`;
      return `${cell ?? ''}${index === pairs.length - 1 ? '' : ','}`;
    })
    .join('');
  const digest = createHash(digestOf(hash)).update(text).digest();
  const halves = bitsOf(hash) === 128 ? [0, 8] : [0];
  return halves.map((from) => String(digest.readBigInt64BE(from))).join();
}

/** @throws as `Session.query` */
export async function fetchRows(
  { session, queries, table }: OpenSide,
  keys: readonly Cells[],
  options: RowsOptions = {},
): Promise<Map<string, ReadRow[]>> {
  const rows = new Map<string, ReadRow[]>();
  for (const statement of queries.rows(keys, options)) {
    for (const cells of await session.query(statement)) {
      const { key, ...row } = queries.readRow(cells);
      const { hash } = row;
      // Two of these would count as equal.
      if (hash === undefined) throw redefined(table);
      const id = JSON.stringify(key);
      const known = rows.get(id);
      if (known === undefined) rows.set(id, [{ ...row, hash }]);
      else known.push({ ...row, hash });
    }
  }
  return rows;
}

/**
 * Keys for which a side has rows that --where excludes: a key that looks missing or extra may belong to a row that
 * differs in a column of the condition.
 * @param options.lock locks the target's rows
 */
export async function keysOutside(
  pair: TablePair,
  found: readonly { key: Cells }[],
  { lock = false }: { lock?: boolean } = {},
): Promise<ReadonlySet<string>> {
  if (pair.where === undefined) return new Set();
  const keys = found.map(({ key }) => key);
  const target = await fetchRows(pair.target, keys, { outside: true, lock });
  const source = await fetchRows(pair.source, keys, { outside: true });
  return new Set([...target.keys(), ...source.keys()]);
}

/** Maximum rows read per wanted hash; frequent rows fill it. */
const MAX_PER_HASH = 100;
/** Each reads the table. */
const MAX_READS_BY_HASH = 10;

/** Without a key a row is looked up by its hash; one of several equal rows represents all. */
async function readUnkeyedRows(pair: TablePair, found: readonly KeyDifference[]): Promise<Reading> {
  const read = async (side: Side, kind: 'missing' | 'extra') => {
    const rows = new Map<string, Cells>();
    const { session, queries } = pair[side];
    // A very frequent row may crowd out the others: those are then looked up on their own.
    for (let reads = 0; reads < MAX_READS_BY_HASH; reads++) {
      const hashes = found.filter((one) => one[kind] > 0 && !rows.has(one.key.join())).map((one) => one.key[0] ?? '0');
      if (hashes.length === 0) return { rows, all: true };
      const most = MAX_PER_HASH * hashes.length;
      let seen = 0;
      for await (const batch of session.stream(queries.rowsByHash(hashes, most))) {
        for (const cells of batch) {
          const { key, values } = queries.readRow(cells);
          rows.set(key.join(), values);
          seen += 1;
        }
      }
      if (seen < most) return { rows, all: true };
    }
    return { rows, all: false };
  };
  const [missing, extra] = await both(read('source', 'missing'), read('target', 'extra'));
  const columns = pair.plan.pairs.map((_, index) => index);
  const reading: Reading = { open: [], settled: [], contradictions: [] };
  for (const difference of found) {
    const kind = difference.missing > 0 ? 'missing' : 'extra';
    const side = kind === 'missing' ? 'source' : 'target';
    const { rows, all } = kind === 'missing' ? missing : extra;
    const values = rows.get(difference.key.join());
    if (values === undefined && all && hasStableSnapshot(pair[side])) {
      reading.contradictions.push({ ...difference, reason: 'in the snapshot, but not found by its hash' });
      continue;
    }
    const row = { kind, key: difference.key, rows: rowsOf(difference), columns } as const;
    reading.open.push({ ...difference, differences: [values === undefined ? row : { ...row, [side]: values }] });
  }
  return reading;
}
