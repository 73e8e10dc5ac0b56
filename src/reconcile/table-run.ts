import type { BothSides } from './both-sides.ts';
import { type CompareHooks, type Comparison, compareTables } from './compare.ts';
import { comparisonOf, scanOf } from './comparison.ts';
import { isSoft } from './forms.ts';
import { KeySpool } from './key-spool.ts';
import { namedKey } from './left-alone.ts';
import { compareLive } from './live.ts';
import { addCounts, DIFFERENCE_KINDS, type DifferenceCounts, noDifferences, rowsOf } from './merge.ts';
import type { Fence, Mode, ReconcileOptions, ReconcilePorts } from './options.ts';
import { bitsOf } from './queries.ts';
import type { TableReport } from './report.ts';
import { ScanState } from './scan-state.ts';
import { schemaDifferences } from './schema-diff.ts';
import { partRowsOf } from './sessions.ts';
import type { TablePair } from './table-pair.ts';
import { byKey, describePlan, judge, listed, settledNote } from './table-report.ts';
import type { TablePairReference } from './tables.ts';

/** The scan of one table, over all attempts at it. */
export class Scans {
  last: ScanState | undefined;
}

/** Rows of a table from which on a scan is noted down: a smaller one is read again sooner than its file. */
const WORTH_KEEPING = 1_000_000;
/** Rows that contradict each other and are named in the report; all are counted. */
const MOST_CONTRADICTIONS = 20;

/** One attempt at comparing one table: its report, filled in as it goes, and the keys that differ. */
export class TableRun {
  readonly report: TableReport;
  /** Keys that differ, for a repair; empty where none was asked for. */
  readonly spool = new KeySpool();
  readonly fence: Fence | undefined;
  readonly #reference: TablePairReference;
  readonly #scans: Scans;
  readonly #sides: BothSides;
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #different: DifferenceCounts = noDifferences();
  readonly #settled: DifferenceCounts = noDifferences();
  readonly #unsure: DifferenceCounts = noDifferences();
  readonly #contradictions: string[] = [];

  constructor(
    reference: TablePairReference,
    report: TableReport,
    scans: Scans,
    sides: BothSides,
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

  /** @param update takes what is going on, for people */
  async compare(update: (detail: string) => void): Promise<TablePair> {
    const { report } = this;
    const pair = await this.#sides.open(this.#reference, report);
    if (this.#options.shard !== undefined)
      report.comparison = comparisonOf({ ...pair, shard: undefined }, { ...this.#options, rowsPerBucket: undefined });
    const state = this.#scanState(pair);
    describePlan(report, pair);
    const mode = this.#options.mode ?? 'rows';
    if (mode === 'schema') {
      report.schema = schemaDifferences(pair.source.table, pair.target.table, pair.plan);
      report.verdict = report.schema.length + report.oneSided.length > 0 ? 'different' : 'equal';
    } else if (mode === 'counts') {
      report.rows = await countRows(pair);
      report.verdict = report.rows.source === report.rows.target ? 'equal' : 'different';
    } else await this.#rows(pair, state, mode, update);
    return pair;
  }

  /** The table's scan: begun by an attempt before this one, left by another run, or new. */
  #scanState(pair: TablePair): ScanState {
    const { stateFolder, resume, partRows } = this.#options;
    const fingerprint = scanOf(pair, this.#options);
    // Rows that are alike cancel out nothing, but one that was read at two moments is as two that are alike.
    const { unique } = pair.plan;
    const { last } = this.#scans;
    if (unique && last?.fingerprint === fingerprint && (last.started || last.looking)) {
      last.resumed = true;
      return last;
    }
    if (resume && !unique) this.report.notes.push('started over: only a scan by a unique key is taken up');
    const large = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows) >= WORTH_KEEPING;
    const folder = unique && (large || partRows !== undefined || resume) ? stateFolder : undefined;
    const state = new ScanState({ fingerprint, folder, warn: (message) => this.#ports.logger.warn(message) });
    this.#scans.last = state;
    if (resume && state.load())
      this.report.notes.push(`taken up where a run begun at ${state.began} had ended: its sums are of other moments`);
    return state;
  }

  async #rows(pair: TablePair, state: ScanState, mode: Mode, update: (detail: string) => void): Promise<void> {
    const { report, fence } = this;
    // Of values that mean the same in several texts, checksums alone prove no difference.
    const checksumsOnly =
      mode === 'checksums' && !(pair.plan.key.length > 0 && pair.plan.pairs.some((one) => isSoft(one.form)));
    const hooks = { ...this.#hooks(pair, state, mode, update), checksumsOnly };
    if (mode === 'rows') Object.assign(report, noDifferences());
    const live = fence !== undefined && mode === 'rows' && pair.plan.key.length > 0;
    if (fence !== undefined && !live)
      report.notes.push(
        `${mode === 'rows' ? 'without a key' : `in mode ${mode}`} a difference cannot be looked at again: unfenced`,
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
      else if (rowsOf(undetermined) > 0) report.notes.push('undetermined rows were still changing at the last look');
      comparison = result;
    } else comparison = await compareTables(pair, hooks);
    const settled = rowsOf(this.#settled);
    if (settled > 0) report.notes.push(settledNote(settled, pair));
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
    report.verdict = judge(report, checksumsOnly ? comparison.differentBuckets > 0 : rowsOf(this.#different) > 0);
  }

  #hooks(pair: TablePair, state: ScanState, mode: Mode, update: (detail: string) => void): CompareHooks {
    const { report } = this;
    const { repair, limit, maxLoad, rowsPerBucket, lookFrom } = this.#options;
    return {
      rowsWanted: mode === 'rows' ? limit : 0,
      state,
      clock: this.#ports.clock,
      signal: this.#ports.signal,
      partRows: partRowsOf(Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows), this.#options),
      maxLoad,
      onProgress: update,
      rowsPerBucket,
      lookFrom,
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
          report[kind] = (report[kind] ?? 0) + rows;
          if (!difference.unread && report.differences.length < limit)
            report.differences.push(listed(pair.plan, difference));
          else report.unlisted += 1;
          if (repair !== undefined) this.spool.add({ ...noDifferences(), [kind]: rows, key });
        }
      },
    };
  }

  /**
   * Holds the report to what must be true of it: of each kind, every row that the scan found to differ is different, settled, on its
   * way, or unsure, and the differences explain the difference in numbers of rows.
   */
  #check(comparison: Comparison, checksumsOnly: boolean, open: DifferenceCounts): void {
    const { report } = this;
    const found = [...comparison.contradictions];
    const unsure = rowsOf(this.#unsure);
    if (unsure > 0) {
      found.push(
        `${unsure} ${unsure === 1 ? 'row' : 'rows'} cannot be what the scan has seen`,
        ...this.#contradictions.slice(0, MOST_CONTRADICTIONS),
      );
    }
    if (!checksumsOnly) {
      const explained = sumOf(this.#different, sumOf(open, sumOf(this.#settled, this.#unsure)));
      if (DIFFERENCE_KINDS.some((kind) => explained[kind] !== comparison.found[kind]))
        found.push(`the scan found ${kindsText(comparison.found)} rows, and ${kindsText(explained)} are accounted for`);
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
