import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { readSandboxRecord, type SandboxComponent, type SandboxRecord } from '../../src/config/sandbox-record.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type Progress, silentProgress } from '../../src/ports/progress.ts';
import { sandboxDown } from '../../src/sandbox/down.ts';
import { portOf } from '../../src/sandbox/health.ts';
import { isSameProcess } from '../../src/sandbox/process-identity.ts';
import { type SandboxStatus, sandboxStatus } from '../../src/sandbox/status.ts';
import { sandboxUp } from '../../src/sandbox/up.ts';
import { temporaryFolder } from '../helpers/programs.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox as shared } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const { folder, remove } = temporaryFolder('sandbox-lifecycle');
/** Two users' worth of sandboxes: neither knows the other's ports. */
const stateA = path.join(folder, 'a');
const stateB = path.join(folder, 'b');
afterAll(remove);
const strangers: Server[] = [];
const { signal } = new AbortController();

function upA(progress: Progress = silentProgress): Promise<SandboxStatus> {
  return sandboxUp({
    name: 'a',
    mariadb: false,
    timeoutMs: 120_000,
    stateFolder: stateA,
    cacheFolder: userFolders().cache,
    pom: packagePath('sandbox', 'pom.xml'),
    environment: process.env,
    clock: systemClock,
    signal,
    progress,
  });
}

function statusA(): Promise<SandboxStatus> {
  return sandboxStatus({ name: 'a', stateFolder: stateA, signal });
}

function down(name: string, stateFolder: string) {
  const logger = { debug: () => {}, warn: () => {} };
  return sandboxDown({ name, purge: true, stateFolder, clock: systemClock, signal, progress: silentProgress, logger });
}

/** Another program that takes a port. */
async function occupy(port: number): Promise<void> {
  const server = createServer();
  strangers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function pids(status: SandboxStatus): Record<string, number> {
  return Object.fromEntries(status.parts.map((part) => [part.part, part.pid]));
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; ) {
    const found = find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await systemClock.sleep(50);
  }
}

async function kill(status: SandboxStatus, ...parts: SandboxComponent[]): Promise<void> {
  const doomed = Object.values(readSandboxRecord(stateA, status.name)?.parts ?? {}).filter((part) =>
    parts.some((name) => pids(status)[name] === part.pid),
  );
  for (const { pid } of doomed) process.kill(pid, 'SIGKILL');
  await until(() => doomed.every((part) => !isSameProcess(part.pid, part.identity)) || undefined);
}

