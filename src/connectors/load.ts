import path from 'node:path';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { looksLikePath } from '../files/path-words.ts';
import { setting } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import type { ConnectorFile } from './connector-file.ts';
import { place, type ReadFile, readEachFile } from './files.ts';
import type { Finding, RuleId } from './finding.ts';
import { NO_SUCH_FILE } from './paths.ts';
import type { ReadOptions } from './read-options.ts';
import { isSelected, type Selection, select } from './select.ts';

export interface LoadOptions extends Omit<ReadOptions, 'unset'> {
  /** Unread content is an error, even in a folder. */
  whole?: boolean | undefined;
  /** Two connectors of one name are an error. */
  unique?: boolean | undefined;
  /** Keep values with variables that are not set; the name of a connector still needs all of its variables. */
  allowUnset?: boolean | undefined;
  /** Only these connectors need their variables; the others keep values with variables that are not set. */
  selection?: Selection | undefined;
  /** How to do without variables that are not set, where that can be done: a sentence. */
  unsetHint?: string | undefined;
}

/** A file that has errors: it, or some of its connectors, cannot be used. */
export interface BrokenFile {
  file: string;
  /** Names of its connectors that are left out. */
  connectors: string[];
  /** It may contain others, whose names cannot be read. */
  incomplete: boolean;
  /** Its errors; at least one. */
  findings: Finding[];
}

export interface Loaded {
  /** Those without errors; no two have the same name. */
  connectors: ConnectorFile[];
  broken: BrokenFile[];
}

/** A broken file as a document shows it. */
export interface ShownBroken {
  file: string;
  /** Names of its connectors that are left out; it may have others whose names cannot be read. */
  connectors: string[];
  error: ErrorDocument;
}

/** Rules for content that was not read. */
const UNREAD: ReadonlySet<RuleId> = new Set(['not-a-connector', 'unreadable-file']);

/**
 * Connectors of use cases that send them.
 * @throws CONNECTOR_FILE_INVALID for files with errors, REFERENCE_UNRESOLVED if only variables are missing; each broken
 *   file is in the message, and all findings are in the details.
 */
export async function loadConnectorFiles(paths: readonly string[], options: LoadOptions): Promise<ConnectorFile[]> {
  const errors: Finding[] = [];
  const connectors: ConnectorFile[] = [];
  for await (const read of readEachFile(paths, { ...options, unset: 'error' })) {
    connectors.push(...read.connectors);
    errors.push(...errorsOf(read, options));
  }
  if (options.unique) errors.push(...duplicatesIn(connectors));
  if (errors.length > 0) throw filesError(errors);
  return connectors;
}

/**
 * The connectors that can be used, and what is wrong with the others, so that one broken file does not hide the rest.
 * @throws as {@link loadConnectorFiles}, if none can be used, or if an overlay has errors that may belong to any
 */
export async function loadReadable(paths: readonly string[], options: LoadOptions): Promise<Loaded> {
  const unset = options.allowUnset ? 'warning' : 'error';
  const reads: ReadFile[] = [];
  for await (const read of readEachFile(paths, { ...options, unset })) reads.push(read);
  const broken = new Map<string, BrokenFile>();
  const usable: ConnectorFile[] = [];
  const add = (file: string, names: readonly string[], findings: readonly Finding[], incomplete: boolean) => {
    const known = broken.get(file) ?? { file, connectors: [], incomplete: false, findings: [] };
    known.connectors = [...new Set([...known.connectors, ...names])];
    known.findings.push(...findings);
    known.incomplete ||= incomplete;
    broken.set(file, known);
  };
  for (const read of reads.filter(({ overlay }) => !overlay)) {
    const errors = errorsOf(read, options);
    const nameless = new Set(errors.filter(({ rule, key }) => isNameless(rule, key)).map(({ connector }) => connector));
    const incomplete = nameless.size > 0 || errors.some(({ connector }) => connector === undefined);
    const wrong = new Set(errors.map(({ connector }) => connector));
    const out = new Set(read.connectors.filter(({ name }) => incomplete || wrong.has(name)));
    usable.push(...read.connectors.filter((one) => !out.has(one)));
    const names = namesOf([...out]).filter((name) => !nameless.has(name));
    if (errors.length > 0) add(read.file, names, errors, incomplete);
  }
  for (const read of reads.filter(({ overlay }) => overlay)) {
    for (const error of errorsOf(read, options)) {
      const names = namesOf(usable.filter(({ name }) => name === overlaidBy(error)));
      // Its changes may be meant for any connector, whose plan would then be wrong.
      if (names.length === 0 && error.connector === undefined) throw filesError(allErrors(reads, options), options);
      add(read.file, names, [error], false);
    }
  }
  for (const finding of duplicatesIn(usable)) add(finding.file, [finding.connector], [finding], false);
  const out = new Set([...broken.values()].flatMap(({ connectors }) => connectors));
  const connectors = usable.filter(({ name }) => !out.has(name));
  if (connectors.length === 0 && broken.size > 0) throw brokenError([...broken.values()], options);
  return { connectors, broken: [...broken.values()] };
}

