import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MaintenanceListDocument } from '../../src/cli/views/maintenance.ts';
import { packagePath } from '../../src/config/package-root.ts';
import type { MaintenanceReport } from '../../src/operate/maintenance.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { FaultProxy } from '../helpers/fault-proxy.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('maintenance');
const [runs, paused, stopped, fails] = ['mnt-runs', 'mnt-paused', 'mnt-stopped', 'mnt-fails'];
const names = [runs, paused, stopped, fails];
/** Windows of other tests are out of sight. */
const env = {
  SLUICE_STATE_DIR: folder.path('state'),
  SLUICE_CONTEXT: undefined,
  SLUICE_CONNECT_URL: sandbox.connectUrl,
};

const sluice = (...args: string[]) => sluiceOnSandbox(args, { env });
const start = (...args: string[]) => sluice('maintenance', 'start', '--for', '2h', '--reason', 'a test', '-y', ...args);
const end = (...args: string[]) => sluice('maintenance', 'end', '--stable', '500ms', '-y', ...args);
const reportOf = (stdout: string) => parseDocument<MaintenanceReport>(stdout, 'maintenance');

async function windows(): Promise<MaintenanceListDocument['windows']> {
  const { stdout } = await sluice('maintenance', 'list', '--json');
  return parseDocument<MaintenanceListDocument>(stdout, 'maintenance-list').windows;
}

async function states(): Promise<string[]> {
  return Promise.all(names.map(async (name) => (await client.status(name))?.connector.state ?? 'none'));
}

const until = (name: string, state: string) =>
  eventually(
    () => client.status(name),
    (status) => status?.connector.state === state,
  );

