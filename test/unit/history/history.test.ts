import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../../src/deploy/deploy.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { History } from '../../../src/history/history.ts';
import { recorded } from '../../../src/history/record.ts';
import { systemClock } from '../../../src/ports/clock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-history-'));
  file = path.join(folder, 'state', 'history.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (context: string) => ({
  at: '2026-01-01T00:00:00.000Z',
  who: 'ann@host',
  context,
  exitCode: 0,
  error: null,
  connectors: [{ name: 'orders', outcome: 'created', error: null }],
  topics: [{ name: 'dlq-orders', outcome: 'created' }],
});

function read(options = { limit: 10 }) {
  using history = new History(file);
  return history.list(options);
}

describe('the history', () => {
  it('goes on in a file of the release before topics were kept', () => {
    {
      using history = new History(file);
      history.append(entry('dev'));
    }
    const old = new DatabaseSync(file);
    old.exec('ALTER TABLE deploy DROP COLUMN topics; DROP TABLE reconcile_run; PRAGMA user_version = 1');
    old.close();
    expect(read()).toMatchObject([{ context: 'dev', topics: [] }]);
  });

  it('gives the latest first, of one context where it is asked for, and outlives the process', () => {
    {
      using history = new History(file);
      for (const context of ['dev', 'prod', 'dev']) history.append(entry(context));
    }
    expect(read().map((one) => [one.id, one.context])).toEqual([
      [3, 'dev'],
      [2, 'prod'],
      [1, 'dev'],
    ]);
    using history = new History(file);
    expect(history.list({ limit: 1, context: 'dev' })).toEqual([{ id: 3, ...entry('dev') }]);
  });

  it('can be opened twice at once', () => {
    using one = new History(file);
    using two = new History(file);
    one.append(entry('a'));
    two.append(entry('b'));
    expect(read()).toHaveLength(2);
  });

  it('says that it is damaged', () => {
    {
      using history = new History(file);
      history.append(entry('a'));
    }
    const database = new DatabaseSync(file);
    database.exec("UPDATE deploy SET connectors = '{broken'");
    database.close();
    expect(() => read()).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it('says that it cannot be opened', () => {
    writeFileSync(path.join(folder, 'state'), 'a file in the way');
    expect(() => new History(file)).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }));
  });
});

describe('recorded', () => {
  const warnings: string[] = [];
  const options = () => ({
    file,
    context: 'dev',
    clock: systemClock,
    logger: { debug: () => {}, warn: (message: string) => warnings.push(message) },
  });
  const report = (dryRun: boolean) =>
    ({
      dryRun,
      exitCode: 14,
      results: [{ name: 'a', outcome: 'failed', error: { code: 'CONNECTOR_FAILED', message: 'x' } }],
      topics: [{ name: 't', outcome: 'created' }],
    }) as unknown as DeployReport;

  it('writes down a deploy, but no dry run', async () => {
    await recorded(async () => report(false), options());
    await recorded(async () => report(true), options());
    expect(read()).toMatchObject([
      {
        exitCode: 14,
        connectors: [{ name: 'a', outcome: 'failed', error: 'CONNECTOR_FAILED' }],
        topics: [{ name: 't', outcome: 'created' }],
      },
    ]);
  });

  it('writes down a deploy that ended with an error, which goes on', async () => {
    const failing = recorded(() => Promise.reject(new SluiceError('VALIDATION_FAILED', 'no')), options());
    await expect(failing).rejects.toThrow('no');
    expect(read()).toMatchObject([{ exitCode: 11, error: 'VALIDATION_FAILED', connectors: [] }]);
  });

  it('writes down what an interrupted deploy had done', async () => {
    const details = { topics: ['t'], written: ['a'], failed: ['b'], left: ['c'] };
    const interrupted = new SluiceError('INTERRUPTED', 'interrupted', { details });
    await expect(recorded(() => Promise.reject(interrupted), options())).rejects.toThrow('interrupted');
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

  it('only warns where it cannot be written', async () => {
    writeFileSync(path.join(folder, 'state'), 'a file in the way');
    expect((await recorded(async () => report(false), options())).exitCode).toBe(14);
    expect(warnings.join()).toContain('not written into the history');
  });

  it('keeps what --prune deleted, also where the run was interrupted', async () => {
    const ports = { file, context: 'dev', clock: systemClock, logger: { warn: () => {} } as never };
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
    await recorded(async () => report, ports);
    const details = { written: ['a', 'b'], failed: ['b'], putBack: ['b'], deleted: ['gone'], unknown: [], left: ['c'] };
    const interruption = new SluiceError('INTERRUPTED', 'interrupted', { details });
    await expect(recorded(() => Promise.reject(interruption), ports)).rejects.toThrow();
    const said = read().map(({ connectors }) => connectors.map(({ name, outcome }) => `${name} ${outcome}`));
    expect(said).toEqual([['a written', 'b rolled back', 'gone deleted'], ['gone deleted']]);
  });
});
