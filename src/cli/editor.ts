import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { Environment } from '../secrets/environment.ts';

/**
 * The editor as git and kubectl choose it.
 * @throws EDITOR_FAILED if none is named, and there is no terminal for the usual one, which would wait forever
 */
export function editorCommand(environment: Environment, hasTerminal: boolean): string {
  const [first] = [environment['VISUAL'], environment['EDITOR']].filter(
    (one) => one !== undefined && one.trim() !== '',
  );
  if (first !== undefined) return first;
  if (process.platform === 'win32') return 'notepad';
  if (hasTerminal) return 'vi';
  throw new SluiceError('EDITOR_FAILED', 'no editor is named, and this is not a terminal', {
    hint: 'Set VISUAL or EDITOR. To change single keys without an editor: sluice patch',
  });
}

/**
 * A text in the user's editor, in a file that only they can read; it is removed afterwards.
 * @param name of the file; the ending tells an editor how to colour it
 * @throws EDITOR_FAILED
 */
export async function editText(text: string, name: string, command: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-edit-'));
  try {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    await run(command, file);
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw failed(command, 'left no file', error);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keeps a text in a file that only this user can read. @returns the file */
export function keepText(text: string, name: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-edit-')), name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function failed(command: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError('EDITOR_FAILED', `the editor (${command}) ${what}; nothing was changed`, {
    hint: 'Set EDITOR to one that waits until the file is closed, such as EDITOR="code --wait".',
    cause,
  });
}

/** By the shell, since the command may have arguments: `code --wait`. */
function run(command: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === 'win32';
    const [shell, args] = isWindows
      ? ['cmd', ['/c', `${command} "${file}"`]]
      : ['sh', ['-c', `${command} "$1"`, 'sh', file]];
    const child = spawn(shell, args, { stdio: ['inherit', process.stderr, 'inherit'] });
    child.on('error', (error) => reject(failed(command, `cannot be started: ${error.message}`, error)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(command, signal === null ? `ended with ${code}` : `was ended by ${signal}`));
    });
  });
}
