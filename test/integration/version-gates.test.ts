import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../src/connect/client.ts';
import type { DeployReport } from '../../src/deploy/deploy.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { eventually, fileSink, fileSource, workFolder } from '../helpers/connectors.ts';
import { MaskingProxy } from '../helpers/masking-proxy.ts';
import { type OlderWorker, startOlderWorker } from '../helpers/older-worker/start.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/**
 * Kafka 3.6 knows neither an initial state (3.7) nor PATCH of a configuration (3.8); it can reset offsets (3.6). The
 * sandbox's own worker knows them all. What is the same on every release is tested by the project `older-worker`.
 */
const RELEASE = '3.6.2';
const folder = workFolder('gates');
const names = ['gates-source', 'gates-sink', 'gates-masked'];
let older: OlderWorker;

beforeAll(async () => {
  folder.write('in.txt', 'one\ntwo\n');
  older = await startOlderWorker(RELEASE, sandbox.bootstrapServers);
});

afterAll(async () => {
  await older?.stop();
  folder.remove();
});

function clientOf(url: string): ConnectClient {
  return new ConnectClient(
    { urls: [url], connect: {} },
    { clock: systemClock, signal: new AbortController().signal, logger: silentLogger },
  );
}

const file = (name: string, config: object, more: object = {}) =>
  folder.write(`${name}.json`, JSON.stringify({ name, config, ...more }));

async function run(url: string, args: string[]) {
  const { code, stdout } = await sluice([...args, '--connect-url', url, '--json']);
  return { code, stdout, report: JSON.parse(stdout) as DeployReport };
}
const deploy = (url: string, args: string[]) => run(url, ['deploy', ...args, '--stable', '0s']);

describe(`a worker of Kafka ${RELEASE}`, () => {
  afterEach(async () => {
    for (const name of names) await clientOf(older.url).delete(name);
  });

  it.each(['paused', 'stopped'])('creates without an initial state, and is %s afterwards', async (state) => {
    const path = file('gates-source', fileSource(folder.path('in.txt'), 'gates-lines'), { state });
    const { code, report } = await deploy(older.url, [path]);
    expect(code).toBe(0);
    expect(report.results[0]).toMatchObject({ outcome: 'created', state: { after: state } });
    expect((await clientOf(older.url).status('gates-source'))?.connector.state).toBe(state.toUpperCase());
    expect((await deploy(older.url, [path])).report.writes).toBe(0);
  });

  it('scales by its whole configuration, and refuses what only PATCH can do', async () => {
    const client = clientOf(older.url);
    await deploy(older.url, [file('gates-sink', fileSink(folder.path('out.txt'), 'gates-lines'))]);
    expect((await run(older.url, ['scale', 'gates-sink', '--tasks', '2'])).code).toBe(0);
    expect((await client.config('gates-sink'))['tasks.max']).toBe('2');
    await expect(client.patchConfig('gates-sink', { 'tasks.max': '1' })).rejects.toMatchObject({
      code: 'CONNECT_UNSUPPORTED',
      message: expect.stringContaining('needs 3.8'),
    });
    await expect(client.create({ name: 'gates-masked', config: {}, initialState: 'PAUSED' })).rejects.toMatchObject({
      code: 'CONNECT_UNSUPPORTED',
      message: expect.stringContaining('needs 3.7'),
    });
  });

  it('reads and resets offsets', async () => {
    const client = clientOf(older.url);
    await deploy(older.url, [file('gates-source', fileSource(folder.path('in.txt'), 'gates-lines'))]);
    await eventually(
      () => client.offsets('gates-source'),
      (offsets) => offsets.length > 0,
    );
    await client.stop('gates-source');
    await eventually(
      () => client.status('gates-source'),
      (status) => status?.connector.state === 'STOPPED' && status.tasks.length === 0,
    );
    await client.resetOffsets('gates-source');
    // This release goes on listing a partition that was reset.
    expect((await client.offsets('gates-source')).filter(({ offset }) => offset !== null)).toEqual([]);
  });

  it('changes and resets offsets in one operation each', async () => {
    const client = clientOf(older.url);
    await deploy(older.url, [file('gates-source', fileSource(folder.path('in.txt'), 'gates-lines'))]);
    await eventually(
      () => client.offsets('gates-source'),
      (offsets) => offsets.length > 0,
    );
    const partition = JSON.stringify({ filename: folder.path('in.txt') });
    const offsets = ['--source-partition', partition, '--source-offset', '{"position":4}'];
    const how = ['--yes', '--stable', '0s', '--json', '--connect-url', older.url];
    for (const [verb, more] of [['set', offsets] as const, ['reset', []] as const]) {
      const { code, stdout } = await sluice(['offsets', verb, 'gates-source', ...more, ...how]);
      expect(code).toBe(0);
      expect(parseDocument(stdout, 'offsets-change')).toMatchObject({
        results: [{ name: 'gates-source', outcome: verb, state: 'running again', error: null }],
      });
    }
  });

  it('that masks secrets is not written to if masks would go back', async () => {
    const config = fileSource(folder.path('in.txt'), 'gates-lines', { 'x.password': 'hunter22' });
    await deploy(older.url, [file('gates-masked', config)]);
    const proxy = await MaskingProxy.start(older.url);
    try {
      const masked = file(
        'gates-masked',
        { ...config, 'x.password': '********', 'batch.size': '7' },
        { state: 'paused' },
      );
      const { code, report } = await deploy(proxy.url, [masked]);
      expect(code).toBe(2);
      expect(report.results[0]?.error).toMatchObject({
        code: 'CONNECT_UNSUPPORTED',
        message: expect.stringContaining('x.password'),
      });
      expect(proxy.writes).toEqual([]);
      // With the secret itself the whole configuration can be written.
      expect((await deploy(proxy.url, [file('gates-masked', { ...config, 'batch.size': '7' })])).code).toBe(0);
      expect(await clientOf(older.url).config('gates-masked')).toMatchObject({
        'x.password': 'hunter22',
        'batch.size': '7',
      });
    } finally {
      await proxy.stop();
    }
  });
});

