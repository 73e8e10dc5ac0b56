import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectClient } from '../../../../src/connect/client.ts';
import type { ConnectorOffset } from '../../../../src/connect/types.ts';
import type { SluiceError } from '../../../../src/errors/error.ts';
import { type FormerState, Journal } from '../../../../src/operate/journal.ts';
import { readBackup } from '../../../../src/operate/offsets/backup.ts';
import {
  changeOffsets,
  type OffsetsClient,
  type OffsetsPorts,
  type OffsetsResult,
} from '../../../../src/operate/offsets/change.ts';
import type { OffsetsRequest } from '../../../../src/operate/offsets/plan-for.ts';
import { recoverOffsets } from '../../../../src/operate/offsets/recover.ts';
import type { Wish } from '../../../../src/operate/offsets/recovery.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { fastClock } from '../../../helpers/fake-connect.ts';
import { FakeWorker } from '../../../helpers/fake-worker.ts';

/** A change of offsets whose process ends at every possible call, before or after the worker has carried it out. */

const clock = fastClock(Date.parse('2026-11-30T12:00:00Z'));
const options = { clock, signal: new AbortController().signal, wait: true, timeoutMs: 5_000, stableMs: 0 };
const at = (file: string, position: number | null): ConnectorOffset => ({
  partition: { file },
  offset: position === null ? null : { position },
});
const BEFORE = [at('a', 1), at('b', 2), at('c', 3)];
const AFTER = [at('a', 8), at('b', 9), at('c', 3)];
const SET: OffsetsRequest = { verb: 'set', source: [at('a', 8), at('b', 9)], add: false };

let worker: FakeWorker;
let folder: string;

beforeAll(async () => {
  worker = await FakeWorker.start();
});

afterAll(() => worker.stop());

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function prepare(state: FormerState): void {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-killed-'));
  worker.spoil = () => undefined;
  worker.connectors.set('x', { config: { 'connector.class': 'Class' }, state, failed: false, offsets: [...BEFORE] });
}

class Killed extends Error {}

/** The client of a process that ends at its n-th call: nothing after it takes place. */
function clientUntil(n: number, when: 'before' | 'after'): OffsetsClient {
  const client = new ConnectClient(
    { urls: [worker.server.url], connect: {} },
    { clock, signal: options.signal, logger: silentLogger, readBackMs: 0 },
  );
  let calls = 0;
  return new Proxy(client, {
    get(target, key) {
      const value = Reflect.get(target, key, target) as unknown;
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        calls += 1;
        if (calls > n || (calls === n && when === 'before')) throw new Killed();
        const result: unknown = await Reflect.apply(value, target, args);
        if (calls === n) throw new Killed();
        return result;
      };
    },
  });
}

function portsOf(client = clientUntil(Number.POSITIVE_INFINITY, 'before')): OffsetsPorts {
  return {
    client,
    kafka: async () => undefined,
    journal: new Journal(folder, clock),
    stateFolder: folder,
    context: 'dev',
  };
}

const sorted = (offsets: readonly ConnectorOffset[]) => [...offsets].map((one) => JSON.stringify(one)).sort();
const isNow = (offsets: ConnectorOffset[]) => sorted(worker.get('x').offsets ?? []).join() === sorted(offsets).join();

/** The offsets and the state as they are now. */
function now(): string {
  const offsets = isNow(BEFORE) ? 'former offsets' : isNow(AFTER) ? 'new offsets' : 'other offsets';
  return `${offsets}, ${worker.get('x').state}`;
}

async function recover(wish?: Wish): Promise<OffsetsResult> {
  const { results } = await recoverOffsets(['x'], wish, portsOf(), options);
  return results[0] as OffsetsResult;
}

/** Ends the n-th call of a change. @returns whether the change came to its end before */
async function interrupted(n: number, when: 'before' | 'after'): Promise<boolean> {
  const { results } = await changeOffsets(['x'], SET, portsOf(clientUntil(n, when)), options).catch(
    (error: unknown) => {
      expect(error).toBeInstanceOf(Killed);
      return { results: [] };
    },
  );
  if (results.length === 0 || results[0]?.error?.code === 'INTERNAL') return false;
  expect(results[0]).toMatchObject({ error: null, outcome: 'set' });
  return true;
}

