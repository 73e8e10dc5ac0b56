import { type ReadOptions, readEachFile } from '../connectors/files.ts';
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
  /** The files that were looked at. */
  checked: string[];
  /** In the order of the files, within one by place. */
  findings: FixableFinding[];
}

/** Reads and checks connector files, one after another, without a worker. */
export async function validateFiles(request: ValidateRequest): Promise<ValidateResult> {
  const { reading, store, strict, policy = {} } = request;
  const options = { ...request, together: new Together() };
  const fixed =
    request.fix === undefined
      ? []
      : await (await import('./fix.ts')).fixFiles(reading.paths, store, {
          ...request,
          environment: reading.environment,
          unsafe: request.fix === 'unsafe',
        });
  const result: ValidateResult = {
    files: 0,
    connectors: 0,
    errors: 0,
    warnings: 0,
    notes: 0,
    fixed,
    checked: [],
    findings: [],
  };
  const unset = strict ? 'error' : 'warning';
  for await (const { file, connectors, findings } of readEachFile(reading.paths, { ...reading, unset })) {
    const found = await validateConnectors(connectors, store, options);
    if (request.remote) {
      const { askWorker } = await import('./remote.ts');
      for (const connector of connectors) {
        const offline = found.filter((finding) => finding.connector === connector.name);
        const problems = await askWorker(connector, request.remote, store, offline);
        found.push(...(await locate(connector, problems, options)));
      }
    }
    result.files += 1;
    result.checked.push(file);
    result.connectors += connectors.length;
    const wanted = findings.flatMap((finding) => applyPolicy(finding, policy) ?? []);
    result.findings.push(...[...wanted, ...found].sort(byPlace));
  }
  for (const { severity } of result.findings) result[`${severity}s`] += 1;
  return result;
}

function byPlace(a: FixableFinding, b: FixableFinding): number {
  const [first, second] = [a.position, b.position];
  if (!first || !second) return Number(first !== undefined) - Number(second !== undefined);
  return first.line - second.line || first.column - second.column;
}
