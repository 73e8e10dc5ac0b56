import { isSoft } from './columns/canonical-forms.ts';
import { schemaDifferences } from './columns/schema-diff.ts';
import { ScanState } from './compare/checkpoint.ts';
import { type CompareHooks, type Comparison, compareTables } from './compare/compare.ts';
import { addCounts, DIFFERENCE_KINDS, type DifferenceCounts, noDifferences, rowsOf } from './compare/diff-buckets.ts';
import { KeySpool } from './compare/key-spool.ts';
import { SpreadCounter, widest } from './compare/key-spread.ts';
import { bitsOf, firstSpread } from './compare/queries.ts';
import { partRowsOf } from './compare/session-pool.ts';
import type { SessionPair } from './compare/sessions.ts';
import type { TablePair } from './compare/table-pair.ts';
import { compareLive } from './live/live.ts';
import type { Fence, Mode } from './model.ts';
import type { ReconcileOptions, ReconcilePorts } from './options.ts';
import { namedKey } from './repair/skipped-rows.ts';
import type { TableReport } from './report.ts';
import { comparisonOf, scanOf } from './shards/fingerprint.ts';
import { byKey, describePlan, judge, listed, nullsNote, replacedNulls, settledNote } from './table-report.ts';
import type { TablePairReference } from './tables.ts';

/** The scan of one table, over all attempts at it. */
export class Scans {
  last: ScanState | undefined;
}

/** Minimum rows for saving the progress of a scan; rescanning is cheaper below. */
const WORTH_KEEPING = 1_000_000;
/** Maximum contradicting rows named in the report; all are counted. */
const MAX_CONTRADICTIONS = 20;

/** One attempt at comparing one table: its report, filled in as it goes, and the keys that differ. */
export class TableRun {
  readonly report: TableReport;
  /** Differing keys, for a repair; empty unless one was requested. */
  readonly spool = new KeySpool();
  readonly fence: Fence | undefined;
  readonly #reference: TablePairReference;
  readonly #scans: Scans;
  readonly #sides: SessionPair;
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #different: DifferenceCounts = noDifferences();
  readonly #settled: DifferenceCounts = noDifferences();
  readonly #unsure: DifferenceCounts = noDifferences();
  readonly #contradictions: string[] = [];
  /** Columns in which the source has NULL, for which a pipeline may have written something else. */
  readonly #nulls = new Set<string>();
  readonly #spread = new SpreadCounter();

  constructor(
    reference: TablePairReference,
    report: TableReport,
    scans: Scans,
    sides: SessionPair,
    options: ReconcileOptions,
    ports: ReconcilePorts,
  ) {
    this.#reference = reference;
    this.report = report;
    this.#scans = scans;
    this.#sides = sides;
    this.#options = options;
    this.#ports = ports;
    this.fence = reference.fence ?? options.fence;
  }

