import { isUtf8 } from 'node:buffer';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import { MAX_BYTES, readBytes } from '../config/read-file.ts';
import { SluiceError } from '../errors/error.ts';
import { setOwn } from '../text/own.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { ConnectorFile } from './connector-file.ts';
import type { Excerpt, Finding, Position } from './finding.ts';
import { readAsKubernetes } from './kubernetes-yaml.ts';
import type { Overlays } from './overlays.ts';
import { parseSource, syntaxOf } from './parse-source.ts';
import { type FoundFile, findFiles, unreadable } from './paths.ts';
import { positionsIn } from './positions.ts';
import { resolveValue } from './references.ts';
import { connectorsIn, type ShapedConnector, shapeConnector } from './shape.ts';
import { type KeyPath, Lines, type SourceDocument, type Span, secretSpansIn } from './source.ts';
import { unsetFindings } from './unset.ts';

export interface ReadOptions {
  /** Variables for `${NAME}`. */
  environment: Environment;
  /** What an unset variable is: an error before anything is sent, a warning where files are only checked. */
  unset?: 'error' | 'warning';
  /** The text of `-`. */
  stdin?: () => Promise<Buffer>;
  /** What the context changes; taken into each connector by its name. */
  overlays?: Overlays | undefined;
  /** Variables that are known to be without a value, and why; null: not asked for here, which is no finding. */
  withheld?: ReadonlyMap<string, string | null> | undefined;
}

/** What reading one text takes. */
export type TextOptions = Pick<ReadOptions, 'environment' | 'unset' | 'overlays' | 'withheld'>;

/** What one file held. */
export interface ReadFile {
  file: string;
  connectors: ConnectorFile[];
  findings: Finding[];
}

export interface ReadResult {
  connectors: ConnectorFile[];
  /** In the order of the files. */
  findings: Finding[];
  /** Files that were read. */
  files: number;
}

/**
 * Reads connectors from files, folders, globs and `-`. Whatever is wrong with a file is a finding; a connector whose
 * file can be read is returned even where its findings are errors.
 */
export async function readConnectorFiles(paths: readonly string[], options: ReadOptions): Promise<ReadResult> {
  const result: ReadResult = { connectors: [], findings: [], files: 0 };
  for await (const file of readEachFile(paths, options)) {
    result.files += 1;
    result.connectors.push(...file.connectors);
    result.findings.push(...file.findings);
  }
  return result;
}

/** Rules by which something was left unread. */
const UNREAD: ReadonlySet<string> = new Set(['not-a-connector', 'unreadable-file']);

/**
 * As {@link readConnectorFiles}, for use cases that go on to send what they read.
 * @param options `whole`: what is in a file and is not read is an error, too, also in a folder that was named as a whole
 * @throws CONNECTOR_FILE_INVALID at the first finding that is an error, REFERENCE_UNRESOLVED for an unset variable;
 *   all such findings are in the details.
 */
export async function loadConnectorFiles(
  paths: readonly string[],
  { whole = false, ...options }: Omit<ReadOptions, 'unset'> & { whole?: boolean | undefined },
): Promise<ConnectorFile[]> {
  const { connectors, findings } = await readConnectorFiles(paths, { ...options, unset: 'error' });
  const errors = findings.filter(
    ({ severity, rule }) => severity === 'error' || (whole && severity === 'warning' && UNREAD.has(rule)),
  );
  const first = errors[0];
  if (first === undefined) return connectors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new SluiceError(
    first.rule === 'unset-variable' ? 'REFERENCE_UNRESOLVED' : 'CONNECTOR_FILE_INVALID',
    `${place(first)}: ${first.message}${more}`,
    { hint: first.hint ?? 'See all findings with: sluice validate', details: { findings: errors } },
  );
}

/** `file:line:column`, as editors and CI logs make links of. */
export function place({ file, position }: Pick<Finding, 'file' | 'position'>): string {
  return position ? `${file}:${position.line}:${position.column}` : file;
}

/** One file after another, so that a caller of many thousands need not hold them all. */
export async function* readEachFile(
  paths: readonly string[],
  options: ReadOptions,
): AsyncGenerator<ReadFile, void, undefined> {
  const { files, findings } = findFiles(paths);
  const lost = Map.groupBy(findings, (finding) => finding.file);
  for (const [file, fileFindings] of lost) yield { file, connectors: [], findings: fileFindings };
  for (const file of files) yield await readFile(file, options);
  const overlays = Map.groupBy((await options.overlays?.findings()) ?? [], (finding) => finding.file);
  for (const [file, fileFindings] of overlays) yield { file, connectors: [], findings: fileFindings };
}

async function readFile(found: FoundFile, options: ReadOptions): Promise<ReadFile> {
  const { file } = found;
  const failed = (finding: Finding): ReadFile => ({ file, connectors: [], findings: [finding] });
  let bytes: Buffer;
  try {
    bytes = found.origin === 'stdin' ? ((await options.stdin?.()) ?? Buffer.alloc(0)) : readBytes(file);
  } catch (error) {
    return failed(
      unreadable(file, `the file cannot be read: ${(error as Error).message}`, 'Check the path and rights.'),
    );
  }
  if (bytes.length > MAX_BYTES) {
    return failed({
      rule: 'file-too-large',
      severity: 'error',
      message: `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB: no connector file`,
      hint: 'Leave it out of the paths or globs.',
      file,
    });
  }
  if (bytes.includes(0) || !isUtf8(bytes)) {
    return failed({
      rule: 'binary-file',
      severity: 'error',
      message: 'the file is no UTF-8 text',
      hint: 'Save it as UTF-8, or leave it out of the paths.',
      file,
    });
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') {
    return failed({
      rule: 'empty-file',
      severity: 'error',
      message: 'the file is empty',
      hint: 'Write a connector into it, or remove it.',
      file,
    });
  }
  return readText(text, found, options);
}

