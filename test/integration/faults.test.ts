import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { fileSource, workFolder } from '../helpers/connectors.ts';
import { FakeConnect, notFound, SERVER } from '../helpers/fake-connect.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

/** What no real worker does on demand; the built binary against a server that misbehaves. */
const folder = workFolder('faults');
const path = folder.write('faults.json', JSON.stringify({ name: 'faults', config: fileSource('/tmp/x', 'faults') }));
let server: FakeConnect | undefined;

afterEach(() => server?.stop());
afterAll(() => folder.remove());

type ErrorDocument = { error: { code: string; message: string; hint?: string } };

async function run(args: string[]) {
  const { code, stdout, stderr } = await sluice([...args, '--connect-url', server?.url ?? '', '--json']);
  return { code, stdout, stderr };
}

const COMMANDS = [
  ['status'],
  ['pause', 'faults'],
  ['restart', 'faults'],
  ['scale', 'faults', '--tasks', '2'],
  ['deploy', path],
];

describe('Connect down', () => {
  it.each(COMMANDS)('%s: exit 12, and what to do', async (...args) => {
    server = await FakeConnect.start(() => ({}));
    const { url } = server;
    await server.stop();
    const { code, stdout } = await sluice([...args, '--connect-url', url, '--json']);
    expect(code).toBe(12);
    const text = stdout.includes('"results"')
      ? JSON.parse(stdout).results[0]
      : parseDocument<ErrorDocument>(stdout, 'error');
    expect(text.error).toMatchObject({ code: 'CONNECT_UNREACHABLE' });
    expect(text.error.hint).toContain('worker');
  });
});

describe('Connect answering HTML', () => {
  it.each(COMMANDS)('%s: exit 12, naming the content type', async (...args) => {
    server = await FakeConnect.start(() => ({
      text: '<html><head><title>Sign in to example</title></head></html>',
      contentType: 'text/html',
    }));
    const { code, stdout } = await run(args);
    expect(code).toBe(12);
    expect(stdout).toContain('CONNECT_BAD_ANSWER');
    expect(stdout).toContain('text/html');
    expect(stdout).not.toContain('SyntaxError');
  });
});

describe('Connect dying between two calls', () => {
  it('while a deploy writes: says that the outcome is unknown, exit 12', async () => {
    server = await FakeConnect.start(async (call) => {
      if (call.path === '/') return { json: SERVER };
      if (call.path.startsWith('/connectors?')) return { json: {} };
      if (call.path === '/connectors' && call.method === 'GET') return { json: [] };
      if (call.path.endsWith('/validate')) return { json: { name: 'x', error_count: 0, groups: [], configs: [] } };
      if (call.method === 'POST') {
        void server?.stop();
        return { cut: true };
      }
      return { status: 404, json: notFound('faults') };
    });
    const { code, stdout } = await run(['deploy', path]);
    expect(code).toBe(12);
    const { results } = parseDocument<{ results: { error: { message: string } }[] }>(stdout, 'deploy');
    expect(results[0]?.error.message).toMatch(/it is unknown whether .* was carried out/);
  });

  it('while a deploy waits: what was written is reported, and is in the history', async () => {
    let written = false;
    const worker = await FakeWorker.start({}, ({ method }) => {
      if (method === 'POST') written = true;
      return method === 'GET' && written ? { cut: true } : undefined;
    });
    const env = { SLUICE_STATE_DIR: folder.path('state') };
    try {
      const args = ['deploy', path, '--timeout', '2s', '--connect-url', worker.server.url, '--json'];
      const { code, stdout } = await sluice(args, { env });
      expect(code).toBe(12);
      expect(parseDocument(stdout, 'deploy')).toMatchObject({
        results: [{ name: 'faults', outcome: 'failed', error: { message: expect.stringContaining('is unknown') } }],
      });
      expect(worker.connectors.has('faults')).toBe(true);
      const history = await sluice(['history', '--json'], { env });
      expect(parseDocument(history.stdout, 'history')).toMatchObject({
        changes: [
          {
            verb: 'deploy',
            exitCode: 12,
            connectors: [{ name: 'faults', outcome: 'failed', error: 'CONNECT_UNREACHABLE' }],
          },
        ],
      });
    } finally {
      await worker.stop();
    }
  });

  it('after a pause was accepted: exit 12, never "paused"', async () => {
    server = await FakeConnect.start(async (call) => {
      if (call.method === 'PUT') {
        setImmediate(() => void server?.stop());
        return { status: 202 };
      }
      const state = { state: 'RUNNING', worker_id: 'w' };
      return {
        json: call.path.endsWith('/status')
          ? { name: 'faults', connector: state, tasks: [{ id: 0, ...state }], type: 'source' }
          : { name: 'faults', config: {}, tasks: [], type: 'source' },
      };
    });
    const { code, stdout } = await run(['pause', 'faults', '--timeout', '2s']);
    expect(code).toBe(12);
    expect(parseDocument(stdout, 'operate')).toMatchObject({
      results: [{ outcome: null, error: { message: expect.stringContaining('its outcome is unknown') } }],
    });
  });
});

