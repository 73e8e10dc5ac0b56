import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { writeDurableFile } from '../files/durable-file.ts';
import { command } from '../text/settings.ts';

export const SANDBOX_COMPONENTS = ['source', 'target', 'mariadb', 'broker', 'worker'] as const;
export type SandboxComponent = (typeof SANDBOX_COMPONENTS)[number];
export type SandboxDatabase = Extract<SandboxComponent, 'source' | 'target' | 'mariadb'>;

/** One process that `sandbox up` started. */
export interface ComponentRecord {
  pid: number;
  /** Distinguishes this process from a later one with the same pid; see process-identity.ts. */
  identity: string;
  /** How a client reaches it: a URL, or host:port for the broker. */
  address: string;
  /** Absolute path of its log. */
  log: string;
}

/** The ports a sandbox listens on, all on 127.0.0.1; the worker's JMX is read over HTTP from `metrics`. */
export const SANDBOX_PORTS = ['source', 'target', 'mariadb', 'broker', 'controller', 'worker', 'metrics'] as const;
export type SandboxPort = (typeof SANDBOX_PORTS)[number];

/** `<state>/sandboxes/<name>/sandbox.json`: what runs, and where. */
export interface SandboxRecord {
  version: 1;
  name: string;
  /** Started and not stopped since. */
  parts: Partial<Record<SandboxComponent, ComponentRecord>>;
  /** Ports of the last start; the next one reuses them if they are free. */
  ports?: Partial<Record<SandboxPort, number>>;
  /** Kafka's cluster id: distinguishes this sandbox's broker from another on the same port. */
  clusterId?: string;
  /** Folder of the databases' files: inside the sandbox's folder, or where another account can reach them. */
  databaseFolder?: string;
}

export const DEFAULT_SANDBOX = 'default';

/** `offset.flush.interval.ms` of a sandbox's worker. */
export const SANDBOX_COMMITS_EVERY_MS = 1000;

export function sandboxFolder(stateFolder: string, name: string): string {
  return path.join(stateFolder, 'sandboxes', name);
}

/** The context of the default sandbox is `sandbox`, that of the sandbox NAME `sandbox-NAME`. */
export function sandboxContextName(name: string): string {
  return name === DEFAULT_SANDBOX ? 'sandbox' : `sandbox-${name}`;
}

const CONTEXT = /^sandbox(?:-(?<name>[a-z0-9][a-z0-9-]*))?$/;
const DATABASE = /^sandbox(?:-(?<name>[a-z0-9][a-z0-9-]*?))?-(?<database>source|target|mariadb)$/;

/** The sandbox of a context name, if any. */
export function sandboxOfContext(context: string): string | undefined {
  const match = CONTEXT.exec(context);
  return match ? (match.groups?.name ?? DEFAULT_SANDBOX) : undefined;
}

/** The sandbox and component of a database name such as `sandbox-source` or `sandbox-ci-target`, if any. */
export function sandboxOfDatabase(database: string): { name: string; component: SandboxDatabase } | undefined {
  const groups = DATABASE.exec(database)?.groups;
  return groups ? { name: groups.name ?? DEFAULT_SANDBOX, component: groups.database as SandboxDatabase } : undefined;
}

/** The record of a sandbox, or undefined if it was never started. */
export function readSandboxRecord(stateFolder: string, name: string): SandboxRecord | undefined {
  const file = path.join(sandboxFolder(stateFolder, name), 'sandbox.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SandboxRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SluiceError('FILE_UNREADABLE', `cannot read the sandbox's record ${file}: ${(error as Error).message}`, {
      hint: `Remove it with: ${command('sandbox down', { name, purge: true })}`,
      cause: error,
    });
  }
}

/** What the started sandboxes provide: contexts and databases by name. A record that cannot be read is left out. */
export function sandboxNames(stateFolder: string): { contexts: Map<string, string>; databases: Map<string, string> } {
  const [contexts, databases] = [new Map<string, string>(), new Map<string, string>()];
  const folder = sandboxFolder(stateFolder, '.');
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const context = sandboxContextName(name);
    if (sandboxOfContext(context) !== name) continue;
    for (const [component, { address }] of Object.entries(partsOf(stateFolder, name))) {
      if (component === 'worker') contexts.set(context, address);
      else if (component !== 'broker') databases.set(`${context}-${component}`, address);
    }
  }
  return { contexts, databases };
}

function partsOf(stateFolder: string, name: string): SandboxRecord['parts'] {
  try {
    return readSandboxRecord(stateFolder, name)?.parts ?? {};
  } catch {
    return {};
  }
}

export function writeSandboxRecord(stateFolder: string, record: SandboxRecord): void {
  writeDurableFile(
    path.join(sandboxFolder(stateFolder, record.name), 'sandbox.json'),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

/** @throws SANDBOX_NOT_RUNNING if the sandbox, or that component, was not started. */
export function sandboxAddress(stateFolder: string, name: string, component: SandboxComponent): string {
  const address = readSandboxRecord(stateFolder, name)?.parts[component]?.address;
  if (address !== undefined) return address;
  const { contexts, databases } = sandboxNames(stateFolder);
  const others =
    component === 'worker' ? [...contexts.keys()] : [...databases.keys()].filter((one) => one.endsWith(component));
  const elsewhere = others.length === 0 ? '' : ` (started: ${others.join(', ')})`;
  throw new SluiceError('SANDBOX_NOT_RUNNING', `the sandbox ${name} has no running ${component}${elsewhere}`, {
    hint: `Start it: ${upCommand(name, component)}`,
  });
}

/** Where the sandbox's worker reports its metrics, over Jolokia. */
export function metricsUrl(port: number): string {
  return `http://127.0.0.1:${port}/jolokia`;
}

/** The command that starts a sandbox with that component. */
export function upCommand(name: string, component?: SandboxComponent): string {
  return command('sandbox up', {
    name: name === DEFAULT_SANDBOX ? undefined : name,
    with: component === 'mariadb' ? component : undefined,
  });
}
