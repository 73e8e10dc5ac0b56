import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { bytesOf, textOf } from '../connectors/encoding.ts';
import { readText } from '../connectors/files.ts';
import type { Finding, Position } from '../connectors/finding.ts';
import { findFiles } from '../connectors/paths.ts';
import type { ReadOptions } from '../connectors/read-options.ts';
import { type Syntax, syntaxOf } from '../connectors/sources/parse.ts';
import { writeProperty } from '../connectors/sources/properties.ts';
import { SluiceError } from '../errors/error.ts';
import { MAX_BYTES, readBytes } from '../files/read-file.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { Fix } from './rules/scope.ts';
import { type ValidateOptions, validateConnectors } from './validate.ts';

/** One change that was applied. */
export interface AppliedFix {
  file: string;
  rule: string;
  connector: string;
  key: string;
  /** The change in words. */
  change: string;
}

export interface FixOptions extends ValidateOptions, Pick<ReadOptions, 'environment'> {
  /** Also apply changes that alter what the worker does: a misspelt key takes effect. */
  unsafe: boolean;
  /** Change no file. */
  dryRun?: boolean | undefined;
}

/** More than any file needs: a fix that leaves its finding in place must not loop forever. */
const MAX_FIXES = 500;

/**
 * Fixes what can be fixed in a text, one change at a time. The text is read again after each change, so positions stay
 * correct and no change undoes another. Comments and formatting stay. A change is dropped if the text can then no longer
 * be read, or has more errors, or if it changes anything else.
 */
export async function fixText(
  text: string,
  file: string,
  store: SchemaStore,
  options: FixOptions,
): Promise<{ text: string; applied: AppliedFix[] }> {
  const applied: AppliedFix[] = [];
  const tried = new Set<string>();
  let current = text;
  let read = await readText(text, { file, origin: 'named' }, options);
  let errors: number | undefined;
  // Positions are unreliable in a text with duplicate keys or broken syntax.
  while (tried.size < MAX_FIXES && !isUncertain(read.findings)) {
    const { connectors } = read;
    const next = await nextFix(connectors, store, options, tried);
    if (!next) break;
    tried.add(next.id);
    const changed = await applyFix(current, next.connector, next.fix, syntaxOf(current, file));
    if (changed === undefined) continue;
    const after = await readText(changed, { file, origin: 'named' }, options);
    if (isUncertain(after.findings) || changesMore(next, connectors, after.connectors)) continue;
    errors ??= await errorsOf(connectors, store, options);
    const errorsAfter = await errorsOf(after.connectors, store, options);
    if (errorsAfter > errors) continue;
    [current, read, errors] = [changed, after, errorsAfter];
    applied.push({
      file,
      rule: next.rule,
      connector: next.connector.name,
      key: next.fix.key,
      change: describe(next.fix),
    });
  }
  return { text: current, applied };
}

function isUncertain(findings: readonly Finding[]): boolean {
  return findings.some(({ rule }) => rule === 'syntax' || rule === 'duplicate-key');
}

/** An anchor in YAML may be shared: then the change would affect another key, or another connector that needs the old one. */
function changesMore(
  { connector, fix }: { connector: ConnectorFile; fix: Fix },
  before: readonly ConnectorFile[],
  after: readonly ConnectorFile[],
): boolean {
  const concerned = new Set([fix.key, ...(fix.kind === 'rename-key' ? [fix.to] : [])]);
  const rest = (one: ConnectorFile | undefined, isFixed: boolean) =>
    Object.entries(one?.written ?? {}).filter(([key]) => !(isFixed && concerned.has(key)));
  return before.some((one, at) => !isDeepStrictEqual(rest(one, one === connector), rest(after[at], one === connector)));
}

/** A corrected key may contradict another one: a change that adds an error is not applied. */
async function errorsOf(
  connectors: readonly ConnectorFile[],
  store: SchemaStore,
  options: FixOptions,
): Promise<number> {
  const findings = await validateConnectors(connectors, store, options);
  return findings.filter(({ severity }) => severity === 'error').length;
}