describe('Ctrl-C', () => {
  it('while a deploy writes: the call in hand is finished, no further one starts, and both are reported, exit 130', async () => {
    const paths = ['faults-1', 'faults-2'].map((name) =>
      folder.write(`${name}.json`, JSON.stringify({ name, config: fileSource('/tmp/x', 'faults') })),
    );
    let arrived = () => {};
    const posted = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    server = await FakeConnect.start(async (call) => {
      if (call.path === '/') return { json: SERVER };
      if (call.path.startsWith('/connectors?')) return { json: {} };
      if (call.path === '/connectors' && call.method === 'GET') return { json: [] };
      if (call.path.endsWith('/validate')) return { json: { name: 'x', error_count: 0, groups: [], configs: [] } };
      if (call.method === 'POST') {
        arrived();
        await released;
        return { status: 201, json: { ...(call.body as object), tasks: [], type: 'source' } };
      }
      return { status: 404, json: notFound('faults') };
    });
    const child = spawn(
      process.execPath,
      [packagePath('bin', 'run.js'), 'deploy', ...paths, '--parallel', '1', '--connect-url', server.url, '--json'],
      { env: { ...process.env, SLUICE_CONTEXT: undefined } },
    );
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await posted;
    child.kill('SIGINT');
    setTimeout(release, 300);
    expect(await ended).toBe(130);
    expect(parseDocument<ErrorDocument>(out, 'error').error).toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringContaining('written: faults-1; not written: faults-2'),
    });
    expect(server.lines.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });
});

describe('a rebalance', () => {
  it('is waited for', async () => {
    let refused = 0;
    const state = { state: 'PAUSED', worker_id: 'w' };
    server = await FakeConnect.start((call) => {
      if (call.method === 'PUT' && refused < 2) {
        refused += 1;
        return {
          status: 409,
          json: { error_code: 409, message: 'Cannot complete request momentarily due to stale configuration' },
        };
      }
      if (call.method === 'PUT') return { status: 202 };
      const running = { ...state, state: refused < 2 ? 'RUNNING' : 'PAUSED' };
      return {
        json: call.path.endsWith('/status')
          ? { name: 'faults', connector: running, tasks: [{ id: 0, ...running }], type: 'source' }
          : { name: 'faults', config: {}, tasks: [], type: 'source' },
      };
    });
    const { code } = await run(['pause', 'faults']);
    expect(code).toBe(0);
    expect(refused).toBe(2);
  });
});

