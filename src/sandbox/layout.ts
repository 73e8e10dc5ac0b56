import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readSandboxRecord, type SandboxPort, type SandboxRecord, sandboxFolder } from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type Account, ensureFolder, reachableFolder } from './account.ts';
import { choosePorts, type Ports, portIsFree } from './ports.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** @throws REQUEST_INVALID: the name is part of folder, context and database names. */
export function checkSandboxName(name: string): void {
  if (NAME.test(name)) return;
  throw new SluiceError('REQUEST_INVALID', `"${name}" is not a valid sandbox name`, {
    hint: 'Use up to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends.',
  });
}

/** Locks are next to the sandboxes' folders, under names that no sandbox can have: `down --purge` must not remove them. */
export function sandboxLock(stateFolder: string, name: string): string {
  return path.join(stateFolder, 'sandboxes', `.${name}.lock`);
}

export function portsLock(stateFolder: string): string {
  return path.join(stateFolder, 'sandboxes', '..ports.lock');
}

/** Creates the sandbox's folders. @returns the existing record, or a new one */
export function openSandbox(stateFolder: string, name: string, account: Account | undefined): SandboxRecord {
  const folder = sandboxFolder(stateFolder, name);
  const existing = readSandboxRecord(stateFolder, name);
  const databaseFolder = existing?.databaseFolder ?? databaseFolderOf(stateFolder, name, account);
  ensureFolder(folder, account);
  ensureFolder(databaseFolder, account);
  const logs = path.join(folder, 'logs');
  makeFolder(logs);
  chmodSync(logs, 0o700);
  return {
    version: 1,
    name,
    parts: existing?.parts ?? {},
    ...(existing?.ports ? { ports: existing.ports } : {}),
    clusterId: existing?.clusterId ?? newClusterId(),
    databaseFolder,
  };
}

/** If root's state folder is closed to the databases' account, their data is where system services keep theirs. */
function databaseFolderOf(stateFolder: string, name: string, account: Account | undefined): string {
  const key = createHash('sha256').update(path.resolve(stateFolder)).digest('hex').slice(0, 8);
  return reachableFolder(
    path.join(sandboxFolder(stateFolder, name), 'databases'),
    path.join('/var/lib/sluice/sandboxes', `${name}-${key}`),
    account,
  );
}

/** Like Kafka's: 16 random bytes as 22 characters, without a leading hyphen, which would look like a flag. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/**
 * Ports for a sandbox; those of the user's other sandboxes, running or not, stay reserved.
 * Call it under the ports lock, and record the result before releasing it.
 * @param keep ports of this sandbox's running components
 */
export function portsFor(stateFolder: string, record: SandboxRecord, keep: ReadonlySet<SandboxPort>): Promise<Ports> {
  return choosePorts(record.ports ?? {}, keep, portsOfOthers(stateFolder, record.name), portIsFree);
}

function portsOfOthers(stateFolder: string, name: string): Set<number> {
  const taken = new Set<number>();
  for (const other of readdirSync(path.join(stateFolder, 'sandboxes'), { withFileTypes: true })) {
    if (!other.isDirectory() || other.name === name) continue;
    const ports = readSandboxRecord(stateFolder, other.name)?.ports ?? {};
    for (const port of Object.values(ports)) taken.add(port);
  }
  return taken;
}
