import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { type Account, ensureFolder, reachableFolder } from './account.ts';
import { choosePorts, type Ports, portIsFree } from './ports.ts';
import { readSandboxRecord, type SandboxPort, type SandboxRecord, sandboxFolder } from './record.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** @throws USAGE: the name is part of folder, context and database names. */
export function checkSandboxName(name: string): void {
  if (NAME.test(name)) return;
  throw new SluiceError('USAGE', `"${name}" is not a valid sandbox name`, {
    hint: 'Use up to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends.',
  });
}

/** Locks lie beside the sandboxes' folders, under names that no sandbox can have: `down --purge` must not remove them. */
export function sandboxLock(stateFolder: string, name: string): string {
  return path.join(stateFolder, 'sandboxes', `.${name}.lock`);
}

export function portsLock(stateFolder: string): string {
  return path.join(stateFolder, 'sandboxes', '..ports.lock');
}

/** The sandbox's folders, made; a new record, or the one that was there. */
export function openSandbox(stateFolder: string, name: string, account: Account | undefined): SandboxRecord {
  const folder = sandboxFolder(stateFolder, name);
  const existing = readSandboxRecord(stateFolder, name);
  const databaseFolder = existing?.databaseFolder ?? databaseFolderOf(stateFolder, name, account);
  ensureFolder(folder, account);
  ensureFolder(databaseFolder, account);
  const logs = path.join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
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

/** Where root's state folder is closed to the databases' account, their data lies where system services keep theirs. */
function databaseFolderOf(stateFolder: string, name: string, account: Account | undefined): string {
  const key = createHash('sha256').update(path.resolve(stateFolder)).digest('hex').slice(0, 8);
  return reachableFolder(
    path.join(sandboxFolder(stateFolder, name), 'databases'),
    path.join('/var/lib/sluice/sandboxes', `${name}-${key}`),
    account,
  );
}

/** As Kafka makes them: 16 random bytes as 22 letters, none a leading hyphen (a command line would take it for a flag). */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/**
 * Ports for a sandbox; those of the other sandboxes of this user, running or not, stay theirs.
 * To be called under the lock of the ports, and recorded before that is given back.
 * @param keep ports that running parts of this sandbox listen on
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
