import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { sandboxLock } from '../../src/sandbox/site.ts';
import type { DatabaseAddress, SandboxStatus } from '../../src/sandbox/status.ts';
import { type RunResult, sluice } from './run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    sandbox: TestSandbox;
  }
}

/** What the integration tests work on; `inject('sandbox')`, or `sandbox` of test/helpers/sandbox.ts. */
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
  provide(key: 'sandbox', sandbox: TestSandbox): void;
}

/** Fetching the parts for the first time may take long on a slow line. */
const FETCH_TIMEOUT_MS = 20 * 60_000;
const OWN = /^test-(?<pid>\d+)$/;

/**
 * Boots one sandbox for the whole run, whichever projects are run, and removes it at its end, also where tests fail or the run is interrupted.
 * With SLUICE_TEST_SANDBOX=NAME that sandbox is used, started if need be, and left running: for short rounds.
 */
export default function setup(project: SandboxReceiver): Promise<() => Promise<void>> {
  return setupSandbox(project, process.platform === 'linux' && process.arch === 'x64');
}

/** @param mariadb with a MariaDB server beside the two of PostgreSQL */
export async function setupSandbox(project: SandboxReceiver, mariadb: boolean): Promise<() => Promise<void>> {
  if (!existsSync(packagePath('dist', 'commands'))) throw new Error('build first: npm run build');
  const borrowed = process.env.SLUICE_TEST_SANDBOX;
  const name = borrowed || `test-${process.pid}`;
  if (!borrowed) await removeLeftOvers();
  // vitest may end the process without waiting for the teardown: whatever happens, nothing stays.
  const atExit = () => downNow(name);
  if (!borrowed) process.once('exit', atExit);
  const up = await sluice(['sandbox', 'up', '--name', name, ...(mariadb ? ['--with', 'mariadb'] : []), '--json'], {
    timeout: FETCH_TIMEOUT_MS,
  });
  if (up.code !== 0) throw new Error(`the sandbox for the tests does not start\n${describe(up)}`);
  project.provide('sandbox', toTestSandbox(JSON.parse(up.stdout) as SandboxStatus));
  return async () => {
    if (borrowed) return;
    const down = await sluice(['sandbox', 'down', '--name', name, '--purge']);
    if (down.code !== 0) throw new Error(`the sandbox of the tests does not stop\n${describe(down)}`);
    rmSync(sandboxLock(userFolders().state, name), { force: true });
    process.off('exit', atExit);
  };
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
