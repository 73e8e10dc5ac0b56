import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../../src/config/paths.ts';
import { withLock } from '../../src/files/lock.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { runProgram } from '../../src/sandbox/programs.ts';

/** Packages whose programs tests use; none is installed, and none is started by the system. */
export type DebianPackage = 'prometheus' | 'prometheus-alertmanager' | 'prometheus-pushgateway';

/** A mirror that does not answer must not hold up a test run. */
const LIMIT_MS = 5 * 60_000;

/**
 * The files of a package of Debian (or Ubuntu), from the cache or fetched into it by the machine's own apt: no root is needed.
 * @returns the folder that stands for `/`, such as `FOLDER/usr/bin/prometheus`; or why there is none
 */
export async function debianPart(name: DebianPackage): Promise<{ folder: string } | { reason: string }> {
  try {
    if (process.platform !== 'linux') throw new Error(`its packages are for Linux, and this is ${process.platform}`);
    const cache = userFolders().cache;
    mkdirSync(cache, { recursive: true });
    const folder = path.join(cache, `test-${name}`);
    if (!existsSync(folder)) {
      const ports = { clock: systemClock, signal: new AbortController().signal };
      await withLock(path.join(cache, `test-${name}.lock`), ports, () => fetched(name, folder));
    }
    return { folder };
  } catch (error) {
    return { reason: `${name} could not be fetched: ${(error as Error).message}` };
  }
}

/** Filled under another name first: a folder under its own is whole. */
async function fetched(name: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const files = path.join(partial, 'files');
  mkdirSync(files, { recursive: true });
  try {
    // Without lists of packages nothing is found; only root may fetch them.
    if (!(await runs('apt-get', ['download', name], partial)) && process.getuid?.() === 0)
      await runs('apt-get', ['update'], partial);
    const deb = () => readdirSync(partial).find((file) => file.endsWith('.deb'));
    if (deb() === undefined) await must('apt-get', ['download', name], partial);
    await must('dpkg', ['-x', deb() ?? '', files], partial);
    renameSync(files, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function runs(command: string, args: readonly string[], cwd: string): Promise<boolean> {
  return must(command, args, cwd).then(
    () => true,
    () => false,
  );
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runProgram(
    { command, args: [...args], cwd, env: { ...process.env, LC_ALL: 'C' } },
    AbortSignal.timeout(LIMIT_MS),
  );
  if (code !== 0) throw new Error(`${command} ${args[0]}: ${output.at(-1) ?? `exit code ${code}`}`);
}