describe.each([
  ['RUNNING', [undefined, 'undo', 'finish']],
  ['PAUSED', [undefined]],
  ['STOPPED', [undefined]],
] as const)('a change of offsets of a connector that was %s', (former, wishes) => {
  it.each(wishes)('and was killed at any call: recover (%s) brings it to a good end', async (wish: Wish) => {
    const ends = new Set<string>();
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; ; n += 1) {
        prepare(former);
        const ended = await interrupted(n, when);
        const found = now();
        const journal = new Journal(folder, clock);
        const begun = journal.interrupted().length > 0;
        const where = `killed ${when} call ${n}, found ${found}`;
        if (begun) {
          const { results } = await changeOffsets(['x'], SET, portsOf(), options);
          expect(results[0]?.error?.code, where).toBe('OPERATION_UNFINISHED');
          expect(now(), where).toBe(found);
        }
        let result = await recover(wish);
        // Nothing had been changed yet: that cannot be finished.
        if (wish === 'finish' && result.error !== null) {
          expect(result.error.message, where).toContain('had not been changed yet');
          result = await recover('undo');
        }
        expect(result.error, where).toBeNull();
        expect(journal.interrupted(), where).toEqual([]);
        expect(now(), where).toMatch(new RegExp(`^(former|new) offsets, ${former}$`));
        if (wish === 'undo' && begun) expect(now(), where).toContain('former');
        if (found.startsWith('new') && wish !== 'undo') expect(now(), where).toContain('new');
        // A backup is on the disk before anything is changed, and stays.
        if (result.backup !== null) expect((await readBackup(result.backup)).connectors[0]?.offsets).toEqual(BEFORE);
        if (found.startsWith('new')) expect(readdirSync(path.join(folder, 'offsets'))).toHaveLength(1);
        ends.add(`${begun ? 'begun' : 'not begun'}: ${found} → ${now()}`);
        rmSync(folder, { recursive: true, force: true });
        if (ended) break;
      }
    }
    expect(ends.size).toBeGreaterThan(2);
  });
});

describe('a recovery', () => {
  it.each(['undo', 'finish'] as const)('(%s) that was killed at any call can be recovered itself', async (wish) => {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; ; n += 1) {
        prepare('RUNNING');
        worker.spoil = ({ method }) => (method === 'PATCH' ? { json: { message: 'done' } } : undefined);
        await changeOffsets(['x'], SET, portsOf(), options);
        worker.spoil = () => undefined;
        // One of two partitions was changed, and somebody has started the connector again.
        const { offsets = [] } = worker.get('x');
        worker.connectors.set('x', {
          ...worker.get('x'),
          state: 'RUNNING',
          offsets: [at('a', 8), ...offsets.slice(1)],
        });
        const first = await recoverOffsets(['x'], wish, portsOf(clientUntil(n, when)), options).catch(() => undefined);
        const ended = first?.results[0]?.error === null;
        const where = `killed ${when} call ${n}, found ${now()}`;
        if (!ended) expect((await recover(wish)).error, where).toBeNull();
        expect(new Journal(folder, clock).interrupted(), where).toEqual([]);
        expect(now(), where).toBe(`${wish === 'undo' ? 'former' : 'new'} offsets, RUNNING`);
        rmSync(folder, { recursive: true, force: true });
        if (ended) break;
      }
    }
  });
});

