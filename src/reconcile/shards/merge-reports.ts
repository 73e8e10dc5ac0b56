import { SluiceError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/registry.ts';
import { command } from '../../text/settings.ts';
import { addCounts, type DifferenceCounts, noDifferences } from '../compare/diff-buckets.ts';
import { isKeySpread, mergeSpreads } from '../compare/key-spread.ts';
import type { Mode } from '../model.ts';
import {
  addRepaired,
  type Checksum,
  differencesOf,
  type LeftRows,
  type LiveReport,
  noCounts,
  overallVerdict,
  type ReconcileReport,
  type RepairedTable,
  type RepairReport,
  type TableReport,
  type Verdict,
} from '../report.ts';
import { byKey, rowsPerSecond } from '../table-report.ts';

export interface NamedReport {
  /** The file, for errors. */
  name: string;
  /** Output of `reconcile --shard I/N --json`. */
  document: unknown;
}

/**
 * Merges the reports of all shards of one comparison.
 * @param limit maximum listed differences per table
 * @throws REPORT_INVALID, SHARDS_MISMATCHED if a shard is missing, duplicate, or from another comparison
 */
export function mergeReports(reports: readonly NamedReport[], limit: number): ReconcileReport {
  const parsed = reports.map(({ name, document }) => ({ name, report: parseReport(name, document) }));
  const [first] = parsed;
  if (first === undefined)
    throw new SluiceError('REQUEST_INVALID', 'no report is given', { hint: 'Give the JSON of every shard.' });
  const of = first.report.shard?.of ?? 0;
  const shards = new Map<number, string>();
  for (const { name, report } of parsed) {
    if (report.shard === undefined) throw invalid(name, 'is not the report of a shard');
    if (report.shard.of !== of)
      throw mismatch(`${name} is one of ${report.shard.of} shards, ${first.name} one of ${of}`);
    const other = shards.get(report.shard.index);
    if (other !== undefined) throw mismatch(`${other} and ${name} are both shard ${report.shard.index} of ${of}`);
    shards.set(report.shard.index, name);
    for (const part of ['mode', 'pair'] as const)
      if (report[part] !== first.report[part]) throw mismatch(`${first.name} and ${name} differ in their ${part}`);
    if (report.tables.length !== first.report.tables.length)
      throw mismatch(`${first.name} and ${name} do not have the same tables`);
  }
  const missing = Array.from({ length: of }, (_, index) => index + 1).filter((index) => !shards.has(index));
  if (missing.length > 0) {
    throw mismatch(
      `${missing.length === 1 ? 'shard' : 'shards'} ${missing.join(', ')} of ${of} ${missing.length === 1 ? 'is' : 'are'} missing`,
    );
  }
  const all = parsed.map(({ report }) => report);
  const began = all.map(({ startedAt }) => startedAt).sort()[0] ?? '';
  const ended = Math.max(...all.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs));
  const tables = first.report.tables.map((_, index) => {
    const parts = parsed.map(({ name, report }) => ({ name, table: report.tables[index] as TableReport }));
    return mergeTables(parts, first.report.mode, limit);
  });
  const { shard: _shard, repair: _repair, masked: _masked, ...rest } = first.report;
  const repairs = all.flatMap(({ repair }) => repair ?? []);
  // Every shard skips the same tables.
  const skipped = [
    ...new Map(all.flatMap((one) => one.skipped ?? []).map((one) => [`${one.kind} ${one.table}`, one])).values(),
  ];
  return {
    ...rest,
    verdict: overallVerdict(tables),
    startedAt: began,
    durationMs: ended - Date.parse(began),
    mergedShards: of,
    ...(all.some(({ masked }) => masked === true) ? { masked: true } : {}),
    tables,
    ...(skipped.length === 0 ? {} : { skipped }),
    ...(repairs.length === 0 ? {} : { repair: mergeRepairs(repairs, all) }),
  };
}

