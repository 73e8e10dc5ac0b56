import { appendFileSync, chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FILE, readProject } from '../config/project.ts';
import { readConnectorFiles } from '../connectors/files.ts';
import { connectorPaths } from '../connectors/project-paths.ts';
import { resolveValue } from '../connectors/references.ts';
import { connectorYaml } from '../connectors/templates/file.ts';
import { loadTemplate } from '../connectors/templates/load.ts';
import { type RenderedConnector, renderTemplate } from '../connectors/templates/render.ts';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readText } from '../files/read-file.ts';
import { setting } from '../text/settings.ts';
import { assertFree, isThere } from './files-in-the-way.ts';
import { type CiSetup, ciFile, HOOK_FILE, hookText } from './init-ci.ts';
import { projectText } from './init-files.ts';
import type { AddRequest, InitContext, InitRequest } from './init-request.ts';
import { hookRunner, repositoryOf } from './repository.ts';

export interface InitReport {
  folder: string;
  /** In the order written. */
  files: {
    /** Relative to the folder. */
    file: string;
    /** `added`: lines were added to an existing file; `kept`: the very same file was there. */
    outcome: 'created' | 'added' | 'kept';
  }[];
  connectors: string[];
  /** Variables that the connectors need when deployed. */
  variables: string[];
  /** With a git hook: the file that must run it, from the top of the repository, since there are other hooks. */
  hookRunner: string | null;
}

interface PlannedFile {
  file: string;
  text: string;
  executable?: true;
}

/**
 * Writes a project: sluice.yaml, connectors from templates, a .gitignore, and on request a CI workflow and a git hook.
 * Existing files are never replaced; a `.gitignore` only gets the missing lines.
 * @throws REQUEST_INVALID, TEMPLATE_UNKNOWN, TEMPLATE_VALUES; FILE_UNWRITABLE, before anything is written, if a file exists
 */
export async function initProject(request: InitRequest): Promise<InitReport> {
  const { folder, contexts, templates } = request;
  checkContexts(contexts);
  const connectors: RenderedConnector[] = [];
  for (const { template, values } of templates) connectors.push(renderTemplate(await loadTemplate(template), values));
  checkNames(connectors);
  const variables = [...new Set(connectors.flatMap((connector) => connector.variables))].sort();
  const files: PlannedFile[] = [
    { file: PROJECT_FILE, text: await projectText(contexts) },
    ...connectors.map((connector) => ({
      file: path.join('connectors', `${connector.name}.yaml`),
      text: connectorYaml(connector),
    })),
    ...(variables.length > 0 ? [{ file: '.env.example', text: exampleText(variables) }] : []),
    ...addedFiles(request, contexts, variables),
  ];
  const created = writeAll(request, files);
  const ignored = ignore(folder);
  return {
    folder,
    files: [...created, ...ignored],
    connectors: connectors.map((connector) => connector.name),
    variables,
    hookRunner: runnerOf(request),
  };
}

/**
 * Adds a CI workflow or a git hook to a project that exists.
 * @throws REQUEST_INVALID, PROJECT_INVALID; FILE_UNWRITABLE, before anything is written, if a file exists
 */
export async function addToProject(request: AddRequest): Promise<InitReport> {
  const { folder } = request;
  const project = await readProject(path.join(folder, PROJECT_FILE));
  const settings = project.document.contexts ?? {};
  const contexts = Object.entries(settings).map(([name, one]) => ({ name, protected: one.protected === true }));
  const given = new Set(contexts.flatMap(({ name }) => Object.keys(settings[name]?.variables ?? {})));
  const paths =
    (project.document.connectors ?? []).length > 0 ? await connectorPaths({ project: async () => project }) : [];
  // With variables unset: this finds those that CI has to provide.
  const { connectors } = await readConnectorFiles(paths, { environment: {} });
  const unset = connectors.flatMap(({ written }) =>
    Object.values(written).flatMap((value) => resolveValue(value, {}).unset),
  );
  const variables = [...new Set(unset)].filter((name) => !given.has(name)).sort();
  const wanted = addedFiles(request, contexts, variables);
  const kept = wanted.filter((file) => isThere(folder, file));
  const written = writeAll(
    request,
    wanted.filter((file) => !kept.includes(file)),
  );
  const files = [...written, ...kept.map(({ file }) => ({ file, outcome: 'kept' as const }))];
  return { folder, files, connectors: [], variables, hookRunner: runnerOf(request) };
}

/** Whether a folder has a project. */
export function hasProject(folder: string): boolean {
  return existsSync(path.join(folder, PROJECT_FILE));
}

function runnerOf({ folder, hook }: AddRequest): string | null {
  return (hook ? hookRunner(repositoryOf(folder).top, path.posix.dirname(HOOK_FILE)) : undefined) ?? null;
}

