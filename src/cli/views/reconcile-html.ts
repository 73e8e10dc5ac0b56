import {
  differencesOf,
  type ListedDifference,
  type ReconcileReport,
  summaryOf,
  type TableReport,
} from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { repairLines } from './reconcile-repair.ts';
import { counted, narrowedLines, type Shown, shownPair, shownValue, visible } from './reconcile-values.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.equal{color:#116329}.different,.failed{color:#a40e26}.incomplete,.undetermined{color:#7d4e00}
code{font:13px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}.null{color:#656d76;font-style:italic}small{color:#656d76}`;

/** One page with nothing to load from elsewhere, for a person to read or to attach to a ticket. */
export function reconcileHtml(report: ReconcileReport): string {
  const { source, target } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Reconcile: ${text(report.verdict)}</title>
<style>${STYLE}</style></head><body>
<h1>Reconcile: <span class="${report.verdict}">${text(report.verdict)}</span></h1>
<p>${text(source.name)} (${text(source.product)} ${text(source.version)}) against ${text(target.name)} (${text(target.product)} ${text(target.version)}),
mode ${report.mode}, ${text(report.startedAt)}, ${(report.durationMs / 1000).toFixed(1)} s.</p>
${overview(report.tables)}
${report.tables.map(section).join('\n')}
${skipped(report)}
${repair(report)}
</body></html>
`;
}

function overview(tables: readonly TableReport[]): string {
  const rows = tables.map(
    (table, index) =>
      `<tr><td><a href="#t${index}">${text(table.source)} → ${text(table.target)}</a></td><td class="${table.verdict}">${table.verdict}</td>${[
        table.rows.source,
        table.rows.target,
        table.missing,
        table.extra,
        table.different,
        summaryOf(table).undetermined,
      ]
        .map((count) => `<td class="n">${counted(count)}</td>`)
        .join('')}</tr>`,
  );
  const heads = ['source', 'target', 'missing', 'extra', 'different', 'undetermined'];
  return `<table><tr><th>table</th><th>verdict</th>${heads.map((head) => `<th class="n">${head}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function section(table: TableReport, index: number): string {
  const notes = [
    ...(table.error === undefined ? [] : [`${table.error.message} [${table.error.code}] ${table.error.hint ?? ''}`]),
    ...table.oneSided.map(({ side, column }) => `column ${column}: on the ${side} only`),
    ...table.uncompared.map(({ column, reason }) => `column ${column}: not compared: ${reason}`),
    ...narrowedLines(table),
    ...table.columns.flatMap(({ source, note }) => (note === undefined ? [] : [`column ${source}: ${note}`])),
    ...(table.schema ?? []).map(
      ({ column, what, source, target }) => `${what} of ${column || 'the table'}: ${source} → ${target}`,
    ),
    ...(table.contradictions ?? []).map((contradiction) => `contradiction: ${contradiction}`),
    ...table.notes,
  ];
  const by = table.checksum === undefined ? '' : `; hash ${table.checksum.algorithm}, ${table.checksum.bits} bits`;
  const key = table.key.length === 0 ? 'no key' : `key ${table.key.join(', ')}`;
  return `<h2 id="t${index}">${text(table.source)} → ${text(table.target)}: <span class="${table.verdict}">${table.verdict}</span></h2>
<p><small>${text(key)}${by}; ${table.columns.length} columns; ${(table.durationMs / 1000).toFixed(1)} s</small></p>
${notes.length > 0 ? `<ul>${notes.map((note) => `<li>${text(note)}</li>`).join('')}</ul>` : ''}
${differences(table)}`;
}

function differences(table: TableReport): string {
  if (differencesOf(table) === 0) return '';
  const rest = table.unlisted > 0 ? `<p>… and ${thousands(table.unlisted)} more that are counted, not listed.</p>` : '';
  return `<table><tr><th>kind</th><th>key</th><th>column</th><th>source</th><th>target</th></tr>${table.differences.map(rows).join('')}</table>${rest}`;
}

function rows({ kind, key, rows: count, columns }: ListedDifference): string {
  const keys = Object.entries(key)
    .map(([name, value]) => `${text(name)}=${shown(value)}`)
    .join('<br>');
  const span = Math.max(1, columns.length);
  const head = `<td rowspan="${span}">${kind}${count > 1 ? ` ×${count}` : ''}</td><td rowspan="${span}">${keys}</td>`;
  const cells = columns.map((column) => `<td>${text(column.column)}</td>${values(column)}`);
  const [first = '<td></td><td></td><td></td>', ...more] = cells;
  return `<tr>${head}${first}</tr>${more.map((cell) => `<tr>${cell}</tr>`).join('')}`;
}

const VALUE: Shown = { most: 400, quoted: false };

/** Of long values the part where they differ. */
function values({ source, target }: ListedDifference['columns'][number]): string {
  if (typeof source !== 'string' || typeof target !== 'string')
    return `<td>${shown(source)}</td><td>${shown(target)}</td>`;
  const pair = shownPair(source, target, VALUE);
  const place = (length: number) =>
    pair.cut === undefined
      ? ''
      : `<br><small>from character ${thousands(pair.cut.from)} of ${thousands(length)}</small>`;
  const cell = (value: string, length = 0) => `<td><code>${text(value)}</code>${place(length)}</td>`;
  return cell(pair.source, pair.cut?.source) + cell(pair.target, pair.cut?.target);
}

function shown(value: string | null | undefined): string {
  if (value === undefined) return '';
  return value === null ? '<span class="null">NULL</span>' : `<code>${text(shownValue(value, VALUE))}</code>`;
}

function repair(report: ReconcileReport): string {
  const lines = repairLines(report);
  if (lines.length === 0) return '';
  return `<h2>Repair</h2>\n<ul>${lines.map((line) => `<li>${text(line)}</li>`).join('')}</ul>`;
}

function skipped({ skipped: left = [] }: ReconcileReport): string {
  if (left.length === 0) return '';
  const items = left.map(({ table, kind, reason }) => `<li>${text(table)} (${text(kind)}): ${text(reason)}</li>`);
  return `<h2>Not compared</h2>\n<ul>${items.join('')}</ul>`;
}

function text(raw: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return visible(raw, '\n\t').replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}
