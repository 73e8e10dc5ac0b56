import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { type Entry, entryOf, removeEntry, replaceToken } from '../connectors/edit.ts';
import { bytesOf, textOf } from '../connectors/encoding.ts';
import { readText } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import { findFiles } from '../connectors/paths.ts';
import type { ReadOptions } from '../connectors/read-options.ts';
import { type Syntax, syntaxOf } from '../connectors/sources/parse.ts';
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
  // If the successor is already set, a rename would duplicate it.
  if (fix.kind === 'rename-key' && fix.to in connector.config) return undefined;
  const entry = await entryOf(text, connector, fix.key);
  if (entry === undefined) return undefined;
  switch (fix.kind) {
    case 'rename-key':
      return renameEntry(text, entry, fix, syntax);
    case 'set-value':
      return replaceToken(text, entry.value, fix.value, syntax, 'value');
    case 'remove-key':
      return removeEntry(text, entry, syntax);
  }
}

/** The value first: it comes after the key, whose position then stays correct. */
function renameEntry(
  text: string,
  entry: Entry,
  { to, value }: Extract<Fix, { kind: 'rename-key' }>,
  syntax: Syntax,
): string | undefined {
  const changed = value === undefined ? text : replaceToken(text, entry.value, value, syntax, 'value');
  return changed === undefined ? undefined : replaceToken(changed, entry.key, to, syntax, 'key');
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