/**
 * The selected ones of the connectors that can be used.
 * @throws REQUEST_INVALID for an unknown name; the error of the broken files if one of them may have it
 */
export function selectLoaded({ connectors, broken }: Loaded, selection: Selection) {
  const others = broken.flatMap((file) => file.connectors);
  const known = new Set([...namesOf(connectors), ...others]);
  const isUnknown = [...(selection.only ?? []), ...(selection.exclude ?? [])].some((name) => !known.has(name));
  if (isUnknown && broken.some(({ incomplete }) => incomplete)) throw brokenError(broken);
  return select(connectors, selection, others);
}

/** One error for several broken files. */
export function brokenError(broken: readonly BrokenFile[], hints: Hints = {}): SluiceError {
  return filesError(
    broken.flatMap(({ findings }) => findings),
    hints,
  );
}

type Hints = Pick<LoadOptions, 'unsetHint'>;

/** One error for all findings: a line for each file. */
export function filesError(errors: readonly Finding[], { unsetHint }: Hints = {}): SluiceError {
  const lines = [...Map.groupBy(errors, ({ file }) => file).values()].map((own) => {
    const [first] = own;
    const more = own.length > 1 ? ` (and ${own.length - 1} more)` : '';
    return first === undefined ? '' : `${place(first)}: ${first.message}${more}`;
  });
  const shown = lines.slice(0, SHOWN_FILES);
  const rest = lines.length - shown.length;
  const message =
    lines.length === 1
      ? (lines[0] ?? '')
      : [`${lines.length} files have errors`, ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n  ');
  const unset = errors.every(({ rule }) => rule === 'unset-variable');
  const set = `Set the variables, or give a file of them with ${setting('envFile')}.`;
  const hint =
    nameHint(errors) ??
    (errors.length === 1 ? errors[0]?.hint : undefined) ??
    (unset ? set : 'See all findings with: sluice validate');
  // A name is needed in any case.
  const avoidable = unset && errors.every(({ key }) => key !== 'name');
  return new SluiceError(unset ? 'REFERENCE_UNRESOLVED' : 'CONNECTOR_FILE_INVALID', message, {
    hint: avoidable && unsetHint !== undefined ? `${hint} ${unsetHint}` : hint,
    details: { findings: errors },
  });
}

/** For names of connectors where files are expected. */
function nameHint(errors: readonly Finding[]): string | undefined {
  if (!errors.every(({ file, message }) => message === NO_SUCH_FILE && !looksLikePath(file))) return undefined;
  const settings = errors.map(({ file }) => setting('only', shellWord(file))).join(' ');
  return `Files are expected here. To choose connectors of the project by name: ${settings}`;
}

const SHOWN_FILES = 20;

export function showBroken({ file, connectors, findings }: BrokenFile, hints?: Hints): ShownBroken {
  return { file, connectors: [...connectors].sort(), error: toErrorDocument(filesError(findings, hints)) };
}

function allErrors(reads: readonly ReadFile[], options: LoadOptions): Finding[] {
  return reads.flatMap((read) => errorsOf(read, options));
}

function errorsOf({ findings }: ReadFile, { whole = false, selection = {} }: LoadOptions): Finding[] {
  return findings.filter(({ severity, rule, key, connector }) => {
    if (isNameless(rule, key)) return true;
    if (rule === 'unset-variable' && connector !== undefined && !isSelected(connector, selection)) return false;
    return severity === 'error' || (whole && severity === 'warning' && UNREAD.has(rule));
  });
}

/** Without its name nothing is known about a connector. */
function isNameless(rule: RuleId, key: string | undefined): boolean {
  return rule === 'missing-name' || (rule === 'unset-variable' && key === 'name');
}

function namesOf(connectors: readonly ConnectorFile[]): string[] {
  return connectors.map(({ name }) => name);
}

/** The connector that an overlay changes, by its content or else by the name of its file. */
function overlaidBy({ connector, file }: Finding): string {
  return connector ?? path.basename(file, path.extname(file));
}

function duplicatesIn(connectors: readonly ConnectorFile[]): (Finding & { connector: string })[] {
  return [...Map.groupBy(connectors, ({ name }) => name).values()].flatMap(([first, ...others]) =>
    others.map(({ name, file }) => ({
      rule: 'duplicate-name' as const,
      severity: 'error' as const,
      message: first?.file === file ? `"${name}" is described twice` : `"${name}" is also described in ${first?.file}`,
      hint: 'A connector belongs in one file; remove one of them.',
      file,
      connector: name,
    })),
  );
}