describe('a change of offsets', () => {
  const message = (result: OffsetsResult | undefined) => `${result?.error?.message} | ${result?.error?.hint}`;
  const change = async (request = SET) => (await changeOffsets(['x'], request, portsOf(), options)).results[0];

  it('that the worker refuses brings the former state back, and says that nothing was changed', async () => {
    prepare('RUNNING');
    worker.spoil = ({ method }) =>
      method === 'PATCH'
        ? { status: 500, json: { error_code: 500, message: 'position is expected to be a Long' } }
        : undefined;
    const text = message(await change());
    expect(text).toMatch(/expected to be a Long; nothing was changed, and "x" was resumed/);
    expect(now()).toBe('former offsets, RUNNING');
    expect(new Journal(folder, clock).interrupted()).toEqual([]);
  });

  it('of a connector that manages its offsets itself is explained', async () => {
    prepare('PAUSED');
    const refusal =
      "Failed to modify offsets for connector x because it doesn't support external modification of offsets";
    worker.spoil = ({ method }) =>
      method === 'PATCH' ? { status: 500, json: { error_code: 500, message: refusal } } : undefined;
    expect(message(await change())).toMatch(/paused again \| This connector keeps its position itself/);
    expect(now()).toBe('former offsets, PAUSED');
  });

  it('has a note if the worker cannot tell whether the connector keeps a position elsewhere', async () => {
    prepare('RUNNING');
    worker.spoil = (call, { answer }) => {
      if (call.method !== 'PATCH') return undefined;
      answer.call(worker, call);
      return {
        json: {
          message:
            'The Connect framework-managed offsets have been altered. However, if this connector manages offsets externally, …',
        },
      };
    };
    const result = await change();
    expect(result).toMatchObject({ error: null, state: 'running again' });
    expect(result?.notes.join()).toContain('Class does not say whether it keeps a position of its own');
    expect(now()).toBe('new offsets, RUNNING');
  });

  it('that was refused, but took effect in part, is taken back', async () => {
    prepare('STOPPED');
    let patches = 0;
    worker.spoil = (call, one) => {
      if (call.method !== 'PATCH') return undefined;
      patches += 1;
      if (patches > 1) return undefined;
      const { offsets } = call.body as { offsets: ConnectorOffset[] };
      one.answer({ ...call, body: { offsets: offsets.slice(0, 1) } });
      return { status: 500, json: { error_code: 500, message: 'Failed to alter consumer group offsets' } };
    };
    expect(message(await change())).toContain('nothing was changed');
    expect(now()).toBe('former offsets, STOPPED');
  });

  it('that the worker accepts and does not carry out stays in the journal', async () => {
    prepare('RUNNING');
    worker.spoil = ({ method }) => (method === 'PATCH' ? { json: { message: 'done' } } : undefined);
    const result = await change();
    expect(result?.error?.code).toBe('CONNECTOR_CHANGED');
    expect(message(result)).toMatch(/left STOPPED.*sluice offsets recover x/s);
    expect(now()).toBe('former offsets, STOPPED');
    worker.spoil = () => undefined;
    expect(await recover()).toMatchObject({ error: null, outcome: 'undone' });
    expect(now()).toBe('former offsets, RUNNING');
  });

  it('is not made if the backup cannot be written', async () => {
    prepare('RUNNING');
    const ports = { ...portsOf(), stateFolder: '/dev/null' };
    const { results } = await changeOffsets(['x'], SET, ports, options);
    expect(results[0]?.error?.code).toBe('FILE_UNWRITABLE');
    expect(message(results[0])).toMatch(/nothing was changed, and "x" was resumed/);
    expect(now()).toBe('former offsets, RUNNING');
  });

  it('leaves a connector alone whose configuration changes meanwhile', async () => {
    prepare('RUNNING');
    worker.spoil = ({ method, path: where }, one) => {
      if (method === 'PUT' && where.endsWith('/stop')) one.get('x').config = { 'connector.class': 'Class', other: '1' };
      return undefined;
    };
    expect(message(await change())).toMatch(/configuration of "x" was changed by someone else.*nothing was changed/);
    expect(now()).toBe('former offsets, RUNNING');
  });

  it('leaves a state alone that somebody else has set since', async () => {
    prepare('RUNNING');
    worker.spoil = (call, one) => {
      if (call.method !== 'PATCH') return undefined;
      const answer = one.answer(call);
      one.get('x').state = 'PAUSED';
      return answer;
    };
    expect(await change()).toMatchObject({ error: null, state: expect.stringContaining('PAUSED by someone else') });
    expect(now()).toBe('new offsets, PAUSED');
  });

  it('does not wait for a connector that is deleted meanwhile', async () => {
    prepare('RUNNING');
    worker.spoil = ({ method, path: where }, one) => {
      if (method === 'GET' && where.endsWith('/offsets') && one.connectors.get('x')?.state === 'STOPPED')
        one.connectors.delete('x');
      return undefined;
    };
    expect(message(await change())).toMatch(/^"x" was deleted in the meantime; nothing was changed | List/);
    expect(new Journal(folder, clock).interrupted()).toEqual([]);
  });

  it('that the connector does not survive names the command that undoes it', async () => {
    prepare('RUNNING');
    worker.spoil = ({ method, path: where }, one) => {
      if (method === 'PUT' && where.endsWith('/resume')) one.get('x').failed = true;
      return undefined;
    };
    const text = message(await change());
    expect(text).toContain('the offsets of "x" were changed, but');
    expect(text).toMatch(/To undo the change: sluice offsets restore x .*backup.*json/);
  });

  it('that changes nothing writes no backup, and lets the connector run again', async () => {
    prepare('RUNNING');
    const same: OffsetsRequest = { verb: 'set', source: [at('a', 1)], add: false };
    expect(await change(same)).toMatchObject({ error: null, outcome: 'was so already', backup: null });
    expect(now()).toBe('former offsets, RUNNING');
    expect(existsSync(path.join(folder, 'offsets'))).toBe(false);
  });

  it('is refused while another one runs', async () => {
    prepare('RUNNING');
    const first = changeOffsets(['x'], SET, portsOf(), options);
    const second = changeOffsets(['x'], SET, portsOf(), options);
    const errors = (await Promise.all([first, second])).map(({ results }) => results[0]?.error?.code);
    expect(errors.filter((code) => code === undefined).length).toBeGreaterThan(0);
    for (const code of errors) expect([undefined, 'OPERATION_UNFINISHED']).toContain(code);
    expect(now()).toBe('new offsets, RUNNING');
  });

  it('needs Kafka 3.6, and says so', async () => {
    prepare('RUNNING');
    worker.version = '3.5.1';
    try {
      const error = (await change().catch((one: unknown) => one)) as SluiceError;
      expect(error).toMatchObject({
        code: 'CONNECT_UNSUPPORTED',
        exitCode: 2,
        message: expect.stringContaining('needs 3.6'),
      });
    } finally {
      worker.version = '4.3.1';
    }
  });
});

