import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { LoggersReport, SetReport } from '../../src/operate/loggers.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { FakeConnect } from '../helpers/fake-connect.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('loggers');
const env = {
  SLUICE_STATE_DIR: folder.path('state'),
  SLUICE_CONTEXT: undefined,
  SLUICE_CONNECT_URL: sandbox.connectUrl,
};
const sluice = (...args: string[]) => sluiceOnSandbox(args, { env, cwd: folder.path() });
const level = async (name: string) => (await client.logger(name))?.level;
/** Loggers that no other test has, and that no code uses. */
const [parent, child] = ['sluice.test.loggers', 'sluice.test.loggers.child'];
const children = new Set<ChildProcess>();

/** Runs in the foreground until it is ended. */
async function hold(...args: string[]) {
  const started = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), 'loggers', 'set', ...args], {
    env: { ...process.env, ...env },
    cwd: folder.path(),
  });
  children.add(started);
  const streams = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    started[name].on('data', (chunk: Buffer) => {
      streams[name] += chunk.toString();
    });
  const closed = new Promise<number | null>((resolve) => started.on('close', resolve));
  await eventually(
    async () => streams.stderr,
    (text) => text.includes('restores it at once'),
  );
  return { child: started, streams, closed };
}

afterEach(() => {
  for (const one of children) one.kill('SIGKILL');
});

afterAll(async () => {
  await client.setLogger(parent, 'INFO');
  folder.remove();
});

describe('loggers get', () => {
  it('shows what differs, what a glob or a text matches, and what a logger inherits', async () => {
    await client.setLogger(parent, 'INFO');
    await client.setLogger(child, 'WARN');
    const get = async (...args: string[]) =>
      parseDocument<LoggersReport>((await sluice('loggers', 'get', ...args, '--json')).stdout, 'loggers-get');
    const { loggers, hidden, worker } = await get();
    expect(worker).toBe(sandbox.connectUrl);
    expect(loggers).toContainEqual(expect.objectContaining({ name: 'root', level: await level('root') }));
    const [own] = (await get(`${parent}*`)).loggers.filter(({ name }) => name === child);
    expect(own).toMatchObject({ level: 'WARN', lastModified: expect.stringMatching(/^20.*Z$/) });
    expect((await get(`${child}.more`)).loggers).toEqual([
      { name: `${child}.more`, level: 'WARN', inheritedFrom: child, lastModified: null },
    ]);
    expect((await get('--search', 'LOGGERS.CHILD')).loggers.map(({ name }) => name)).toEqual([child]);
    expect((await get('--all')).loggers.length).toBe(hidden + loggers.length);
    const none = await sluice('loggers', 'get', 'nosuch*');
    expect([none.code, none.stderr]).toEqual([13, expect.stringContaining('LOGGER_NOT_FOUND')]);
  });
});

