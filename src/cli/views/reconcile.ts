import textWidth from 'fast-string-width';
import { type ErrorDocument, type SluiceError, toErrorDocument } from '../../errors/error.ts';
import type { Sample } from '../../metrics/run/families.ts';
import { reconcileExit } from '../../reconcile/exit.ts';
import type { Mode } from '../../reconcile/model.ts';
import type { ListedDifference, ReconcileReport, ReconcileReportWith, TableReport } from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleValue } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { onScreen } from '../wrap-lines.ts';
import { repairLines } from './reconcile-repair.ts';
import { effortText, resultText, tableName, tableNotes } from './reconcile-result.ts';
import { counted, type Shown, shownPair, shownValue } from './reconcile-values.ts';

/** @title sluice reconcile --json */
export type ReconcileDocument = WithWarnings<ReconcileReportWith<ErrorDocument>>;

export const reconcileView: View<ReconcileReport, ReconcileDocument> = {
  verbatim: true,
  table: (report, style) => {
    const script = (report.repair?.script ?? []).join('\n');
    return [
      overview(report, style),
      ...report.tables.map((table) => onScreen(details(table, style, report.mode), style)),
      onScreen(skippedText(report, style), style),
      // Statements are copied whole.
      [onScreen(repairLines(report).join('\n'), style), script].filter((text) => text !== '').join('\n'),
      onScreen(closing(report, style), style),
    ]
      .filter((text) => text !== '')
      .join('\n\n');
  },
  document: ({ repair, ...report }) => ({
    ...report,
    tables: report.tables.map(withErrorDocument),
    ...(repair === undefined
      ? {}
      : { repair: withErrorDocument({ ...repair, tables: repair.tables.map(withErrorDocument) }) }),
  }),
  // Pages are loaded only where one is wanted.
  forms: { html: async (report, raw) => (await import('./reconcile-html.ts')).reconcileHtml(report, raw) },
  metrics: samplesOf,
  exitCode: reconcileExit,
  holdsValues: true,
};

/** What is not known, of a table that could not be compared, has no series. */
function samplesOf({ tables }: ReconcileReport): Sample[] {
  return tables.flatMap((one) => {
    const table = tableName(one);
    const counts = (name: Sample['name'], label: string, values: Readonly<Record<string, number | null | undefined>>) =>
      Object.entries(values).flatMap(([value, count]) =>
        count == null ? [] : [{ name, labels: { table, [label]: value }, value: count }],
      );
    const { missing, extra, different } = one;
    return [
      { name: 'sluice_reconcile_table_equal', labels: { table }, value: Number(one.verdict === 'equal') } as const,
      ...counts('sluice_reconcile_rows', 'side', one.rows),
      ...counts('sluice_reconcile_differences', 'kind', { missing, extra, different }),
    ];
  });
}

/** JSON would omit an error's message. */
function withErrorDocument<T extends { error?: SluiceError }>({
  error,
  ...rest
}: T): Omit<T, 'error'> & { error?: ErrorDocument } {
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

function verdict(table: TableReport, style: Style): string {
  const { color } = style;
  if (table.verdict === 'equal') return color.green('equal');
  return table.verdict === 'incomplete' || table.verdict === 'undetermined'
    ? color.yellow(table.verdict)
    : color.red(table.verdict);
}

function details(table: TableReport, style: Style, mode: Mode): string {
  const lines = tableNotes(table, mode);
  const shown = lines.map((line) => visibleValue(line, '\n'));
  for (const difference of table.differences) shown.push(...differenceLines(difference, style));
  if (table.unlisted > 0) {
    shown.push(`… and ${thousands(table.unlisted)} more, counted but not listed: raise --limit to see them.`);
  }
  if (shown.length === 0) return '';
  return [style.color.bold(tableName(table)), ...shown.map((line) => `  ${line}`)].join('\n');
}

const VALUE: Shown = { max: 40, quoted: true };
/** Long enough to find the key again. */
const KEY: Shown = { max: 120, quoted: true };

/** The first line has kind, key and short values; long values that differ follow on their own lines. */
function differenceLines({ kind, key, rows, columns }: ListedDifference, style: Style): string[] {
  const keys = Object.entries(key).map(([name, value]) => `${visibleValue(name)}=${shownValue(value, KEY)}`);
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
      const name = visibleValue(column);
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
      values.push(`${visibleValue(column)}=${shownValue(source ?? target, VALUE)}`);
  }
  return [[`${label}${times}`, keys.join(' '), values.join(', ')].filter((part) => part !== '').join('  '), ...below];
}

function skippedText({ skipped = [] }: ReconcileReport, style: Style): string {
  if (skipped.length === 0) return '';
  const lines = skipped.map(({ table, kind, reason }) => `  ${visibleValue(`${table} (${kind}): ${reason}`)}`);
  return [style.color.bold('Not compared'), ...lines].join('\n');
}

function closing(report: ReconcileReport, style: Style): string {
  const { source, target } = report;
  const what = `${source.name} (${source.product} ${source.version}) and ${target.name} (${target.product} ${target.version})`;
  return `${resultText(report, 'above')} ${style.color.dim(`${what}; ${effortText(report)}.`)}`;
}