function mergeTables(parts: readonly { name: string; table: TableReport }[], mode: Mode, limit: number): TableReport {
  const tables = parts.map(({ table }) => table);
  // A table that failed early has no comparison; all others must have the same one.
  const compared = parts.filter(({ table }) => table.comparison !== undefined);
  const [reference = parts[0] as (typeof parts)[number]] = compared;
  const other = compared.find(({ table }) => table.comparison !== reference.table.comparison);
  if (other !== undefined) {
    throw mismatch(
      `${reference.name} and ${other.name} compare ${reference.table.source} in different ways (databases, columns, key, hash or condition)`,
    );
  }
  const sum = (of: (table: TableReport) => number) => tables.reduce((total, table) => total + of(table), 0);
  // What is unknown for one shard is unknown for the whole.
  const known = (of: (table: TableReport) => number | null) =>
    tables.some((table) => of(table) === null) ? null : sum((table) => of(table) ?? 0);
  const differences = tables.flatMap((table) => table.differences).sort(byKey);
  const cut = Math.max(0, differences.length - limit);
  const rows = { source: known((table) => table.rows.source), target: known((table) => table.rows.target) };
  const durationMs = Math.max(...tables.map((table) => table.durationMs));
  const checksums = tables.flatMap(({ checksum }) => checksum ?? []);
  const lives = tables.flatMap(({ live }) => live ?? []);
  const error = tables.find((table) => table.error !== undefined)?.error;
  const contradictions = tables.flatMap((table) => table.contradictions ?? []);
  // Nothing is known about a failed shard.
  const uncounted = tables.some(({ missing }) => missing === null);
  const differing = tables.filter((one) => differencesOf(one) > 0);
  const keySpread = uncounted ? undefined : mergeSpreads(differing.map((one) => one.keySpread));
  const {
    error: _error,
    checksum: _checksum,
    live: _live,
    contradictions: _contradictions,
    keySpread: _keySpread,
    ...rest
  } = reference.table;
  return {
    ...rest,
    verdict: verdictOf(tables, mode, rows),
    rows,
    missing: known((table) => table.missing),
    extra: known((table) => table.extra),
    different: known((table) => table.different),
    differences: differences.slice(0, limit),
    unlisted: tables.reduce((total, table) => total + table.unlisted, 0) + cut,
    notes: [...new Set(tables.flatMap((table) => table.notes))],
    durationMs,
    rowsPerSecond: rowsPerSecond(rows, durationMs),
    ...(checksums.length === 0 ? {} : { checksum: mergeChecksums(checksums) }),
    ...(lives.length === 0 ? {} : { live: mergeLives(lives) }),
    ...(keySpread === undefined ? {} : { keySpread }),
    ...(contradictions.length === 0 ? {} : { contradictions }),
    ...(error === undefined ? {} : { error }),
  };
}

/** A changed row without a key is in another shard: row counts agree over all shards, not within each. */
function verdictOf(tables: readonly TableReport[], mode: Mode, { source, target }: TableReport['rows']): Verdict {
  const isCounted = tables.every(({ verdict }) => verdict === 'equal' || verdict === 'different');
  if (mode !== 'counts' || !isCounted || source === null || target === null) return overallVerdict(tables);
  return source === target ? 'equal' : 'different';
}

function mergeChecksums(all: readonly Checksum[]): Checksum {
  const sum = (of: (one: Checksum) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    ...(all[0] as Checksum),
    buckets: sum((one) => one.buckets),
    differentBuckets: sum((one) => one.differentBuckets),
    scan: {
      from: all.map(({ scan }) => scan.from).sort()[0] ?? '',
      to:
        all
          .map(({ scan }) => scan.to)
          .sort()
          .at(-1) ?? '',
      parts: { source: sum(({ scan }) => scan.parts.source), target: sum(({ scan }) => scan.parts.target) },
      resumed: all.some(({ scan }) => scan.resumed),
    },
  };
}

function mergeLives(all: readonly LiveReport[]): LiveReport {
  const sum = (of: (one: LiveReport) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    ...(all[0] as LiveReport),
    inFlight: countsOf(all.map((one) => one.inFlight)),
    undeterminedAs: countsOf(all.map((one) => one.undeterminedAs)),
    undetermined: sum((one) => one.undetermined),
    rounds: Math.max(...all.map((one) => one.rounds)),
  };
}

function countsOf(all: readonly DifferenceCounts[]): DifferenceCounts {
  const sum = noDifferences();
  for (const one of all) addCounts(sum, one);
  return sum;
}

const REPAIRED_APART =
  'Each shard was compared again at a different moment, and a trigger may have changed rows of a shard that had already been compared: compare the whole again.';

const NOTHING = { verdict: 'equal', missing: 0, extra: 0, different: 0, undetermined: 0 } as const;

