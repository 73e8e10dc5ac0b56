import {
  metricsUrl,
  readSandboxRecord,
  SANDBOX_COMPONENTS,
  type SandboxComponent,
  type SandboxDatabase,
  type SandboxRecord,
  sandboxContextName,
} from '../config/sandbox-record.ts';
import { isLocked } from '../files/lock.ts';
import type { Positive } from '../text/numbers.ts';
import { probeOf } from './components/all.ts';
import { explain } from './health.ts';
import { checkSandboxName, sandboxLock } from './layout.ts';
import { isSameProcess } from './process-identity.ts';

export type ComponentHealth = 'healthy' | 'starting' | 'unhealthy' | 'dead';

export interface ComponentStatus {
  part: SandboxComponent;
  health: ComponentHealth;
  /** Its version, or the problem. */
  detail: string;
  /** A URL; host:port for the broker. */
  address: string;
  pid: Positive;
  /** Absolute path. */
  log: string;
}

export interface DatabaseAddress {
  /** Its name on the command line, e.g. `sandbox-source`. */
  name: string;
  url: string;
  host: string;
  /** @asType integer @minimum 1 @maximum 65535 */
  port: number;
  database: string;
  user: string;
  password: string;
}

export interface SandboxStatus {
  name: string;
  /** `stopped` if nothing was started; `starting` while it is brought up; `unhealthy` if any component is not healthy. */
  health: 'healthy' | 'starting' | 'unhealthy' | 'stopped';
  /** Its name for --context. */
  context: string;
  /** The Connect REST API. */
  connect: { url: string } | null;
  kafka: {
    /** host:port. */
    bootstrapServers: string;
  } | null;
  /** The worker's JMX over HTTP (Jolokia). */
  metrics: { url: string } | null;
  databases: Partial<Record<SandboxDatabase, DatabaseAddress>>;
  parts: ComponentStatus[];
}

/** Probes every started component; one that does not answer is reported, never thrown. */
export async function sandboxStatus(options: {
  name: string;
  stateFolder: string;
  signal: AbortSignal;
}): Promise<SandboxStatus> {
  const { name, stateFolder, signal } = options;
  checkSandboxName(name);
  const status = await describeSandbox(name, readSandboxRecord(stateFolder, name), signal);
  // It is still being brought up, or taken down: a component that does not respond yet is not a fault.
  return status.health === 'unhealthy' && isLocked(sandboxLock(stateFolder, name)) ? starting(status) : status;
}

function starting(status: SandboxStatus): SandboxStatus {
  const parts = status.parts.map(
    (part) => ({ ...part, health: part.health === 'unhealthy' ? 'starting' : part.health }) as const,
  );
  return { ...status, health: 'starting', parts };
}

export async function describeSandbox(
  name: string,
  record: SandboxRecord | undefined,
  signal: AbortSignal,
): Promise<SandboxStatus> {
  const context = sandboxContextName(name);
  const parts = await Promise.all(
    SANDBOX_COMPONENTS.flatMap((component) =>
      record?.parts[component] ? [componentStatus(component, record, signal)] : [],
    ),
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
      (['source', 'target', 'mariadb'] as const).flatMap((component) =>
        started?.[component]
          ? [[component, databaseAddress(`${context}-${component}`, started[component].address)]]
          : [],
      ),
    ),
    parts,
  };
}

async function componentStatus(
  component: SandboxComponent,
  record: SandboxRecord,
  signal: AbortSignal,
): Promise<ComponentStatus> {
  const { pid, identity, address, log } = record.parts[component] as NonNullable<
    SandboxRecord['parts'][SandboxComponent]
  >;
  const known = { part: component, address, pid, log };
  if (!isSameProcess(pid, identity)) {
    return { ...known, health: 'dead', detail: 'its process has ended' };
  }
  try {
    return { ...known, health: 'healthy', detail: await probeOf(component, record)(signal) };
  } catch (error) {
    return { ...known, health: 'unhealthy', detail: explain(error) };
  }
}

function databaseAddress(name: string, url: string): DatabaseAddress {
  const { hostname, port, pathname, username, password } = new URL(url);
  return { name, url, host: hostname, port: Number(port), database: pathname.slice(1), user: username, password };
}
