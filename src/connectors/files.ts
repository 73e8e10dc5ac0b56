import path from 'node:path';
import { MAX_BYTES, readBytes } from '../files/read-file.ts';
import { setOwn } from '../text/own.ts';
import { redactKnown } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { ConnectorFile } from './connector-file.ts';
import { connectorsIn, type ShapedConnector, shapeConnector } from './document-kinds.ts';
import { textOf } from './encoding.ts';
import type { Excerpt, Finding, Position } from './finding.ts';
import { readAsKubernetes } from './kubernetes-yaml.ts';
import { type FoundFile, findFiles, unreadable } from './paths.ts';
import { positionsIn } from './positions.ts';
import type { ReadOptions, TextOptions } from './read-options.ts';
import { resolveValue } from './references.ts';
import { parseSource, syntaxOf } from './sources/parse.ts';
import {
  type KeyPath,
  LineIndex,
  type SourceDocument,
  type Span,
  secretSpansIn,
  secretsShared,
} from './sources/source.ts';
import { unsetFindings } from './unset-variables.ts';

/** The content of one file. */
export interface ReadFile {
  file: string;
  connectors: ConnectorFile[];
  findings: Finding[];
  /** It is an overlay of the context: it has findings but no connectors. */
  overlay?: true;
}

export interface ReadResult {
  connectors: ConnectorFile[];
  /** In the order of the files. */
  findings: Finding[];
  /** Files that were read. */
  files: number;
}

/**
 * Reads connectors from files, folders, globs and `-`. Problems become findings; a connector that can be read is
 * returned even if its findings are errors.
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

/** `file:line:column`, which editors and CI logs turn into links. */
export function place({ file, position }: Pick<Finding, 'file' | 'position'>): string {
  return position ? `${file}:${position.line}:${position.column}` : file;
}

/** One file at a time, so that a caller need not hold thousands in memory. */
export async function* readEachFile(
  paths: readonly string[],
  options: ReadOptions,
): AsyncGenerator<ReadFile, void, undefined> {
  const { files, findings } = findFiles(paths);
  let complete = true;
  const checked = (read: ReadFile): ReadFile => {
    complete &&= !read.findings.some(({ severity, connector }) => severity === 'error' && connector === undefined);
    return read;
  };
  const lost = Map.groupBy(findings, (finding) => finding.file);
  for (const [file, fileFindings] of lost) yield checked({ file, connectors: [], findings: fileFindings });
  for (const file of files) yield checked(await readFile(file, options));
  const overlays = Map.groupBy((await options.overlays?.findings({ complete })) ?? [], (finding) => finding.file);
  for (const [file, fileFindings] of overlays) yield { file, connectors: [], findings: fileFindings, overlay: true };
}

