import { createHash } from 'node:crypto';
import { SluiceError } from '../errors/error.ts';
import type { ColumnPlan } from './columns.ts';
import { isFreeText } from './forms.ts';
import {
  countsOf,
  DIFFERENCE_KINDS,
  type DifferenceCounts,
  type DifferenceKind,
  type KeyDifference,
  rowsOf,
} from './merge.ts';
import type { Cells, Side, TableName } from './model.ts';
import { bitsOf, digestOf, type HashName, type RowsOptions } from './queries.ts';
import { existingTableText } from './table-names.ts';
import type { OpenSide, TablePair } from './table-pair.ts';
import { sameValue } from './values.ts';

/** Rows of one key that are missing, extra or different, as they are reported; a side that has no such row is undefined. */
export interface RowDifference {
  kind: DifferenceKind;
  key: Cells;
  rows: number;
  /** Texts of the column pairs, in the plan's order. */
  source?: Cells;
  target?: Cells;
  /** Positions of the column pairs that differ; of a row on one side only all; none where rows of the key cannot be told apart. */
  columns: number[];
  /** Its rows were not fetched: it is counted, not listed. */
  unread?: boolean;
}

/** A key that still differs, now that its rows were read. */
export interface OpenKey extends KeyDifference {
  /** One per kind. */
  differences: RowDifference[];
}

/** What was seen before and cannot be true with what is seen now. */
export interface Contradiction extends KeyDifference {
  reason: string;
}

export interface Reading {
  open: OpenKey[];
  /** Differences that are none: rows that have changed since, or equal values of unequal texts. */
  settled: KeyDifference[];
  contradictions: Contradiction[];
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
export async function lookAnew(...pairs: readonly TablePair[]): Promise<void> {
  await lookAnewAt(pairs.map(({ target }) => target));
  await lookAnewAt(pairs.map(({ source }) => source));
}

/** The same of tables of one session. @throws TABLE_NOT_COMPARABLE where one is emptied or written anew again and again */
export async function lookAnewAt(sides: readonly TablePair['source'][]): Promise<void> {
  for (let tries = 1; ; tries++) {
    await sides[0]?.session.snapshot();
    const changed = await firstNot(sides, ({ session, table }) => session.hold(table));
    if (changed === undefined) return;
    if (tries === MOST_TRIES) throw keptChanging(changed.table);
  }
}

async function firstNot<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of all) if (!(await holds(one))) return one;
  return undefined;
}

/** Moments at which a table is looked for as it was in a snapshot. */
export const MOST_TRIES = 5;

export function keptChanging(table: TableName): SluiceError {
  return new SluiceError(
    'TABLE_NOT_COMPARABLE',
    `${existingTableText(table)} was truncated or rewritten each time that it was to be read`,
    { hint: 'Compare it when TRUNCATE, ALTER TABLE, CLUSTER and the like have ended.' },
  );
}

/** A column was NOT NULL when the statements were made, and is no more. */
function redefined(table: TableName): SluiceError {
  return new SluiceError(
    'TABLE_NOT_COMPARABLE',
    `${existingTableText(table)} was redefined while it was compared: a column that was NOT NULL holds NULL`,
    { hint: 'Run the command again.' },
  );
}

/** How many keys at a time one statement of either side can ask for. */
export function keysAtOnce({ plan, source, target }: Pick<TablePair, 'plan' | 'source' | 'target'>): number {
  const columns = Math.max(1, plan.key.length);
  const most = [source, target].map(({ session: { dialect } }) =>
    Math.min(dialect.maxKeys, Math.floor(dialect.maxParameters / columns)),
  );
  return Math.min(...most);
}

/** Differences of a key as they are reported where its rows are not read. */
export function unread(difference: KeyDifference): RowDifference[] {
  return byKind(difference).map(([kind, rows]) => ({ kind, key: difference.key, rows, columns: [], unread: true }));
}

function byKind(counts: DifferenceCounts): [DifferenceKind, number][] {
  return DIFFERENCE_KINDS.filter((kind) => counts[kind] > 0).map((kind) => [kind, counts[kind]]);
}

/**
 * The rows of some differing keys, and what is still different now that the rows themselves are compared.
 * @param again the rows are read in a later moment than the one in which they were found to differ: any of them may have changed
 */
export async function readRows(
  pair: TablePair,
  found: readonly KeyDifference[],
  { again = false }: { again?: boolean } = {},
): Promise<Reading> {
  if (pair.plan.key.length === 0) return readUnkeyedRows(pair, found);
  // A key that only one side had is looked for there; where rows may have changed, or a key has several, on both.
  const keysOf = (absent: DifferenceKind) =>
    found.filter((one) => again || !pair.plan.unique || one[absent] === 0 || one.different > 0).map((one) => one.key);
  const [left, right] = await both(fetchRows(pair.source, keysOf('extra')), fetchRows(pair.target, keysOf('missing')));
  return judgeRows(pair, found, left, right, { again });
}

/** Rows of a key on each side, by the key's texts in JSON. */
export type FoundRows = ReadonlyMap<string, readonly ReadRow[]>;

