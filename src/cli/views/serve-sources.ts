import type { SourceLog } from '../../monitor/source-reading.ts';
import type { ConnectorSnapshot } from '../../serve/snapshot.ts';
import { sizeText } from '../../text/size.ts';
import { thousands } from '../../text/thousands.ts';
import { text } from './page.ts';

interface Row {
  name: string;
  log: SourceLog;
}

const COLUMNS: readonly { header: string; numeric?: true; value(log: SourceLog): string }[] = [
  { header: 'database', value: ({ database }) => database },
  { header: 'log', value: ({ log, exists }) => (exists === null ? '?' : exists ? log : `${log} is missing`) },
  { header: 'read', value: readText },
  { header: 'behind', numeric: true, value: behindText },
  { header: 'retained', numeric: true, value: ({ retainedBytes }) => sizeOf(retainedBytes) },
  { header: 'left', numeric: true, value: ({ safeBytes }) => sizeOf(safeBytes) },
];

/** Where sources are in the logs of their databases; empty if nothing is known of any. */
export function sourcesTable(connectors: readonly ConnectorSnapshot[]): string {
  const rows = connectors.flatMap(({ name, source }) => (source?.logs ?? []).map((log): Row => ({ name, log })));
  const unwatched = connectors.flatMap(({ name, source }) =>
    source?.reason == null ? [] : [`<li>${text(name)} is not watched: ${text(source.reason)}</li>`],
  );
  const notes = unwatched.length === 0 ? '' : `<ul class="notes">${unwatched.join('')}</ul>`;
  if (rows.length === 0) return notes === '' ? '' : `<h3>Sources in their databases</h3>\n${notes}`;
  const head = ['source', ...COLUMNS.map(({ header }) => header)].map(
    (name, index) =>
      `<th scope="col" role="columnheader"${COLUMNS[index - 1]?.numeric ? ' class="n"' : ''}>${name}</th>`,
  );
  const body = rows.map(
    ({ name, log }) =>
      `<tr role="row"><th scope="row" role="rowheader">${text(name)}</th>${COLUMNS.map(({ header, numeric, value }) => `<td role="cell"${numeric ? ' class="n"' : ''} data-label="${header}">${text(value(log))}</td>`).join('')}</tr>`,
  );
  return `<h3>Sources in their databases</h3>
<table class="fold" role="table"><thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">
${body.join('\n')}</tbody></table>${notes}`;
}

function readText({ active, status, broken, unknown, error }: SourceLog): string {
  if (broken !== null) return broken;
  if (error !== null) return unknown ?? '?';
  const word = status === null || status === 'reserved' ? '' : `, ${status}`;
  return active === null ? (unknown ?? '-') : `${active ? 'yes' : 'no'}${word}`;
}

function behindText({ behindBytes, behindFiles }: SourceLog): string {
  if (behindBytes === null) return '?';
  const files = behindFiles === null || behindFiles === 0 ? '' : `, ${thousands(behindFiles)} files`;
  return `${sizeText(behindBytes)}${files}`;
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? '-' : sizeText(Math.max(0, bytes));
}