describe('a plan', () => {
  const running = { state: 'RUNNING', worker_id: 'w' };
  const status = { name: 'faults', connector: running, tasks: [{ id: 0, ...running }], type: 'source' };
  const info = {
    name: 'faults',
    config: { ...fileSource('/tmp/x', 'faults'), name: 'faults' },
    tasks: [],
    type: 'source',
  };

  it('takes two calls', async () => {
    server = await FakeConnect.start((call) => ({
      json: call.path.startsWith('/connectors?') ? { faults: { info, status } } : ['faults'],
    }));
    const { code } = await run(['plan', path, '--exit-code']);
    expect(code).toBe(0);
    expect(server.lines.sort()).toEqual(['GET /connectors', 'GET /connectors?expand=info&expand=status']);
  });

  it('never turns a connector that cannot be read into one to create', async () => {
    server = await FakeConnect.start((call) => {
      if (call.path.startsWith('/connectors?')) return { json: {} };
      if (call.path === '/connectors') return { json: ['faults'] };
      return { status: 500, json: { error_code: 500, message: 'broken' } };
    });
    const { code, stdout } = await run(['plan', path, '--exit-code']);
    expect(code).toBe(13);
    expect(parseDocument(stdout, 'plan')).toMatchObject({
      connectors: [],
      unreadable: [{ name: 'faults', error: { code: 'CONNECT_REJECTED' } }],
    });
  });
});