/** The connectors of one text; for editors and tests that have no file. */
export async function readText(written: string, { file, origin }: FoundFile, options: TextOptions): Promise<ReadFile> {
  const text = written.replace(/^\uFEFF/, '');
  const syntax = syntaxOf(text, file);
  const parsed = await parseSource(text, syntax);
  let lines: Lines | undefined;
  const linesOf = () => {
    lines ??= new Lines(text);
    return lines;
  };
  const findings: Finding[] = parsed.problems.map(({ span, ...problem }) => ({
    ...problem,
    severity: 'error',
    file,
    ...(span ? locate(linesOf(), span, undefined) : {}),
  }));
  const connectors: ConnectorFile[] = [];
  let skipped = 0;
  for (const part of parsed.documents.flatMap(partsOf)) {
    const { document, problems } =
      syntax === 'yaml' ? await readAsKubernetes(part, text) : { document: part, problems: [] };
    const shaped = shapeConnector(document.value);
    if (shaped.skipped) skipped += 1;
    const own = shaped.connector && toConnectorFile(shaped.connector, document, file, linesOf, options);
    const connector = own && (options.overlays?.lay(own, options.environment) ?? own);
    if (connector) connectors.push(connector);
    for (const { path: keyPath, ...problem } of [...problems, ...shaped.problems]) {
      // A folder may hold a package.json or a Compose file beside the connectors.
      const lenient = problem.rule === 'not-a-connector' && origin === 'folder';
      // What is to be sent needs its name.
      const stern = problem.rule === 'missing-name' && options.unset === 'error';
      findings.push({
        ...problem,
        ...(lenient ? { severity: 'warning' as const } : {}),
        ...(stern ? { severity: 'error' as const } : {}),
        file,
        ...(connector ? { connector: connector.name } : {}),
        ...(await positionOf(document, keyPath, linesOf)),
      });
    }
    if (connector) findings.push(...(await unsetFindings(connector, options)));
  }
  if (connectors.length === 0 && findings.length === 0) {
    findings.push({
      rule: 'not-a-connector',
      severity: origin === 'folder' ? 'note' : 'error',
      message: skipped > 0 ? 'the file has no KafkaConnector' : 'the file has no connector',
      hint: 'Leave it out of the paths or globs.',
      file,
    });
  }
  return { file, connectors, findings };
}

function partsOf(document: SourceDocument): SourceDocument[] {
  return connectorsIn(document.value).map(({ value, at }) => ({
    value,
    locator: async () => {
      const locate = await document.locator();
      return (keyPath) => locate([...at, ...keyPath]);
    },
  }));
}

/** Found once for all findings of a document. */
const hiddenIn = new WeakMap<SourceDocument, Span[]>();

async function positionOf(
  document: SourceDocument,
  keyPath: KeyPath,
  lines: () => Lines,
): Promise<Pick<Finding, 'position' | 'excerpt'>> {
  const find = await document.locator();
  const spans = find(keyPath);
  const span = spans?.key ?? spans?.value;
  if (span === undefined) return {};
  const own = keyPath.length === 0 ? { start: span.start, end: span.start + 1 } : span;
  let hidden = hiddenIn.get(document);
  if (hidden === undefined) {
    hidden = secretSpansIn(document.value, find, isSecretName);
    hiddenIn.set(document, hidden);
  }
  return locate(lines(), own, hidden);
}

function locate(
  lines: Lines,
  span: Span,
  hidden: readonly Span[] | undefined,
): { position: Position; excerpt: Excerpt } {
  const position = lines.position(span);
  return { position, excerpt: lines.excerpt(position, hidden) };
}

function toConnectorFile(
  shaped: ShapedConnector,
  document: SourceDocument,
  file: string,
  lines: () => Lines,
  { environment }: Pick<ReadOptions, 'environment'>,
): ConnectorFile {
  const unset = new Set<string>();
  const filled = new Map<string, readonly string[]>();
  const resolve = (key: string, written: string): string => {
    // Most values have none: this is asked for every value of every file.
    if (!written.includes('${')) return written;
    const resolved = resolveValue(written, environment);
    if (resolved.unset.length > 0) unset.add(key);
    if (resolved.filled.length > 0) filled.set(key, resolved.filled);
    return resolved.value;
  };
  // Copied only where a value differs: most files have no reference of ours.
  let config = shaped.config;
  for (const key in shaped.config) {
    const written = shaped.config[key] ?? '';
    const value = resolve(key, written);
    if (value === written) continue;
    if (config === shaped.config) config = { ...config };
    setOwn(config, key, value);
  }
  return {
    name: resolve('name', shaped.name ?? path.basename(file, path.extname(file))),
    config,
    written: shaped.config,
    unset,
    ...(filled.size > 0 ? { filled } : {}),
    ...(shaped.unreadable.size > 0 ? { unreadable: shaped.unreadable } : {}),
    ...(shaped.state === undefined ? {} : { state: shaped.state }),
    file,
    form: shaped.form,
    positions: () => positionsIn(document, file, lines(), shaped.pathOf),
  };
}
