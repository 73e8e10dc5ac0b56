import textWidth from 'fast-string-width';
import { type SluiceError, toErrorDocument } from '../../errors/error.ts';
import { reconcileExit } from '../../reconcile/exit.ts';
import { rowsOf } from '../../reconcile/merge.ts';
import type { Mode } from '../../reconcile/options.ts';
import {
  differencesOf,
  type ListedDifference,
  type LiveReport,
  type ReconcileReport,
  type RepairReport,
  type TableReport,
} from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { reconcileHtml } from './reconcile-html.ts';
import { repairLines } from './reconcile-repair.ts';
import { counted, narrowedLines, type Shown, shownPair, shownValue, visible } from './reconcile-values.ts';

export const reconcileView: View<ReconcileReport> = {
  table: (report, style) =>
    [
      overview(report, style),
      ...report.tables.map((table) => details(table, style, report.mode)),
      skippedText(report, style),
      [...repairLines(report), ...(report.repair?.script ?? [])].join('\n'),
      closing(report, style),
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
  document: (report) => ({
    ...report,
    tables: report.tables.map(withErrorDocument),
    ...(report.repair === undefined
      ? {}
      : { repair: withErrorDocument({ ...report.repair, tables: report.repair.tables.map(withErrorDocument) }) }),
  }),
  forms: { html: reconcileHtml },
  exitCode: reconcileExit,
  holdsValues: true,
};

/** An error's message is no property that JSON has. */
function withErrorDocument<T extends { error?: SluiceError }>({ error, ...rest }: T): object {
  return error === undefined ? rest : { ...rest, error: toErrorDocument(error) };
}

function overview(report: ReconcileReport, style: Style): string {
  return renderTable<TableReport>(
    [
      { header: 'table', value: (table) => tableName(table), wrap: true },
      { header: 'verdict', value: (table) => verdict(table, style) },
      { header: 'source', value: (table) => counted(table.rows.source), align: 'right' },
      { header: 'target', value: (table) => counted(table.rows.target), align: 'right' },
      { header: 'missing', value: (table) => counted(table.missing), align: 'right' },
      { header: 'extra', value: (table) => counted(table.extra), align: 'right' },
      { header: 'differ', value: (table) => counted(table.different), align: 'right' },
      { header: 'time', value: (table) => `${(table.durationMs / 1000).toFixed(1)} s`, align: 'right' },
    ],
    report.tables,
    style,
  );
}

function tableName(table: TableReport): string {
  return visible(table.source === table.target ? table.source : `${table.source} → ${table.target}`);
}

function verdict(table: TableReport, style: Style): string {
  const { color } = style;
  if (table.verdict === 'equal') return color.green('equal');
  return table.verdict === 'incomplete' || table.verdict === 'undetermined'
    ? color.yellow(table.verdict)
    : color.red(table.verdict);
}

function liveText({ fence, inFlight, undetermined, rounds }: LiveReport): string {
  const by = fence === 'connector' ? 'fenced by the connector' : 'unfenced, by a wait only';
  if (rounds === 0) return `${by}: no row needed a second look`;
  const open = undetermined > 0 ? `; ${thousands(undetermined)} undetermined` : '';
  return `${by}: ${thousands(rowsOf(inFlight))} in flight and arrived since${open}`;
}

function details(table: TableReport, style: Style, mode: Mode): string {
  const lines: string[] = [];
  if (table.error !== undefined) {
    lines.push(`${table.error.message} [${table.error.code}]`);
    if (table.error.hint !== undefined) lines.push(table.error.hint);
  }
  for (const { side, column } of table.oneSided) lines.push(`column ${column}: on the ${side} only`);
  for (const { column, reason } of table.uncompared) lines.push(`column ${column}: not compared: ${reason}`);
  lines.push(...narrowedLines(table));
  for (const { source, note } of table.columns) if (note !== undefined) lines.push(`column ${source}: ${note}`);
  for (const { column, what, source, target } of table.schema ?? []) {
    lines.push(`${what}${column === '' ? '' : ` of ${column}`}: ${source} → ${target}`);
  }
  for (const contradiction of table.contradictions ?? []) lines.push(`contradiction: ${contradiction}`);
  for (const note of table.notes) lines.push(note);
  if (table.live !== undefined) lines.push(liveText(table.live));
  if (
    table.checksum !== undefined &&
    table.checksum.differentBuckets > 0 &&
    differencesOf(table) === 0 &&
    table.verdict === 'different' &&
    mode === 'checksums'
  ) {
    lines.push(
      `${table.checksum.differentBuckets} of ${table.checksum.buckets} buckets differ; --mode rows finds the rows`,
    );
  }
  const told = lines.map((line) => visible(line, '\n'));
  for (const difference of table.differences) told.push(...differenceLines(difference, style));
  if (table.unlisted > 0) {
    told.push(`… and ${thousands(table.unlisted)} more that are counted, not listed: raise --limit to see them.`);
  }
  if (told.length === 0) return '';
  return [style.color.bold(tableName(table)), ...told.map((line) => `  ${line}`)].join('\n');
}

const VALUE: Shown = { most: 40, quoted: true };
/** A key must be found again by what is shown of it. */
const KEY: Shown = { most: 120, quoted: true };

/** The first line has kind, key and short values; each long value that differs has lines of its own. */
function differenceLines({ kind, key, rows, columns }: ListedDifference, style: Style): string[] {
  const keys = Object.entries(key).map(([name, value]) => `${visible(name)}=${shownValue(value, KEY)}`);
  const times = rows > 1 ? ` ×${rows}` : '';
  const label = {
    missing: style.color.red('missing  '),
    extra: style.color.yellow('extra    '),
    different: style.color.cyan('different'),
  }[kind];
  const values: string[] = [];
  const below: string[] = [];
  if (kind === 'different') {
    for (const { column, source, target } of columns) {
      const name = visible(column);
      const pair =
        typeof source === 'string' && typeof target === 'string' ? shownPair(source, target, VALUE) : undefined;
      if (pair?.cut === undefined) {
        values.push(
          `${name}: ${pair?.source ?? shownValue(source, VALUE)} → ${pair?.target ?? shownValue(target, VALUE)}`,
        );
        continue;
      }
      const { from, source: left, target: right } = pair.cut;
      const lengths = left === right ? `${thousands(left)}` : `${thousands(left)} and ${thousands(right)}`;
      values.push(`${name} (of ${lengths} characters, from ${thousands(from)} on)`);
      below.push(
        `           ${name}  source ${pair.source}`,
        `           ${' '.repeat(textWidth(name))}  target ${pair.target}`,
      );
    }
  } else if (keys.length === 0) {
    for (const { column, source, target } of columns)
      values.push(`${visible(column)}=${shownValue(source ?? target, VALUE)}`);
  }
  return [[`${label}${times}`, keys.join(' '), values.join(', ')].filter((part) => part !== '').join('  '), ...below];
}

function skippedText({ skipped = [] }: ReconcileReport, style: Style): string {
  if (skipped.length === 0) return '';
  const lines = skipped.map(({ table, kind, reason }) => `  ${visible(`${table} (${kind}): ${reason}`)}`);
  return [style.color.bold('Not compared'), ...lines].join('\n');
}

/** What was compared and found equal: no more than that. */
function equalText({ mode, shard, tables }: ReconcileReport): string {
  if (mode === 'counts') return 'As many rows on both sides; the rows themselves were not compared.';
  if (mode === 'schema') return 'Definitions agree; rows were not compared.';
  const share = shard === undefined ? '' : ` of share ${shard.index} of ${shard.of}`;
  const checksums = mode === 'checksums' ? 'checksums of ' : '';
  if (tables.some((table) => table.narrowed !== undefined))
    return `Equal: ${checksums}some rows and columns${share} compared; what was left out is named above.`;
  return `Equal: ${checksums}every row and column${share} compared.`;
}

/** Where it cannot have written anything, what differed still does. */
function mayHaveWritten(repair: RepairReport | undefined): boolean {
  if (repair === undefined || repair.mode === 'sql') return false;
  return repair.tables.some(({ error, after }) => error !== undefined || after !== undefined);
}

function closing(report: ReconcileReport, style: Style): string {
  const { source, target, tables } = report;
  const rows = tables.reduce((sum, table) => sum + (table.rows.source ?? 0) + (table.rows.target ?? 0), 0);
  const found = tables.reduce((sum, table) => sum + differencesOf(table), 0);
  const algorithms = [
    ...new Set(tables.flatMap((table) => (table.checksum ? [strength(table.checksum.algorithm)] : []))),
  ];
  const what = `${source.name} (${source.product} ${source.version}) and ${target.name} (${target.product} ${target.version})`;
  const repaired = mayHaveWritten(report.repair) ? ' before the repair' : '';
  const result = {
    equal: equalText(report),
    different:
      found === 0
        ? `Different${repaired}.`
        : `Different${repaired}: ${thousands(found)} ${found === 1 ? 'row' : 'rows'}.`,
    incomplete: 'Compared columns match; some columns were not compared.',
    undetermined: tables.some((table) => table.contradictions !== undefined)
      ? 'Undetermined: the comparison contradicts itself, so that nothing can be said.'
      : 'Undetermined: nothing final can be said of some rows; the reason is above.',
    failed: 'Some tables could not be compared.',
  }[report.verdict];
  const left = report.skipped === undefined ? '' : ` Not compared: ${report.skipped.length}, named above.`;
  return `${result}${left} ${style.color.dim(`${what}; ${thousands(rows)} ${rows === 1 ? 'row' : 'rows'} ${report.mode === 'counts' ? 'counted' : 'read'} in ${(report.durationMs / 1000).toFixed(1)} s${algorithms.length > 0 ? `; ${algorithms.join(', ')}` : ''}.`)}`;
}

function strength(algorithm: string): string {
  if (algorithm === 'fast') return "PostgreSQL's record hash, 64 bits";
  const digest = algorithm.startsWith('sha256') ? 'SHA-256' : 'MD5';
  if (algorithm === 'md5-128') return 'MD5, 128 bits';
  return `${digest}, ${algorithm.endsWith('-128') ? '128' : '64'} of its bits`;
}
