import path from 'node:path';
import {
  type SandboxComponent,
  type SandboxRecord,
  sandboxFolder,
  writeSandboxRecord,
} from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import { withLock } from '../files/lock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { type Account, databaseAccount, ensureFolder, reachableFolder } from './account.ts';
import { ensureBundle } from './bundles.ts';
import { PORTS_OF } from './components/all.ts';
import type { Layout } from './components/component.ts';
import { storageFailure } from './disk.ts';
import { startFailure } from './health.ts';
import { Launcher, type LauncherOptions } from './launcher.ts';
import { checkSandboxName, openSandbox, portsFor, portsLock, sandboxLock } from './layout.ts';
import { checkMariadb, type Machine, postgresPlatform, thisMachine } from './platform.ts';
import { isSameProcess } from './process-identity.ts';
import { stopProcess } from './processes.ts';
import { findJava } from './requirements.ts';
import { describeSandbox, type SandboxStatus } from './status.ts';

export interface UpOptions {
  name: string;
  /** Also start MariaDB; not needed if it was started before. */
  mariadb: boolean;
  /** How long the components may take to become healthy (ms), not counting downloads. */
  timeoutMs: number;
  stateFolder: string;
  cacheFolder: string;
  /** sandbox/pom.xml of the package. */
  pom: string;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  machine?: Machine;
}

export interface HealthySandbox extends Omit<SandboxStatus, 'health'> {
  /** Every component is healthy. */
  health: 'healthy';
}

const GRACE_MS = 10_000;

/**
 * Starts what does not run yet, and returns when every component is healthy. On a failure or Ctrl-C, stops what this call
 * started; components that ran before keep running.
 * @throws SANDBOX_* and TIMED_OUT, each with a hint; the signal's reason when aborted.
 */
export async function sandboxUp(options: UpOptions): Promise<HealthySandbox> {
  checkSandboxName(options.name);
  const machine = options.machine ?? thisMachine();
  const platform = postgresPlatform(machine);
  if (options.mariadb) checkMariadb(machine);
  checkFolder(options.stateFolder, 'SLUICE_STATE_DIR');
  checkFolder(options.cacheFolder, 'SLUICE_CACHE_DIR');
  const account = databaseAccount();
  try {
    ensureFolder(path.dirname(sandboxFolder(options.stateFolder, options.name)), account);
    return await withLock(
      sandboxLock(options.stateFolder, options.name),
      {
        ...options,
        onWait: () => options.progress.note(`waiting for another sluice that uses the sandbox ${options.name}`),
      },
      () => bringUp(options, account, platform),
    );
  } catch (error) {
    throw storageFailure(error, options.stateFolder, 'SLUICE_STATE_DIR');
  }
}

/** Kafka separates lists of folders by commas, Java its class path by colons, and neither can be escaped. */
function checkFolder(folder: string, variable: string): void {
  if (!/[,:\n]/.test(folder)) return;
  throw new SluiceError('SANDBOX_UNSUPPORTED', `Kafka cannot use a folder with "," or ":" in its path: ${folder}`, {
    hint: `Choose another: ${variable}=FOLDER`,
  });
}

async function bringUp(options: UpOptions, account: Account | undefined, platform: string): Promise<HealthySandbox> {
  const record = openSandbox(options.stateFolder, options.name, account);
  const wanted = wantedComponents(record, options.mariadb);
  let layout: LauncherOptions['layout'];
  if (!wanted.every((component) => runs(record, component))) {
    const java = await findJava(options.environment);
    const bundles = await fetchBundles(wanted.includes('mariadb'), account, platform, options);
    layout = layoutOf(record, bundles, java, account, options);
    await settlePorts(options, record, wanted);
  }
  const missing = new Set(wanted.filter((component) => !runs(record, component)));
  await new Launcher({ ...options, record, layout }).start(wanted, missing);
  return allHealthy(await describeSandbox(options.name, record, options.signal));
}

/** @throws SANDBOX_START if a component has failed since it was healthy */
export function allHealthy(status: SandboxStatus): HealthySandbox {
  const lost = status.parts.find(({ health }) => health !== 'healthy');
  if (lost !== undefined) throw startFailure(lost.part, `was healthy, and then: ${lost.detail}`, lost.log);
  return { ...status, health: 'healthy' };
}

function wantedComponents(record: SandboxRecord, mariadb: boolean): SandboxComponent[] {
  const withMariadb = mariadb || record.parts.mariadb !== undefined;
  return ['source', 'target', ...(withMariadb ? (['mariadb'] as const) : []), 'broker', 'worker'];
}

function runs(record: SandboxRecord, component: SandboxComponent): boolean {
  const known = record.parts[component];
  return known !== undefined && isSameProcess(known.pid, known.identity);
}

/** One after the other: Maven's local repository does not support concurrent use. */
async function fetchBundles(
  mariadb: boolean,
  account: Account | undefined,
  platform: string,
  options: UpOptions,
): Promise<Layout['bundles']> {
  const databaseCache = reachableFolder(options.cacheFolder, '/var/cache/sluice', account);
  openCache(options.cacheFolder, databaseCache === options.cacheFolder ? account : undefined);
  openCache(databaseCache, account);
  return {
    kafka: await ensureBundle({ name: 'kafka', cache: options.cacheFolder, properties: {} }, options),
    postgres: await ensureBundle(
      { name: 'postgres', cache: databaseCache, properties: { 'postgres.platform': platform } },
      options,
    ),
    mariadb: mariadb
      ? await ensureBundle({ name: 'mariadb', cache: databaseCache, properties: {} }, options)
      : undefined,
  };
}

function openCache(folder: string, account: Account | undefined): void {
  try {
    ensureFolder(folder, account);
  } catch (error) {
    throw storageFailure(error, folder, 'SLUICE_CACHE_DIR');
  }
}

/** Assigns ports to every component; a worker whose broker moves is stopped, since it cannot follow. */
async function settlePorts(options: UpOptions, record: SandboxRecord, wanted: SandboxComponent[]): Promise<void> {
  await withLock(portsLock(options.stateFolder), options, async () => {
    const running = wanted.filter((component) => runs(record, component));
    const before = record.ports?.broker;
    record.ports = await portsFor(
      options.stateFolder,
      record,
      new Set(running.flatMap((component) => PORTS_OF[component])),
    );
    const worker = record.parts.worker;
    // With SIGTERM it would wait for the lost broker before it ends.
    if (worker && before !== record.ports.broker) await stopProcess(worker, 'SIGKILL', GRACE_MS, options.clock);
    writeSandboxRecord(options.stateFolder, record);
  });
}

function layoutOf(
  record: SandboxRecord,
  bundles: Layout['bundles'],
  java: string,
  account: Account | undefined,
  options: UpOptions,
): Omit<Layout, 'ports'> {
  return {
    name: options.name,
    folder: sandboxFolder(options.stateFolder, options.name),
    databaseFolder: record.databaseFolder as string,
    bundles,
    clusterId: record.clusterId as string,
    java,
    account,
    environment: options.environment,
  };
}
