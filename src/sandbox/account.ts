import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';

const SYSTEM = { PATH: '/usr/bin:/bin' };

/** The account that runs the databases. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL and MariaDB refuse to run as root: then they run as nobody. Undefined for an ordinary user, who runs them.
 * @throws SANDBOX_REQUIREMENT if an account has no name.
 */
export function databaseAccount(uid: number | undefined = process.getuid?.()): Account | undefined {
  if (uid !== 0) {
    checkKnown();
    return undefined;
  }
  try {
    const [user, group] = ['-u', '-g'].map((option) =>
      Number(
        execFileSync('id', [option, 'nobody'], { encoding: 'utf8', env: SYSTEM, stdio: ['ignore', 'pipe', 'ignore'] }),
      ),
    );
    return { uid: user as number, gid: group as number };
  } catch (error) {
    throw new SluiceError('SANDBOX_REQUIREMENT', 'databases do not run as root, and there is no account "nobody"', {
      hint: 'Run sluice as an ordinary user, or add the account: useradd --system nobody',
      cause: error,
    });
  }
}

/** PostgreSQL looks up the name of its user; an arbitrary user id in a container may have none. */
function checkKnown(): void {
  try {
    os.userInfo();
  } catch (error) {
    throw new SluiceError('SANDBOX_REQUIREMENT', `PostgreSQL does not run under a user id without a name`, {
      hint: 'Add one to /etc/passwd, or run sluice as a user who has one.',
      cause: error,
    });
  }
}

/**
 * The preferred folder, or the fallback if another account needs access and has none (root's home is closed to others).
 */
export function reachableFolder(preferred: string, fallback: string, account: Account | undefined): string {
  return account === undefined || isReachable(preferred) ? preferred : fallback;
}

/** True if any account may traverse every existing folder on the path. */
function isReachable(folder: string): boolean {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const mode = statSync(current, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** Creates the folder if missing: traversable for the databases' account if there is one, otherwise private. */
export function ensureFolder(folder: string, account: Account | undefined): void {
  const mode = account === undefined ? 0o700 : 0o711;
  const first = makeFolder(folder, mode);
  if (account === undefined || first === undefined) return;
  // The umask may have removed the permission.
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    chmodSync(current, mode);
    if (current === path.resolve(first)) return;
  }
}

/** An empty folder that belongs to the account. */
export function makeOwnFolder(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
}