async function nextFix(
  connectors: readonly ConnectorFile[],
  store: SchemaStore,
  options: FixOptions,
  tried: ReadonlySet<string>,
): Promise<{ id: string; rule: string; fix: Fix; connector: ConnectorFile } | undefined> {
  for (const connector of connectors) {
    for (const { rule, fix } of await validateConnectors([connector], store, options)) {
      if (!fix || !(fix.safe || options.unsafe)) continue;
      const id = `${connector.name} ${rule} ${fix.kind} ${fix.key}`;
      if (!tried.has(id)) return { id, rule, fix, connector };
    }
  }
  return undefined;
}

function describe(fix: Fix): string {
  if (fix.kind === 'remove-key') return `removed ${fix.key}`;
  if (fix.kind === 'set-value') return `set ${fix.key} to ${fix.value}`;
  return `renamed ${fix.key} to ${fix.to}${fix.value === undefined ? '' : `=${fix.value}`}`;
}

async function applyFix(text: string, connector: ConnectorFile, fix: Fix, syntax: Syntax): Promise<string | undefined> {
  const positions = await connector.positions();
  const [key, value] = [positions.key(fix.key), positions.value(fix.key)];
  if (!key || !value) return undefined;
  const [keySpan, valueSpan] = [offsets(text, key), offsets(text, value)];
  switch (fix.kind) {
    case 'rename-key':
      // If the successor is already set, a rename would duplicate it.
      if (fix.to in connector.config) return undefined;
      return renameEntry(text, keySpan, valueSpan, fix, syntax);
    case 'set-value':
      return replaceToken(text, valueSpan, fix.value, syntax, 'value');
    case 'remove-key':
      if (syntax === 'json') return removeJson(text, keySpan[0], valueSpan[1]);
      return removeLines(text, keySpan[0], valueSpan[1], syntax);
  }
}

/** The value first: it comes after the key, whose position then stays correct. */
function renameEntry(
  text: string,
  keySpan: Offsets,
  valueSpan: Offsets,
  { to, value }: Extract<Fix, { kind: 'rename-key' }>,
  syntax: Syntax,
): string | undefined {
  const changed = value === undefined ? text : replaceToken(text, valueSpan, value, syntax, 'value');
  return changed === undefined ? undefined : replaceToken(changed, keySpan, to, syntax, 'key');
}

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

function replaceToken(
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

/**
 * Fixes files in place.
 * @returns what was changed, or would be
 * @throws FILE_UNWRITABLE
 */
export async function fixFiles(
  paths: readonly string[],
  store: SchemaStore,
  options: FixOptions,
): Promise<AppliedFix[]> {
  const all: AppliedFix[] = [];
  for (const { file, origin } of findFiles(paths).files) {
    if (origin === 'stdin') continue;
    const before = readWhole(file);
    if (before === undefined) continue;
    const { text, applied } = await fixText(before.text, file, store, options);
    all.push(...applied);
    if (applied.length === 0 || options.dryRun) continue;
    try {
      writeFileSync(file, bytesOf(text, before.bytes));
    } catch (error) {
      throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
        hint: 'Check the permissions of the file.',
        cause: error,
      });
    }
  }
  return all;
}

/**
 * As {@link fixText}, for bytes.
 * @returns no text if the bytes are not text; validation reports why
 */
export async function fixBytes(
  bytes: Buffer,
  file: string,
  store: SchemaStore,
  options: FixOptions,
): Promise<{ text: string | undefined; applied: AppliedFix[] }> {
  const text = textOf(bytes, file);
  return text === undefined ? { text, applied: [] } : fixText(text, file, store, options);
}

/** A file that can be written back byte for byte; validation reports all others. */
function readWhole(file: string): { text: string; bytes: Buffer } | undefined {
  try {
    const bytes = readBytes(file);
    const text = bytes.length > MAX_BYTES ? undefined : textOf(bytes, file);
    return text === undefined ? undefined : { text, bytes };
  } catch {
    return undefined;
  }
}
