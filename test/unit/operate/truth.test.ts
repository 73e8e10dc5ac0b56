import { afterEach, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../../src/connect/client.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { deleteConnectors } from '../../../src/operate/delete.ts';
import { restartConnectors } from '../../../src/operate/restart.ts';
import { scaleConnector } from '../../../src/operate/scale.ts';
import { changeState } from '../../../src/operate/state.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { type Call, type FakeAnswer, fastClock, notFound } from '../../helpers/fake-connect.ts';
import { type FakeConnector, FakeWorker } from '../../helpers/fake-worker.ts';

/** Operations against a worker that does not answer as it should. */
let worker: FakeWorker | undefined;
afterEach(() => worker?.stop());

type SpoilA = (call: Call, a: FakeConnector, fake: FakeWorker) => FakeAnswer | undefined;

async function start(spoil: SpoilA, a: Partial<FakeConnector> = {}) {
  worker = await FakeWorker.start({ a: { config: { 'tasks.max': '1' }, ...a } }, (call, fake) => {
    const there = fake.connectors.get('a');
    return there === undefined ? undefined : spoil(call, there, fake);
  });
  const clock = fastClock();
  const signal = new AbortController().signal;
  const client = new ConnectClient(worker.server.context, { clock, signal, logger: silentLogger });
  return { client, options: { clock, signal, wait: true, timeoutMs: 20_000 }, worker };
}

const groups = new GroupReader(undefined);

async function scale(spoil: SpoilA, a: Partial<FakeConnector> = {}) {
  const { client, options } = await start(spoil, a);
  return scaleConnector('a', 2, 'fake', client, groups, options);
}

describe('scale', () => {
  it('finds a write that was accepted and not carried out, exit 13', async () => {
    const lie: SpoilA = (call) =>
      call.method === 'PATCH'
        ? { json: { name: 'a', config: { 'tasks.max': '2' }, tasks: [{ connector: 'a', task: 0 }], type: 'source' } }
        : undefined;
    await expect(scale(lie)).rejects.toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: expect.stringContaining('was not carried out'),
    });
    await worker?.stop();
    await expect(scale(lie, { state: 'PAUSED' })).rejects.toMatchObject({ code: 'CONNECTOR_CHANGED' });
  });

  it('reads an empty 200 back', async () => {
    await expect(scale((call) => (call.method === 'PATCH' ? { status: 200 } : undefined))).rejects.toMatchObject({
      code: 'CONNECT_REJECTED',
      message: expect.stringContaining('did not take effect'),
    });
  });

  it('names a later write of somebody else', async () => {
    let looks = 0;
    const call = scale(({ method, path }, a) => {
      if (method === 'GET' && path === '/connectors/a' && ++looks === 4) a.config['tasks.max'] = '7';
      return undefined;
    });
    await expect(call).rejects.toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: 'tasks.max of "a" was changed to 7 by someone else in the meantime',
    });
  });

  it('waits for a worker that is away', async () => {
    let looks = 0;
    const report = await scale(({ method, path }) => {
      if (method === 'GET' && path === '/connectors/a') looks += 1;
      return method === 'GET' && looks > 2 && looks < 12 ? { cut: true } : undefined;
    });
    expect(report).toMatchObject({ written: true, tasks: { running: 1 } });
  });

  it('says what was written if the worker does not come back', async () => {
    let written = false;
    const call = scale(({ method }) => {
      if (method === 'PATCH') written = true;
      return written && method === 'GET' ? { cut: true } : undefined;
    });
    await expect(call).rejects.toMatchObject({
      code: 'CONNECT_UNREACHABLE',
      hint: expect.stringContaining('tasks.max was set to 2'),
    });
  });
});

describe('a change of state', () => {
  it('waits for a worker that is away', async () => {
    let looks = 0;
    const { client, options } = await start(({ path }) => {
      if (path.endsWith('/status')) looks += 1;
      return looks > 1 && looks < 12 ? { cut: true } : undefined;
    });
    const { results } = await changeState('pause', ['a'], 'fake', client, options);
    expect(results).toMatchObject([{ outcome: 'paused', error: null }]);
  });

  it('that was accepted and not carried out is not called done', async () => {
    const { client, options } = await start(({ path }) => (path.endsWith('/pause') ? { status: 202 } : undefined));
    const { results, exitCode } = await changeState('pause', ['a'], 'fake', client, options);
    expect(results).toMatchObject([{ outcome: null, error: { code: 'TIMED_OUT' } }]);
    expect(exitCode).toBe(15);
  });
});

