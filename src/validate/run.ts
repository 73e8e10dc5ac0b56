import type { ConnectorFile } from '../connectors/connector-file.ts';
import { readEachFile } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import type { ReadOptions } from '../connectors/read-options.ts';
import { SluiceError } from '../errors/error.ts';
import { STDIN } from '../files/path-words.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { AppliedFix } from './fix.ts';
import { applyPolicy } from './policy.ts';
import type { RemoteValidator } from './remote.ts';
import { CrossConnectorChecks } from './rules/cross-connectors.ts';
import type { FixableFinding } from './rules/scope.ts';
import { locate, type ValidateOptions, validateConnectors } from './validate.ts';

export interface ValidateRequest extends ValidateOptions {
  /** Files, folders, globs, `-`, and how they are read. */
  reading: Omit<ReadOptions, 'unset'> & { paths: readonly string[] };
  /** Fix files in place before they are checked. */
  fix?: 'safe' | 'unsafe' | undefined;
  /** With `fix`: only report what would be fixed. */
  dryRun?: boolean | undefined;
  store: SchemaStore;
  /** Also ask this worker. */
  remote?: RemoteValidator | undefined;
}

export interface ValidateResult {
  files: number;
  connectors: number;
  errors: number;
  warnings: number;
  notes: number;
  /** What was fixed before the check. */
  fixed: AppliedFix[];
  /** What would be fixed; the findings are those of the files as they are. */
  wouldFix?: AppliedFix[];
  /** The fixed text of `-`, if requested. */
  fixedText?: string;
  /** Why the worker gave no answer, if it was asked; the offline findings are complete. */
  unanswered?: SluiceError;
  /** The files that were checked. */
  checked: string[];
  /** In the order of the files, then by position. */
  findings: FixableFinding[];
}

/** Reads and checks connector files one by one, and asks the worker if there is one. */
export async function validateFiles(request: ValidateRequest): Promise<ValidateResult> {
  const { store, strict, policy = {} } = request;
  const options = { ...request, crossChecks: new CrossConnectorChecks() };
  const { fixed, wouldFix, fixedText, reading } = await applyFixes(request);
  const result: ValidateResult = {
    files: 0,
    connectors: 0,
    errors: 0,
    warnings: 0,
    notes: 0,
    fixed,
    ...(wouldFix === undefined ? {} : { wouldFix }),
    ...(fixedText === undefined ? {} : { fixedText }),
    checked: [],
    findings: [],
  };
  const unset = strict ? 'error' : 'warning';
  const asked: ConnectorFile[] = [];
  for await (const { file, connectors, findings } of readEachFile(reading.paths, { ...reading, unset })) {
    const found = await validateConnectors(connectors, store, options);
    if (request.remote && !result.unanswered) {
      try {
        for (const connector of connectors) {
          found.push(...(await ask(connector, request.remote, { found, asked }, options)));
          asked.push(connector);
        }
      } catch (error) {
        result.unanswered = noAnswer(error);
      }
    }
    result.files += 1;
    result.checked.push(file);
    result.connectors += connectors.length;
    const wanted = findings.flatMap((finding) => applyPolicy(finding, policy) ?? []);
    result.findings.push(...withoutEmpty(wanted, found).sort(byPlace));
  }
  for (const { severity } of result.findings) result[`${severity}s`] += 1;
  return result;
}

interface Fixes {
  fixed: AppliedFix[];
  wouldFix?: AppliedFix[];
  fixedText?: string;
  reading: ValidateRequest['reading'];
}

/** Fixes files in place, and the text of `-` in passing. */
async function applyFixes({ fix, reading, store, ...options }: ValidateRequest): Promise<Fixes> {
  if (fix === undefined) return { fixed: [], reading };
  const { fixBytes, fixFiles } = await import('./fix.ts');
  const settings = { ...options, environment: reading.environment, unsafe: fix === 'unsafe' };
  if (!reading.paths.includes(STDIN)) {
    const changes = await fixFiles(reading.paths, store, settings);
    return options.dryRun ? { fixed: [], wouldFix: changes, reading } : { fixed: changes, reading };
  }
  if (reading.paths.length > 1) {
    throw new SluiceError('REQUEST_INVALID', 'standard input cannot be fixed together with files', {
      hint: 'Its fixed text goes to stdout: fix it in a separate run.',
    });
  }
  const bytes = (await reading.stdin?.()) ?? Buffer.alloc(0);
  const { text, applied } = await fixBytes(bytes, STDIN, store, settings);
  if (options.dryRun) return { fixed: [], wouldFix: applied, reading: { ...reading, stdin: async () => bytes } };
  // What cannot be read as text passes unchanged; the check reports why.
  const after = text === undefined ? bytes : Buffer.from(text, 'utf8');
  return { fixed: applied, fixedText: text ?? '', reading: { ...reading, stdin: async () => after } };
}

async function ask(
  connector: ConnectorFile,
  worker: RemoteValidator,
  { found, asked }: { found: readonly FixableFinding[]; asked: readonly ConnectorFile[] },
  options: ValidateRequest,
): Promise<FixableFinding[]> {
  const { askWorker } = await import('./remote.ts');
  const offline = found.filter((finding) => finding.connector === connector.name);
  return locate(connector, await askWorker(connector, worker, options.store, offline, asked), options.store, options);
}

/** If no worker answers, the offline findings still count; an interrupted run ends. */
function noAnswer(error: unknown): SluiceError {
  if (error instanceof SluiceError && error.code !== 'INTERRUPTED' && error.code !== 'TERMINATED') return error;
  throw error;
}

/** A required key without a value is one finding, at the position of the key. */
function withoutEmpty(read: readonly Finding[], found: FixableFinding[]): FixableFinding[] {
  if (read.length === 0) return found;
  const replaced = new Set<Finding>();
  const empty = new Map(read.filter(({ rule }) => rule === 'null-value').map((one) => [identityOf(one), one]));
  if (empty.size === 0) return [...read, ...found];
  const missing = found.map((one) => {
    const place = one.rule === 'missing-key' ? empty.get(identityOf(one)) : undefined;
    if (place === undefined) return one;
    replaced.add(place);
    const { position, excerpt } = place;
    return { ...one, ...(position ? { position } : {}), ...(excerpt ? { excerpt } : {}) };
  });
  return [...read.filter((one) => !replaced.has(one)), ...missing];
}

function identityOf({ connector, key }: Finding): string {
  return `${connector ?? ''} ${key ?? ''}`;
}

function byPlace(a: FixableFinding, b: FixableFinding): number {
  const [first, second] = [a.position, b.position];
  if (!first || !second) return Number(first !== undefined) - Number(second !== undefined);
  return first.line - second.line || first.column - second.column;
}
