import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../../src/deploy/deploy.ts';
import { recordedDeploy } from '../../../src/deploy/record.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { recordedOperation } from '../../../src/operate/record.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import type { ChangeFilter } from '../../../src/store/changes.ts';
import { MIGRATIONS } from '../../../src/store/migrations/index.ts';
import { Store } from '../../../src/store/store.ts';
import { whoRuns } from '../../../src/store/who.ts';

let folder: string;
let state: string;
let file: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-history-'));
  state = path.join(folder, 'state');
  file = path.join(state, 'history.sqlite');
  store = new Store(state);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const BEGAN = { at: '2026-01-01T00:00:00.000Z', who: 'ann@host', verb: 'deploy' } as const;
const ENDED = {
  exitCode: 0,
  error: null,
  connectors: [{ name: 'orders', outcome: 'created', error: null }],
  topics: [{ name: 'dlq-orders', outcome: 'created' }],
  tables: [],
  loggers: [],
  alerts: [],
};

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

function append(store: Store, context: string) {
  store.changes.finish(store.changes.begin({ ...BEGAN, context }), ENDED);
}

function read(options: ChangeFilter = { limit: 10 }) {
  using store = new Store(state);
  return store.changes.list(options);
}

describe('the history', () => {
  it('knows what has begun and not ended: not what was killed, nor what began long ago', () => {
    const { changes } = store;
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    const who = whoRuns();
    const begin = (minute: number, context: string) => changes.begin({ ...BEGAN, who, at: at(minute), context }, ['a']);
    begin(0, 'long ago');
    changes.finish(begin(10, 'ended'), ENDED);
    begin(20, 'runs');
    const killed = begin(30, 'killed');
    changes.begin({ ...BEGAN, who: 'ann@another', at: at(40), context: 'elsewhere' });
    using database = new DatabaseSync(file);
    database.prepare('UPDATE change SET pid = ? WHERE id = ?').run(deadPid(), killed);
    expect(changes.unfinished(Date.parse(at(5))).map(({ context }) => context)).toEqual(['elsewhere', 'runs']);
    expect(changes.list({ from: Date.parse(at(20)) }).map(({ context }) => context)).toEqual([
      ...['elsewhere', 'killed', 'runs'],
    ]);
  });

  it('goes on in the file of a release that kept deploys alone', () => {
    mkdirSync(state);
    const old = new DatabaseSync(file);
    for (const migration of MIGRATIONS.slice(0, 3)) old.exec(migration);
    old.exec(`
      INSERT INTO deploy (at, who, context, exit_code, error, connectors)
        VALUES ('2026-01-01T00:00:00.000Z', 'ann@host', 'dev', 14, NULL, '[{"name":"a","outcome":"failed","error":"X"}]');
      PRAGMA user_version = 3`);
    old.close();
    append(store, 'prod');
    const connectors = [{ name: 'a', outcome: 'failed', error: 'X' }];
    expect(read()).toEqual([
      { id: 2, ...BEGAN, ...ENDED, context: 'prod' },
      {
        id: 1,
        ...BEGAN,
        context: 'dev',
        exitCode: 14,
        error: null,
        connectors,
        topics: [],
        tables: [],
        loggers: [],
        alerts: [],
      },
    ]);
  });

  it('gives the latest first, filtered if asked for, and outlives the process', () => {
    {
      using store = new Store(state);
      for (const context of ['dev', 'prod', 'dev']) append(store, context);
      store.changes.begin({ ...BEGAN, verb: 'pause', context: 'dev' });
    }
    const ids = (filter: Omit<ChangeFilter, 'limit'>, limit = 10) => read({ ...filter, limit }).map(({ id }) => id);
    expect(ids({})).toEqual([4, 3, 2, 1]);
    expect(ids({}, 1)).toEqual([4]);
    expect(ids({ context: 'dev' })).toEqual([4, 3, 1]);
    expect(ids({ verb: 'deploy', context: 'prod' })).toEqual([2]);
    expect(ids({ connector: 'orders' })).toEqual([3, 2, 1]);
    expect(ids({ connector: 'order' })).toEqual([]);
  });

  it('shows one, and says that there is no other', () => {
    append(store, 'dev');
    expect(store.changes.get(1)).toEqual({ id: 1, ...BEGAN, ...ENDED, context: 'dev' });
    expect(() => store.changes.get(2)).toThrow(expect.objectContaining({ code: 'CHANGE_UNKNOWN' }));
  });

  it('has a change that never ended', () => {
    store.changes.begin({ ...BEGAN, context: 'dev' });
    expect(read()).toMatchObject([{ exitCode: null, error: null, connectors: [] }]);
  });

  it('can be opened twice at once', () => {
    using one = new Store(state);
    using two = new Store(state);
    append(one, 'a');
    append(two, 'b');
    expect(read()).toHaveLength(2);
  });

  it('says that it is damaged', () => {
    {
      using store = new Store(state);
      append(store, 'a');
    }
    const database = new DatabaseSync(file);
    database.exec("UPDATE change SET effects = '{broken'");
    database.close();
    expect(() => read()).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it.skipIf(process.platform === 'win32')('is for its owner only', () => {
    append(store, 'a');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('says that it cannot be opened', () => {
    writeFileSync(state, 'a file in the way');
    expect(() => store.changes).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }));
  });
});

describe('recorded', () => {
  const warnings: string[] = [];
  const options = () => ({
    store: async () => store,
    context: 'dev',
    clock: systemClock,
    logger: { debug: () => {}, warn: (message: string) => warnings.push(message) },
  });
  const report = () =>
    ({
      exitCode: 14,
      results: [{ name: 'a', outcome: 'failed', error: { code: 'CONNECTOR_FAILED', message: 'x' } }],
      topics: [{ name: 't', outcome: 'created' }],
    }) as unknown as DeployReport;

  it('has the names of a deploy that was killed while it wrote', async () => {
    let names: unknown;
    await recordedDeploy(async (begins) => {
      await begins({ connectors: ['a'], topics: ['t'] });
      names = read();
      return report();
    }, options());
    const outcome = 'not known';
    expect(names).toMatchObject([
      { exitCode: null, connectors: [{ name: 'a', outcome, error: null }], topics: [{ name: 't', outcome }] },
    ]);
  });

  it('writes down a deploy', async () => {
    await recordedDeploy(async () => report(), options());
    expect(read()).toMatchObject([
      {
        exitCode: 14,
        connectors: [{ name: 'a', outcome: 'failed', error: 'CONNECTOR_FAILED' }],
        topics: [{ name: 't', outcome: 'created' }],
      },
    ]);
  });

  it('records a deploy that ended with an error, and rethrows it', async () => {
    const failing = recordedDeploy(() => Promise.reject(new SluiceError('VALIDATION_FAILED', 'no')), options());
    await expect(failing).rejects.toThrow('no');
    expect(read()).toMatchObject([{ exitCode: 11, error: 'VALIDATION_FAILED', connectors: [] }]);
  });

  it('writes down what an interrupted deploy had done', async () => {
    const details = { topics: ['t'], written: ['a'], failed: ['b'], left: ['c'] };
    const interrupted = new SluiceError('INTERRUPTED', 'interrupted', { details });
    await expect(recordedDeploy(() => Promise.reject(interrupted), options())).rejects.toThrow('interrupted');
    expect(read()).toMatchObject([
      {
        exitCode: 130,
        error: 'INTERRUPTED',
        connectors: [
          { name: 'a', outcome: 'written', error: null },
          { name: 'b', outcome: 'failed', error: null },
        ],
        topics: [{ name: 't', outcome: 'made' }],
      },
    ]);
  });

  it('only warns if it cannot be written', async () => {
    writeFileSync(state, 'a file in the way');
    expect((await recordedDeploy(async () => report(), options())).exitCode).toBe(14);
    expect(warnings.join()).toContain('not recorded in the history');
  });

  it('keeps what --prune deleted, even if the run was interrupted', async () => {
    const ports = { store: async () => store, context: 'dev', clock: systemClock, logger: { warn: () => {} } as never };
    const pruned = { kept: null, error: null };
    const report = {
      exitCode: 0,
      results: [],
      topics: [],
      pruned: [
        { ...pruned, name: 'gone', outcome: 'deleted' },
        { ...pruned, name: 'left', outcome: null },
      ],
    } as unknown as DeployReport;
    await recordedDeploy(async () => report, ports);
    const details = {
      written: ['a', 'b'],
      failed: ['b'],
      rolledBack: ['b'],
      deleted: ['gone'],
      unknown: [],
      left: ['c'],
    };
    const interruption = new SluiceError('INTERRUPTED', 'interrupted', { details });
    await expect(recordedDeploy(() => Promise.reject(interruption), ports)).rejects.toThrow();
    const said = read().map(({ connectors }) => connectors.map(({ name, outcome }) => `${name} ${outcome}`));
    expect(said).toEqual([['a written', 'b rolled back', 'gone deleted'], ['gone deleted']]);
  });

  it('records an operation, but no dry run; without a report it names its targets', async () => {
    const of = (dryRun: boolean) => ({ verb: 'restart' as const, context: 'dev', names: ['a', 'b'], dryRun });
    const { context: _context, ...ports } = options();
    const report = {
      verb: 'restart' as const,
      context: 'dev',
      exitCode: 13 as const,
      results: [
        { name: 'a', outcome: 'restarted', tasks: null, error: null },
        { name: 'b', outcome: null, tasks: null, error: { code: 'CONNECTOR_FAILED' } as never },
      ],
    };
    await recordedOperation(of(true), async () => report, ports);
    await recordedOperation(of(false), async () => report, ports);
    const failing = recordedOperation(
      of(false),
      () => Promise.reject(new SluiceError('CONNECT_UNREACHABLE', 'x')),
      ports,
    );
    await expect(failing).rejects.toThrow();
    const details = { done: ['a'], failed: [], begun: ['b'], left: [] };
    const interrupted = () => Promise.reject(new SluiceError('INTERRUPTED', 'x', { details }));
    await expect(recordedOperation(of(false), interrupted, ports)).rejects.toThrow();
    const said = read().map(({ verb, exitCode, connectors }) => [
      verb,
      exitCode,
      connectors.map(({ name, outcome, error }) => `${name} ${outcome} ${error}`),
    ]);
    expect(said).toEqual([
      ['restart', 130, ['a done null', 'b started, outcome unknown null']],
      ['restart', 12, ['a failed CONNECT_UNREACHABLE', 'b failed CONNECT_UNREACHABLE']],
      ['restart', 13, ['a restarted null', 'b failed CONNECTOR_FAILED']],
    ]);
  });

  it('has a change already while it is made', async () => {
    let during: unknown;
    await recordedDeploy(async () => {
      during = read();
      return report();
    }, options());
    expect(during).toMatchObject([{ verb: 'deploy', context: 'dev', exitCode: null }]);
    expect(read()).toMatchObject([{ exitCode: 14 }]);
  });
});
