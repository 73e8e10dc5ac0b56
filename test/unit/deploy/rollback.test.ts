import { afterEach, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../../src/connect/client.ts';
import { deploy } from '../../../src/deploy/deploy.ts';
import type { DeployOptions } from '../../../src/deploy/options.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { type Call, type FakeAnswer, fastClock } from '../../helpers/fake-connect.ts';
import { type FakeConnector, FakeWorker } from '../../helpers/fake-worker.ts';

let worker: FakeWorker | undefined;
afterEach(() => worker?.stop());

type Config = Record<string, string>;

/** Deploys `a` to a worker that has it with `x=1`; `spoil` may spoil a call. */
async function run(
  desired: { config: Config; state?: 'running' | 'paused' | 'stopped' },
  spoil: (call: Call, a: FakeConnector, worker: FakeWorker) => FakeAnswer | undefined,
  options: Partial<DeployOptions> = {},
) {
  worker = await FakeWorker.start({ a: { config: { x: '1' } } }, (call, fake) => spoil(call, fake.get('a'), fake));
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
      client: new ConnectClient(worker.server.context, { clock, signal, logger: silentLogger }),
      groups: new GroupReader(undefined),
      clock,
      signal,
      progress: silentProgress,
      context: 'fake',
      parallel: 1,
      wait: true,
      timeoutMs: 20_000,
      stableMs: 0,
      dryRun: false,
      rollback: true,
      secrets: configSecrets,
      ...options,
    },
  );
  return { a: worker.get('a'), server: worker.server, result: report.results[0], exitCode: report.exitCode };
}

/** Whether a call writes the configuration with `x` as given. */
const puts = (call: Call, x: string) =>
  call.method === 'PUT' && call.path === '/connectors/a/config' && (call.body as Config)['x'] === x;

const rejected = { status: 400, json: { error_code: 400, message: 'no such value' } };

describe('a change that fails', () => {
  it('has its previous configuration restored', async () => {
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (_call, state) => {
      state.failed = state.config['x'] === '2';
      return undefined;
    });
    expect(exitCode).toBe(13);
    expect(result?.outcome).toBe('rolled back');
    expect(a.config).toEqual({ x: '1' });
  });

  it('half way, after its state was changed, has its state restored', async () => {
    const { a, result } = await run({ config: { x: '2' }, state: 'paused' }, (call) =>
      puts(call, '2') ? rejected : undefined,
    );
    expect(result).toMatchObject({ outcome: 'rolled back', error: { details: { failure: 'CONNECT_REJECTED' } } });
    expect(a).toMatchObject({ state: 'RUNNING', config: { x: '1' } });
  });

  it('before anything was written stays unchanged', async () => {
    const { result, server } = await run({ config: { x: '2' } }, (call) => (puts(call, '2') ? rejected : undefined));
    expect(result?.outcome).toBe('failed');
    expect(server.lines.filter((line) => line === 'PUT /connectors/a/config')).toHaveLength(1);
  });

  it('is not a rollback if the previous configuration cannot be written', async () => {
    const { result } = await run({ config: { x: '2' } }, (call, state) => {
      state.failed = state.config['x'] === '2';
      return puts(call, '1') ? rejected : undefined;
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('the rollback failed: Connect answered 400') },
    });
  });

  it('is not touched if someone else has changed it since', async () => {
    const { a, result } = await run({ config: { x: '2' } }, (call, state) => {
      state.failed = state.config['x'] !== '1';
      if (state.config['x'] === '2' && call.path.startsWith('/connectors?')) state.config = { x: 'theirs' };
      return undefined;
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('someone else has changed it since') },
    });
    expect(a.config).toEqual({ x: 'theirs' });
  });
});

