import type { ConnectorFile } from '../connectors/connector-file.ts';
import { type ReadOptions, readEachFile } from '../connectors/files.ts';
import type { Finding } from '../connectors/finding.ts';
import { STDIN } from '../connectors/paths.ts';
import { SluiceError } from '../errors/error.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { AppliedFix } from './fix.ts';
import { applyPolicy } from './policy.ts';
import type { RemoteValidator } from './remote.ts';
import { Together } from './together.ts';
import { type FixableFinding, locate, type ValidateOptions, validateConnectors } from './validate.ts';

export interface ValidateRequest extends ValidateOptions {
  /** Files, folders, globs, `-`, and how they are read. */
  reading: Omit<ReadOptions, 'unset'> & { paths: readonly string[] };
  /** Mend files in place before they are checked. */
  fix?: 'safe' | 'unsafe' | undefined;
  store: SchemaStore;
  /** Ask this worker, too. */
  remote?: RemoteValidator | undefined;
}

export interface ValidateResult {
  files: number;
  connectors: number;
  errors: number;
  warnings: number;
  notes: number;
  /** What was mended before the check. */
  fixed: AppliedFix[];
  /** The text of `-` with what could be mended in it, where that was asked for. */
  mended?: string;
  /** Why the worker gave no answer, where it was to be asked; what was found offline is there all the same. */
  unanswered?: SluiceError;
  /** The files that were looked at. */
  checked: string[];
  /** In the order of the files, within one by place. */
  findings: FixableFinding[];
}

/** Reads and checks connector files, one after another; where a worker is given it is asked, too. */
export async function validateFiles(request: ValidateRequest): Promise<ValidateResult> {
  const { store, strict, policy = {} } = request;
  const options = { ...request, together: new Together() };
  const { fixed, mended, reading } = await mend(request);
  const result: ValidateResult = {
    files: 0,
    connectors: 0,
    errors: 0,
    warnings: 0,
    notes: 0,
    fixed,
    ...(mended === undefined ? {} : { mended }),
    checked: [],
    findings: [],
  };
  const unset = strict ? 'error' : 'warning';
  for await (const { file, connectors, findings } of readEachFile(reading.paths, { ...reading, unset })) {
    const found = await validateConnectors(connectors, store, options);
    if (request.remote && !result.unanswered) {
      try {
        for (const connector of connectors) found.push(...(await ask(connector, request.remote, found, options)));
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

/** Mends files in place, and the text of `-` on its way through. */
async function mend({ fix, reading, store, ...options }: ValidateRequest) {
  if (fix === undefined) return { fixed: [], mended: undefined, reading };
  const { fixBytes, fixFiles } = await import('./fix.ts');
  const settings = { ...options, environment: reading.environment, unsafe: fix === 'unsafe' };
  if (!reading.paths.includes(STDIN)) {
    return { fixed: await fixFiles(reading.paths, store, settings), mended: undefined, reading };
  }
  if (reading.paths.length > 1) {
    throw new SluiceError('USAGE', 'standard input cannot be fixed together with files', {
      hint: 'Its fixed text goes to stdout: fix it in a run of its own.',
    });
  }
  const bytes = (await reading.stdin?.()) ?? Buffer.alloc(0);
  const { text, applied } = await fixBytes(bytes, STDIN, store, settings);
  // What cannot be read as text goes through as it is, and the check tells why.
  const after = text === undefined ? bytes : Buffer.from(text, 'utf8');
  return { fixed: applied, mended: text ?? '', reading: { ...reading, stdin: async () => after } };
}

async function ask(
  connector: ConnectorFile,
  worker: RemoteValidator,
  found: readonly FixableFinding[],
  options: ValidateRequest,
): Promise<FixableFinding[]> {
  const { askWorker } = await import('./remote.ts');
  const offline = found.filter((finding) => finding.connector === connector.name);
  return locate(connector, await askWorker(connector, worker, options.store, offline), options.store, options);
}

/** A worker that does not answer takes nothing from what was found offline; a run that was ended is ended. */
function noAnswer(error: unknown): SluiceError {
  if (error instanceof SluiceError && error.code !== 'INTERRUPTED' && error.code !== 'TERMINATED') return error;
  throw error;
}

/** A key without a value that has to be there is one finding, where the key stands. */
function withoutEmpty(read: readonly Finding[], found: readonly FixableFinding[]): FixableFinding[] {
  const told = new Set<Finding>();
  const empty = new Map(read.filter(({ rule }) => rule === 'null-value').map((one) => [identityOf(one), one]));
  if (empty.size === 0) return [...read, ...found];
  const missing = found.map((one) => {
    const place = one.rule === 'missing-key' ? empty.get(identityOf(one)) : undefined;
    if (place === undefined) return one;
    told.add(place);
    const { position, excerpt } = place;
    return { ...one, ...(position ? { position } : {}), ...(excerpt ? { excerpt } : {}) };
  });
  return [...read.filter((one) => !told.has(one)), ...missing];
}

function identityOf({ connector, key }: Finding): string {
  return `${connector ?? ''} ${key ?? ''}`;
}

function byPlace(a: FixableFinding, b: FixableFinding): number {
  const [first, second] = [a.position, b.position];
  if (!first || !second) return Number(first !== undefined) - Number(second !== undefined);
  return first.line - second.line || first.column - second.column;
}
