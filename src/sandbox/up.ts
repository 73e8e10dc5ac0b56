import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { type Account, databaseAccount, ensureFolder, reachableFolder } from './account.ts';
import { ensureBundle } from './bundles.ts';
import { storageFailure } from './disk.ts';
import { withLock } from './lock.ts';
import { PORTS_OF } from './parts/all.ts';
import type { Site } from './parts/part.ts';
import { checkMariadb, type Machine, postgresPlatform, thisMachine } from './platform.ts';
import { isSameProcess } from './process-identity.ts';
import { stopProcess } from './processes.ts';
import { type SandboxPart, type SandboxRecord, sandboxFolder, writeSandboxRecord } from './record.ts';
import { findJava } from './requirements.ts';
import { checkSandboxName, openSandbox, portsFor, portsLock, sandboxLock } from './site.ts';
import { Starter, type StarterOptions } from './starter.ts';
import { describeSandbox, type SandboxStatus } from './status.ts';

export interface UpOptions {
  name: string;
  /** Also start MariaDB; one that was started before is started again without it. */
  mariadb: boolean;
  /** How long the parts may take to become healthy (ms); fetching does not count. */
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

const GRACE_MS = 10_000;

/**
 * Starts what does not run yet, and returns when every part is healthy. Where anything fails, or on Ctrl-C, what this
 * call started is stopped again; parts that ran before go on.
 * @throws SANDBOX_* and TIMED_OUT, each with what to do; the signal's reason when aborted.
 */
export async function sandboxUp(options: UpOptions): Promise<SandboxStatus> {
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
        onWait: () => options.progress.note(`waiting for another sluice that works on the sandbox ${options.name}`),
      },
      () => bringUp(options, account, platform),
    );
  } catch (error) {
    throw storageFailure(error, options.stateFolder, 'SLUICE_STATE_DIR');
  }
}

/** Kafka's lists of folders are parted by commas, Java's class path by colons, and neither can be escaped. */
function checkFolder(folder: string, variable: string): void {
  if (!/[,:\n]/.test(folder)) return;
  throw new SluiceError('SANDBOX_UNSUPPORTED', `Kafka cannot work in a folder with "," or ":" in its path: ${folder}`, {
    hint: `Name another: ${variable}=FOLDER`,
  });
}

async function bringUp(options: UpOptions, account: Account | undefined, platform: string): Promise<SandboxStatus> {
  const record = openSandbox(options.stateFolder, options.name, account);
  const wanted = wantedParts(record, options.mariadb);
  let site: StarterOptions['site'];
  if (!wanted.every((part) => runs(record, part))) {
    const java = await findJava(options.environment);
    const bundles = await fetchBundles(wanted.includes('mariadb'), account, platform, options);
    site = siteOf(record, bundles, java, account, options);
    await settlePorts(options, record, wanted);
  }
  const missing = new Set(wanted.filter((part) => !runs(record, part)));
  await new Starter({ ...options, record, site }).start(wanted, missing);
  return describeSandbox(options.name, record, options.signal);
}

function wantedParts(record: SandboxRecord, mariadb: boolean): SandboxPart[] {
  const withMariadb = mariadb || record.parts.mariadb !== undefined;
  return ['source', 'target', ...(withMariadb ? (['mariadb'] as const) : []), 'broker', 'worker'];
}

function runs(record: SandboxRecord, part: SandboxPart): boolean {
  const known = record.parts[part];
  return known !== undefined && isSameProcess(known.pid, known.identity);
}

/** One after the other: Maven's local repository is not made for two at once. */
async function fetchBundles(
  mariadb: boolean,
  account: Account | undefined,
  platform: string,
  options: UpOptions,
): Promise<Site['bundles']> {
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

/** Gives every part its ports; a worker whose broker moves is stopped, since it cannot follow. */
async function settlePorts(options: UpOptions, record: SandboxRecord, wanted: SandboxPart[]): Promise<void> {
  await withLock(portsLock(options.stateFolder), options, async () => {
    const running = wanted.filter((part) => runs(record, part));
    const before = record.ports?.broker;
    record.ports = await portsFor(options.stateFolder, record, new Set(running.flatMap((part) => PORTS_OF[part])));
    const worker = record.parts.worker;
    // It would only wait for the broker it has lost before it ends.
    if (worker && before !== record.ports.broker) await stopProcess(worker, 'SIGKILL', GRACE_MS, options.clock);
    writeSandboxRecord(options.stateFolder, record);
  });
}

function siteOf(
  record: SandboxRecord,
  bundles: Site['bundles'],
  java: string,
  account: Account | undefined,
  options: UpOptions,
): Omit<Site, 'ports'> {
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