async function readFile(found: FoundFile, options: ReadOptions): Promise<ReadFile> {
  const { file } = found;
  const failed = (finding: Finding): ReadFile => ({ file, connectors: [], findings: [finding] });
  let bytes: Buffer;
  try {
    bytes = found.origin === 'stdin' ? ((await options.stdin?.()) ?? Buffer.alloc(0)) : readBytes(file);
  } catch (error) {
    return failed(
      unreadable(file, `the file cannot be read: ${(error as Error).message}`, 'Check the path and permissions.'),
    );
  }
  if (bytes.length > MAX_BYTES) {
    return failed({
      rule: 'file-too-large',
      severity: 'error',
      message: `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB, too large for a connector file`,
      hint: 'Remove the file from the given paths.',
      file,
    });
  }
  const text = textOf(bytes, file);
  if (text === undefined) {
    return failed({
      rule: 'binary-file',
      severity: 'error',
      message: 'the file is not UTF-8 text',
      hint: 'Save it as UTF-8, or exclude it from the paths.',
      file,
    });
  }
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
  let lines: LineIndex | undefined;
  const linesOf = () => {
    lines ??= new LineIndex(text);
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
    const connector = own && (options.overlays?.apply(own, options.environment) ?? own);
    if (connector) connectors.push(connector);
    for (const { path: keyPath, ...problem } of [...problems, ...shaped.problems]) {
      // A folder may also contain a package.json or a Compose file.
      const lenient = problem.rule === 'not-a-connector' && origin === 'folder';
      // A connector that is sent needs a name.
      const strict = problem.rule === 'missing-name' && options.unset === 'error';
      // A shared secret may also be the value of another key, whose message would show it.
      const hidden = secretsShared(document.shared, isSecretName);
      findings.push({
        ...problem,
        ...(hidden.length > 0 ? { message: redactKnown(problem.message, hidden) } : {}),
        ...(lenient ? { severity: 'warning' as const } : {}),
        ...(strict ? { severity: 'error' as const } : {}),
        file,
        ...(connector ? { connector: connector.name } : {}),
        ...(await positionOf(document, keyPath, linesOf)),
      });
    }
    if (connector && connector.unset.size > 0) findings.push(...(await unsetFindings(connector, options)));
  }
  if (connectors.length === 0 && findings.length === 0) {
    findings.push({
      rule: 'not-a-connector',
      severity: origin === 'folder' ? 'note' : 'error',
      message: skipped > 0 ? 'the file has no KafkaConnector' : 'the file has no connector',
      hint: 'Remove the file from the given paths.',
      file,
    });
  }
  return { file, connectors, findings };
}

function partsOf(document: SourceDocument): SourceDocument[] {
  return connectorsIn(document.value).map(({ value, at }) =>
    at.length === 0
      ? document
      : {
          value,
          shared: document.shared,
          locator: async () => {
            const locate = await document.locator();
            return (keyPath) => locate([...at, ...keyPath]);
          },
        },
  );
}

/** Computed once for all findings of a document. */
const hiddenIn = new WeakMap<SourceDocument, Span[]>();

async function positionOf(
  document: SourceDocument,
  keyPath: KeyPath,
  lines: () => LineIndex,
): Promise<Pick<Finding, 'position' | 'excerpt'>> {
  const find = await document.locator();
  const spans = find(keyPath);
  const span = spans?.key ?? spans?.value;
  if (span === undefined) return {};
  const own = keyPath.length === 0 ? { start: span.start, end: span.start + 1 } : span;
  let hidden = hiddenIn.get(document);
  if (hidden === undefined) {
    hidden = secretSpansIn(document, find, lines(), isSecretName);
    hiddenIn.set(document, hidden);
  }
  return locate(lines(), own, hidden);
}

function locate(
  lines: LineIndex,
  span: Span,
  hidden: readonly Span[] | undefined,
): { position: Position; excerpt: Excerpt } {
  const position = lines.position(span);
  return { position, excerpt: lines.excerpt(position, hidden) };
}

const NONE: ReadonlySet<string> = new Set();

function toConnectorFile(
  shaped: ShapedConnector,
  document: SourceDocument,
  file: string,
  lines: () => LineIndex,
  { environment }: Pick<ReadOptions, 'environment'>,
): ConnectorFile {
  let unset: Set<string> | undefined;
  let filled: Map<string, readonly string[]> | undefined;
  const resolve = (key: string, written: string): string => {
    // A quick check, since most values have no reference.
    if (!written.includes('${')) return written;
    const resolved = resolveValue(written, environment);
    if (resolved.unset.length > 0) unset = (unset ?? new Set()).add(key);
    if (resolved.filled.length > 0) filled = (filled ?? new Map()).set(key, resolved.filled);
    return resolved.value;
  };
  // Copied only if a value differs: most files have no reference to resolve.
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
    unset: unset ?? NONE,
    filled,
    shared: document.shared,
    unreadable: shaped.unreadable.size > 0 ? shaped.unreadable : undefined,
    ...(shaped.state === undefined ? {} : { state: shaped.state }),
    file,
    form: shaped.form,
    positions: () => positionsIn(document, file, lines(), shaped.pathOf),
  };
}
