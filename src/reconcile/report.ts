import type { EngineName } from '../databases/model.ts';
import type { SluiceError } from '../errors/error.ts';
import type { Count, Positive } from '../text/numbers.ts';
import { MASK } from '../text/redact.ts';
import type { ColumnRule } from './columns/rules.ts';
import type { SchemaDifference } from './columns/schema-diff.ts';
import type { ScanFacts } from './compare/checkpoint.ts';
import type { DifferenceCounts, DifferenceKind } from './compare/diff-buckets.ts';
import type { KeySpread } from './compare/key-spread.ts';
import type { HashName, Mode, Shard, Side, UncomparedColumn } from './model.ts';
import type { SkippedTable } from './tables.ts';

/**
 * - `equal`: every row and column was compared and matches.
 * - `different`: rows or columns differ.
 * - `incomplete`: what was compared matches, but some column could not be compared.
 * - `undetermined`: no final result, since rows kept changing or the pipeline did not pass in time.
 * - `failed`: see the error.
 */
export type Verdict = 'equal' | 'different' | 'incomplete' | 'undetermined' | 'failed';

export interface DatabaseFacts {
  name: string;
  engine: EngineName;
  product: string;
  version: string;
  /** All reads of a table saw the same snapshot. */
  snapshot: boolean;
}

export interface ComparedColumn {
  source: string;
  target: string;
  /** The common form: `integer`, `decimal`, `timestamp`, … */
  as: string;
  /** The rule by which the column was compared. */
  rule?: ColumnRule;
  note?: string;
}

export interface ListedDifference {
  kind: DifferenceKind;
  /** By the source's column names; empty without a key. */
  key: Record<string, string | null>;
  /** Number of rows: more than one only if the key is not unique or there is none. */
  rows: Positive;
  /** The differing columns of a different row, all of a missing or extra one; without the side that lacks the row. */
  columns: { column: string; source?: string | null; target?: string | null }[];
}

export interface Checksum {
  algorithm: HashName;
  /** Bits of the hash of one row. */
  bits: 64 | 128;
  /** `cryptographic`: MD5 or SHA-256 of a canonical text; `fast`: PostgreSQL's own record hash. */
  strength: 'fast' | 'cryptographic';
  buckets: Count;
  differentBuckets: Count;
  /** When and in how many queries the sums were read. */
  scan: ScanFacts;
}

/** Outcome for one table. */
interface TableOutcome {
  source: string;
  target: string;
  verdict: Verdict;
  /** Here and in missing, extra and different, null means not counted in this mode, or not reached. */
  rows: { source: Count | null; target: Count | null };
  missing: Count | null;
  extra: Count | null;
  different: Count | null;
}

/** Without row values or keys, for logs and the history. */
export interface TableSummary extends TableOutcome {
  undetermined: Count | null;
}

export function summaryOf(table: TableReport): TableSummary {
  const { source, target, verdict, rows, missing, extra, different, live } = table;
  return {
    source,
    target,
    verdict,
    rows,
    missing,
    extra,
    different,
    undetermined: missing === null ? null : (live?.undetermined ?? 0),
  };
}

export interface LiveReport {
  /** `connector`: positions of the pipeline; `time`: a wait, which proves less. */
  fence: 'connector' | 'time';
  /**
   * Rows that differed in the snapshots and were equal after the fence, by their kind in the snapshots. Together with
   * the undetermined and different rows they explain the difference in row counts. A count is negative if rows arrived
   * with other values and are part of another count: a missing row that arrived with other values counts as one missing
   * row in flight, one different row, and one different row less in flight.
   */
  inFlight: DifferenceCounts;
  /** Rows that kept changing, or that the pipeline did not pass in time. */
  undetermined: Count;
  /** Undetermined rows, by their kind in the snapshots. */
  undeterminedAs: Record<DifferenceKind, Count>;
  rounds: Count;
}

/** @template E an error, in another form in documents */
export interface TableReportWith<E> extends TableOutcome {
  /** Source names of the key's columns; empty: rows compared as a multiset. */
  key: string[];
  columns: ComparedColumn[];
  /** Columns that only one side has. */
  oneSided: { side: Side; column: string }[];
  uncompared: UncomparedColumn[];
  /** What was excluded, and is not covered by the verdict; absent if the whole table was compared. */
  narrowed?: {
    /** Condition for the compared rows (--where). */
    where?: string;
    /**
     * Ignored columns of either side: by --columns or --ignore-columns, or because the pipeline of --connector does not
     * transfer them.
     */
    leftOut?: string[];
  };
  checksum?: Checksum;
  /** For a shard: the same in the reports of all shards of one comparison. */
  comparison?: string;
  /** How live changes were handled; absent if they were not. */
  live?: LiveReport;
  /** In mode `schema`: differences between the definitions. */
  schema?: SchemaDifference[];
  differences: ListedDifference[];
  /** Differing keys beyond the limit of the list; all are counted. */
  unlisted: Count;
  /** Absent if nothing differs, or the key is not made of integers. */
  keySpread?: KeySpread;
  notes: string[];
  /** Contradictions within the comparison, with the numbers: the verdict is undetermined, and nothing is repaired. */
  contradictions?: string[];
  durationMs: number;
  /** Rows of both sides, read per second. */
  rowsPerSecond: Count;
  error?: E;
}