describe('two sandboxes, started at the same time', () => {
  let a: SandboxStatus;
  let b: SandboxStatus;
  let planned: SandboxRecord['ports'];

  beforeAll(async () => {
    const stealing: Progress = {
      ...silentProgress,
      // The ports are chosen, nothing listens yet: now another program takes two of them.
      async all(steps) {
        planned = readSandboxRecord(stateA, 'a')?.ports;
        await Promise.all([occupy(planned?.target as number), occupy(planned?.metrics as number)]);
        return silentProgress.all(steps);
      },
    };
    const [upOfA, upOfB] = await Promise.all([
      upA(stealing),
      sluice(['sandbox', 'up', '--name', 'b', '--json'], { env: { SLUICE_STATE_DIR: stateB } }),
    ]);
    a = upOfA;
    expect(upOfB.stderr).toContain('✔ Connect worker');
    expect(upOfB.code).toBe(0);
    b = parseDocument<SandboxStatus & Record<string, unknown>>(upOfB.stdout, 'sandbox-up');
  });

  afterAll(async () => {
    await Promise.all([down('a', stateA), down('b', stateB)]);
    for (const server of strangers) server.close();
  });

  it('run in parallel, each with its own ports', () => {
    expect([a.health, b.health]).toEqual(['healthy', 'healthy']);
    const addresses = [a, b].flatMap((status) => status.parts.map((part) => portOf(part.address)));
    const others = [shared.source.port, shared.target.port, portOf(shared.connectUrl), portOf(shared.bootstrapServers)];
    expect(new Set([...addresses, ...others]).size).toBe(12);
  });

  it('move on from a port that is taken between choice and start', () => {
    expect(a.databases.target?.port).not.toBe(planned?.target);
    expect(portOf(a.metrics?.url ?? '')).not.toBe(planned?.metrics);
  });

  it('leave running parts as they are when `up` is called again', async () => {
    expect(pids(await upA())).toEqual(pids(a));
  });

  it('start again what died, at the same ports and with the same data', async () => {
    const { default: pg } = await import('pg');
    const before = new pg.Client(a.databases.source?.url);
    await before.connect();
    await before.query('create table kept as select 42 as answer');
    await before.end();
    await kill(a, 'source', 'worker');
    const ill = await sluice(['sandbox', 'status', '--name', 'a'], { env: { SLUICE_STATE_DIR: stateA } });
    expect(ill.code).toBe(10);
    expect(ill.stdout).toMatch(/^source +dead/m);
    expect(ill.stdout).toContain('sluice sandbox up --name a');

    const again = await upA();
    expect(again.health).toBe('healthy');
    expect(again.parts.map((part) => part.address)).toEqual(a.parts.map((part) => part.address));
    expect(pids(again)).toMatchObject({ broker: pids(a).broker, target: pids(a).target });
    expect(pids(again).source).not.toBe(pids(a).source);
    const after = new pg.Client(again.databases.source?.url);
    await after.connect();
    expect((await after.query('select answer from kept')).rows).toEqual([{ answer: 42 }]);
    await after.end();
  });

  it('take the worker along when the broker has to move', async () => {
    const before = await statusA();
    await kill(before, 'broker');
    await occupy(portOf(before.kafka?.bootstrapServers ?? ''));
    const after = await upA();
    expect(after.health).toBe('healthy');
    expect(after.kafka).not.toEqual(before.kafka);
    expect(pids(after).worker).not.toBe(pids(before).worker);
  });

  it('call a part that hangs unhealthy, not dead', async () => {
    const { broker } = pids(await statusA());
    process.kill(broker as number, 'SIGSTOP');
    const status = await statusA().finally(() => process.kill(broker as number, 'SIGCONT'));
    expect(status.parts.find((part) => part.part === 'broker')).toMatchObject({ health: 'unhealthy' });
    expect(status.health).toBe('unhealthy');
  });

  it('stop one by one: `down` ends its own and no other', async () => {
    const env = { SLUICE_STATE_DIR: stateB };
    const stopped = await sluice(['sandbox', 'down', '--name', 'b', '--json'], { env });
    expect(stopped.code).toBe(0);
    expect(parseDocument<{ stopped: string[] }>(stopped.stdout, 'sandbox-down').stopped).toEqual([
      'source',
      'target',
      'broker',
      'worker',
    ]);
    const after = await sluice(['sandbox', 'status', '--name', 'b', '--json'], { env });
    expect(after.code).toBe(10);
    expect(parseDocument(after.stdout, 'sandbox-status')).toMatchObject({ health: 'stopped', connect: null });
    const twice = await sluice(['sandbox', 'down', '--name', 'b'], { env });
    expect([twice.code, twice.stdout]).toEqual([0, 'The sandbox b was not running; nothing was stopped.\n']);
    expect((await healthyAgain()).health).toBe('healthy');
  });

  /** The broker was halted a moment ago: it may need a while to answer again. */
  async function healthyAgain(): Promise<SandboxStatus> {
    for (const deadline = Date.now() + 30_000; ; ) {
      const status = await statusA();
      if (status.health === 'healthy' || Date.now() > deadline) return status;
      await systemClock.sleep(200);
    }
  }
});

describe('Ctrl-C during `sandbox up`', () => {
  const state = path.join(folder, 'interrupted');
  const name = 'halted';

  function start(): ChildProcess {
    return spawn(process.execPath, [packagePath('bin', 'run.js'), 'sandbox', 'up', '--name', name], {
      env: { ...process.env, SLUICE_STATE_DIR: state },
      stdio: 'ignore',
    });
  }

  /** What the run has started so far, once that includes the part. */
  function started(part: SandboxComponent) {
    return until(() => {
      const parts = existsSync(state) ? readSandboxRecord(state, name)?.parts : undefined;
      return parts?.[part] ? Object.values(parts) : undefined;
    });
  }

  it.each([
    ['once: in order', 'broker', 1],
    ['twice: at once', 'worker', 2],
  ] as const)('%s, and nothing is left running', async (_name, part, times) => {
    const child = start();
    const exit = once(child, 'exit');
    const running = await started(part);
    expect(running.some(({ pid, identity }) => isSameProcess(pid, identity))).toBe(true);
    for (let time = 0; time < times; time += 1) child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    await until(() => running.every(({ pid, identity }) => !isSameProcess(pid, identity)) || undefined);
    await down(name, state);
  });
});
