import { BucketVector, bucketCount, MOST_BUCKET_ROWS } from './buckets.ts';
import { seemsEqual, worthALook } from './first-look.ts';
import { isSoft } from './forms.ts';
import { KeySpool } from './key-spool.ts';
import {
  addCounts,
  type DifferenceCounts,
  diffBucket,
  diffMultiset,
  type KeyDifference,
  mergeBuckets,
  multisetRows,
  noDifferences,
  rowsOf,
} from './merge.ts';
import type { Cells, Side, Statement } from './model.ts';
import { pace, TELL_EVERY } from './pace.ts';
import { digestOf, firstSpread, type HashName, type Spread } from './queries.ts';
import { lookByRanges, rangeCondition, rangeRows } from './ranges.ts';
import { type Contradiction, holdsStill, keysAtOnce, type RowDifference, readRows, unread } from './rows.ts';
import { type ScanHooks, scanBoth } from './scan.ts';
import type { RangeLook, ScanFacts, ScanState } from './scan-state.ts';
import type { OpenSide, TablePair } from './table-pair.ts';

export interface Comparison {
  /** Rows of each side; of buckets that differ, those that were read one by one. */
  rows: Record<Side, number>;
  /** What differs by the scan, before any row was looked at again. */
  found: DifferenceCounts;
  /** What cannot be true of one comparison, in words and numbers: no verdict can be trusted then. */
  contradictions: string[];
  /** What the checksums were made with: of ranges, 128 bits of a digest. */
  hash: HashName;
  buckets: number;
  differentBuckets: number;
  scan: ScanFacts;
}

export interface CompareHooks extends ScanHooks {
  /** What has been scanned; taken up where it is not empty. */
  state: ScanState;
  /** Called with some hundred differences at a time. */
  onDifferences(differences: RowDifference[]): void;
  /** Of how many differences the rows are of use; of the others the keys suffice. */
  rowsWanted: number;
  /** Differences that were none when their rows were read: equal values of other texts, or rows that had moved on. */
  onSettled(settled: readonly KeyDifference[]): void;
  /** Rows that were read and cannot be what the scan has seen. */
  onContradictions(contradictions: readonly Contradiction[]): void;
  /** Takes differences as they are found, without their rows, for a later look; the other hooks are not called then. */
  onSuspicions?: ((found: KeyDifference[]) => void) | undefined;
  /** Only the checksums: which buckets differ, and not which rows. */
  checksumsOnly?: boolean | undefined;
  /** Rows that a bucket should hold. */
  rowsPerBucket?: number | undefined;
  /** Rows from which on a table that seems equal is compared as a whole first. */
  lookFrom?: number | undefined;
}

