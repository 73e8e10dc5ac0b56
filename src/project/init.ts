import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FILE } from '../config/project.ts';
import { readText } from '../config/read-file.ts';
import { connectorYaml } from '../connectors/templates/file.ts';
import { loadTemplate } from '../connectors/templates/load.ts';
import { type RenderedConnector, renderTemplate } from '../connectors/templates/render.ts';
import type { Values } from '../connectors/templates/values.ts';
import { SluiceError } from '../errors/error.ts';
import { projectText, WORKFLOW, workflowText } from './init-files.ts';

export interface InitContext {
  name: string;
  /** URL of the Connect REST API. */
  connect: string;
  bootstrapServers?: string | undefined;
  protected: boolean;
}

export interface InitRequest {
  /** Folder of the project; made where it is missing. */
  folder: string;
  contexts: readonly InitContext[];
  templates: readonly InitTemplate[];
  /** Adds a workflow that checks connectors on every pull request. */
  ci: boolean;
}

export interface InitTemplate {
  template: string;
  values: Values;
}

export interface InitReport {
  folder: string;
  /** Relative to the folder, in the order they were written; `added` where lines were added to a file. */
  files: { file: string; outcome: 'created' | 'added' }[];
  connectors: string[];
  /** Variables that the connectors want when they are deployed. */
  variables: string[];
}

interface PlannedFile {
  file: string;
  text: string;
}

/**
 * Writes a project: sluice.yaml, connectors from templates, what git must not see, and on request a CI workflow. What is
 * there is never replaced; a `.gitignore` only gets the lines that it lacks.
 * @throws USAGE, TEMPLATE_UNKNOWN, TEMPLATE_VALUES; FILE_UNWRITABLE, before anything is written where a file is there
 */
export async function initProject({ folder, contexts, templates, ci }: InitRequest): Promise<InitReport> {
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
    ...(ci ? [{ file: WORKFLOW, text: workflowText() }] : []),
  ];
  assertFree(folder, files);
  for (const { file, text } of files)
    write(folder, file, () => writeFileSync(path.join(folder, file), text, { flag: 'wx' }));
  const ignored = ignore(folder);
  return {
    folder,
    files: [...files.map(({ file }) => ({ file, outcome: 'created' as const })), ...ignored],
    connectors: connectors.map((connector) => connector.name),
    variables,
  };
}

const CONTEXT_NAME = /^[A-Za-z0-9][\w.-]*$/;

function checkContexts(contexts: readonly InitContext[]): void {
  if (contexts.length === 0) {
    throw new SluiceError('USAGE', 'no context is named', {
      hint: 'Name each cluster with --connect NAME=URL, such as --connect dev=http://localhost:8083.',
    });
  }
  const names = new Set<string>();
  for (const { name, connect } of contexts) {
    if (!CONTEXT_NAME.test(name)) {
      throw new SluiceError('USAGE', `"${name}" is not a valid context name`, {
        hint: 'Use letters, digits, hyphens and dots: it is also the name of the folder of its overlays.',
      });
    }
    if (names.has(name)) {
      throw new SluiceError('USAGE', `the context ${name} is named twice`, {
        hint: 'Several URLs of one cluster can be listed in sluice.yaml afterwards.',
      });
    }
    names.add(name);
    if (!isUrl(connect)) {
      throw new SluiceError('USAGE', `"${connect}" is not the URL of a Connect REST API`, {
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
        hint: 'Give each its own: --set TEMPLATE.name=NAME',
      });
    }
    seen.add(name);
  }
}

function assertFree(folder: string, files: readonly PlannedFile[]): void {
  const taken = files.filter(({ file }) => existsSync(path.join(folder, file))).map(({ file }) => file);
  if (taken.length === 0) return;
  throw new SluiceError('FILE_UNWRITABLE', `${taken.join(', ')} is there already; nothing was written`, {
    hint: 'Choose another folder, or remove what is there.',
    details: { files: taken },
  });
}

function exampleText(variables: readonly string[]): string {
  return ['# Copy to .env, fill in, and give it with --env-file .env', ...variables.map((name) => `${name}=`), ''].join(
    '\n',
  );
}

const IGNORED = ['.env', '.env.*', '!.env.example'];

/** The lines that keep secrets out of git, as far as they are not there. */
function ignore(folder: string): InitReport['files'] {
  const file = path.join(folder, '.gitignore');
  const there = existsSync(file);
  let before = '';
  if (there)
    write(folder, '.gitignore', () => {
      before = readText(file);
    });
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const missing = IGNORED.filter((line) => !known.has(line));
  if (missing.length === 0) return [];
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  write(folder, '.gitignore', () => appendFileSync(file, `${gap}${missing.join('\n')}\n`));
  return [{ file: '.gitignore', outcome: there ? 'added' : 'created' }];
}

function write(folder: string, file: string, action: () => void): void {
  try {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    action();
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write ${path.join(folder, file)}: ${(error as Error).message}`, {
      hint: 'Check the path and rights.',
      cause: error,
    });
  }
}
