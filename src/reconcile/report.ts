import type { SluiceError } from '../errors/error.ts';
import { MASK } from '../text/redact.ts';
import type { DifferenceCounts, DifferenceKind } from './merge.ts';
import type { EngineName, Side, UncomparedColumn } from './model.ts';
import type { Mode, Shard } from './options.ts';
import type { HashName } from './queries.ts';
import type { ColumnRule } from './rules.ts';
import type { ScanFacts } from './scan-state.ts';
import type { SchemaDifference } from './schema-diff.ts';
import type { SkippedTable } from './tables.ts';

/**
 * `equal`: every row and every column was compared and is alike. `different`: rows or columns differ.
 * `incomplete`: what was compared is alike, but some column could not be compared. `undetermined`: nothing final
 * can be said, since rows kept changing or the pipeline did not pass in time.
 * `failed`: see the error.
 */
export type Verdict = 'equal' | 'different' | 'incomplete' | 'undetermined' | 'failed';

export interface DatabaseFacts {
  name: string;
  engine: EngineName;
  product: string;
  version: string;
  /** All of a table's reads saw one moment. */
  snapshot: boolean;
}

export interface ComparedColumn {
  source: string;
  target: string;
  /** The common form: `integer`, `decimal`, `timestamp`, … */
  as: string;
  /** The column's own rule, as it was used. */
  rule?: ColumnRule;
  note?: string;
}

export interface ListedDifference {
  kind: DifferenceKind;
  /** By the source's column names; empty where the table has no key. */
  key: Record<string, string | null>;
  /** How many rows: more than one only where the key is not unique or there is none. */
  rows: number;
  /** Of a different row the differing columns, of a missing or extra one all; the side without the row is left out. */
  columns: { column: string; source?: string | null; target?: string | null }[];
}

export interface Checksum {
  algorithm: HashName;
  /** Bits of the hash of one row. */
  bits: number;
  /** `cryptographic`: MD5 or SHA-256 of a canonical text; `fast`: PostgreSQL's own record hash. */
  strength: 'fast' | 'cryptographic';
  buckets: number;
  differentBuckets: number;
  scan: ScanFacts;
}

/** What became of one table, without a row's values or keys: for a log, and for the history. */
export type TableSummary = Pick<
  TableReport,
  'source' | 'target' | 'verdict' | 'rows' | 'missing' | 'extra' | 'different'
> & { undetermined: number | null };

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
   * Rows that differed in the snapshots and were equal behind the fence, by what they were in the snapshots. With those that
   * are undetermined and those that differ they make up the difference in numbers of rows; so a row that was missing, and
   * came with other values, counts as one missing row in flight, one different row, and one different row less in flight.
   */
  inFlight: DifferenceCounts;
  /** Rows that kept changing, or that the pipeline did not pass in time. */
  undetermined: number;
  /** The same by what they were in the snapshots. */
  undeterminedAs: DifferenceCounts;
  rounds: number;
}

export interface TableReport {
  source: string;
  target: string;
  verdict: Verdict;
  /** Source names of the key's columns; empty: rows compared as a multiset. */
  key: string[];
  /** Null, here and below, what the mode does not count, or where the comparison did not get so far. */
  rows: { source: number | null; target: number | null };
  missing: number | null;
  extra: number | null;
  different: number | null;
  columns: ComparedColumn[];
  /** Columns that only one side has. */
  oneSided: { side: Side; column: string }[];
  uncompared: UncomparedColumn[];
  /** What was not to be compared, so that `equal` says nothing of it; absent where all of the table was. */
  narrowed?: {
    /** The condition of the rows that were compared. */
    where?: string;
    /** Columns of either side that were left out. */
    leftOut?: string[];
  };
  checksum?: Checksum;
  /** Of a shard: the same text in the reports of all shards of one comparison, and in no other. */
  comparison?: string;
  /** How the tables' being written to was allowed for; absent where it was not. */
  live?: LiveReport;
  /** In mode `schema`: what differs between the definitions. */
  schema?: SchemaDifference[];
  differences: ListedDifference[];
  /** Differing keys beyond the limit of the list; all are counted. */
  unlisted: number;
  notes: string[];
  /** What cannot be true of one comparison, with the numbers: the verdict is `undetermined`, and nothing is repaired. */
  contradictions?: string[];
  durationMs: number;
  /** Both sides' rows by the time it took. */
  rowsPerSecond: number;
  error?: SluiceError;
}

/** Rows that were written, or in mode `sql` statements. */
export interface RepairCounts {
  inserted: number;
  updated: number;
  deleted: number;
  /** Differences that were gone when the row was read again. */
  settled: number;
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

/** Rows of one table that a repair left alone for one reason. */
export interface LeftRows {
  table: string;
  rows: number;
  reason: string;
  /** The first of their keys, by the source's column names. */
  keys: Record<string, string | null>[];
}

/** What a repair did to one table of the target. */
export interface RepairedTable extends RepairCounts {
  source: string;
  table: string;
  left: number;
  /** Why the repair of this table broke off; what is counted was written. */
  error?: SluiceError;
  /** What another comparison found after the repair; absent of a script, and where the run was interrupted. */
  after?: Pick<TableReport, 'verdict' | 'missing' | 'extra' | 'different'> & { undetermined: number };
}

export interface RepairReport extends RepairCounts {
  mode: 'sql' | 'apply' | 'signal';
  tables: RepairedTable[];
  left: LeftRows[];
  /** What ended the whole repair before its end. */
  error?: SluiceError;
  /** Why nothing final is known, where the tables' states cannot say it. */
  notes?: string[];
  /** The script of `sql`, where it went to no file. */
  script?: string[];
}

export interface ReconcileReport {
  /** The pair of sluice.yaml that was compared. */
  pair?: string;
  mode: Mode;
  source: DatabaseFacts;
  target: DatabaseFacts;
  verdict: Verdict;
  startedAt: string;
  durationMs: number;
  /** The share of every table's rows that was compared; absent where it was all. */
  shard?: Shard;
  /** Of how many shards the report was put together. */
  mergedShards?: number;
  tables: TableReport[];
  /** What a pattern fits, or a sink reads, and is not compared; absent where there is none. */
  skipped?: SkippedTable[];
  repair?: RepairReport;
}

/** The whole run's verdict: a failure outweighs findings, which outweigh what could not be compared. */
export function overallVerdict(tables: readonly { verdict: Verdict }[]): Verdict {
  const order: Verdict[] = ['failed', 'different', 'undetermined', 'incomplete'];
  return order.find((verdict) => tables.some((table) => table.verdict === verdict)) ?? 'equal';
}

export function differencesOf(table: TableReport): number {
  return (table.missing ?? 0) + (table.extra ?? 0) + (table.different ?? 0);
}

/** The report with no value but the keys': which column differs stays to be seen, and whether it was NULL. */
export function maskValues(report: ReconcileReport): ReconcileReport {
  const masked = (value: string | null | undefined) => (typeof value === 'string' ? MASK : value);
  return {
    ...report,
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
