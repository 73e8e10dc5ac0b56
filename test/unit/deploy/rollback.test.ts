import { afterEach, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../../src/connect/client.ts';
import { deploy } from '../../../src/deploy/deploy.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { type Call, type FakeAnswer, FakeConnect, fastClock, SERVER } from '../../helpers/fake-connect.ts';

let server: FakeConnect | undefined;
afterEach(() => server?.stop());

type Config = Record<string, string>;

/** A worker with the connector `a`, which keeps what is written; `on` may spoil a call. */
async function run(
  desired: { config: Config; state?: 'running' | 'paused' | 'stopped' },
  on: (call: Call, worker: { config: Config; state: string; failed: boolean }) => FakeAnswer | undefined,
) {
  const worker = { config: { x: '1' } as Config, state: 'RUNNING', failed: false };
  server = await FakeConnect.start((call) => {
    const spoilt = on(call, worker);
    if (spoilt) return spoilt;
    if (call.path === '/') return { json: SERVER };
    if (call.path.endsWith('/validate')) return { json: { name: 'a', error_count: 0, groups: [], configs: [] } };
    if (call.path.endsWith('/pause')) worker.state = 'PAUSED';
    if (call.path.endsWith('/resume')) worker.state = 'RUNNING';
    if (call.method === 'PUT' && call.path.endsWith('/config')) worker.config = call.body as Config;
    if (call.method !== 'GET') return { status: 200, json: {} };
    const task = { id: 0, worker_id: 'w', state: worker.failed ? 'FAILED' : worker.state, trace: 'Exception: broken' };
    const status = { name: 'a', connector: { state: worker.state, worker_id: 'w' }, tasks: [task], type: 'source' };
    const info = {
      name: 'a',
      config: { ...worker.config, name: 'a' },
      tasks: [{ connector: 'a', task: 0 }],
      type: 'source',
    };
    if (call.path === '/connectors') return { json: ['a'] };
    if (call.path.startsWith('/connectors?')) return { json: { a: { info, status } } };
    return { json: call.path.endsWith('/status') ? status : call.path.endsWith('/config') ? info.config : info };
  });
  const clock = fastClock();
  const signal = new AbortController().signal;
  const report = await deploy(
    [
      {
        name: 'a',
        ...desired,
        written: desired.config,
        unset: new Set(),
        file: 'a.json',
        form: 'wrapped',
        positions: () => Promise.reject(new Error('nothing is found in this file')),
      },
    ],
    {
      client: new ConnectClient(server.context, { clock, signal, logger: silentLogger }),
      groups: new GroupReader(undefined),
      clock,
      signal,
      progress: silentProgress,
      context: 'fake',
      concurrency: 1,
      wait: true,
      timeoutMs: 20_000,
      stableMs: 0,
      dryRun: false,
      rollback: true,
      secrets: configSecrets,
    },
  );
  return { worker, result: report.results[0], exitCode: report.exitCode };
}

const rejected = { status: 400, json: { error_code: 400, message: 'no such value' } };

describe('a change that fails', () => {
  it('has its former configuration put back', async () => {
    const { worker, result, exitCode } = await run({ config: { x: '2' } }, (_call, state) => {
      state.failed = state.config['x'] === '2';
      return undefined;
    });
    expect(exitCode).toBe(13);
    expect(result?.outcome).toBe('rolled back');
    expect(worker.config).toEqual({ x: '1', name: 'a' });
  });

  it('half way, after its state was changed, has its state put back', async () => {
    const { worker, result } = await run({ config: { x: '2' }, state: 'paused' }, (call) =>
      call.method === 'PUT' && call.path === '/connectors/a/config' && (call.body as Config)['x'] === '2'
        ? rejected
        : undefined,
    );
    expect(result).toMatchObject({ outcome: 'rolled back', error: { details: { failure: 'CONNECT_REJECTED' } } });
    expect(worker).toMatchObject({ state: 'RUNNING', config: { x: '1' } });
  });

  it('before anything was written is left as it is', async () => {
    const { result } = await run({ config: { x: '2' } }, (call) =>
      call.method === 'PUT' && call.path === '/connectors/a/config' ? rejected : undefined,
    );
    expect(result?.outcome).toBe('failed');
    expect(server?.lines.filter((line) => line === 'PUT /connectors/a/config')).toHaveLength(1);
  });

  it('is no rollback where the former configuration cannot be written', async () => {
    const { result } = await run({ config: { x: '2' } }, (call, state) => {
      state.failed = state.config['x'] === '2';
      const back = call.method === 'PUT' && call.path === '/connectors/a/config' && (call.body as Config)['x'] === '1';
      return back ? rejected : undefined;
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('it could not be put back: Connect answered 400') },
    });
  });

  it('and that someone else has changed since, is left alone', async () => {
    const { worker, result } = await run({ config: { x: '2' } }, (call, state) => {
      state.failed = state.config['x'] !== '1';
      if (state.config['x'] === '2' && call.path.startsWith('/connectors?')) state.config = { x: 'theirs' };
      return undefined;
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('someone else has changed it since') },
    });
    expect(worker.config).toEqual({ x: 'theirs' });
  });
});