export type TableReport = TableReportWith<SluiceError>;

/** Rows that were written, or in mode `sql` statements. */
export interface RepairCounts {
  inserted: Count;
  updated: Count;
  deleted: Count;
  /** Differences that were gone when the row was read again. */
  settled: Count;
}

export function noCounts(): RepairCounts {
  return { inserted: 0, updated: 0, deleted: 0, settled: 0 };
}

export function addRepaired(to: RepairCounts, { inserted, updated, deleted, settled }: RepairCounts): void {
  to.inserted += inserted;
  to.updated += updated;
  to.deleted += deleted;
  to.settled += settled;
}

/** Rows of one table that a repair skipped for the same reason. */
export interface LeftRows {
  table: string;
  rows: Count;
  reason: string;
  /** The first of their keys, by source column name. */
  keys: Record<string, string | null>[];
}

/** Outcome of the repair for one target table. */
export interface RepairedTableWith<E> extends RepairCounts {
  source: string;
  table: string;
  left: Count;
  /** Why the repair of this table was aborted; what is counted was written. */
  error?: E;
  /** Result of the comparison after the repair; absent for a script or an interrupted run. */
  after?: Pick<TableOutcome, 'verdict' | 'missing' | 'extra' | 'different'> & { undetermined: Count };
}

export type RepairedTable = RepairedTableWith<SluiceError>;

export interface RepairReportWith<E> extends RepairCounts {
  mode: 'sql' | 'apply' | 'signal';
  /** What was done to each target table; includes tables that differ only after the repair. */
  tables: RepairedTableWith<E>[];
  left: LeftRows[];
  /** What aborted the whole repair. */
  error?: E;
  /** Why there is no final verdict, such as for shards that were repaired separately. */
  notes?: string[];
  /** The script of `sql`, unless written to a file. */
  script?: string[];
  /** The file to which the script of `sql` was written. */
  file?: string;
}

export type RepairReport = RepairReportWith<SluiceError>;

export interface ReconcileReportWith<E> {
  /** The compared pair in sluice.yaml. */
  pair?: string;
  mode: Mode;
  source: DatabaseFacts;
  target: DatabaseFacts;
  verdict: Verdict;
  startedAt: string;
  durationMs: number;
  /** Values are masked (--mask-values); absent if they are not. */
  masked?: true;
  /** The compared shard of every table; absent for the whole. */
  shard?: Shard;
  /** Number of shards that reconcile merge combined. */
  mergedShards?: Positive;
  tables: TableReportWith<E>[];
  /** What a pattern matches, or a sink reads, but was not compared, with the reason; absent if there is none. */
  skipped?: SkippedTable[];
  repair?: RepairReportWith<E>;
}

export type ReconcileReport = ReconcileReportWith<SluiceError>;

/** The verdict of the whole run: failures outweigh findings, which outweigh incomplete comparisons. */
export function overallVerdict(tables: readonly { verdict: Verdict }[]): Verdict {
  const order: Verdict[] = ['failed', 'different', 'undetermined', 'incomplete'];
  return order.find((verdict) => tables.some((table) => table.verdict === verdict)) ?? 'equal';
}

export function differencesOf(table: TableReport): number {
  return (table.missing ?? 0) + (table.extra ?? 0) + (table.different ?? 0);
}

/** The report without values except keys: it still shows which columns differ, and NULLs. */
export function maskValues(report: ReconcileReport): ReconcileReport {
  const masked = (value: string | null | undefined) => (typeof value === 'string' ? MASK : value);
  return {
    ...report,
    masked: true,
    tables: report.tables.map((table) => ({
      ...table,
      ...(table.narrowed?.where === undefined ? {} : { narrowed: { ...table.narrowed, where: MASK } }),
      differences: table.differences.map((difference) => ({
        ...difference,
        columns: difference.columns.map(({ column, source, target }) => ({
          column,
          ...(source === undefined ? {} : { source: masked(source) ?? null }),
          ...(target === undefined ? {} : { target: masked(target) ?? null }),
        })),
      })),
    })),
  };
}