it.each(['restart', 'resume', 'scale'] as const)(
  'a failure that comes back again and again is named by %s',
  async (verb) => {
    let looks = 0;
    const spoil: SpoilA = ({ method }, a) => {
      if (method === 'GET') a.failed = ++looks % 12 >= 8;
      return undefined;
    };
    const { client, options } = await start(spoil, { state: verb === 'resume' ? 'PAUSED' : 'RUNNING' });
    const more = { ...options, stableMs: 5_000 };
    const outcome =
      verb === 'scale'
        ? scaleConnector('a', 2, 'fake', client, groups, more).catch((error: unknown) => error)
        : (verb === 'restart'
            ? restartConnectors(['a'], 'fake', client, { ...more, onlyFailed: false, onlyTasks: false })
            : changeState('resume', ['a'], 'fake', client, more)
          ).then(({ results }) => results[0]?.error);
    expect(await outcome).toMatchObject({
      code: 'CONNECTOR_FAILED',
      message: expect.stringMatching(/^"a" does not keep running \(it failed \d+ times in 20 s\): task 0 has FAILED/),
    });
  },
);

describe('a timeout that leaves no time for --stable', () => {
  const short = { timeoutMs: 2000, stableMs: 5000 };
  const error = {
    code: 'TIMED_OUT',
    message: expect.stringContaining('RUNNING, but not long enough yet'),
    hint: expect.stringContaining('`timeout` must leave time for `stable`'),
  };

  it('is named by restart', async () => {
    const { client, options } = await start(() => undefined);
    const restart = { ...options, ...short, onlyFailed: false, onlyTasks: false };
    const { results, exitCode } = await restartConnectors(['a'], 'fake', client, restart);
    expect(results).toMatchObject([{ outcome: null, error }]);
    expect(exitCode).toBe(15);
  });

  it('is named by resume', async () => {
    const { client, options } = await start(() => undefined, { state: 'PAUSED' });
    const { results } = await changeState('resume', ['a'], 'fake', client, { ...options, ...short });
    expect(results).toMatchObject([{ outcome: null, error }]);
  });

  it('is named by scale', async () => {
    const { client, options } = await start(() => undefined);
    await expect(scaleConnector('a', 2, 'fake', client, groups, { ...options, ...short })).rejects.toMatchObject(error);
  });

  it('is not blamed where the state was not reached', async () => {
    const { client, options } = await start(({ path }) => (path.endsWith('/resume') ? { status: 202 } : undefined), {
      state: 'PAUSED',
    });
    const { results } = await changeState('resume', ['a'], 'fake', client, { ...options, ...short });
    expect(results[0]?.error).toMatchObject({
      code: 'TIMED_OUT',
      hint: expect.stringContaining('may still take effect'),
    });
    expect(results[0]?.error?.message).not.toContain('long enough');
  });
});

describe('a deletion', () => {
  async function remove(spoil: SpoilA) {
    const { client, options } = await start(spoil);
    return (await deleteConnectors(['a'], 'fake', client, groups, options)).results[0];
  }

  it('believes no 404 that the list contradicts', async () => {
    const missing = { status: 404, json: notFound('a') };
    expect(await remove(({ path }) => (path.startsWith('/connectors/a') ? missing : undefined))).toMatchObject({
      outcome: null,
      error: { code: 'CONNECT_BAD_ANSWER' },
    });
    expect(await remove(({ method }) => (method === 'DELETE' ? missing : undefined))).toMatchObject({
      outcome: null,
      error: { code: 'CONNECT_BAD_ANSWER' },
    });
  });

  it('that was accepted and not carried out is not called done', async () => {
    expect(await remove(({ method }) => (method === 'DELETE' ? { status: 204 } : undefined))).toMatchObject({
      outcome: null,
      error: { code: 'TIMED_OUT', message: expect.stringContaining('the worker still knows it') },
    });
  });

  it('removes a connector that cannot be read because its plugin is missing', async () => {
    const broken = { status: 500, json: { error_code: 500, message: 'NoClassDefFoundError' } };
    const left = await remove(({ method, path }) =>
      method === 'GET' && path.startsWith('/connectors/a') ? broken : undefined,
    );
    expect(left).toMatchObject({ outcome: 'deleted', kept: 'its offsets', error: null });
  });

  it('waits for a worker that is away', async () => {
    let gone = 0;
    const { client, options, worker: fake } = await start(() => undefined);
    fake.spoil = () => (fake.connectors.has('a') || ++gone > 8 ? undefined : { cut: true });
    const { results } = await deleteConnectors(['a'], 'fake', client, groups, options);
    expect(results).toMatchObject([{ outcome: 'deleted' }]);
    expect(gone).toBeGreaterThan(8);
  });
});

describe('restart', () => {
  it('is not believed for a moment in which a failed task seems to run', async () => {
    let looks = 0;
    const { client, options } = await start(({ method, path }, a) => {
      if (method === 'GET' && path === '/connectors/a/status') {
        looks += 1;
        // Stale at first, then running for a moment at which a wait that began with the failure would end.
        a.failed = looks < 7 || looks > 9;
      }
      return undefined;
    });
    const { results, exitCode } = await restartConnectors(['a'], 'fake', client, {
      ...options,
      onlyFailed: false,
      onlyTasks: false,
    });
    expect(results).toMatchObject([{ outcome: null, error: { code: 'CONNECTOR_FAILED' } }]);
    expect(exitCode).toBe(13);
  });
});
