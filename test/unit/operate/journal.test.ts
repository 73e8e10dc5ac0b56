import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interruptedHere } from '../../../src/cli/interrupted.ts';
import type { SluiceError } from '../../../src/errors/error.ts';
import { Journal } from '../../../src/operate/journal.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

let folder: string;
let journal: Journal;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-journal-'));
  journal = new Journal(folder, fastClock(Date.parse('2026-11-30T12:00:00Z')));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const operation = (connector: string, cluster = 'cluster') => ({
  kind: 'offsets',
  what: 'set the offsets',
  connector,
  connectorClass: 'Class',
  place: { cluster, context: 'dev', urls: ['http://worker:8083'] },
  former: 'RUNNING' as const,
  plan: null as { position: unknown } | null,
});
const begin = (connector = 'a', cluster = 'cluster') =>
  journal.begin(cluster, connector, async () => operation(connector, cluster));
const failure = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: SluiceError) => error,
  );

describe('the journal', () => {
  it('has an operation from its beginning to its end, for its owner only', async () => {
    using one = await begin();
    expect(journal.has('cluster', 'a')).toBe(true);
    one.note({ phase: 'changing', plan: { position: 1 } });
    const files = readdirSync(path.join(folder, 'operations'));
    expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(1);
    for (const name of files) expect(statSync(path.join(folder, 'operations', name)).mode & 0o077).toBe(0);
    one.finish();
    expect(journal.has('cluster', 'a')).toBe(false);
  });

  it('lets one begin at a time, and none after one that was interrupted', async () => {
    const one = await begin();
    expect(await failure(begin())).toMatchObject({ code: 'OPERATION_UNFINISHED', retryable: true });
    expect(() => journal.assertNone('cluster', 'a')).toThrow('at this moment');
    expect(journal.interrupted()).toEqual([]);
    // As when its process ends.
    one[Symbol.dispose]();
    const refused = await failure(begin());
    expect(refused?.message).toMatch(/began to set the offsets of "a" at 2026-11-30T12:00:00Z, and was interrupted/);
    expect(refused?.hint).toBe('Finish or undo it first: sluice offsets recover a');
    expect(() => journal.assertNone('cluster', 'a')).toThrow('was interrupted');
  });

  it('keeps connectors and clusters apart, with any names', async () => {
    using a = await begin('a');
    using b = await begin('../b\u0000"', 'cluster');
    using c = await begin('a', 'other');
    expect([a, b, c].map(({ known }) => known.connector)).toEqual(['a', '../b\u0000"', 'a']);
    expect(readdirSync(folder)).toEqual(['operations']);
  });

  it('gives an interrupted operation to one that recovers it, with every digit', async () => {
    {
      using one = await begin();
      one.note({ phase: 'changing', plan: { position: JSON.parse('12345678901234567') } });
    }
    const [file = ''] = readdirSync(path.join(folder, 'operations')).filter((name) => name.endsWith('.json'));
    const { readFileSync } = await import('node:fs');
    const at = path.join(folder, 'operations', file);
    writeFileSync(at, readFileSync(at, 'utf8').replace(/"position": \d+/, '"position": 9223372036854775807'));
    using again = journal.resume<{ position: unknown }>('cluster', 'a');
    expect(JSON.stringify(again?.known.plan)).toBe('{"position":9223372036854775807}');
    expect(() => journal.resume('cluster', 'a')).toThrow('at this moment');
    again?.finish();
    expect(journal.resume('cluster', 'b')).toBeUndefined();
  });

  it('leaves nothing behind if the operation cannot be described', async () => {
    const none = journal.begin('cluster', 'a', async () => {
      throw new Error('no such connector');
    });
    await expect(none).rejects.toThrow('no such connector');
    expect(journal.has('cluster', 'a')).toBe(false);
    using one = await begin();
    expect(one.known.phase).toBe('stopping');
  });

  it.each([
    '',
    '{"version":1',
    'null',
    '{"version":2}',
    '{"version":1}',
    '{"version":1,"kind":"offsets","connector":"a"}',
  ])('does not take %j for an operation, nor overwrite it', async (text) => {
    (await begin())[Symbol.dispose]();
    const [file = ''] = readdirSync(path.join(folder, 'operations')).filter((name) => name.endsWith('.json'));
    writeFileSync(path.join(folder, 'operations', file), text);
    expect(await failure(begin())).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(() => journal.resume('cluster', 'a')).toThrow('cannot read the journal');
    expect(journal.interrupted()).toEqual([]);
    expect(journal.unreadable()).toMatchObject([{ code: 'FILE_UNREADABLE' }]);
    const worker = { urls: [], server: async () => Promise.reject(new Error('not asked')) };
    expect(await interruptedHere(folder, worker)).toEqual([
      expect.stringMatching(/^cannot read the journal .*\. It describes an operation that was interrupted/),
    ]);
  });

  it('gives nobody an operation whose plan they cannot read', async () => {
    (await begin())[Symbol.dispose]();
    expect(() => journal.resume('cluster', 'a', () => false)).toThrow('it is damaged');
    using again = journal.resume('cluster', 'a', ({ kind }) => kind === 'offsets');
    expect(again?.known.connector).toBe('a');
  });

  it('says why it cannot be written', async () => {
    writeFileSync(path.join(folder, 'operations'), '');
    expect(await failure(begin())).toMatchObject({
      code: 'FILE_UNWRITABLE',
      hint: expect.stringContaining('SLUICE_STATE_DIR'),
    });
  });
});

describe('a warning of an interrupted operation', () => {
  const client = (cluster: string | undefined, url = 'http://elsewhere:8083') => ({
    urls: [url],
    server: async () => {
      if (cluster === undefined) throw new Error('the worker is away');
      return { version: '4.3.1', commit: '', kafka_cluster_id: cluster };
    },
  });

  it('is for its cluster, however the worker is reached', async () => {
    expect(await interruptedHere(folder, client(undefined))).toEqual([]);
    (await begin())[Symbol.dispose]();
    expect(await interruptedHere(folder, client('cluster'))).toEqual([
      expect.stringMatching(/began to set the offsets of "a".*Finish or undo it: sluice offsets recover a$/),
    ]);
    expect(await interruptedHere(folder, client('other'))).toEqual([]);
    expect(await interruptedHere(folder, client(undefined))).toEqual([]);
    expect(await interruptedHere(folder, client(undefined, 'http://worker:8083'))).toHaveLength(1);
  });
});