describe('loggers set', () => {
  it('sets a level, reads it back, and prints the command that restores it', async () => {
    const { code, stdout } = await sluice('loggers', 'set', parent, 'debug');
    expect(code).toBe(0);
    expect(stdout).toContain(`sluice loggers set ${parent} INFO`);
    expect(await level(parent)).toBe('DEBUG');
    const back = await sluice('loggers', 'set', parent, '-l', 'INFO', '--json');
    expect(parseDocument<SetReport>(back.stdout, 'loggers-set')).toMatchObject({ former: 'DEBUG', until: null });
    const cluster = await sluice('loggers', 'set', parent, 'OFF', '--scope', 'cluster');
    expect(cluster.stdout).toContain('every worker of the cluster');
    expect(await level(parent)).toBe('OFF');
    expect((await sluice('loggers', 'set', parent, 'INFO', '--scope', 'cluster')).stdout).toContain('was OFF');
    expect((await sluice('loggers', 'set', parent, 'LOUD')).code).toBe(2);
    expect((await sluice('loggers', 'set', parent)).stderr).toContain('which level?');
  });

  it('restores the logger and those below it when its time is up', async () => {
    await client.setLogger(parent, 'INFO');
    await client.setLogger(child, 'ERROR');
    const run = await hold(parent, 'TRACE', '--for', '3s', '--json');
    expect([await level(parent), await level(child)]).toEqual(['TRACE', 'TRACE']);
    expect(await run.closed).toBe(0);
    expect(parseDocument<SetReport>(run.streams.stdout, 'loggers-set')).toMatchObject({ restored: 'yes', undo: null });
    expect([await level(parent), await level(child)]).toEqual(['INFO', 'ERROR']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('restores it at %s', async (signal, code) => {
    const logger = `sluice.test.fresh${process.pid}.${signal.toLowerCase()}`;
    const run = await hold(logger, 'DEBUG', '--for', '1h', '--scope', 'cluster');
    expect(await level(logger)).toBe('DEBUG');
    const second = await sluice('loggers', 'set', `${logger}.below`, 'TRACE', '--for', '1m');
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('LOGGER_RAISED')]);
    run.child.kill(signal);
    expect(await run.closed).toBe(code);
    // What it had inherited.
    expect(await level(logger)).toBe(await level('root'));
    expect(run.streams.stdout).toContain('REST can only set the same one');
  });

  it('that was killed is reported until it is restored, by the command that is printed', async () => {
    await client.setLogger(parent, 'INFO');
    await client.setLogger(child, 'ERROR');
    const run = await hold(parent, 'DEBUG', '--for', '1h');
    expect((await sluice('status')).stderr).not.toContain(parent);
    run.child.kill('SIGKILL');
    await run.closed;
    const command = `sluice loggers set ${parent} INFO`;
    for (const args of [['status'], ['loggers', 'get']])
      expect((await sluice(...args)).stderr).toMatch(new RegExp(`logger ${parent} is still DEBUG[^]*${command}`));
    expect((await sluice('loggers', 'set', parent, 'INFO')).code).toBe(0);
    expect([await level(parent), await level(child)]).toEqual(['INFO', 'ERROR']);
    expect((await sluice('status')).stderr).not.toContain(parent);
  });

  it('that was killed is forgotten once someone else has restored the level', async () => {
    const run = await hold(parent, 'DEBUG', '--for', '1h');
    run.child.kill('SIGKILL');
    await run.closed;
    await client.setLogger(parent, 'INFO');
    expect((await sluice('status')).stderr).not.toContain(parent);
    await client.setLogger(parent, 'DEBUG');
    expect((await sluice('status')).stderr).not.toContain(parent);
    await client.setLogger(parent, 'INFO');
  });

  it('does not overwrite a level that someone else sets meanwhile', async () => {
    const run = await hold(parent, 'DEBUG', '--for', '1h');
    await client.setLogger(parent, 'WARN');
    run.child.kill('SIGINT');
    await run.closed;
    expect(run.streams.stdout).toContain('someone else');
    expect(await level(parent)).toBe('WARN');
  });

  it('names the worker that it asked, of several', async () => {
    folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  two:\n    connect: {url: ["http://127.0.0.1:1", "${sandbox.connectUrl}"]}\n`,
    );
    const args = ['loggers', 'set', parent, 'INFO', '--context', 'two'];
    const { stdout } = await sluiceOnSandbox(args, { env: { ...env, SLUICE_CONNECT_URL: '' }, cwd: folder.path() });
    expect(stdout).toContain(`on the worker ${sandbox.connectUrl}.`);
  });

  it('is in the history', async () => {
    const { stdout } = await sluice('history', '--verb', 'loggers', '--json', '--limit', '50');
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    expect(changes.flatMap(({ loggers }) => loggers.map(({ outcome }) => outcome))).toEqual(
      expect.arrayContaining(['INFO → TRACE for a while, restored', 'to be DEBUG', 'INFO → DEBUG']),
    );
    expect((await sluice('history', '--verb', 'loggers')).stdout).toContain(parent);
  });

  it.each([
    ['2.3.0', [], 'reading log levels needs 2.4'],
    ['3.6.0', ['--scope', 'cluster'], 'setting levels of the whole cluster needs 3.7'],
  ])('says which release has it, on %s', async (version, more, message) => {
    const old = await FakeConnect.start(() => ({ json: { version, commit: 'x', kafka_cluster_id: 'k' } }));
    try {
      const args = ['loggers', 'set', parent, 'INFO', ...more, '--connect-url', old.url];
      const { code, stderr } = await sluiceOnSandbox(args, { env: { ...env, SLUICE_CONNECT_URL: '' } });
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    } finally {
      await old.stop();
    }
  });
});
