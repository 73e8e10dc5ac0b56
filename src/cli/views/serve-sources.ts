import type { SourceLog } from '../../monitor/source-reading.ts';
import type { ConnectorSnapshot } from '../../serve/snapshot.ts';
import { sizeText } from '../../text/size.ts';
import { thousands } from '../../text/thousands.ts';
import { type FoldColumn, foldTable } from './fold-table.ts';
import { text } from './page.ts';

interface Row {
  name: string;
  log: SourceLog;
}

const COLUMNS: readonly FoldColumn<Row>[] = [
  { header: 'database', value: ({ log: { database } }) => database },
  { header: 'log', value: ({ log: { log, exists } }) => (exists === null ? '?' : exists ? log : `${log} is missing`) },
  { header: 'read', value: ({ log }) => readText(log) },
  { header: 'behind', numeric: true, value: ({ log }) => behindText(log) },
  { header: 'retained', numeric: true, value: ({ log }) => sizeOf(log.retainedBytes) },
  { header: 'left', numeric: true, value: ({ log }) => sizeOf(log.safeBytes) },
];

/** Where sources are in the logs of their databases; empty if nothing is known of any. */
export function sourcesTable(connectors: readonly ConnectorSnapshot[]): string {
  const rows = connectors.flatMap(({ name, source }) => (source?.logs ?? []).map((log): Row => ({ name, log })));
  const unwatched = connectors.flatMap(({ name, source }) =>
    source?.reason == null ? [] : [`<li>${text(name)} is not watched: ${text(source.reason)}</li>`],
  );
  const notes = unwatched.length === 0 ? '' : `<ul class="notes">${unwatched.join('')}</ul>`;
  if (rows.length === 0) return notes === '' ? '' : `<h3>Sources in their databases</h3>\n${notes}`;
  return `<h3>Sources in their databases</h3>
${foldTable({ header: 'source', value: ({ name }) => name }, COLUMNS, rows)}${notes}`;
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
