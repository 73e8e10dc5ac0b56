import type { ConnectorFile } from './connector-file.ts';
import type { Position } from './finding.ts';
import type { Syntax } from './sources/parse.ts';
import { writeProperty } from './sources/properties.ts';

type Offsets = [start: number, end: number];

function offsets(text: string, { line, column, endLine, endColumn }: Position): Offsets {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  // The reader strips a byte order mark before counting.
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const at = (row: number, col: number) => (starts[row - 1] ?? 0) + col - 1 + (row === 1 ? mark : 0);
  return [at(line, column), at(endLine, endColumn)];
}

/** Needs no quotes in YAML, not even in a flow map. */
const PLAIN = /^[\w./$-]+$/;

/**
 * Replaces a key or a value, in the quotes that it has.
 * @returns undefined where that could change more than this
 */
export function replaceToken(
  text: string,
  [start, end]: Offsets,
  value: string,
  syntax: Syntax,
  part: 'key' | 'value',
): string | undefined {
  const token = text.slice(start, end);
  if (syntax === 'properties') return text.slice(0, start) + writeProperty(value, part) + text.slice(end);
  const json = syntax === 'json';
  const quote = token[0] === '"' || token[0] === "'" ? token[0] : '';
  // Block scalars, aliases and anchors in YAML may affect more than this key.
  if (!json && quote === '' && !PLAIN.test(token)) return undefined;
  const plain = quote === '' && !PLAIN.test(value);
  const written = json || plain ? JSON.stringify(value) : `${quote}${value}${quote}`;
  return text.slice(0, start) + written + text.slice(end);
}

/** Removes an entry and one comma, or the whole line if it contains nothing else. */
function removeJson(text: string, start: number, end: number): string {
  const behind = /^\s*,/.exec(text.slice(end));
  if (!behind) {
    const before = /,?\s*$/.exec(text.slice(0, start));
    const cut = start - (before?.[0].startsWith(',') ? before[0].length : 0);
    return text.slice(0, cut) + text.slice(end);
  }
  const afterComma = end + behind[0].length;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const rest = /^[ \t]*\r?\n/.exec(text.slice(afterComma));
  if (rest && text.slice(lineStart, start).trim() === '') {
    return text.slice(0, lineStart) + text.slice(afterComma + rest[0].length);
  }
  return text.slice(0, start) + text.slice(afterComma).replace(/^[ \t]+/, '');
}

/** Removes the entry's lines if they contain nothing else; in a flow map the entry and one comma. */
function removeLines(text: string, start: number, end: number, syntax: Syntax): string | undefined {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  if (syntax === 'yaml' && /[{,]\s*$/.test(text.slice(0, start)) && /^\s*[,}]/.test(text.slice(end)))
    return removeJson(text, start, end);
  if (text.slice(lineStart, start).trim() !== '') return undefined;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  if (!/^\s*(?:#.*)?$/.test(text.slice(end, lineEnd).trimEnd())) return undefined;
  return text.slice(0, lineStart) + text.slice(lineEnd);
}

/** Where a key and its value are in a text. */
export interface Entry {
  key: Offsets;
  value: Offsets;
}

/** @returns undefined if the text does not have the key */
export async function entryOf(
  text: string,
  connector: Pick<ConnectorFile, 'positions'>,
  key: string,
): Promise<Entry | undefined> {
  const positions = await connector.positions();
  const [keyAt, valueAt] = [positions.key(key), positions.value(key)];
  return keyAt && valueAt && { key: offsets(text, keyAt), value: offsets(text, valueAt) };
}

/** Removes an entry and what belongs to it. @returns undefined where that could change more than this */
export function removeEntry(text: string, { key, value }: Entry, syntax: Syntax): string | undefined {
  if (syntax === 'json') return removeJson(text, key[0], value[1]);
  return removeLines(text, key[0], value[1], syntax);
}

/**
 * Adds an entry after another one, as that one is written: on a line of its own, or on the same line.
 * @returns undefined where it is not clear how
 */
export function addEntry(
  text: string,
  after: Entry,
  { key, value }: { key: string; value: string },
  syntax: Syntax,
): string | undefined {
  const [start] = after.key;
  const [, end] = after.value;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, start))?.[0] ?? '';
  const ownLine = text.slice(lineStart, start).trim() === '';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  if (syntax === 'properties') {
    const written = `${writeProperty(key, 'key')}=${writeProperty(value, 'value')}`;
    return `${text.slice(0, end)}${eol}${written}${text.slice(end)}`;
  }
  const inFlow = syntax === 'json' || !ownLine || /^\s*[,}]/.test(text.slice(end));
  const name = syntax === 'json' || !PLAIN.test(key) ? JSON.stringify(key) : key;
  if (inFlow)
    return `${text.slice(0, end)},${ownLine ? `${eol}${indent}` : ' '}${name}: ${JSON.stringify(value)}${text.slice(end)}`;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  // A comment may follow the value.
  if (!/^[ \t]*(?:#.*)?$/.test(text.slice(end, lineEnd).trimEnd())) return undefined;
  const gap = newline < 0 ? eol : '';
  return `${text.slice(0, lineEnd)}${gap}${indent}${name}: ${JSON.stringify(value)}${eol}${text.slice(lineEnd)}`;
}
