import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { History } from '../../../src/history/history.ts';
import { ReconcileHistory, type ReconcileRun, reconcileRuns } from '../../../src/history/reconcile-history.ts';
import { recordedReconcile } from '../../../src/history/record-reconcile.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import type { ReconcileReport } from '../../../src/reconcile/report.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-history-'));
  file = path.join(folder, 'history.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

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
  it('gives the latest first, of one pair where it is asked for, and one by its number', () => {
    {
      using history = new ReconcileHistory(file);
      expect(['a', null, 'a'].map((pair) => history.append(run(pair)))).toEqual([1, 2, 3]);
    }
    const ids = (options: { pair?: string; limit: number }) => reconcileRuns(folder, options).map(({ id }) => id);
    expect(ids({ limit: 10 })).toEqual([3, 2, 1]);
    expect(ids({ limit: 1, pair: 'a' })).toEqual([3]);
    expect(reconcileRuns(folder, { run: 2, limit: 1 })).toEqual([{ id: 2, ...run(null) }]);
    expect(() => reconcileRuns(folder, { run: 4, limit: 1 })).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
  });

  it('keeps so many and no more, and gives no number twice', () => {
    using history = new ReconcileHistory(file);
    for (let n = 0; n < 5; n++) history.append(run('a'), 3);
    expect(history.list({ limit: 10 }).map(({ id }) => id)).toEqual([5, 4, 3]);
    expect(history.append(run('a'), 1)).toBe(6);
    expect(history.list({ limit: 10 }).map(({ id }) => id)).toEqual([6]);
  });

  it('is added to a file that has deploys only, and leaves them', () => {
    {
      using deploys = new History(file);
      deploys.append({ at: 'x', who: 'y', context: 'z', exitCode: 0, error: null, connectors: [], topics: [] });
    }
    // As the release before this table left it.
    const old = new DatabaseSync(file);
    old.exec('DROP TABLE reconcile_run; PRAGMA user_version = 2');
    old.close();
    using history = new ReconcileHistory(file);
    history.append(run(null));
    using deploys = new History(file);
    expect(deploys.list({ limit: 5 })).toHaveLength(1);
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
    file,
    clock: systemClock,
    logger: { debug: () => {}, warn: (text: string) => void warnings.push(text) },
    trigger: 'command' as const,
    words: { source: 'postgres://app:hunter2@db1/shop', target: 'copy', mode: 'rows' },
  });

  it('writes counts and verdicts down, and neither keys nor values', async () => {
    expect(await recordedReconcile(async () => report, options())).toBe(report);
    const [entry] = reconcileRuns(folder, { limit: 1 });
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
    const [entry] = reconcileRuns(folder, { limit: 1 });
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
    const failure = new SluiceError('USAGE', 'no');
    const words = { source, target: source, mode: 'rows' };
    await expect(recordedReconcile(() => Promise.reject(failure), { ...options(), words })).rejects.toBe(failure);
    expect(reconcileRuns(folder, { limit: 1 })).toMatchObject([{ source: kept, target: kept }]);
    expect(readFileSync(file, 'latin1')).not.toContain('hunter2');
  });

  it('that it cannot be written is a warning', async () => {
    writeFileSync(file, 'no database');
    const warnings: string[] = [];
    expect(await recordedReconcile(async () => report, options(warnings))).toBe(report);
    expect(warnings).toEqual([expect.stringContaining('the run was not written into the history')]);
  });
});
