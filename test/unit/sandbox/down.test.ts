import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  readSandboxRecord,
  type SandboxRecord,
  sandboxAddress,
  sandboxFolder,
  writeSandboxRecord,
} from '../../../src/config/sandbox-record.ts';
import { withLock } from '../../../src/files/lock.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { type DownOptions, sandboxDown } from '../../../src/sandbox/down.ts';
import { sandboxLock } from '../../../src/sandbox/layout.ts';
import { sandboxLogs } from '../../../src/sandbox/logs.ts';
import { isSameProcess } from '../../../src/sandbox/process-identity.ts';
import { launch, stopProcess } from '../../../src/sandbox/processes.ts';
import { sandboxStatus } from '../../../src/sandbox/status.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder: stateFolder, remove } = temporaryFolder('down');
afterAll(remove);
const { signal } = new AbortController();

function down(name: string, purge = false, warnings: string[] = []) {
  const logger = { debug: () => {}, warn: (text: string) => warnings.push(text) };
  const options: DownOptions = {
    name,
    purge,
    stateFolder,
    clock: systemClock,
    signal,
    progress: silentProgress,
    logger,
  };
  return sandboxDown(options);
}

function sleeper() {
  const log = path.join(stateFolder, 'sleep.log');
  return launch({ command: '/bin/sleep', args: ['60'], env: {}, cwd: stateFolder, log });
}

function record(name: string, parts: SandboxRecord['parts']): void {
  writeSandboxRecord(stateFolder, { version: 1, name, parts, ports: { broker: 19_092 }, clusterId: 'id' });
}

const place = { address: '127.0.0.1:1', log: '/dev/null' };

describe('sandboxDown', () => {
  it('stops its own processes, and no stranger that got the pid of one', async () => {
    const [own, stranger] = await Promise.all([sleeper(), sleeper()]);
    record('mixed', { broker: { ...own, ...place }, target: { pid: stranger.pid, identity: 'boot:1', ...place } });
    expect(await down('mixed')).toEqual({ name: 'mixed', stopped: ['broker'], gone: ['target'], purged: false });
    expect(isSameProcess(own.pid, own.identity)).toBe(false);
    expect(isSameProcess(stranger.pid, stranger.identity)).toBe(true);
    await stopProcess(stranger, 'SIGKILL', 5000, systemClock);
    expect(readSandboxRecord(stateFolder, 'mixed')).toMatchObject({ parts: {}, ports: { broker: 19_092 } });
  });

  it('does nothing if nothing was started', async () => {
    expect(await down('never', true)).toEqual({ name: 'never', stopped: [], gone: [], purged: false });
    expect(existsSync(sandboxFolder(stateFolder, 'never'))).toBe(false);
  });

  it('removes data on request, and only this sandbox’s', async () => {
    record('other', {});
    record('purged', {});
    expect(await down('purged', true)).toMatchObject({ purged: true });
    expect(existsSync(sandboxFolder(stateFolder, 'purged'))).toBe(false);
    expect(existsSync(sandboxFolder(stateFolder, 'other'))).toBe(true);
  });

  it('gets rid of a record that cannot be read only when asked to, and says what that means', async () => {
    const folder = sandboxFolder(stateFolder, 'broken');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'sandbox.json'), '{');
    await expect(down('broken')).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      hint: expect.stringContaining('`purge: true`'),
    });
    const warnings: string[] = [];
    expect(await down('broken', true, warnings)).toMatchObject({ purged: true });
    expect(warnings).toEqual([expect.stringContaining(folder)]);
  });
});

describe('sandboxStatus', () => {
  it('is "stopped" if nothing was started', async () => {
    expect(await sandboxStatus({ name: 'never', stateFolder, signal })).toEqual({
      name: 'never',
      health: 'stopped',
      context: 'sandbox-never',
      connect: null,
      kafka: null,
      metrics: null,
      databases: {},
      parts: [],
    });
  });

  it('tells a dead part from one that runs and does not answer', async () => {
    const running = await sleeper();
    record('ill', {
      broker: { pid: 1, identity: 'gone', ...place },
      worker: { ...running, ...place, address: 'http://127.0.0.1:1' },
    });
    const status = await sandboxStatus({ name: 'ill', stateFolder, signal });
    expect(status.health).toBe('unhealthy');
    expect(status.parts).toMatchObject([
      { part: 'broker', health: 'dead' },
      { part: 'worker', health: 'unhealthy', detail: expect.stringMatching(/bad port|ECONNREFUSED/) },
    ]);
    // While `up` or `down` works on it, what does not answer is no fault.
    const busy = await withLock(sandboxLock(stateFolder, 'ill'), { clock: systemClock, signal }, () =>
      sandboxStatus({ name: 'ill', stateFolder, signal }),
    );
    expect(busy).toMatchObject({ health: 'starting', parts: [{ health: 'dead' }, { health: 'starting' }] });
    await down('ill');
  });
});

describe('sandboxAddress', () => {
  it('names the command that starts what is missing', () => {
    expect(() => sandboxAddress(stateFolder, 'never', 'mariadb')).toThrow(
      expect.objectContaining({
        code: 'SANDBOX_NOT_RUNNING',
        hint: 'Start it: sluice sandbox up `name: never` `with: mariadb`',
      }),
    );
  });
});

describe('sandboxLogs', () => {
  const logs = path.join(sandboxFolder(stateFolder, 'logged'), 'logs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(path.join(logs, 'source.log'), 'one\ntwo\nthree');
  writeFileSync(path.join(logs, 'worker.log'), 'connection.password=geheim\n');

  async function read(component: 'source' | undefined, lines: number): Promise<string[]> {
    const written: string[] = [];
    const write = (line: string) => written.push(line);
    await sandboxLogs({
      name: 'logged',
      component,
      lines,
      follow: false,
      stateFolder,
      clock: systemClock,
      signal,
      write,
    });
    return written;
  }

  it('shows the end of one part’s', async () => expect(await read('source', 2)).toEqual(['two', 'three']));

  it('shows all, each line with its part, secrets masked', async () => {
    expect(await read(undefined, 1)).toEqual(['source | three', 'worker | connection.password=********']);
  });

  it('says so if there is none', async () => {
    const write = () => {};
    await expect(
      sandboxLogs({
        name: 'never',
        component: 'worker',
        lines: 1,
        follow: false,
        stateFolder,
        clock: systemClock,
        signal,
        write,
      }),
    ).rejects.toMatchObject({ code: 'SANDBOX_NOT_RUNNING' });
  });
});
