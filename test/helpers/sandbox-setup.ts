import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { sandboxLock } from '../../src/sandbox/layout.ts';
import type { DatabaseAddress, SandboxStatus } from '../../src/sandbox/status.ts';
import { type RunResult, sluice } from './run.ts';
import { SANDBOXES } from './sandboxes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One for each worker of the test run. */
    sandboxes: TestSandbox[];
  }
}

/** What the integration tests work on: `sandbox` of test/helpers/sandbox.ts. */
export interface TestSandbox {
  name: string;
  /** For `--context`. */
  context: string;
  /** Variables by which a run of the binary finds the context. */
  env: Record<string, string>;
  connectUrl: string;
  /** host:port */
  bootstrapServers: string;
  metricsUrl: string;
  source: DatabaseAddress;
  target: DatabaseAddress;
  /** Undefined where there is no build of MariaDB (it is for Linux on x64). In `npm run test:mysql` MySQL answers here. */
  mariadb: DatabaseAddress | undefined;
  /** What answers at `mariadb`. */
  engine: 'MariaDB' | 'MySQL';
  /** What it hashes texts with: MySQL has no MD5 from 9.6 on. */
  digest: 'md5' | 'sha256';
}

/** A vitest project, or what stands between it and the sandbox. */
export interface SandboxReceiver {
  provide(key: 'sandboxes', sandboxes: TestSandbox[]): void;
}

/** Fetching the parts for the first time may take long on a slow line. */
const FETCH_TIMEOUT_MS = 20 * 60_000;
/** There is a build of MariaDB for this machine. */
export const withMariadb = process.platform === 'linux' && process.arch === 'x64';
const OWN = /^test-(?<pid>\d+)(-\d+)?$/;

/**
 * Boots the sandboxes of the whole run, and removes them at its end, also where tests fail or the run is interrupted.
 * With SLUICE_TEST_SANDBOX=NAME that one is used, started if need be, and left running: for short rounds.
 */
export default function setup(project: SandboxReceiver): Promise<() => Promise<void>> {
  return setupSandboxes(project, { mariadb: withMariadb, count: SANDBOXES });
}

/** @param options.mariadb with a MariaDB server beside the two of PostgreSQL */
export async function setupSandboxes(
  project: SandboxReceiver,
  { mariadb, count }: { mariadb: boolean; count: number },
): Promise<() => Promise<void>> {
  if (!existsSync(packagePath('dist', 'commands'))) throw new Error('build first: npm run build');
  const borrowed = process.env.SLUICE_TEST_SANDBOX;
  // The first one has the name that every project of the run gives it.
  const names = borrowed
    ? [borrowed]
    : Array.from({ length: count }, (_, index) => `test-${process.pid}${index === 0 ? '' : `-${index + 1}`}`);
  if (!borrowed) await removeLeftOvers();
  // vitest may end the process without waiting for the teardown: whatever happens, nothing stays.
  const atExit = () => {
    for (const name of names) downNow(name);
  };
  if (!borrowed) process.once('exit', atExit);
  project.provide('sandboxes', await Promise.all(names.map((name) => upSandbox(name, mariadb))));
  return async () => {
    if (borrowed) return;
    for (const name of names) {
      const down = await sluice(['sandbox', 'down', '--name', name, '--purge']);
      if (down.code !== 0) throw new Error(`the sandbox of the tests does not stop\n${describe(down)}`);
      rmSync(sandboxLock(userFolders().state, name), { force: true });
    }
    process.off('exit', atExit);
  };
}

async function upSandbox(name: string, mariadb: boolean): Promise<TestSandbox> {
  const up = await sluice(['sandbox', 'up', '--name', name, ...(mariadb ? ['--with', 'mariadb'] : []), '--json'], {
    timeout: FETCH_TIMEOUT_MS,
  });
  if (up.code !== 0) throw new Error(`the sandbox for the tests does not start\n${describe(up)}`);
  return toTestSandbox(JSON.parse(up.stdout) as SandboxStatus);
}

function toTestSandbox(status: SandboxStatus): TestSandbox {
  const { source, target, mariadb } = status.databases;
  if (!status.connect || !status.kafka || !status.metrics || !source || !target) {
    throw new Error(`the sandbox for the tests lacks parts: ${JSON.stringify(status)}`);
  }
  return {
    name: status.name,
    context: status.context,
    env: {},
    connectUrl: status.connect.url,
    bootstrapServers: status.kafka.bootstrapServers,
    metricsUrl: status.metrics.url,
    source,
    target,
    mariadb,
    engine: 'MariaDB',
    digest: 'md5',
  };
}

/** Sandboxes of runs that were killed; the name holds the pid of the run. */
async function removeLeftOvers(): Promise<void> {
  const folder = path.join(userFolders().state, 'sandboxes');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = OWN.exec(name)?.groups?.pid;
    if (pid !== undefined && !isAlive(Number(pid))) await sluice(['sandbox', 'down', '--name', name, '--purge']);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function downNow(name: string): void {
  spawnSync(process.execPath, ['--', packagePath('bin', 'run.js'), 'sandbox', 'down', '--name', name, '--purge'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function describe(result: RunResult): string {
  return `exit code ${result.code}\n${result.stderr}${result.stdout}`;
}
