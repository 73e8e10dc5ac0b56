import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { recordedReconcile } from '../../../src/reconcile/record.ts';
import type { ReconcileReport } from '../../../src/reconcile/report.ts';
import type { ReconcileRun } from '../../../src/store/comparisons.ts';
import { MIGRATIONS } from '../../../src/store/migrations/index.ts';
import { Store } from '../../../src/store/store.ts';

let folder: string;
let file: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-history-'));
  file = path.join(folder, 'history.sqlite');
  store = new Store(folder);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const run = (pair: string | null): Omit<ReconcileRun, 'id'> => ({
  at: '2026-01-01T00:00:00.000Z',
  who: 'ann@host',
  trigger: 'command',
  pair,
  connector: null,
  source: 'shop',
  target: 'copy',
  mode: 'rows',
  verdict: 'equal',
  exitCode: 0,
  error: null,
  durationMs: 5,
  tables: [],
  repair: null,
});

describe('the history of comparisons', () => {
  it('gives the latest first, of one pair if it is asked for, and one by its number', () => {
    const history = store.comparisons;
    expect(['a', null, 'a'].map((pair) => history.append(run(pair)))).toEqual([1, 2, 3]);
    const ids = (options: { pair?: string; limit: number }) => history.list(options).map(({ id }) => id);
    expect(ids({ limit: 10 })).toEqual([3, 2, 1]);
    expect(ids({ limit: 1, pair: 'a' })).toEqual([3]);
    expect(history.get(2)).toEqual({ id: 2, ...run(null) });
    expect(() => history.get(4)).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
  });

  it('keeps so many and no more, and gives no number twice', () => {
    const history = store.comparisons;
    for (let n = 0; n < 5; n++) history.append(run('a'), 3);
    expect(history.list({ limit: 10 }).map(({ id }) => id)).toEqual([5, 4, 3]);
    expect(history.append(run('a'), 1)).toBe(6);
    expect(history.list({ limit: 10 }).map(({ id }) => id)).toEqual([6]);
  });

  it('is added to a file that has deploys only, and leaves them', () => {
    // As the release before this table left it.
    const old = new DatabaseSync(file);
    for (const migration of MIGRATIONS.slice(0, 2)) old.exec(migration);
    old.exec(`
      INSERT INTO deploy (at, who, context, exit_code, connectors) VALUES ('x', 'y', 'z', 0, '[]');
      PRAGMA user_version = 2`);
    old.close();
    store.comparisons.append(run(null));
    expect(store.changes.list({ limit: 5 })).toHaveLength(1);
  });
});

const NONE = { missing: 0, extra: 0, different: 0 };