/** Compares every row of a pair of tables; what the guarantees are is told in docs/reconcile.md. */
export async function compareTables(pair: TablePair, hooks: CompareHooks): Promise<Comparison> {
  const { state, clock } = hooks;
  const begin = (buckets: number, spread: Spread) =>
    state.begin(buckets, spread, pair.source.queries.hashes, clock.now());
  if (!state.started) {
    const estimate = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows);
    // A table that is being written to is hardly ever alike as a whole.
    const worth = hooks.onSuspicions === undefined && worthALook(pair, estimate, hooks.lookFrom);
    // The load of the databases is looked at between the parts of a scan only.
    const size = worth && hooks.maxLoad === undefined ? rangeRows(pair) : undefined;
    if (size !== undefined) {
      hooks.onProgress(`a digest of each ${size} rows`);
      const look = await lookByRanges(pair, size, state, hooks);
      if (look !== undefined) return settleLook(pair, look, hooks);
    }
    const whole = worth && size === undefined && (await seemsEqual(pair));
    const buckets = whole ? 1 : bucketCount(estimate / (pair.shard?.of ?? 1), hooks.rowsPerBucket);
    begin(buckets, firstSpread(pair.plan));
  }
  for (;;) {
    const { buckets, spread } = state;
    hooks.onProgress(buckets === 1 ? 'one checksum' : `checksums in ${buckets} buckets`);
    await scanBoth(pair, state, hooks);
    const to = clock.now().toISOString();
    const [{ vector: source, parts: left }, { vector: target, parts: right }] = [
      state.side('source'),
      state.side('target'),
    ];
    const found = BucketVector.different(source, target);
    const rows = { source: source.total, target: target.total };
    const scan = { from: state.began, to, parts: { source: left, target: right }, resumed: state.resumed };
    // Sums of several moments prove no difference: the rows are read again.
    const sumsOnly = hooks.checksumsOnly && isOneMoment(pair.source, { scan }) && isOneMoment(pair.target, { scan });
    if (found.buckets.length > 0 && found.mostRows > MOST_BUCKET_ROWS && !sumsOnly) {
      // The whole table differs, or the statistics were wrong, or the keys all leave one remainder: too much to hold in
      // memory. Spread them anew.
      const better = bucketCount(Math.max(rows.source, rows.target), hooks.rowsPerBucket);
      if (better > 2 * buckets) {
        begin(better, spread);
        continue;
      }
      if (spread === 'integers') {
        begin(buckets, 'hash');
        continue;
      }
    }
    const result: Comparison = {
      rows,
      found: noDifferences(),
      contradictions: [],
      hash: pair.hash,
      buckets: Math.max(source.used, target.used, 1),
      differentBuckets: found.buckets.length,
      scan,
    };
    if (found.buckets.length > 0 && !sumsOnly) {
      hooks.onProgress(`${found.buckets.length} of ${result.buckets} buckets differ`);
      const filter = buckets > 1 && found.buckets.length <= MOST_FILTERED * result.buckets;
      const only = filter ? found.buckets : undefined;
      const details = ({ queries }: OpenSide) => queries.details(buckets, spread, only);
      const counted = only === undefined ? { ...rows } : found.rows;
      const job = { source: details(pair.source), target: details(pair.target), counted };
      await resolve(pair, [job], found.buckets.length, hooks, result);
      if (hooks.checksumsOnly && rowsOf(result.found) === 0) result.differentBuckets = 0;
    }
    state.drop();
    return checked(pair, result, !sumsOnly);
  }
}

/** Where most buckets differ, a filter costs more than it spares. */
const MOST_FILTERED = 0.5;

/** The rows of the ranges that differ are found by buckets within these. */
async function settleLook(pair: TablePair, look: RangeLook, hooks: CompareHooks): Promise<Comparison> {
  const { state, clock } = hooks;
  const to = clock.now().toISOString();
  const result: Comparison = {
    rows: { ...look.rows },
    found: noDifferences(),
    contradictions: [],
    hash: `${digestOf(pair.hash)}-128`,
    buckets: look.ranges,
    differentBuckets: look.different.length,
    scan: { from: look.began, to, parts: { source: look.ranges, target: look.ranges }, resumed: state.resumed },
  };
  if (look.different.length > 0 && !hooks.checksumsOnly) {
    hooks.onProgress(`${look.different.length} of ${look.ranges} ranges differ`);
    const jobs = look.different.map((range) => {
      const details = (side: Side) => {
        const { session, queries } = pair[side];
        const buckets = bucketCount(Math.max(range.rows.source, range.rows.target), hooks.rowsPerBucket);
        return queries.details(buckets, 'integers', undefined, rangeCondition(session, pair.plan.key, side, range));
      };
      return { source: details('source'), target: details('target'), counted: range.rows };
    });
    await resolve(pair, jobs, jobs.length, hooks, result);
  }
  state.drop();
  return checked(pair, result, !hooks.checksumsOnly);
}

/**
 * The result, held to what must be true of every comparison.
 * @param listed the differences were found row by row, not only counted in buckets
 */