/** Git and CI services read hooks and workflows at the top of a repository only. */
function addedFiles(
  { folder, ci, hook }: AddRequest,
  contexts: readonly Pick<InitContext, 'name' | 'protected'>[],
  variables: readonly string[],
): PlannedFile[] {
  if (ci === undefined && !hook) return [];
  const { top, below } = repositoryOf(folder);
  const project = below === '' ? undefined : path.posix.join(below, PROJECT_FILE);
  const files: PlannedFile[] = [
    ...(ci === undefined ? [] : [ciFile(ci, { context: deployedContext(contexts), variables, project })]),
    ...(hook ? [{ file: HOOK_FILE, text: hookText(project), executable: true as const }] : []),
  ];
  const up = path.relative(path.resolve(folder), top);
  return files.map((one) => ({ ...one, file: path.join(up, one.file) }));
}

/** The context that CI deploys to: the first protected one, or else the last. */
function deployedContext(contexts: readonly Pick<InitContext, 'name' | 'protected'>[]): CiSetup['context'] {
  const name = (contexts.find((one) => one.protected) ?? contexts.at(-1))?.name;
  if (name === undefined) {
    throw new SluiceError('REQUEST_INVALID', 'CI needs a context to deploy to, and sluice.yaml has none', {
      hint: 'Define it under contexts in sluice.yaml.',
    });
  }
  assertContextName(name);
  return name;
}

function writeAll(request: AddRequest, files: readonly PlannedFile[]): InitReport['files'] {
  assertFree(request, files);
  const { folder } = request;
  for (const { file, text, executable } of files) {
    write(folder, file, () => {
      writeFileSync(path.join(folder, file), text, { flag: 'wx' });
      if (executable) chmodSync(path.join(folder, file), 0o755);
    });
  }
  return files.map(({ file }) => ({ file, outcome: 'created' as const }));
}

const CONTEXT_NAME = /^[A-Za-z0-9][\w.-]*$/;

function assertContextName(name: string): void {
  if (CONTEXT_NAME.test(name)) return;
  throw new SluiceError('REQUEST_INVALID', `"${name}" is not a valid context name`, {
    hint: 'Use letters, digits, hyphens and dots: it is also the name of the folder of its overlays.',
  });
}

function checkContexts(contexts: readonly InitContext[]): void {
  if (contexts.length === 0) {
    throw new SluiceError('REQUEST_INVALID', 'no context given', {
      hint: `Name each cluster with ${setting('connect', 'NAME=URL')}, such as ${setting('connect', 'dev=http://localhost:8083')}.`,
    });
  }
  const names = new Set<string>();
  for (const { name, connect } of contexts) {
    assertContextName(name);
    if (names.has(name)) {
      throw new SluiceError('REQUEST_INVALID', `the context ${name} is given twice`, {
        hint: 'Several URLs of one cluster can be listed in sluice.yaml afterwards.',
      });
    }
    names.add(name);
    if (!isUrl(connect)) {
      throw new SluiceError('REQUEST_INVALID', `"${connect}" is not the URL of a Connect REST API`, {
        hint: 'Write it as http://host:8083, without user and password: those are references in sluice.yaml.',
      });
    }
  }
}

/** A password in the URL would be committed with the file. */
export function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

function checkNames(connectors: readonly RenderedConnector[]): void {
  const seen = new Set<string>();
  for (const { name } of connectors) {
    if (seen.has(name)) {
      throw new SluiceError('TEMPLATE_VALUES', `two connectors would be named ${name}`, {
        hint: `Give each its own: ${setting('set', 'TEMPLATE.name=NAME')}`,
      });
    }
    seen.add(name);
  }
}

function exampleText(variables: readonly string[]): string {
  return [
    '# Copy to .env and set the values: sluice reads .env beside sluice.yaml',
    ...variables.map((name) => `${name}=`),
    '',
  ].join('\n');
}

const IGNORED = ['.env', '.env.*', '!.env.example'];

/** Adds the missing lines that keep secrets out of git. */
function ignore(folder: string): InitReport['files'] {
  const file = path.join(folder, '.gitignore');
  const exists = existsSync(file);
  let before = '';
  if (exists)
    write(folder, '.gitignore', () => {
      before = readText(file);
    });
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const missing = IGNORED.filter((line) => !known.has(line));
  if (missing.length === 0) return [];
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  write(folder, '.gitignore', () => appendFileSync(file, `${gap}${missing.join('\n')}\n`));
  return [{ file: '.gitignore', outcome: exists ? 'added' : 'created' }];
}

function write(folder: string, file: string, action: () => void): void {
  try {
    makeFolder(path.dirname(path.join(folder, file)));
    action();
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write ${path.join(folder, file)}: ${(error as Error).message}`, {
      hint: 'Check the path and permissions.',
      cause: error,
    });
  }
}