  /** @param update receives the current progress, for people */
  async compare(update: (detail: string) => void): Promise<TablePair> {
    const { report } = this;
    const pair = await this.#sides.open(this.#reference, report);
    if (this.#options.shard !== undefined)
      report.comparison = comparisonOf({ ...pair, shard: undefined }, { ...this.#options, rowsPerBucket: undefined });
    const state = this.#scanState(pair);
    const mode = this.#options.mode ?? 'rows';
    describePlan(report, pair, mode === 'rows' || mode === 'checksums');
    if (mode === 'schema') {
      report.schema = schemaDifferences(pair.source.table, pair.target.table, pair.plan);
      report.verdict = report.schema.length + report.oneSided.length > 0 ? 'different' : 'equal';
    } else if (mode === 'counts') {
      report.rows = await countRows(pair);
      report.verdict = report.rows.source === report.rows.target ? 'equal' : 'different';
    } else await this.#rows(pair, state, mode, update);
    return pair;
  }

  /** The table's scan: started by an earlier attempt, saved by another run, or new. */
  #scanState(pair: TablePair): ScanState {
    const { stateFolder, resume, partRows } = this.#options;
    const fingerprint = scanOf(pair, this.#options);
    // Without a unique key, a row read at two moments looks like two equal rows.
    const { unique } = pair.plan;
    const { last } = this.#scans;
    if (unique && last?.fingerprint === fingerprint && (last.started || last.comparingRanges)) {
      last.resumed = true;
      return last;
    }
    if (resume && !unique) this.report.notes.push('started over: only a scan by a unique key can be resumed');
    const large = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows) >= WORTH_KEEPING;
    const folder = unique && (large || partRows !== undefined || resume) ? stateFolder : undefined;
    const state = new ScanState({ fingerprint, folder, warn: (message) => this.#ports.logger.warn(message) });
    this.#scans.last = state;
    if (resume && state.load())
      this.report.notes.push(`resumed a run started at ${state.began}: its checksums are from earlier moments`);
    return state;
  }

  async #rows(pair: TablePair, state: ScanState, mode: Mode, update: (detail: string) => void): Promise<void> {
    const { report, fence } = this;
    // If equal values can have different texts, checksums alone prove no difference.
    const checksumsOnly =
      mode === 'checksums' && !(pair.plan.key.length > 0 && pair.plan.pairs.some((one) => isSoft(one.form)));
    const hooks = { ...this.#hooks(pair, state, mode, update), checksumsOnly };
    if (mode === 'rows') Object.assign(report, noDifferences());
    const live = fence !== undefined && mode === 'rows' && pair.plan.key.length > 0;
    if (fence !== undefined && !live)
      report.notes.push(
        `${mode === 'rows' ? 'without a key' : `in mode ${mode}`} differences cannot be rechecked: unfenced`,
      );
    let comparison: Comparison;
    let open = noDifferences();
    if (live) {
      const result = await compareLive(pair, fence, hooks);
      const { inFlight, undetermined, rounds, gaveUp } = result;
      report.live = {
        fence: fence.kind,
        inFlight,
        undetermined: rowsOf(undetermined),
        undeterminedAs: undetermined,
        rounds,
      };
      open = sumOf(inFlight, undetermined);
      if (gaveUp !== undefined) report.notes.push(gaveUp);
      else if (rowsOf(undetermined) > 0) report.notes.push('undetermined rows were still changing at the last check');
      comparison = result;
    } else comparison = await compareTables(pair, hooks);
    const settled = rowsOf(this.#settled);
    if (settled > 0) report.notes.push(settledNote(settled, pair));
    if (this.#nulls.size > 0) report.notes.push(nullsNote([...this.#nulls]));
    report.rows = comparison.rows;
    report.differences.sort(byKey);
    report.checksum = {
      algorithm: comparison.hash,
      bits: bitsOf(comparison.hash),
      strength: comparison.hash === 'fast' ? 'fast' : 'cryptographic',
      buckets: comparison.buckets,
      differentBuckets: comparison.differentBuckets,
      scan: comparison.scan,
    };
    this.#check(comparison, checksumsOnly, open);
    if (report.contradictions === undefined) await this.#placeDifferences(pair);
    report.verdict = judge(report, checksumsOnly ? comparison.differentBuckets > 0 : rowsOf(this.#different) > 0);
  }

  #hooks(pair: TablePair, state: ScanState, mode: Mode, update: (detail: string) => void): CompareHooks {
    const { report } = this;
    const { repair, limit, maxLoad, rowsPerBucket, minCandidateRows } = this.#options;
    return {
      rowsWanted: mode === 'rows' ? limit : 0,
      state,
      clock: this.#ports.clock,
      signal: this.#ports.signal,
      partRows: partRowsOf(Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows), this.#options),
      maxLoad,
      onProgress: update,
      rowsPerBucket,
      minCandidateRows,
      onSettled: (settled) => {
        for (const one of settled) addCounts(this.#settled, one);
      },
      onContradictions: (contradictions) => {
        for (const { key, reason, ...one } of contradictions) {
          addCounts(this.#unsure, one);
          const columns = Object.entries(namedKey(pair.plan, key)).map(([name, value]) => `${name}=${value ?? 'NULL'}`);
          this.#contradictions.push([columns.join(', '), reason].filter((part) => part !== '').join(': '));
        }
      },
      onDifferences: (differences) => {
        for (const difference of differences) {
          const { kind, key, rows } = difference;
          this.#different[kind] += rows;
          if (mode !== 'rows') continue;
          if (kind === 'different') for (const name of replacedNulls(pair.plan, difference)) this.#nulls.add(name);
          report[kind] = (report[kind] ?? 0) + rows;
          this.#spread.add(key[0] ?? null, kind, rows);
          if (!difference.unread && report.differences.length < limit)
            report.differences.push(listed(pair.plan, difference));
          else report.unlisted += 1;
          if (repair !== undefined) this.spool.add({ ...noDifferences(), [kind]: rows, key });
        }
      },
    };
  }

  /** Where the differing rows lie. The ends of the tables are read only from an index. */
  async #placeDifferences({ plan, ...sides }: TablePair): Promise<void> {
    const [column] = plan.key;
    if (column === undefined || firstSpread(plan) !== 'integers' || this.#spread.rows === 0) return;
    const ends = await Promise.all(
      (['source', 'target'] as const).map(async (side) => {
        const { session, queries, table } = sides[side];
        const { name } = column[side];
        if (!table.uniqueKeys.some(([leading]) => leading === name)) return {};
        const [first] = await session.query(queries.firstKey(name));
        const [last] = await session.query(queries.lastKey(name));
        // An empty table has no ends.
        return first?.[0] == null || last?.[0] == null ? undefined : { first: first[0], last: last[0] };
      }),
    );
    this.report.keySpread = {
      ...this.#spread.report(column.source.name),
      ...widest(ends.filter((one) => one !== undefined)),
    };
  }

  /**
   * Checks the report's consistency: for each kind, every row that the scan found to differ is different, settled, in
   * flight or unsure, and the differences explain the difference in row counts.
   */
  #check(comparison: Comparison, checksumsOnly: boolean, open: DifferenceCounts): void {
    const { report } = this;
    const found = [...comparison.contradictions];
    const unsure = rowsOf(this.#unsure);
    if (unsure > 0) {
      found.push(
        `${unsure} ${unsure === 1 ? 'row' : 'rows'} cannot be what the scan saw`,
        ...this.#contradictions.slice(0, MAX_CONTRADICTIONS),
      );
    }
    if (!checksumsOnly) {
      const explained = sumOf(this.#different, sumOf(open, sumOf(this.#settled, this.#unsure)));
      if (DIFFERENCE_KINDS.some((kind) => explained[kind] !== comparison.found[kind]))
        found.push(`the scan found ${kindsText(comparison.found)} rows, but ${kindsText(explained)} are accounted for`);
      const more = (comparison.rows.source ?? 0) - (comparison.rows.target ?? 0);
      if (more !== explained.missing - explained.extra)
        found.push(
          `the source has ${comparison.rows.source} rows and the target ${comparison.rows.target}, ` +
            `but ${explained.missing} are missing and ${explained.extra} extra`,
        );
    }
    if (found.length > 0) report.contradictions = [...new Set(found)];
  }
}

function kindsText(counts: DifferenceCounts): string {
  return DIFFERENCE_KINDS.map((kind) => `${counts[kind]} ${kind}`).join(', ');
}

function sumOf(a: DifferenceCounts, b: DifferenceCounts): DifferenceCounts {
  const sum = noDifferences();
  addCounts(sum, a);
  addCounts(sum, b);
  return sum;
}

async function countRows({ source, target }: TablePair): Promise<TableReport['rows']> {
  const [a, b] = await Promise.all(
    [source, target].map(async ({ session, queries }) => Number((await session.query(queries.count()))[0]?.[0])),
  );
  return { source: a ?? null, target: b ?? null };
}
