import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';

/** Where git and CI services look for hooks and workflows. */
export interface Repository {
  /** The folder itself, if it is in none. */
  top: string;
  /** Of the project's folder, from the top, with slashes; empty for the top. */
  below: string;
}

/** The repository that a folder is in. @throws REQUEST_INVALID for names that a script might misread */
export function repositoryOf(folder: string): Repository {
  const start = path.resolve(folder);
  for (let top = start; ; top = path.dirname(top)) {
    if (existsSync(path.join(top, '.git'))) return { top, below: belowOf(top, start) };
    if (path.dirname(top) === top) return { top: start, below: '' };
  }
}

function belowOf(top: string, folder: string): string {
  const below = path.relative(top, folder).split(path.sep).join('/');
  if (/^[\w./ @+-]*$/.test(below)) return below;
  throw new SluiceError('REQUEST_INVALID', `CI and hooks cannot name the folder ${below} safely`, {
    hint: 'Rename it with letters, digits, spaces, hyphens and dots.',
  });
}

const MANAGERS = ['lefthook.yml', 'lefthook.yaml', '.lefthook.yml', '.lefthook.yaml', '.pre-commit-config.yaml'];

/**
 * The file that must run a new hook before a commit, from the top of the repository: if git looked for hooks in another
 * folder, those that are there would no longer run. Undefined if there are none.
 * @param own the folder of the new hook
 */
export function hookRunner(top: string, own: string): string | undefined {
  if (existsSync(path.join(top, '.husky'))) return '.husky/pre-commit';
  const manager = MANAGERS.find((file) => existsSync(path.join(top, file)));
  if (manager !== undefined) return manager;
  const folder = hooksFolder(top);
  const hooks = filesIn(path.resolve(top, folder)).filter((file) => !file.endsWith('.sample'));
  return folder === own || hooks.length === 0 ? undefined : `${folder}/pre-commit`;
}

/** `core.hooksPath` of the repository, or git's default. */
function hooksFolder(top: string): string {
  const config = path.join(top, '.git', 'config');
  const text = existsSync(config) ? readText(config) : '';
  const [, set] = /^\s*hooksPath\s*=\s*"?([^"\n]+?)"?\s*$/im.exec(text) ?? [];
  return set?.replace(/\/$/, '') ?? '.git/hooks';
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
