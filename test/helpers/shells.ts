import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../../src/config/paths.ts';

export type InteractiveShell = 'bash' | 'zsh' | 'fish';

export interface ShellProgram {
  command: string[];
  env: Record<string, string>;
  /** What it needs before anything else; a line. */
  setUp: string;
}

const PACKAGES = { zsh: ['zsh', 'zsh-common'], fish: ['fish', 'fish-common', 'libpcre2-32-0'] };
const FLAGS = { bash: ['--norc', '--noprofile', '-i'], zsh: ['-f', '-i'], fish: ['-N', '-i'] };

/** A shell of this machine, or one unpacked from its Debian packages into the cache; undefined where there is neither. */
export function findShell(shell: InteractiveShell): ShellProgram | undefined {
  if (spawnSync(shell, ['-c', 'true']).status === 0)
    return { command: [shell, ...FLAGS[shell]], env: {}, setUp: 'true' };
  if (shell === 'bash') return undefined;
  const root = path.join(userFolders().cache, 'test', `shell-${shell}`);
  if (!existsSync(root) && !unpack(PACKAGES[shell], root)) return undefined;
  const libraries = readdirSync(path.join(root, 'usr', 'lib'))
    .filter((name) => name.includes('linux'))
    .map((name) => path.join(root, 'usr', 'lib', name));
  const env = { LD_LIBRARY_PATH: libraries.join(':') };
  if (shell === 'fish') return { command: [path.join(root, 'usr', 'bin', 'fish'), ...FLAGS.fish], env, setUp: 'true' };
  const [modules = ''] = libraries.flatMap((folder) => {
    const zsh = path.join(folder, 'zsh');
    return existsSync(zsh) ? readdirSync(zsh).map((version) => path.join(zsh, version)) : [];
  });
  const functions = path.join(root, 'usr', 'share', 'zsh', 'functions');
  return {
    command: [path.join(root, 'bin', 'zsh'), ...FLAGS.zsh],
    env,
    setUp: `module_path=('${modules}') fpath=('${functions}'/**/*(/N) '${functions}')`,
  };
}

function unpack(packages: readonly string[], root: string): boolean {
  const partial = `${root}.partial-${process.pid}`;
  mkdirSync(path.join(partial, 'debs'), { recursive: true });
  try {
    const run = (command: string, args: string[]) =>
      spawnSync(command, args, { cwd: path.join(partial, 'debs'), timeout: 120_000 }).status === 0;
    if (!run('apt-get', ['download', ...packages])) return false;
    const files = path.join(partial, 'files');
    if (!readdirSync(path.join(partial, 'debs')).every((deb) => run('dpkg', ['-x', deb, files]))) return false;
    // Where fish looks for its own files, seen from its program.
    if (existsSync(path.join(files, 'etc'))) symlinkSync('../etc', path.join(files, 'usr', 'etc'));
    if (!existsSync(root)) renameSync(files, root);
    return true;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