/** What differs at these keys, given the rows that both sides have. */
export function judgeRows(
  pair: TablePair,
  found: readonly KeyDifference[],
  left: FoundRows,
  right: FoundRows,
  { again }: { again: boolean },
): Reading {
  const reading: Reading = { open: [], settled: [], contradictions: [] };
  const still = !again && holdsStill(pair.source) && holdsStill(pair.target);
  for (const difference of found) {
    const id = JSON.stringify(difference.key);
    const a = left.get(id) ?? [];
    const b = right.get(id) ?? [];
    const { missing, extra, different } = difference;
    const lost = a.length < missing + different || b.length < extra + different;
    if (still && lost) {
      reading.contradictions.push({ ...difference, reason: 'seen in the snapshot, and not found again by the key' });
      continue;
    }
    // Without a snapshot it may have been deleted on both sides, or have a key by which no row is found.
    if (!again && a.length + b.length === 0) {
      reading.contradictions.push({ ...difference, reason: 'seen in the scan, and not found again by the key' });
      continue;
    }
    const judged = judge(pair, difference.key, a, b);
    if (judged === 'unexplained') {
      reading.contradictions.push({ ...difference, reason: 'hashes differ although all values are the same' });
    } else if (judged === undefined) {
      if (still && a.every((row, at) => row.hash === b[at]?.hash) && a.length === b.length)
        reading.contradictions.push({
          ...difference,
          reason: 'differed when scanned, and not when read in the same snapshot',
        });
      else reading.settled.push(difference);
    } else {
      const settled = without(difference, judged.counts);
      if (still && DIFFERENCE_KINDS.some((kind) => settled[kind] < 0)) {
        reading.contradictions.push({ ...difference, reason: 'found more often by its key than the snapshot has it' });
        continue;
      }
      // Of a key with several rows some may be the same after all.
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

/** All reads of a table see one moment. */
export function holdsStill({ session, table }: OpenSide): boolean {
  return session.server.snapshot && table.transactional;
}

export interface ReadRow {
  canonical: Cells;
  values: Cells;
  hash: string;
  version: string;
  address: string;
}

/** Another text after each change of one of the rows. */
function stateOf(a: readonly ReadRow[], b: readonly ReadRow[]): string {
  const text = (rows: readonly ReadRow[]) => rows.map(({ hash, version }) => `${hash} ${version}`).sort();
  return JSON.stringify([text(a), text(b)]);
}

type Judged = { counts: DifferenceCounts; differences: RowDifference[] };

/** Undefined where the rows are the same; `unexplained` where their hashes say that they are not, and nothing else does. */
function judge(
  pair: TablePair,
  key: Cells,
  a: readonly ReadRow[],
  b: readonly ReadRow[],
): Judged | 'unexplained' | undefined {
  const { plan } = pair;
  const { left, right } = withoutEqualHashes(a, b);
  let unexplained = false;
  if (left.length * right.length <= MOST_MATCHES) {
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
  // Of a key with several rows, which one belongs to which cannot be said.
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

/** Of a key with thousands of rows, comparing each with each would take too long. */
const MOST_MATCHES = 1_000_000;

function withoutEqualHashes(a: readonly ReadRow[], b: readonly ReadRow[]): { left: ReadRow[]; right: ReadRow[] } {
  const rest = Map.groupBy(b, ({ hash }) => hash);
  const left = a.filter(({ hash }) => rest.get(hash)?.pop() === undefined);
  return { left, right: [...rest.values()].flat() };
}

/** Takes away each row of one list together with one of the other that it fits. */
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

/** Values that mean the same have unequal texts, which is why the hashes differ, and what was hashed is what arrived here. */
function isExplained({ plan, hash }: TablePair, a: ReadRow, b: ReadRow): boolean {
  const spelled = plan.pairs.some((_, index) => (a.canonical[index] ?? null) !== (b.canonical[index] ?? null));
  return spelled && [a, b].every((row) => hash === 'fast' || hashOfTexts(plan, row.canonical, hash) === row.hash);
}

/** The hash that the databases compute of a row, computed here: see `rowPieces`. */
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
      // Two of these would pass for equal.
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
 * Keys of which a side has rows that --where leaves out: one that is missing or extra by the condition may be a row that
 * differs in what the condition asks for.
 * @param options.lock the target's
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

/** Rows that may have the hash of one that is looked for; the more there are, the more often one row is there. */
const MOST_PER_HASH = 100;
/** Each reads the table. */
const LOOKS_BY_HASH = 10;

/** Without a key a row is found again by its hash; one of several equal rows stands for all. */
async function readUnkeyedRows(pair: TablePair, found: readonly KeyDifference[]): Promise<Reading> {
  const read = async (side: Side, kind: 'missing' | 'extra') => {
    const rows = new Map<string, Cells>();
    const { session, queries } = pair[side];
    // Where one row is there very often, the others may not be among the first: those are looked for by themselves.
    for (let looks = 0; looks < LOOKS_BY_HASH; looks++) {
      const hashes = found.filter((one) => one[kind] > 0 && !rows.has(one.key.join())).map((one) => one.key[0] ?? '0');
      if (hashes.length === 0) return { rows, all: true };
      const most = MOST_PER_HASH * hashes.length;
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
    if (values === undefined && all && holdsStill(pair[side])) {
      reading.contradictions.push({ ...difference, reason: 'seen in the snapshot, and not found again by its hash' });
      continue;
    }
    const row = { kind, key: difference.key, rows: rowsOf(difference), columns } as const;
    reading.open.push({ ...difference, differences: [values === undefined ? row : { ...row, [side]: values }] });
  }
  return reading;
}
