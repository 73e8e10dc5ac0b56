import { rowsOf } from '../../reconcile/compare/diff-buckets.ts';
import type { Mode } from '../../reconcile/model.ts';
import {
  differencesOf,
  type LiveReport,
  type ReconcileReport,
  type RepairReport,
  type TableReport,
} from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleValue } from '../../text/visible.ts';
import { narrowedLines } from './reconcile-values.ts';

export function tableName(table: Pick<TableReport, 'source' | 'target'>): string {
  return visibleValue(table.source === table.target ? table.source : `${table.source} → ${table.target}`);
}

/** The verdict in a sentence. @param place where the tables are, seen from the sentence */
export function resultText(report: ReconcileReport, place: 'above' | 'below'): string {
  const { tables } = report;
  const found = tables.reduce((sum, table) => sum + differencesOf(table), 0);
  const repaired = mayHaveWritten(report.repair) ? ' before the repair' : '';
  const result = {
    equal: equalText(report, place),
    different:
      found === 0
        ? `Different${repaired}.`
        : `Different${repaired}: ${thousands(found)} ${found === 1 ? 'row' : 'rows'}.`,
    incomplete: 'Compared columns match; some columns were not compared.',
    undetermined: tables.some((table) => table.contradictions !== undefined)
      ? 'Undetermined: the comparison contradicts itself.'
      : `Undetermined: some rows have no final verdict; the reason is ${place}.`,
    failed: 'Some tables could not be compared.',
  }[report.verdict];
  const left = report.skipped === undefined ? '' : ` Not compared: ${report.skipped.length}, listed ${place}.`;
  return `${result}${left}`;
}

/** How much was read, how long it took, and the strength of the hashes. */
export function effortText({ tables, mode, durationMs }: ReconcileReport): string {
  const rows = tables.reduce((sum, table) => sum + (table.rows.source ?? 0) + (table.rows.target ?? 0), 0);
  const algorithms = [
    ...new Set(tables.flatMap((table) => (table.checksum ? [strengthText(table.checksum.algorithm)] : []))),
  ];
  const counted = `${thousands(rows)} ${rows === 1 ? 'row' : 'rows'} ${mode === 'counts' ? 'counted' : 'read'}`;
  const what = mode === 'schema' ? 'definitions read' : counted;
  const strength = algorithms.length > 0 ? `; ${algorithms.join(', ')}` : '';
  return `${what} in ${(durationMs / 1000).toFixed(1)} s${strength}`;
}

/** Claims no more than was compared. */
function equalText({ mode, shard, tables }: ReconcileReport, place: 'above' | 'below'): string {
  if (mode === 'counts') return 'Both sides have the same number of rows; the rows themselves were not compared.';
  if (mode === 'schema') return 'Definitions agree; rows were not compared.';
  const share = shard === undefined ? '' : ` of shard ${shard.index}/${shard.of}`;
  const checksums = mode === 'checksums' ? 'checksums of ' : '';
  if (tables.some((table) => table.narrowed !== undefined))
    return `Equal: ${checksums}some rows and columns${share} compared; what was ignored is listed ${place}.`;
  return `Equal: ${checksums}every row and column${share} compared.`;
}

/** If it cannot have written anything, what differed still differs. */
function mayHaveWritten(repair: RepairReport | undefined): boolean {
  if (repair === undefined || repair.mode === 'sql') return false;
  return repair.tables.some(({ error, after }) => error !== undefined || after !== undefined);
}

export function strengthText(algorithm: string): string {
  if (algorithm === 'fast') return "PostgreSQL's record hash, 64 bits";
  const digest = algorithm.startsWith('sha256') ? 'SHA-256' : 'MD5';
  if (algorithm === 'md5-128') return 'MD5, 128 bits';
  return `${digest} cut to ${algorithm.endsWith('-128') ? '128' : '64'} bits`;
}

/** What a table's verdict does not show: the error, what was excluded, rules, notes. Raw texts. */
export function tableNotes(table: TableReport, mode: Mode): string[] {
  const lines: string[] = [];
  if (table.error !== undefined) {
    lines.push(`${table.error.message} [${table.error.code}]`);
    if (table.error.hint !== undefined) lines.push(table.error.hint);
  }
  for (const { side, column } of table.oneSided) lines.push(`column ${column}: on the ${side} only`);
  for (const { column, reason } of table.uncompared) lines.push(`column ${column}: not compared: ${reason}`);
  lines.push(...narrowedLines(table));
  for (const { source, note } of table.columns) if (note !== undefined) lines.push(`column ${source}: ${note}`);
  for (const { column, what, source, target } of table.schema ?? [])
    lines.push(`${what}${column === '' ? '' : ` of ${column}`}: ${source} → ${target}`);
  for (const contradiction of table.contradictions ?? []) lines.push(`contradiction: ${contradiction}`);
  lines.push(...table.notes);
  if (table.live !== undefined) lines.push(liveText(table.live));
  if (
    table.checksum !== undefined &&
    table.checksum.differentBuckets > 0 &&
    differencesOf(table) === 0 &&
    table.verdict === 'different' &&
    mode === 'checksums'
  )
    lines.push(
      `${table.checksum.differentBuckets} of ${table.checksum.buckets} buckets differ; --mode rows finds the rows`,
    );
  return lines;
}

function liveText({ fence, inFlight, undetermined, rounds }: LiveReport): string {
  const arrived = rowsOf(inFlight);
  // Nothing was waited for.
  const passed = rounds === 0 ? undefined : undetermined > 0 ? 'waited for the pipeline' : 'the pipeline had caught up';
  const by = fence === 'connector' ? passed : 'no fence, only a wait';
  const what =
    arrived > 0
      ? `${thousands(arrived)} in flight, arrived since`
      : rounds === 0
        ? 'no row needed a second look'
        : 'no row arrived since';
  const open = undetermined > 0 ? `; ${thousands(undetermined)} undetermined` : '';
  return `${by === undefined ? '' : `${by}; `}${what}${open}`;
}