/** @param reports of all shards, also of those that were not repaired */
function mergeRepairs(all: readonly RepairReport[], reports: readonly ReconcileReport[]): RepairReport {
  const sum = (of: (one: RepairReport) => number) => all.reduce((total, one) => total + of(one), 0);
  const left = Map.groupBy(
    all.flatMap((one) => one.left),
    ({ table, reason }) => JSON.stringify([table, reason]),
  );
  const script = all.flatMap((one) => one.script ?? []);
  const error = all.find((one) => one.error !== undefined)?.error;
  const [first] = all as [RepairReport];
  const isApart =
    reports.length > 1 && first.mode !== 'sql' && sum((one) => one.inserted + one.updated + one.deleted) > 0;
  const repaired = all.flatMap((one) => one.tables);
  const untouched = (reports[0]?.tables ?? [])
    .filter((one) => !repaired.some(({ source, table }) => source === one.source && table === one.target))
    .map(({ source, target }) => ({ source, table: target, ...noCounts(), left: 0, after: { ...NOTHING } }));
  // Each shard has a file of its own.
  const { file: _file, ...kept } = first;
  return {
    ...kept,
    inserted: sum((one) => one.inserted),
    updated: sum((one) => one.updated),
    deleted: sum((one) => one.deleted),
    settled: sum((one) => one.settled),
    tables: [
      ...Map.groupBy([...repaired, ...(isApart ? untouched : [])], ({ source, table }) =>
        JSON.stringify([source, table]),
      ).values(),
    ].map((entries) => mergeRepaired(entries, reports, isApart)),
    left: [...left.values()].map((ones) => ({
      ...(ones[0] as LeftRows),
      rows: ones.reduce((total, one) => total + one.rows, 0),
      keys: ones.flatMap((one) => one.keys),
    })),
    ...(error === undefined ? {} : { error }),
    ...(isApart ? { notes: [REPAIRED_APART] } : {}),
    // Each shard's script is a separate transaction.
    ...(script.length === 0 ? {} : { script }),
  };
}

/**
 * A table's state is that of all its shards: after the repair if repaired, otherwise as found.
 * @param isApart something was written, and no shard was compared after all of it: nothing is known to be equal
 */
function mergeRepaired(
  entries: readonly RepairedTable[],
  reports: readonly ReconcileReport[],
  isApart: boolean,
): RepairedTable {
  const [first] = entries as [RepairedTable];
  const counts = noCounts();
  for (const entry of entries) addRepaired(counts, entry);
  const error = entries.find((one) => one.error !== undefined)?.error;
  const states = reports.map(({ repair, tables }) => {
    const after = repair?.tables.find((one) => one.source === first.source && one.table === first.table)?.after;
    if (after !== undefined) return after;
    const found = tables.find((one) => one.source === first.source && one.target === first.table);
    return {
      verdict: found?.verdict ?? 'failed',
      missing: found?.missing ?? null,
      extra: found?.extra ?? null,
      different: found?.different ?? null,
      undetermined: found?.live?.undetermined ?? 0,
    };
  });
  const sum = (of: (one: (typeof states)[number]) => number | null) =>
    states.reduce<number | null>((total, one) => {
      const rows = of(one);
      return total === null || rows === null ? null : total + rows;
    }, 0);
  return {
    source: first.source,
    table: first.table,
    ...counts,
    left: entries.reduce((total, one) => total + one.left, 0),
    ...(error === undefined ? {} : { error }),
    ...(entries.every(({ after }) => after === undefined)
      ? {}
      : {
          after: {
            verdict: overallVerdict(isApart ? [...states, { verdict: 'undetermined' }] : states),
            missing: sum((one) => one.missing),
            extra: sum((one) => one.extra),
            different: sum((one) => one.different),
            undetermined: sum((one) => one.undetermined) ?? 0,
          },
        }),
  };
}

function parseReport(name: string, document: unknown): ReconcileReport {
  if (
    !isRecord(document) ||
    document.schemaVersion !== 1 ||
    !Array.isArray(document.tables) ||
    document.tables.length === 0 ||
    !isRecord(document.source)
  )
    throw invalid(name, 'is not a report of sluice reconcile');
  const { schemaVersion: _version, warnings: _warnings, ...report } = document;
  if (!hasShape(report, RUN) || Number.isNaN(Date.parse(String(report.startedAt))))
    throw invalid(name, 'is not a complete report of sluice reconcile');
  if (report.shard !== undefined && !isShard(report.shard)) throw invalid(name, 'has an invalid shard');
  return {
    ...report,
    tables: document.tables.map((table: unknown) => parseTable(name, table, document.mode)),
    ...(isRecord(report.repair) ? { repair: parseRepair(report.repair) } : {}),
  } as unknown as ReconcileReport;
}

type Shape = 'number' | 'array' | readonly [Fields] | Fields;
/** A field whose name ends in `?` may be left out. */
interface Fields {
  readonly [name: string]: Shape;
}

const TABLE: Fields = {
  rows: {},
  key: 'array',
  columns: 'array',
  oneSided: 'array',
  uncompared: 'array',
  notes: 'array',
  differences: [{ key: {} }],
  unlisted: 'number',
  durationMs: 'number',
  'contradictions?': 'array',
  'schema?': 'array',
  'error?': {},
  'checksum?': { scan: { parts: {} } },
  'live?': { inFlight: {}, undeterminedAs: {}, undetermined: 'number' },
};
/** Fields from which the whole report is built. */
const RUN: Fields = {
  durationMs: 'number',
  'skipped?': [{}],
  'repair?': { tables: [{ 'error?': {} }], left: [{ keys: 'array' }], 'error?': {} },
};