describe('recordedReconcile', () => {
  const report: ReconcileReport = {
    mode: 'rows',
    source: { name: 'shop', engine: 'postgresql', product: 'PostgreSQL', version: '18', snapshot: true },
    target: { name: 'copy', engine: 'postgresql', product: 'PostgreSQL', version: '18', snapshot: true },
    verdict: 'different',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    tables: [
      {
        source: 'public.a',
        target: 'public.a',
        verdict: 'different',
        key: ['id'],
        rows: { source: 2, target: 1 },
        missing: 1,
        extra: 0,
        different: 0,
        columns: [],
        oneSided: [],
        uncompared: [],
        differences: [{ kind: 'missing', key: { id: 'a secret key' }, rows: 1, columns: [] }],
        unlisted: 0,
        notes: [],
        durationMs: 1,
        rowsPerSecond: 3,
        live: {
          fence: 'connector',
          inFlight: NONE,
          undetermined: 4,
          undeterminedAs: { ...NONE, different: 4 },
          rounds: 1,
        },
      },
    ],
    repair: {
      mode: 'apply',
      inserted: 1,
      updated: 0,
      deleted: 0,
      settled: 0,
      tables: [],
      left: [
        { table: 'public.a', rows: 2, reason: 'r', keys: [] },
        { table: 'public.a', rows: 1, reason: 's', keys: [] },
      ],
    },
  };
  const options = (warnings: string[] = []) => ({
    store: async () => store,
    clock: systemClock,
    logger: { debug: () => {}, warn: (text: string) => void warnings.push(text) },
    trigger: 'command' as const,
    request: { source: 'postgres://app:hunter2@db1/shop', target: 'copy', mode: 'rows' as const },
  });

  it('writes counts and verdicts down, and neither keys nor values', async () => {
    expect(await recordedReconcile(async () => report, options())).toBe(report);
    const [entry] = store.comparisons.list({ limit: 1 });
    expect(entry).toMatchObject({
      source: 'shop',
      verdict: 'different',
      exitCode: 14,
      error: null,
      tables: [{ source: 'public.a', rows: { source: 2, target: 1 }, missing: 1, undetermined: 4, error: null }],
      repair: { mode: 'apply', inserted: 1, left: 3 },
    });
    expect(JSON.stringify(entry)).not.toContain('a secret key');
  });

  it('writes an error down, without the password of a URL, and throws it on', async () => {
    const failure = new SluiceError('DATABASE_UNREACHABLE', 'gone');
    await expect(recordedReconcile(() => Promise.reject(failure), options())).rejects.toBe(failure);
    const [entry] = store.comparisons.list({ limit: 1 });
    expect(entry).toMatchObject({ verdict: null, exitCode: 12, error: 'DATABASE_UNREACHABLE', target: 'copy' });
    expect(JSON.stringify(entry)).not.toContain('hunter2');
  });

  it.each([
    ['postgres://app:hunter2@db1/shop', 'db1/shop'],
    ['postgres://app:hunter2@db1/shop?options=-c%20a%3Dhunter2', 'db1/shop'],
    ['postgres://app:a hunter2@db1/shop', 'db1/shop'],
    // Of what cannot be read as a URL nobody knows which part is the password.
    ['postgres://app:hunter2/x@db1/shop', null],
    ['postgres://app:hunter2#x@db1/shop', null],
    ['postgres://app:hunter2?x@db1/shop', null],
    ['postgres:app:hunter2@db1/shop', null],
    ['jdbc:sqlserver://db1;user=sa;password=a;hunter2', null],
    [' mysql://app:hunter2@db1/shop', null],
    ['app/hunter2@db1', null],
    ['host=db1 password=hunter2', null],
    ['shop', 'shop'],
  ])('of %s it keeps %s', async (source, kept) => {
    const failure = new SluiceError('DATABASE_UNREACHABLE', 'no');
    const request = { source, target: source, mode: 'rows' as const };
    await expect(recordedReconcile(() => Promise.reject(failure), { ...options(), request })).rejects.toBe(failure);
    expect(store.comparisons.list({ limit: 1 })).toMatchObject([{ source: kept, target: kept }]);
    expect(readFileSync(file, 'latin1')).not.toContain('hunter2');
  });

  it('keeps no mistake in a command or a file, but that of a schedule', async () => {
    const failure = new SluiceError('USAGE', 'no');
    const refused = (trigger: 'command' | 'schedule') =>
      recordedReconcile(() => Promise.reject(failure), { ...options(), trigger });
    await expect(refused('command')).rejects.toBe(failure);
    expect(store.comparisons.list({ limit: 9 })).toEqual([]);
    await expect(refused('schedule')).rejects.toBe(failure);
    expect(store.comparisons.list({ limit: 9 })).toMatchObject([{ error: 'USAGE', trigger: 'schedule' }]);
  });

  it('lists no mistakes that older versions kept, and no fewer runs for them', () => {
    const history = store.comparisons;
    history.append(run('a'));
    for (const error of ['USAGE', 'PAIR_UNKNOWN'])
      history.append({ ...run('a'), verdict: null, exitCode: 2, error, source: null, target: null });
    history.append({ ...run('a'), verdict: null, exitCode: 12, error: 'DATABASE_UNREACHABLE' });
    expect(history.list({ limit: 2 }).map(({ id }) => id)).toEqual([4, 1]);
    expect(history.list({ limit: 9, pair: 'a' }).map(({ id }) => id)).toEqual([4, 1]);
    expect(history.get(2)).toMatchObject({ error: 'USAGE' });
  });

  it('that it cannot be written is a warning', async () => {
    writeFileSync(file, 'no database');
    const warnings: string[] = [];
    expect(await recordedReconcile(async () => report, options(warnings))).toBe(report);
    expect(warnings).toEqual([expect.stringContaining('the run was not recorded in the history')]);
  });
});
