import { writeFileSync } from 'node:fs';
import { MAX_BYTES, readBytes } from '../config/read-file.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { type ReadOptions, readText } from '../connectors/files.ts';
import type { Finding, Position } from '../connectors/finding.ts';
import { type Syntax, syntaxOf } from '../connectors/parse-source.ts';
import { findFiles } from '../connectors/paths.ts';
import { writeProperty } from '../connectors/properties-source.ts';
import { SluiceError } from '../errors/error.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { Fix } from './problem.ts';
import { type ValidateOptions, validateConnectors } from './validate.ts';

/** One change that was made. */
export interface AppliedFix {
  file: string;
  rule: string;
  connector: string;
  key: string;
  /** What was done, in words. */
  change: string;
}

export interface FixOptions extends ValidateOptions, Pick<ReadOptions, 'environment'> {
  /** Also changes that alter what the worker does: a misspelt key comes alive. */
  unsafe: boolean;
}

/** More than any file needs; a fix that does not mend its finding must not run for ever. */
const MOST = 500;

/**
 * Mends what can be mended in a text, one change at a time: after each the text is read anew, so that places are right
 * and a change never undoes another. Comments and formatting stay. A change after which the text cannot be read, or has
 * more errors, is not made.
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
  // A text with doubles or broken syntax has no certain places.
  while (tried.size < MOST && !isUncertain(read.findings)) {
    const { connectors } = read;
    const next = await nextFix(connectors, store, options, tried);
    if (!next) break;
    tried.add(next.id);
    const changed = await applyFix(current, next.connector, next.fix, syntaxOf(current, file));
    if (changed === undefined) continue;
    const after = await readText(changed, { file, origin: 'named' }, options);
    if (isUncertain(after.findings)) continue;
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

/** A misspelt key that comes alive may contradict another one: a change that adds an error is not made. */
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
      // Where the successor stands already, a rename would make a double.
      if (fix.to in connector.config) return undefined;
      return renameEntry(text, keySpan, valueSpan, fix, syntax);
    case 'set-value':
      return replaceToken(text, valueSpan, fix.value, syntax, 'value');
    case 'remove-key':
      if (syntax === 'json') return removeJson(text, keySpan[0], valueSpan[1]);
      return removeLines(text, keySpan[0], valueSpan[1], syntax);
  }
}

/** The value first: it stands behind the key, whose place stays right. */
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
  // The reader takes a byte order mark away before it counts.
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const at = (row: number, col: number) => (starts[row - 1] ?? 0) + col - 1 + (row === 1 ? mark : 0);
  return [at(line, column), at(endLine, endColumn)];
}

/** What needs no quotes in YAML, in a flow map either. */
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
  // Block texts, aliases and anchors in YAML stand for more than this one key.
  if (!json && quote === '' && !PLAIN.test(token)) return undefined;
  const plain = quote === '' && !PLAIN.test(value);
  const written = json || plain ? JSON.stringify(value) : `${quote}${value}${quote}`;
  return text.slice(0, start) + written + text.slice(end);
}

/** Takes an entry and one comma; a line that only held it goes as a whole. */
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

/** Takes the entry's lines, where nothing else stands on them; in a flow map the entry and one comma. */
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
 * Mends files in place.
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
    const { text, applied } = await fixText(before, file, store, options);
    if (applied.length === 0) continue;
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
        hint: 'Check the rights on the file.',
        cause: error,
      });
    }
    all.push(...applied);
  }
  return all;
}

/**
 * As {@link fixText}, of bytes.
 * @returns no text where they are none; validation tells why
 */
export async function fixBytes(
  bytes: Buffer,
  file: string,
  store: SchemaStore,
  options: FixOptions,
): Promise<{ text: string | undefined; applied: AppliedFix[] }> {
  const text = textOf(bytes);
  return text === undefined ? { text, applied: [] } : fixText(text, file, store, options);
}

/** Undefined for bytes that could not be written back one by one. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** A file that can be written back byte for byte; what else there is, validation tells. */
function readWhole(file: string): string | undefined {
  try {
    const bytes = readBytes(file);
    return bytes.length > MAX_BYTES ? undefined : textOf(bytes);
  } catch {
    return undefined;
  }
}