beforeAll(async () => {
  folder.write('in.txt', 'one\ntwo\n');
  for (const name of [runs, paused, stopped])
    await client.putConfig(name, fileSource(folder.path('in.txt'), 'mnt-lines'));
  await client.putConfig(fails, fileSink(folder.path('no', 'such', 'folder.txt'), 'mnt-lines'));
  for (const name of [runs, paused, stopped])
    await eventually(
      () => client.status(name),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
  await eventually(
    () => client.status(fails),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
  await client.pause(paused);
  await client.stop(stopped);
  await until(paused, 'PAUSED');
  await until(stopped, 'STOPPED');
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

describe('maintenance', () => {
  it.each(['--pause', '--stop'])('with %s brings back exactly the states from before', async (how) => {
    const before = await states();
    expect(before).toEqual(['RUNNING', 'PAUSED', 'STOPPED', 'RUNNING']);
    const begun = await start(...names, how, '--json');
    expect(begun.code).toBe(0);
    const { results, open } = reportOf(begun.stdout);
    expect(results.map((one) => [one.name, one.before, one.outcome])).toEqual(
      how === '--pause'
        ? [
            [runs, 'RUNNING', 'paused'],
            [paused, 'PAUSED', 'was paused already'],
            [stopped, 'STOPPED', 'is stopped, and stays so'],
            [fails, 'RUNNING', 'paused'],
          ]
        : [
            [runs, 'RUNNING', 'stopped'],
            [paused, 'PAUSED', 'stopped'],
            [stopped, 'STOPPED', 'was stopped already'],
            [fails, 'RUNNING', 'stopped'],
          ],
    );
    expect(await states()).toEqual(
      how === '--pause' ? ['PAUSED', 'PAUSED', 'STOPPED', 'PAUSED'] : ['STOPPED', 'STOPPED', 'STOPPED', 'STOPPED'],
    );
    expect(await windows()).toMatchObject([
      { id: open[0], reason: 'a test', overdue: false, complete: true, action: how.slice(2) },
    ]);

    const ended = await end(String(open[0]), '--json');
    expect(ended.code).toBe(0);
    expect(await states()).toEqual(before);
    expect((await client.status(runs))?.tasks[0]?.state).toBe('RUNNING');
    const restored = reportOf(ended.stdout);
    expect(restored.open).toEqual([]);
    // Its task had failed before, too.
    const failed = restored.results.find(({ name }) => name === fails);
    expect(failed?.outcome).toMatch(/^resumed, and has FAILED as before the window: .*NoSuchFile/);
    expect(await windows()).toEqual([]);
    expect((await end(String(open[0]))).stderr).toContain('MAINTENANCE_UNKNOWN');
  });

  it('without --pause and --stop only remembers, and says what has changed since', async () => {
    expect((await start(runs, paused)).stdout).toContain('watched');
    expect(await states()).toEqual(['RUNNING', 'PAUSED', 'STOPPED', 'RUNNING']);
    await client.pause(runs);
    await until(runs, 'PAUSED');
    const { code, stdout } = await end('--all');
    expect(code).toBe(14);
    expect(stdout).toContain(`"${runs}" is paused now`);
    expect(stdout).toContain(`sluice resume ${runs}`);
    expect((await client.status(runs))?.connector.state).toBe('PAUSED');
    await client.resume(runs);
    await until(runs, 'RUNNING');
    expect(await windows()).toEqual([]);
  });

  it('reports what someone else deleted, stopped or configured, and neither creates nor overwrites it', async () => {
    const [gone, theirs, configured] = ['mnt-gone', 'mnt-theirs', 'mnt-configured'];
    const config = fileSource(folder.path('in.txt'), 'mnt-lines');
    for (const name of [gone, theirs, configured]) {
      await client.putConfig(name, config);
      await until(name, 'RUNNING');
    }
    try {
      await start(gone, theirs, configured, '--pause');
      await client.delete(gone);
      await client.stop(theirs);
      await until(theirs, 'STOPPED');
      await client.putConfig(configured, { ...config, 'batch.size': '7' });
      const { code, stdout } = await end('mnt-*', '--json');
      expect(code).toBe(14);
      const { results, open } = reportOf(stdout);
      expect(results.find((one) => one.name === configured)?.outcome).toBe(
        'running; its configuration has changed since the window began',
      );
      expect(results.find((one) => one.name === gone)?.error).toMatchObject({
        code: 'CONNECTOR_CHANGED',
        message: expect.stringContaining('was deleted during the window, and is not created again'),
      });
      expect(results.find((one) => one.name === theirs)?.error?.message).toContain('is stopped now');
      expect(open).toEqual([]);
      expect(await client.find(gone)).toBeUndefined();
      expect((await client.status(theirs))?.connector.state).toBe('STOPPED');
    } finally {
      for (const name of [gone, theirs, configured]) await client.delete(name);
    }
  });

  it('refuses a connector that is in an open window, and does nothing', async () => {
    const { open } = reportOf((await start(runs, '--pause', '--json')).stdout);
    const again = await start(runs, paused, '--stop');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('MAINTENANCE_OVERLAP');
    expect(again.stderr).toContain(`sluice maintenance end ${open[0]}`);
    expect(await states()).toEqual(['PAUSED', 'PAUSED', 'STOPPED', 'RUNNING']);
    expect((await end(runs)).code).toBe(0);
  });

  it('shows what it would do, and reports a missing connector beside the others', async () => {
    const dry = await start(runs, paused, '--stop', '--dry-run', '--json');
    expect(reportOf(dry.stdout).results.map(({ outcome }) => outcome)).toEqual([
      'would be stopped',
      'would be stopped',
    ]);
    expect(await windows()).toEqual([]);
    const some = await start(runs, 'mnt-rans', '--pause', '--json');
    expect(some.code).toBe(14);
    expect(reportOf(some.stdout).results[1]).toMatchObject({ window: null, error: { code: 'CONNECTOR_NOT_FOUND' } });
    const would = await end('--all', '--dry-run');
    expect(would.stdout).toContain('would be running');
    expect((await client.status(runs))?.connector.state).toBe('PAUSED');
    expect((await end('--all')).code).toBe(0);
    expect((await start('mnt-rans', '--pause')).code).toBe(13);
    expect((await sluice('maintenance', 'start', runs, '--reason', 'x')).code).toBe(2);
  });

  it('is in the history', async () => {
    const { stdout } = await sluice('history', '--connector', runs, '--json', '--limit', '50');
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    expect(changes.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['maintenance-start', 'maintenance-end']));
    const [started] = changes.filter(({ verb, exitCode }) => verb === 'maintenance-start' && exitCode === 14);
    expect(started?.connectors).toEqual([
      { name: runs, outcome: 'paused', error: null },
      { name: 'mnt-rans', outcome: 'failed', error: 'CONNECTOR_NOT_FOUND' },
    ]);
  });

  it('is reported by status where a window is overdue, with the command that ends it', async () => {
    const args = ['maintenance', 'start', runs, '--pause', '--for', '1s', '--reason', 'short'];
    const { open } = reportOf((await sluice(...args, '--json')).stdout);
    await eventually(
      async () => (await windows())[0],
      (window) => window?.overdue === true,
    );
    const status = await sluice('status', runs, '--json');
    expect(status.code).toBe(0);
    const { warnings } = parseDocument<{ warnings: string[] }>(status.stdout, 'status');
    expect(warnings.join()).toContain(`maintenance window ${open[0]}`);
    expect((await sluice('status', runs)).stderr).toContain(`sluice maintenance end ${open[0]}`);
    expect((await sluice('maintenance', 'list')).stdout).toContain('overdue by');
    expect((await end(`${open[0]}`)).code).toBe(0);
    expect((await sluice('status', runs)).stderr).not.toContain('maintenance');
  });
});

describe('an interrupted start', () => {
  it('by kill -9 while requests are on the way is shown as such, and ends as any other', async () => {
    // Accepted, and never carried out: it waits, and is killed then.
    const worker = await FaultProxy.start(sandbox.connectUrl, 1, { reads: 0, writes: 1, faults: ['as if done'] });
    try {
      folder.write(
        'sluice.yaml',
        `version: 1\ncontexts:\n  both:\n    connect: {url: [${worker.url}, ${sandbox.connectUrl}]}\ndefaultContext: both\n`,
      );
      const args = ['maintenance', 'start', runs, paused, stopped, '--stop', '--for', '1h', '--reason', 'killed', '-y'];
      const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
        cwd: folder.path(),
        env: { ...process.env, ...env, SLUICE_CONNECT_URL: '' },
        stdio: 'ignore',
      });
      const closed = new Promise((resolve) => child.on('close', resolve));
      await eventually(
        async () => (await windows())[0],
        (window) => window?.connectors.filter(({ sent }) => sent).length === 2,
      );
      child.kill('SIGKILL');
      await closed;
    } finally {
      await worker.stop();
    }
    expect((await windows())[0]).toMatchObject({ complete: false, context: 'both' });
    expect((await sluice('maintenance', 'list')).stdout).toContain('its start was interrupted: 2 of 2 requests');
    // One of the requests took effect after all.
    await client.stop(paused);
    await until(paused, 'STOPPED');
    // The same cluster, by another of its URLs.
    const { code } = await end('--all');
    expect(code).toBe(0);
    expect(await states()).toEqual(['RUNNING', 'PAUSED', 'STOPPED', 'RUNNING']);
  });

  it('by Ctrl-C names the command that brings the former states back', async () => {
    const worker = await FaultProxy.start(sandbox.connectUrl, 1, { reads: 0, writes: 1, faults: ['as if done'] });
    try {
      const args = ['maintenance', 'start', runs, '--pause', '--for', '1h', '--reason', 'interrupted'];
      const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
        cwd: folder.path(),
        env: { ...process.env, ...env, SLUICE_CONNECT_URL: worker.url },
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      const closed = new Promise((resolve) => child.on('close', resolve));
      await eventually(
        async () => worker.log.length,
        (writes) => writes > 0,
      );
      child.kill('SIGINT');
      expect(await closed).toBe(130);
      expect(stderr).toMatch(/window (\d+) is open[\s\S]*sluice maintenance end \1/);
    } finally {
      await worker.stop();
    }
  });
});
