import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FILE } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { HOOK_FILE } from './init-ci.ts';
import type { AddRequest } from './init-request.ts';
import { repositoryOf } from './repository.ts';

interface PlannedFile {
  file: string;
  text: string;
}

/** A file of `init`, which may be above the folder of the project. */
function isHook(file: string): boolean {
  return file.endsWith(path.normalize(HOOK_FILE));
}

function isCi(file: string): boolean {
  return /(?:^|[/\\])\.git(?:hub[/\\]|lab-ci)/.test(file);
}

/** The project file, for what runs at the top of the repository. */
function projectFrom(folder: string): string | undefined {
  const { below } = repositoryOf(folder);
  return below === '' ? undefined : shellWord(path.posix.join(below, PROJECT_FILE));
}

/** Whether exactly this file is there already. */
export function isThere(folder: string, { file, text }: PlannedFile): boolean {
  const full = path.join(folder, file);
  return existsSync(full) && readText(full) === text;
}

/**
 * Before anything is written: an existing file is never replaced.
 * @throws FILE_UNWRITABLE with what the file is, and how to go on
 */
export function assertFree(request: AddRequest, files: readonly PlannedFile[]): void {
  const { folder } = request;
  const taken = files.map(({ file }) => file).filter((file) => existsSync(path.join(folder, file)));
  if (taken.length === 0) return;
  const hookFile = taken.find(isHook);
  const hook = hookFile === undefined ? '' : readText(path.join(folder, hookFile));
  const validates = hook.includes('sluice') && /\bvalidate\b/.test(hook) && hook.includes(projectFrom(folder) ?? '');
  const what = hook === '' ? '' : validates ? ' and validates with sluice' : ' and is another hook';
  const exists = taken.length === 1 ? `already exists${what}` : 'already exist';
  throw new SluiceError('FILE_UNWRITABLE', `${taken.join(', ')} ${exists}; nothing was written`, {
    hint: hintFor(request, taken, validates).join('\n'),
    details: { files: taken },
  });
}

function hintFor({ folder, ci, hook }: AddRequest, taken: readonly string[], validates: boolean): string[] {
  const init = `init${folder === '.' ? '' : ` ${shellWord(folder)}`}`;
  const other = taken.find((file) => !isHook(file));
  if (taken.includes(PROJECT_FILE)) {
    const both = command(init, { ci: 'github', hook: true });
    return ['Choose another folder for a new project. To add CI or a hook to this one:', both];
  }
  // Of a connector.
  if (other !== undefined && !isCi(other)) return ['Choose another folder, or remove the existing files.'];
  const addsLine = taken.some(isHook) && !validates;
  return [
    ...(addsLine
      ? [
          `To check connectors in the hook, add this line to it: ${command('validate', { quiet: true, project: projectFrom(folder) })}`,
        ]
      : []),
    ...(other === undefined ? [] : [`Rename ${other}, run this again, and merge the two.`]),
    ...(other === undefined && ci !== undefined ? [`To add only CI: ${command(init, { ci })}`] : []),
    ...(other === undefined && ci === undefined && validates ? ['There is nothing to add.'] : []),
    ...(hook && !taken.some(isHook) ? [`To add only the hook: ${command(init, { hook: true })}`] : []),
  ];
}