describe('a deploy that tells the truth', () => {
  it.each([
    ['with an empty 200', () => ({ status: 200 })],
    ['with a 201 of nothing', () => ({ status: 201, json: {} })],
    ['with HTML', () => ({ status: 200, text: '<html></html>', contentType: 'text/html' })],
    ['with cut JSON', () => ({ status: 200, text: '{"name":"a","config":{"x"' })],
    ['with a 500', () => ({ status: 500, json: { error_code: 500, message: 'NullPointerException' } })],
    ['with a page and 500', () => ({ status: 500, text: '<html></html>', contentType: 'text/html' })],
  ])('reads a write back that was answered %s: carried out', async (_name, answer) => {
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call, _state, fake) => {
      if (!puts(call, '2')) return undefined;
      fake.answer(call);
      return answer();
    });
    expect(exitCode).toBe(0);
    expect(result?.outcome).toBe('updated');
    expect(a.config).toEqual({ x: '2' });
  });

  it.each([
    ['with an empty 200', 13, () => ({ status: 200 })],
    ['with a 200 of nothing', 13, () => ({ status: 200, json: {} })],
    ['with HTML', 12, () => ({ status: 404, text: '<html></html>', contentType: 'text/html' })],
    ['with a 500', 13, () => ({ status: 500, json: { error_code: 500, message: 'NullPointerException' } })],
  ])('reads a write back that was answered %s: not carried out, exit %i', async (_name, exit, answer) => {
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call) =>
      puts(call, '2') ? answer() : undefined,
    );
    expect(exitCode).toBe(exit);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('did not take effect') },
    });
    expect(a.config).toEqual({ x: '1' });
  });

  it('finds that an answer as Connect gives it was a lie', async () => {
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call) =>
      puts(call, '2')
        ? { json: { name: 'a', config: { x: '2', name: 'a' }, tasks: [{ connector: 'a', task: 0 }], type: 'source' } }
        : undefined,
    );
    expect(exitCode).toBe(13);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'CONNECTOR_CHANGED', message: expect.stringContaining('was not carried out') },
    });
    expect(a.config).toEqual({ x: '1' });
  });

  it('names a later write by somebody else, and keeps it', async () => {
    let looks = 0;
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call, state) => {
      if (call.path.startsWith('/connectors?') && ++looks === 4) state.config = { x: '3' };
      return undefined;
    });
    expect(exitCode).toBe(13);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_CHANGED' } });
    expect(a.config).toEqual({ x: '3' });
  });

  it('does not call it rolled back if someone else has paused it meanwhile', async () => {
    let looks = 0;
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call, state) => {
      if (call.path.startsWith('/connectors?') && ++looks === 4) state.state = 'PAUSED';
      return undefined;
    });
    expect(exitCode).toBe(13);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'CONNECTOR_CHANGED', message: expect.stringContaining('was paused by someone else') },
    });
    expect(a).toMatchObject({ state: 'PAUSED', config: { x: '2' } });
  });

  it('does not count a rebalance before the write as waiting', async () => {
    let writes = 0;
    const rebalance = { status: 409, json: { error_code: 409, message: 'a rebalance was underway' } };
    const spoil = (call: Call) => (puts(call, '2') && ++writes < 12 ? rebalance : undefined);
    const { result } = await run({ config: { x: '2' } }, spoil, { timeoutMs: 4_000 });
    expect(writes).toBe(12);
    expect(result).toMatchObject({ outcome: 'updated', error: null });
  });

  it('waits for a worker that is away for a while', async () => {
    let looks = 0;
    const { result, exitCode } = await run({ config: { x: '2' } }, (call) => {
      if (!call.path.startsWith('/connectors?')) return undefined;
      looks += 1;
      return looks > 2 && looks < 12 ? { cut: true } : undefined;
    });
    expect(result?.error).toBeNull();
    expect(exitCode).toBe(0);
    expect(looks).toBeGreaterThan(12);
  });

  it('reports what was written if the worker does not come back', async () => {
    let looks = 0;
    const { result, exitCode } = await run({ config: { x: '2' } }, (call) => {
      if (call.path.startsWith('/connectors?')) looks += 1;
      return looks > 2 ? { cut: true } : undefined;
    });
    expect(exitCode).toBe(12);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'CONNECT_UNREACHABLE', message: expect.stringContaining('the rollback failed') },
    });
  });

  it('rolls back what came back too late', async () => {
    let looks = 0;
    const { a, result, exitCode } = await run({ config: { x: '2' } }, (call) => {
      if (!call.path.startsWith('/connectors?')) return undefined;
      looks += 1;
      return looks > 2 ? { cut: true } : undefined;
    });
    expect(result?.outcome).toBe('rolled back');
    expect(exitCode).toBe(13);
    expect(a.config).toEqual({ x: '1' });
  });

  it('does not claim that the previous configuration is back when it is not', async () => {
    const { result } = await run({ config: { x: '2' } }, (call, state) => {
      state.failed = state.config['x'] === '2';
      return puts(call, '1')
        ? { json: { name: 'a', config: { x: '1', name: 'a' }, tasks: [{ connector: 'a', task: 0 }], type: 'source' } }
        : undefined;
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('was accepted, but is not in effect') },
    });
  });

  it('rolls back a write of which only reading back failed', async () => {
    let broken = false;
    const { a, result } = await run({ config: { x: '2' } }, (call, _state, fake) => {
      if (puts(call, '2')) {
        fake.answer(call);
        broken = true;
        return { cut: true };
      }
      if (broken && call.path === '/connectors/a/config' && call.method === 'GET') return { text: 'no' };
      return undefined;
    });
    expect(result).toMatchObject({ outcome: 'rolled back', error: { message: expect.stringContaining('unknown') } });
    expect(a.config).toEqual({ x: '1' });
  });
});

