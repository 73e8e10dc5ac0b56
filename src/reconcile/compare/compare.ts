import type { Cells, Statement } from '../../databases/model.ts';
import { isSoft } from '../columns/canonical-forms.ts';
import type { HashName, Side } from '../model.ts';
import { BucketVector, bucketCount, MAX_BUCKET_ROWS } from './buckets.ts';
import type { RangeProgress, ScanFacts, ScanState } from './checkpoint.ts';
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
} from './diff-buckets.ts';
import { KeySpool } from './key-spool.ts';
import { endsMatch, isCandidate } from './presumed-equal.ts';
import { digestOf, firstSpread, type Spread } from './queries.ts';
import { compareByRanges, rangeCondition, rangeRows } from './ranges.ts';
import { formatProgress, PROGRESS_EVERY_MS } from './rate.ts';
import { type Contradiction, hasStableSnapshot, keysAtOnce, type RowDifference, readRows, unread } from './rows.ts';
import { type ScanHooks, scanBoth } from './scan.ts';
import type { OpenSide, TablePair } from './table-pair.ts';

export interface Comparison {
  /** Rows of each side; of buckets that differ, those that were read one by one. */
  rows: Record<Side, number>;
  /** Differences found by the scan, before any row was read again. */
  found: DifferenceCounts;
  /** Inconsistencies, in words and numbers: if there are any, no verdict can be trusted. */
  contradictions: string[];
  /** Hash behind the checksums: for ranges, 128 bits of a digest. */
  hash: HashName;
  buckets: number;
  differentBuckets: number;
  scan: ScanFacts;
}

export interface CompareHooks extends ScanHooks {
  /** Progress of the scan; resumed if not empty. */
  state: ScanState;
  /** Called with up to a few hundred differences at a time. */
  onDifferences(differences: RowDifference[]): void;
  /** Number of differences whose rows are needed; for the rest the keys suffice. */
  rowsWanted: number;
  /** Differences that turned out equal when their rows were read: equal values with different texts, or rows changed since. */
  onSettled(settled: readonly KeyDifference[]): void;
  /** Rows read that contradict what the scan saw. */
  onContradictions(contradictions: readonly Contradiction[]): void;
  /**
   * Receives differences as they are found, without their rows, for a later check. If given, the other hooks are not
   * called.
   */
  onSuspicions?: ((found: KeyDifference[]) => void) | undefined;
  /** Only the checksums: which buckets differ, and not which rows. */
  checksumsOnly?: boolean | undefined;
  /** Rows that a bucket should hold. */
  rowsPerBucket?: number | undefined;
  /** Minimum rows for comparing a table that seems equal as a whole first. */
  minCandidateRows?: number | undefined;
}

/** Compares every row of a pair of tables; docs/reconcile.md states the guarantees. */
export async function compareTables(pair: TablePair, hooks: CompareHooks): Promise<Comparison> {
  const { state, clock } = hooks;
  const begin = (buckets: number, spread: Spread) =>
    state.begin(buckets, spread, pair.source.queries.hashes, clock.now());
  if (!state.started) {
    const estimate = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows);
    // A live table is rarely equal as a whole.
    const worth = hooks.onSuspicions === undefined && isCandidate(pair, estimate, hooks.minCandidateRows);
    // Load is only measured between the parts of a scan.
    const size = worth && hooks.maxLoad === undefined ? rangeRows(pair) : undefined;
    if (size !== undefined) {
      hooks.onProgress(`one digest per ${size} rows`);
      const ranges = await compareByRanges(pair, size, state, hooks);
      if (ranges !== undefined) return resolveRanges(pair, ranges, hooks);
    }
    const whole = worth && size === undefined && (await endsMatch(pair));
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
    // Sums from different moments do not prove a difference: read the rows again.
    const sumsOnly = hooks.checksumsOnly && isOneMoment(pair.source, { scan }) && isOneMoment(pair.target, { scan });
    if (found.buckets.length > 0 && found.mostRows > MAX_BUCKET_ROWS && !sumsOnly) {
      // The whole table differs, the statistics were wrong, or all keys leave the same remainder: too much for memory.
      // Use more buckets, or a hash.
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
      const filter = buckets > 1 && found.buckets.length <= MAX_FILTERED * result.buckets;
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

/** If more buckets than this differ, a filter costs more than it saves. */
const MAX_FILTERED = 0.5;

/** The rows of the ranges that differ are found by buckets within these. */
async function resolveRanges(pair: TablePair, ranges: RangeProgress, hooks: CompareHooks): Promise<Comparison> {
  const { state, clock } = hooks;
  const to = clock.now().toISOString();
  const result: Comparison = {
    rows: { ...ranges.rows },
    found: noDifferences(),
    contradictions: [],
    hash: `${digestOf(pair.hash)}-128`,
    buckets: ranges.ranges,
    differentBuckets: ranges.different.length,
    scan: { from: ranges.began, to, parts: { source: ranges.ranges, target: ranges.ranges }, resumed: state.resumed },
  };
  if (ranges.different.length > 0 && !hooks.checksumsOnly) {
    hooks.onProgress(`${ranges.different.length} of ${ranges.ranges} ranges differ`);
    const jobs = ranges.different.map((range) => {
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
 * The result, checked against what must hold for every comparison.
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
 * Reads the rows of differing buckets and adds the differences and row counts to the result.
 * @param jobs statements to stream, one after another
 * @param total number of differing buckets, or of jobs if there are several
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
  // A streaming connection can do nothing else: keys whose rows are needed are kept until the stream ends.
  using spool = new KeySpool();
  const soft = !keyless && plan.pairs.some((column) => isSoft(column.form));
  const began = hooks.clock.now().getTime();
  let reportedAt = began;
  let seen = 0;
  /** Differences so far that reading their rows cannot settle. */
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
          result.contradictions.push(`${counted} rows of the ${side} were counted, but ${read[side]} were read`);
      }
    }
  };
  for await (const found of groups()) {
    for (const one of found) addCounts(result.found, one);
    const now = hooks.clock.now().getTime();
    if (now - reportedAt > PROGRESS_EVERY_MS) {
      reportedAt = now;
      hooks.onProgress(`differing buckets ${formatProgress(seen, total, now - began, 'buckets')}`);
    }
    if (hooks.onSuspicions !== undefined) {
      hooks.onSuspicions(found);
      continue;
    }
    const known: RowDifference[] = [];
    for (const difference of found) {
      // Different hashes of soft values do not prove a difference yet.
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

/** The scan and the later reads saw the same snapshot. */
function isOneMoment(side: OpenSide, { scan }: Pick<Comparison, 'scan'>): boolean {
  return hasStableSnapshot(side) && !side.apart && !scan.resumed;
}
