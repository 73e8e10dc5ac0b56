import { chmodSync, existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../../../src/config/paths.ts';
import { withLock } from '../../../src/files/lock.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { databaseAccount, reachableFolder } from '../../../src/sandbox/account.ts';
import { checkFreeSpace } from '../../../src/sandbox/disk.ts';
import { runProgram } from '../../../src/sandbox/programs.ts';
import { privateApt } from './apt.ts';

const PACKAGE = 'mysql-server-core';
/** For scripts around the server, which are not run here. */
const NOT_NEEDED = /^(?:perl|libperl|libgdbm|debconf)/;
const UNPACKED_BYTES = 500e6;

/** Programs and files of a MySQL server, with every library that it needs. */
export interface MysqlFiles {
  folder: string;
  /** The package's. */
  version: string;
}

/**
 * MySQL from the cache, or fetched into it: 50 MB, and 270 MB unpacked. Nothing is installed, and root is not needed.
 * @returns why there is none, where it cannot be fetched
 */
export async function mysqlFiles(): Promise<MysqlFiles | { reason: string }> {
  try {
    if (process.platform !== 'linux') throw new Error(`its packages are for Linux, and this is ${process.platform}`);
    const cache = path.join(reachableFolder(userFolders().cache, '/var/cache/sluice', databaseAccount()), 'test');
    mkdirSync(cache, { recursive: true });
    return (
      cached(cache) ??
      (await withLock(
        path.join(cache, 'mysql.lock'),
        { clock: systemClock, signal: new AbortController().signal },
        async () => cached(cache) ?? (await fetched(cache)),
      ))
    );
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** The newest; a version that is gone from the mirror is as good. */
function cached(cache: string): MysqlFiles | undefined {
  const versions = readdirSync(cache).flatMap((name) => /^mysql-(\d.*)$/.exec(name)?.[1] ?? []);
  const version = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  return version === undefined ? undefined : { folder: path.join(cache, `mysql-${version}`), version };
}

/** Filled under another name first: a folder under its own is whole. */
async function fetched(cache: string): Promise<MysqlFiles> {
  await checkFreeSpace(cache, UNPACKED_BYTES);
  const partial = path.join(cache, 'mysql.partial');
  rmSync(partial, { recursive: true, force: true });
  const folders = {
    apt: path.join(partial, 'apt'),
    debs: path.join(partial, 'debs'),
    files: path.join(partial, 'files'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  chmodSync(folders.files, 0o755);
  try {
    const apt = await privateApt(folders.apt);
    const versions = new Map([...(await apt.resolve(PACKAGE))].filter(([name]) => !NOT_NEEDED.test(name)));
    await apt.download(versions, folders.debs);
    for (const file of readdirSync(folders.debs)) {
      const { code, output } = await runProgram(
        { command: 'dpkg', args: ['-x', path.join(folders.debs, file), folders.files], cwd: partial, env: process.env },
        new AbortController().signal,
      );
      if (code !== 0) throw new Error(`dpkg -x ${file}: ${output.join(' ')}`);
    }
    programOf(folders.files);
    const version = (versions.get(PACKAGE) ?? '').replaceAll(/[^\w.-]/g, '_');
    const folder = path.join(cache, `mysql-${version}`);
    if (!existsSync(folder)) renameSync(folders.files, folder);
    return { folder, version };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * How the server is run: by the loader that came with it, since the machine's C library may be older than it needs.
 * @throws where the packages hold something else than is known
 */
export function programOf(folder: string): { command: string; args: string[] } {
  const [loader] = globSync('usr/lib/*/ld-linux-*.so.*', { cwd: folder });
  const server = path.join(folder, 'usr', 'sbin', 'mysqld');
  if (loader === undefined || !existsSync(server)) throw new Error(`${PACKAGE} has no server or no loader in it`);
  const libraries = [path.dirname(loader), 'usr/lib/mysql'].map((name) => path.join(folder, name));
  return { command: path.join(folder, loader), args: ['--library-path', libraries.join(':'), server] };
}
