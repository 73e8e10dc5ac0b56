import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FILE } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { HOOK_FILE } from './init-ci.ts';
import type { AddRequest } from './init-request.ts';

interface PlannedFile {
  file: string;
  text: string;
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
  const hook = taken.includes(HOOK_FILE) ? readText(path.join(folder, HOOK_FILE)) : '';
  const validates = hook.includes('sluice') && /\bvalidate\b/.test(hook);
  const what = hook === '' ? '' : validates ? ' and validates with sluice' : ' and is another hook';
  const exists = taken.length === 1 ? `already exists${what}` : 'already exist';
  throw new SluiceError('FILE_UNWRITABLE', `${taken.join(', ')} ${exists}; nothing was written`, {
    hint: hintFor(request, taken, validates).join('\n'),
    details: { files: taken },
  });
}

function hintFor({ folder, ci, hook }: AddRequest, taken: readonly string[], validates: boolean): string[] {
  const init = `init${folder === '.' ? '' : ` ${shellWord(folder)}`}`;
  const other = taken.find((file) => file !== HOOK_FILE);
  if (taken.includes(PROJECT_FILE)) {
    const both = command(init, { ci: 'github', hook: true });
    return ['Choose another folder for a new project. To add CI or a hook to this one:', both];
  }
  // Of a connector.
  if (other?.startsWith('.git') === false) return ['Choose another folder, or remove the existing files.'];
  const addsLine = taken.includes(HOOK_FILE) && !validates;
  return [
    ...(addsLine
      ? [`To check connectors in the hook, add this line to it: ${command('validate', { quiet: true })}`]
      : []),
    ...(other === undefined ? [] : [`Rename ${other}, run this again, and merge the two.`]),
    ...(other === undefined && ci !== undefined ? [`To add only CI: ${command(init, { ci })}`] : []),
    ...(other === undefined && ci === undefined && validates ? ['There is nothing to add.'] : []),
    ...(hook && !taken.includes(HOOK_FILE) ? [`To add only the hook: ${command(init, { hook: true })}`] : []),
  ];
}