describe('a worker that hangs during a rollback', () => {
  it('ends the wait, and does not claim to have rolled back', async () => {
    for (const hangsAt of ['GET', 'PUT']) {
      let failing = false;
      const { result, exitCode, server } = await run(
        { config: { x: '2' }, state: 'paused' },
        (call) => {
          if (failing && call.method === hangsAt) return { hang: true };
          failing ||= puts(call, '2');
          return puts(call, '2') ? rejected : undefined;
        },
        // The worker's own limit is longer than this test may take.
        { rollbackStallMs: 300 },
      );
      expect(result).toMatchObject({
        outcome: 'failed',
        error: { message: expect.stringMatching(/outcome is unknown/) },
      });
      expect(exitCode).not.toBe(0);
      const before = server.lines.length;
      await worker?.stop();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(server.lines.slice(before).filter((line) => line.startsWith('PUT'))).toEqual([]);
    }
  });
});

describe('what --prune is about', () => {
  const prune = {
    match: ['*'],
    declared: new Set(['a']),
    resetOffsets: false,
    timeoutMs: 60_000,
    confirm: async () => {},
  };

  it('is kept if a file has it now, or a file cannot be read any more', async () => {
    const reads = [
      async () => new Set(['a', 'old']),
      () => Promise.reject(new SluiceError('CONNECTOR_FILE_INVALID', 'b.json is broken')),
    ];
    for (const declaredNow of reads) {
      const { exitCode, server } = await run(
        { config: { x: '2' } },
        (_call, _a, fake) => {
          fake.connectors.set('old', { config: { y: '1' }, state: 'RUNNING', failed: false });
          return undefined;
        },
        { prune: { ...prune, declaredNow } },
      );
      expect(server.lines).not.toContain('DELETE /connectors/old');
      expect(exitCode).toBe(14);
      await worker?.stop();
    }
  });

  it('is kept if someone has changed it since it was listed', async () => {
    for (const changes of [false, true]) {
      let begun = false;
      const { exitCode, server } = await run(
        { config: { x: '2' } },
        (call, _a, fake) => {
          if (!begun) fake.connectors.set('old', { config: { y: '1' }, state: 'RUNNING', failed: false });
          begun = true;
          if (changes && puts(call, '2')) fake.get('old').config = { y: '2' };
          return undefined;
        },
        { prune },
      );
      expect(server.lines.includes('DELETE /connectors/old')).toBe(!changes);
      expect(exitCode).toBe(changes ? 14 : 0);
      await worker?.stop();
    }
  });
});

describe('a masked value that is to be sent', () => {
  const MASK = '********';

  it('is refused if the file itself has the mask', async () => {
    const deployed = run({ config: { x: '1', 'x.password': MASK } }, mask, { sendMasked: ['a'] });
    await expect(deployed).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  /** Shows a mask for the password, as some distributions do. */
  function mask(_call: Call, state: FakeConnector): undefined {
    state.config = { x: '1', 'x.password': MASK };
  }
});