describe('the sandbox’s worker behind what masks secrets', () => {
  const client = clientOf(sandbox.connectUrl);
  const config = () => fileSink(folder.path('out.txt'), 'gates-lines', { 'x.password': 'hunter22' });
  let proxy: MaskingProxy;

  beforeAll(async () => {
    proxy = await MaskingProxy.start(sandbox.connectUrl);
    expect((await deploy(sandbox.connectUrl, [file('gates-masked', config())])).code).toBe(0);
  });

  afterAll(async () => {
    await proxy.stop();
    for (const name of names) await client.delete(name);
  });

  it('is changed key by key if the file has the mask', async () => {
    const masked = file('gates-masked', {
      ...config(),
      'x.password': '********',
      'consumer.override.max.poll.records': '7',
    });
    const { code, report } = await deploy(proxy.url, [masked]);
    expect(code).toBe(0);
    expect(report.results[0]).toMatchObject({ outcome: 'updated', unknown: ['x.password'] });
    expect(proxy.writes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PATCH /connectors/gates-masked/config',
    ]);
    expect(await client.config('gates-masked')).toMatchObject({
      'x.password': 'hunter22',
      'consumer.override.max.poll.records': '7',
    });
    expect((await deploy(proxy.url, [masked])).report.writes).toBe(0);
  });

  it('gets its former keys back by PATCH if the change fails; the secret stays', async () => {
    const broken = file('gates-masked', { ...config(), file: '/no/such/folder/out.txt' });
    const { code, report } = await deploy(proxy.url, [broken]);
    expect(code).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'rolled back' });
    expect(await client.config('gates-masked')).toMatchObject({
      'x.password': 'hunter22',
      file: folder.path('out.txt'),
    });
    expect(proxy.writes.at(-1)?.method).toBe('PATCH');
  });

  it('gets another secret if that is asked for, and only then', async () => {
    await deploy(proxy.url, [file('gates-masked', config())]);
    const rotated = file('gates-masked', { ...config(), 'x.password': 'correct-horse' });
    const silent = await deploy(proxy.url, [rotated]);
    expect(silent).toMatchObject({ code: 0, report: { writes: 0, results: [{ unknown: ['x.password'] }] } });
    expect(await client.config('gates-masked')).toMatchObject({ 'x.password': 'hunter22' });

    const { code, report } = await deploy(proxy.url, [rotated, '--send-masked', 'gates-masked']);
    expect(code).toBe(0);
    expect(report.results[0]).toMatchObject({
      outcome: 'updated',
      keys: [{ key: 'x.password', change: 'changed', before: '********', after: '********' }],
      unknown: [],
    });
    expect(await client.config('gates-masked')).toMatchObject({ 'x.password': 'correct-horse' });
    await deploy(proxy.url, [file('gates-masked', config()), '--send-masked', 'gates-masked']);
  });

  it('is not called rolled back if the former secret is lost', async () => {
    const broken = file('gates-masked', { ...config(), file: '/no/such/folder/out.txt', 'x.password': 'other' });
    const { code, report } = await deploy(proxy.url, [broken, '--send-masked', 'gates-masked']);
    expect(code).toBe(13);
    expect(report.results[0]).toMatchObject({
      outcome: 'failed',
      error: {
        message: expect.stringContaining('x.password, which the worker masks, could not be restored; apart from that'),
      },
    });
    await deploy(proxy.url, [file('gates-masked', config()), '--send-masked', 'gates-masked']);
    expect(await client.config('gates-masked')).toMatchObject({ 'x.password': 'hunter22' });
  });

  it('wants a name that a file has', async () => {
    const args = ['deploy', file('gates-masked', config()), '--send-masked', 'gates-maskd', '--connect-url', proxy.url];
    const { code, stderr } = await sluice(args);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean gates-masked?');
  });

  it('a mask never takes the place of a secret that is known, nor of one that is new', async () => {
    const masked = file('gates-masked', { ...config(), 'x.password': '********' });
    for (const path of [masked, file('gates-source', { ...config(), 'y.password': '********' })]) {
      const { code, stdout } = await run(sandbox.connectUrl, ['deploy', path]);
      expect(code).toBe(11);
      expect(stdout).toMatch(/password of gates-\w+ holds a mask, not a secret/);
    }
    expect((await client.config('gates-masked'))['x.password']).toBe('hunter22');
  });
});