function hasShape(value: unknown, shape: Shape): boolean {
  if (shape === 'number') return typeof value === 'number';
  if (shape === 'array') return Array.isArray(value);
  if (Array.isArray(shape)) return Array.isArray(value) && value.every((one) => hasShape(one, shape[0] as Fields));
  if (!isRecord(value)) return false;
  return Object.entries(shape).every(([field, inner]) => {
    const { [field.replace('?', '')]: part } = value;
    return (part === undefined && field.endsWith('?')) || hasShape(part, inner as Shape);
  });
}

/** The command that writes the report of a shard. */
export function shardCommand(): string {
  return command('reconcile', { shard: 'I/N', json: true, to: 'FILE' });
}

function isShard(shard: unknown): boolean {
  if (!isRecord(shard)) return false;
  const { index, of } = shard;
  return Number.isInteger(index) && Number.isInteger(of) && Number(index) >= 1 && Number(index) <= Number(of);
}

const VERDICTS: readonly unknown[] = [
  'equal',
  'different',
  'incomplete',
  'undetermined',
  'failed',
] satisfies readonly Verdict[];

/**
 * A report may be from another version or edited: it must be consistent, or the whole could be called equal wrongly.
 */
function parseTable(name: string, table: unknown, mode: unknown): TableReport {
  if (!isRecord(table) || !hasShape(table, TABLE)) throw invalid(name, 'has a table without counts');
  const parsed = withError(table) as unknown as TableReport;
  const { verdict, comparison, rows, missing, extra, different } = parsed;
  const counts = [rows.source, rows.target, missing, extra, different];
  const refuse = (what: string) => invalid(name, `${what}: ${parsed.source}`);
  if (!VERDICTS.includes(verdict)) throw refuse('has a table without a verdict');
  if (!counts.every((one) => one === null || (Number.isInteger(one) && one >= 0)))
    throw refuse('has a table without counts');
  if (parsed.keySpread !== undefined && !isKeySpread(parsed.keySpread))
    throw refuse('has ranges of keys without numbers');
  if (comparison === undefined && verdict !== 'failed') throw refuse('does not say how a table was compared');
  if (verdict === 'equal' && !isEqual(parsed, mode)) throw refuse('reports differences in a table that it calls equal');
  return parsed;
}

function isEqual(table: TableReport, mode: unknown): boolean {
  const { rows, oneSided = [], uncompared = [], differences, unlisted, error, contradictions, live } = table;
  const found = [table.missing, table.extra, table.different, unlisted, differences.length, live?.undetermined];
  // On a live table, rows in flight account for the rest; mode schema counts nothing.
  const alike = live !== undefined || rows.source === null || rows.target === null || rows.source === rows.target;
  const counted = [
    ...(mode === 'schema' ? [] : [rows.source, rows.target]),
    ...(mode === 'rows' ? [table.missing, table.extra, table.different] : []),
  ];
  return (
    alike &&
    counted.every((one) => one !== null) &&
    found.every((one) => (one ?? 0) === 0) &&
    // Mode counts names columns that it does not compare: only the row counts matter.
    (mode === 'counts' || oneSided.length + uncompared.length + (table.schema ?? []).length === 0) &&
    error === undefined &&
    contradictions === undefined
  );
}

function parseRepair(repair: Record<string, unknown>): Record<string, unknown> {
  const { tables } = repair;
  return withError(
    Array.isArray(tables)
      ? { ...repair, tables: tables.map((table: unknown) => (isRecord(table) ? withError(table) : table)) }
      : repair,
  );
}

function withError(record: Record<string, unknown>): Record<string, unknown> {
  return isRecord(record.error) ? { ...record, error: toError(record.error) } : record;
}

function toError({ code, message, hint }: Record<string, unknown>): SluiceError {
  const known = typeof code === 'string' && code in ERRORS ? (code as ErrorCode) : 'INTERNAL';
  return new SluiceError(known, String(message), typeof hint === 'string' ? { hint } : {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(name: string, what: string, hint = `Write it with: ${shardCommand()}`): SluiceError {
  return new SluiceError('REPORT_INVALID', `${name} ${what}`, { hint });
}

function mismatch(message: string): SluiceError {
  return new SluiceError('SHARDS_MISMATCHED', message, {
    hint: 'Give the report of every shard of one comparison, each once.',
  });
}
