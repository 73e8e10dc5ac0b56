import { explain } from './health.ts';
import { probeOf } from './parts/all.ts';
import { metricsUrl } from './parts/worker.ts';
import { isSameProcess } from './process-identity.ts';
import {
  readSandboxRecord,
  SANDBOX_PARTS,
  type SandboxDatabase,
  type SandboxPart,
  type SandboxRecord,
  sandboxContextName,
} from './record.ts';
import { checkSandboxName } from './site.ts';

export type PartHealth = 'healthy' | 'unhealthy' | 'dead';

export interface PartStatus {
  part: SandboxPart;
  health: PartHealth;
  /** Its version, or what is wrong. */
  detail: string;
  address: string;
  pid: number;
  log: string;
}

export interface DatabaseAddress {
  /** What the command line calls it, e.g. `sandbox-source`. */
  name: string;
  url: string;
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
}

export interface SandboxStatus {
  name: string;
  /** `stopped` where nothing was started; `unhealthy` where any part is not healthy. */
  health: 'healthy' | 'unhealthy' | 'stopped';
  /** What --context calls it. */
  context: string;
  connect: { url: string } | null;
  kafka: { bootstrapServers: string } | null;
  /** The worker's JMX over HTTP (Jolokia). */
  metrics: { url: string } | null;
  databases: Partial<Record<SandboxDatabase, DatabaseAddress>>;
  parts: PartStatus[];
}

/** Asks every part that was started; one that does not answer is reported, never thrown. */
export async function sandboxStatus(options: {
  name: string;
  stateFolder: string;
  signal: AbortSignal;
}): Promise<SandboxStatus> {
  checkSandboxName(options.name);
  const record = readSandboxRecord(options.stateFolder, options.name);
  return describeSandbox(options.name, record, options.signal);
}

export async function describeSandbox(
  name: string,
  record: SandboxRecord | undefined,
  signal: AbortSignal,
): Promise<SandboxStatus> {
  const context = sandboxContextName(name);
  const parts = await Promise.all(
    SANDBOX_PARTS.flatMap((part) => (record?.parts[part] ? [partStatus(part, record, signal)] : [])),
  );
  signal.throwIfAborted();
  const started = record?.parts;
  const metrics = record?.ports?.metrics;
  return {
    name,
    health: parts.length === 0 ? 'stopped' : parts.every((one) => one.health === 'healthy') ? 'healthy' : 'unhealthy',
    context,
    connect: started?.worker ? { url: started.worker.address } : null,
    kafka: started?.broker ? { bootstrapServers: started.broker.address } : null,
    metrics: started?.worker && metrics !== undefined ? { url: metricsUrl(metrics) } : null,
    databases: Object.fromEntries(
      (['source', 'target', 'mariadb'] as const).flatMap((part) =>
        started?.[part] ? [[part, databaseAddress(`${context}-${part}`, started[part].address)]] : [],
      ),
    ),
    parts,
  };
}

async function partStatus(part: SandboxPart, record: SandboxRecord, signal: AbortSignal): Promise<PartStatus> {
  const { pid, identity, address, log } = record.parts[part] as NonNullable<SandboxRecord['parts'][SandboxPart]>;
  const known = { part, address, pid, log };
  if (!isSameProcess(pid, identity)) {
    return { ...known, health: 'dead', detail: 'its process has ended' };
  }
  try {
    return { ...known, health: 'healthy', detail: await probeOf(part, record)(signal) };
  } catch (error) {
    return { ...known, health: 'unhealthy', detail: explain(error) };
  }
}

function databaseAddress(name: string, url: string): DatabaseAddress {
  const { hostname, port, pathname, username, password } = new URL(url);
  return { name, url, host: hostname, port: Number(port), database: pathname.slice(1), user: username, password };
}