function checked(pair: TablePair, result: Comparison, listed: boolean): Comparison {
  const { rows, found, differentBuckets, contradictions } = result;
  const [more, moreListed] = [rows.source - rows.target, found.missing - found.extra];
  if (differentBuckets === 0 && more !== 0)
    contradictions.push(`all checksums agree, but the source has ${rows.source} rows and the target ${rows.target}`);
  if (differentBuckets > 0 && listed) {
    if (more !== moreListed)
      contradictions.push(
        `the source has ${rows.source} rows and the target ${rows.target}, but ${found.missing} are missing and ${found.extra} extra`,
      );
    if (rowsOf(found) === 0 && isOneMoment(pair.source, result) && isOneMoment(pair.target, result))
      contradictions.push(`${differentBuckets} checksums differ, but none of the rows behind them does`);
  }
  return result;
}

/** Rows to be streamed, and how many of them the scan has counted. */
type Job = Record<Side, Statement> & { counted: Record<Side, number> };

/**
 * Reads the rows of buckets that differ, and puts what differs, and how many rows there were, into the result.
 * @param jobs what is streamed, one after another
 * @param total buckets that differ, or jobs where there are several
 */
async function resolve(
  pair: TablePair,
  jobs: readonly Job[],
  total: number,
  hooks: CompareHooks,
  result: Comparison,
): Promise<void> {
  const { source, target, plan } = pair;
  const keyless = plan.key.length === 0;
  const diff = keyless ? diffMultiset : (a: readonly Cells[], b: readonly Cells[]) => diffBucket(a, b, plan.key.length);
  // A connection that is streaming can do nothing else: keys whose rows are needed are kept until it has ended.
  using spool = new KeySpool();
  const soft = !keyless && plan.pairs.some((column) => isSoft(column.form));
  const began = hooks.clock.now().getTime();
  let told = began;
  let seen = 0;
  /** Differences so far that no look at their rows can settle. */
  let sure = 0;
  const groups = async function* () {
    for (const [at, job] of jobs.entries()) {
      const read = { source: 0, target: 0 };
      for await (const group of mergeBuckets(
        source.session.stream(job.source),
        target.session.stream(job.target),
        diff,
        keyless ? multisetRows : undefined,
      )) {
        seen = jobs.length === 1 ? seen + 1 : at;
        read.source += group.rows.source;
        read.target += group.rows.target;
        if (group.found.length > 0) yield group.found;
      }
      for (const side of ['source', 'target'] as const) {
        const { [side]: counted } = job.counted;
        result.rows[side] += read[side] - counted;
        if (read[side] !== counted && isOneMoment(pair[side], result))
          result.contradictions.push(`of the ${side}, ${counted} rows were counted and ${read[side]} read`);
      }
    }
  };
  for await (const found of groups()) {
    for (const one of found) addCounts(result.found, one);
    const now = hooks.clock.now().getTime();
    if (now - told > TELL_EVERY) {
      told = now;
      hooks.onProgress(`differing buckets ${pace(seen, total, now - began, 'buckets')}`);
    }
    if (hooks.onSuspicions !== undefined) {
      hooks.onSuspicions(found);
      continue;
    }
    const known: RowDifference[] = [];
    for (const difference of found) {
      // Unequal hashes of soft values prove nothing yet.
      const unsure = soft && difference.different > 0;
      if (!unsure && sure >= hooks.rowsWanted) known.push(...unread(difference));
      else spool.add(difference);
      if (!unsure) sure += 1;
    }
    if (known.length > 0) hooks.onDifferences(known);
  }
  for await (const batch of spool.batches(keysAtOnce(pair))) {
    const { open, settled, contradictions } = await readRows(pair, batch);
    if (open.length > 0) hooks.onDifferences(open.flatMap(({ differences }) => differences));
    if (settled.length > 0) hooks.onSettled(settled);
    if (contradictions.length > 0) hooks.onContradictions(contradictions);
  }
}

/** The scan and the reads after it have seen the same rows. */
function isOneMoment(side: OpenSide, { scan }: Pick<Comparison, 'scan'>): boolean {
  return holdsStill(side) && !side.apart && !scan.resumed;
}