describe('recover', () => {
  async function halfDone(): Promise<void> {
    prepare('RUNNING');
    worker.spoil = ({ method }) => (method === 'PATCH' ? { json: { message: 'done' } } : undefined);
    await changeOffsets(['x'], SET, portsOf(), options);
    worker.spoil = () => undefined;
  }

  it('changes nothing that somebody else has changed, unless it is asked to', async () => {
    await halfDone();
    worker.get('x').offsets = [at('a', 5), at('b', 2), at('c', 3)];
    const refused = await recover();
    expect(refused.error).toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: expect.stringContaining('somebody else has changed'),
    });
    expect(refused.error?.hint).toContain('.json');
    expect(now()).toBe('other offsets, STOPPED');
    expect(await recover('undo')).toMatchObject({ error: null, outcome: 'undone' });
    expect(now()).toBe('former offsets, RUNNING');
  });

  it('stops a connector again that somebody else has started, only when asked to', async () => {
    await halfDone();
    worker.get('x').state = 'RUNNING';
    expect((await recover()).error?.message).toContain('somebody else has set it to RUNNING');
    expect(await recover('finish')).toMatchObject({ error: null, outcome: 'finished', state: 'running again' });
    expect(now()).toBe('new offsets, RUNNING');
  });

  it('of a deleted connector, or of another one of its name, only forgets', async () => {
    await halfDone();
    worker.get('x').config = { 'connector.class': 'Other' };
    expect((await recover('undo')).error?.message).toContain('its class was Class and is Other');
    worker.connectors.delete('x');
    expect((await recover('finish')).error?.message).toContain('does not exist any more');
    const kept = await recover('keep');
    expect(kept).toMatchObject({ error: null, outcome: 'left as it is' });
    expect((await readBackup(kept.backup ?? '')).connectors[0]?.offsets).toEqual(BEFORE);
    expect(new Journal(folder, clock).interrupted()).toEqual([]);
  });

  it('with dryRun does nothing', async () => {
    await halfDone();
    const { results } = await recoverOffsets(['x'], 'finish', portsOf(), { ...options, dryRun: true });
    expect(results[0]?.outcome).toBe('would be finished');
    expect(now()).toBe('former offsets, STOPPED');
    expect(new Journal(folder, clock).interrupted()).toHaveLength(1);
  });

  it('has nothing to do for other connectors, and knows which exist', async () => {
    prepare('RUNNING');
    expect(await recover()).toMatchObject({ error: null, outcome: 'nothing to recover' });
    const { results } = await recoverOffsets(['y'], undefined, portsOf(), options);
    expect(results[0]?.error?.code).toBe('CONNECTOR_NOT_FOUND');
  });

  it('does not touch a journal that is damaged', async () => {
    await halfDone();
    const [file = ''] = readdirSync(path.join(folder, 'operations')).filter((name) => name.endsWith('.json'));
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(folder, 'operations', file), '{"version":1,');
    expect((await recover()).error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(file) });
    expect((await recover('keep')).error?.code).toBe('FILE_UNREADABLE');
    expect(new Journal(folder, clock).interrupted()).toEqual([]);
  });
});