describe('a connector that cannot be read', () => {
  const config = (topic: string) => fileSource('/tmp/x', topic);
  const files = ['unread-bad', 'unread-good', 'unread-new'].map((name) =>
    folder.write(`${name}.json`, JSON.stringify({ name, config: config('faults') })),
  );
  const [bad = '', good = '', fresh = ''] = files;
  let worker: FakeWorker | undefined;
  afterEach(() => worker?.stop());

  /** A worker that answers 500 to `?expand` and to whatever is read of one connector, as where its plugin is gone. */
  async function start(): Promise<string[]> {
    const broken = { status: 500, json: { error_code: 500, message: 'NoClassDefFoundError' } };
    worker = await FakeWorker.start(
      { 'unread-bad': { config: config('faults') }, 'unread-good': { config: config('old') } },
      ({ method, path }) =>
        method === 'GET' && (path.startsWith('/connectors?') || path.startsWith('/connectors/unread-bad'))
          ? broken
          : undefined,
    );
    return ['--connect-url', worker.server.url, '--json'];
  }
  const writes = () =>
    worker?.server.lines.filter((line) => !line.startsWith('GET') && !line.endsWith('/validate')) ?? [];

  it('hides no other from status, which names it and exits 14', async () => {
    const flags = await start();
    const { code, stdout } = await sluice(['status', ...flags]);
    expect(code).toBe(14);
    expect(parseDocument(stdout, 'status')).toMatchObject({
      connectors: [{ name: 'unread-good' }],
      unreadable: [{ name: 'unread-bad', error: { code: 'CONNECT_REJECTED' } }],
    });
    const table = await sluice(['status', ...flags.slice(0, 2)]);
    expect(table.stdout).toContain('"unread-bad" cannot be read: Connect answered 500: NoClassDefFoundError');
    expect(table.stdout).toMatch(/1 connector on .+: 1 healthy; 1 cannot be read/);
  });

  it('is neither created nor updated by plan and deploy; the others are', async () => {
    const flags = await start();
    const plan = await sluice(['plan', ...files, ...flags, '--exit-code']);
    expect(plan.code).toBe(14);
    expect(parseDocument(plan.stdout, 'plan')).toMatchObject({
      connectors: [
        { name: 'unread-new', action: 'create' },
        { name: 'unread-good', action: 'update' },
      ],
      unreadable: [{ name: 'unread-bad', file: bad }],
      unmanaged: [],
    });
    const { code, stdout } = await sluice(['deploy', ...files, ...flags, '--stable', '0s']);
    expect(code).toBe(14);
    expect(parseDocument(stdout, 'deploy')).toMatchObject({
      results: [
        { name: 'unread-good', outcome: 'updated' },
        { name: 'unread-new', outcome: 'created' },
        { name: 'unread-bad', action: 'unreadable', outcome: 'failed', error: { code: 'CONNECT_REJECTED' } },
      ],
    });
    expect(writes().sort()).toEqual(['POST /connectors', 'PUT /connectors/unread-good/config']);
  });

  it('is nothing to a plan and a deploy of others', async () => {
    const flags = await start();
    const plan = await sluice(['plan', ...files, '--only', 'unread-good', ...flags]);
    expect(plan.code).toBe(0);
    expect(parseDocument(plan.stdout, 'plan')).toMatchObject({
      connectors: [{ name: 'unread-good', action: 'update' }],
      unreadable: [{ name: 'unread-bad', file: null }],
    });
    const deployed = await sluice(['deploy', good, fresh, ...flags, '--stable', '0s']);
    expect(deployed.code, deployed.stdout).toBe(0);
  });

  it('cannot be in a saved plan', async () => {
    const flags = await start();
    const saved = await sluice(['plan', bad, '--save', folder.path('plan.json'), ...flags]);
    expect(saved.code).toBe(13);
    expect(parseDocument<ErrorDocument>(saved.stdout, 'error').error.message).toContain('"unread-bad" cannot be read');
  });

  it('is never pruned, and the report says so', async () => {
    const flags = await start();
    mkdirSync(folder.path('prune'));
    folder.write('prune/sluice.yaml', 'version: 1\nprune: { match: "unread-*" }\n');
    const cwd = folder.path('prune');
    const { code, stdout } = await sluice(['deploy', fresh, '--prune', '--yes', '--stable', '0s', ...flags], { cwd });
    expect(code).toBe(14);
    expect(parseDocument(stdout, 'deploy')).toMatchObject({
      pruned: [
        { name: 'unread-good', outcome: 'deleted' },
        { name: 'unread-bad', outcome: null, error: { code: 'CONNECT_REJECTED' } },
      ],
    });
    expect(writes().filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE /connectors/unread-good']);
  });

  it('is not exported, but named', async () => {
    const flags = await start();
    const all = await sluice(['export', '--out', folder.path('exported'), ...flags]);
    expect(all.code).toBe(14);
    expect(parseDocument(all.stdout, 'export')).toMatchObject({
      connectors: [{ name: 'unread-good' }],
      unreadable: [{ name: 'unread-bad' }],
    });
    expect((await sluice(['export', 'unread-bad', '--out', folder.path('one'), ...flags])).code).toBe(13);
  });
});

describe('masked secrets', () => {
  it('are no difference, and are never written back by scale', async () => {
    const live = { ...fileSource('/tmp/x', 'faults'), name: 'faults', 'x.password': '********' };
    const state = { state: 'RUNNING', worker_id: 'w' };
    const status = { name: 'faults', connector: state, tasks: [{ id: 0, ...state }], type: 'source' };
    const info = { name: 'faults', config: live, tasks: [{ connector: 'faults', task: 0 }], type: 'source' };
    server = await FakeConnect.start((call) => {
      if (call.path === '/') return { json: { ...SERVER, version: '3.7.0' } };
      if (call.path.startsWith('/connectors?')) return { json: { faults: { info, status } } };
      if (call.path === '/connectors') return { json: ['faults'] };
      return { json: call.path.endsWith('/status') ? status : info };
    });
    const secret = folder.write(
      'masked.json',
      JSON.stringify({ name: 'faults', config: { ...fileSource('/tmp/x', 'faults'), 'x.password': 'hunter22' } }),
    );
    const deployed = await run(['deploy', secret]);
    expect(deployed.code).toBe(0);
    expect(parseDocument(deployed.stdout, 'deploy')).toMatchObject({
      writes: 0,
      results: [{ unknown: ['x.password'] }],
    });

    // What was not compared is said, with the way to send it.
    const table = await sluice(['deploy', secret, '--connect-url', server.url]);
    expect(table.stdout).toContain('1 masked, not compared');
    expect(table.stdout).toContain(`sluice deploy --connect-url ${server.url} ${secret} --send-masked faults`);
    const plan = await sluice(['plan', secret, '--connect-url', server.url]);
    expect(plan.stdout).toContain('Masked by the worker, not compared: faults (x.password)');
    expect(plan.stdout).toContain('nothing differs in what could be compared (1 unchanged; 1 value not compared)');

    const scaled = await run(['scale', 'faults', '--tasks', '2']);
    expect(scaled.code).toBe(2);
    expect(scaled.stdout).toContain('x.password');
    expect(server.calls.filter((call) => call.method !== 'GET')).toEqual([]);
  });
});
