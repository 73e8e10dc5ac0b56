import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TableInfo, TableName } from '../../../../src/databases/model.ts';
import { openSession } from '../../../../src/databases/open.ts';
import type { ForeignKey, Session } from '../../../../src/databases/session.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import type { KeyDifference } from '../../../../src/reconcile/compare/diff-buckets.ts';
import { KeySpool } from '../../../../src/reconcile/compare/key-spool.ts';
import type { TablePair } from '../../../../src/reconcile/compare/table-pair.ts';
import type { RepairOptions, RepairPlan } from '../../../../src/reconcile/options.ts';
import { TableRepair } from '../../../../src/reconcile/repair/apply.ts';
import { repairFound } from '../../../../src/reconcile/repair/repair.ts';
import type { RepairSite, TableDifferences } from '../../../../src/reconcile/repair/site.ts';
import { SkippedRows } from '../../../../src/reconcile/repair/skipped-rows.ts';
import { noCounts, type RepairReport, type TableReport } from '../../../../src/reconcile/report.ts';

vi.mock('../../../../src/databases/open.ts', () => ({ openSession: vi.fn(), sessionOptions: () => ({}) }));
vi.mock('../../../../src/reconcile/repair/apply.ts', () => ({ TableRepair: vi.fn() }));
vi.mock('../../../../src/reconcile/repair/script-order.ts', () => ({ inOrder: (all: unknown[]) => all }));
vi.mock('../../../../src/reconcile/compare/rows.ts', () => ({ keysAtOnce: () => 2 }));

type Kind = 'missing' | 'extra' | 'different';

/** What is done, in order: `parent: insert 1`. */
let done: string[];
/** Keys that wait for another key to be written first. */
let waitsFor: Record<string, string>;
/** Fails for a table when it is written. */
let failing: Record<string, SluiceError>;
let closed: number;

const VERBS = { missing: 'insert', different: 'update', extra: 'delete' } as const;
const kindOf = (one: KeyDifference): Kind => (one.different > 0 ? 'different' : one.missing > 0 ? 'missing' : 'extra');

beforeEach(() => {
  done = [];
  waitsFor = {};
  failing = {};
  closed = 0;
  const close = async () => {
    closed += 1;
  };
  vi.mocked(openSession).mockImplementation(async () => session({ close }));
  vi.mocked(TableRepair).mockImplementation(function fake(_pair, _references, name, skipped) {
    const counts = noCounts();
    const write = (one: KeyDifference): boolean => {
      const key = String(one.key[0]);
      const needed = waitsFor[key];
      if (needed !== undefined && !done.some((line) => line.endsWith(` ${needed}`))) return false;
      done.push(`${name}: ${VERBS[kindOf(one)]} ${key}`);
      const count = ({ missing: 'inserted', different: 'updated', extra: 'deleted' } as const)[kindOf(one)];
      counts[count] += 1;
      return true;
    };
    const repair = {
      counts,
      deferred: [] as { difference: KeyDifference; reason: string }[],
      async write(batch: readonly KeyDifference[]) {
        expect(batch.length).toBeLessThanOrEqual(2);
        for (const difference of batch) {
          const error = failing[name];
          if (error !== undefined) throw error;
          if (!write(difference)) repair.deferred.push({ difference, reason: 'it refers to a missing row' });
        }
      },
      async waiting() {
        return repair.deferred.map(({ difference }) => ({ kind: 'none', waiting: difference }));
      },
      async again(rows: readonly KeyDifference[]) {
        repair.deferred = repair.deferred.filter(({ difference }) => !rows.includes(difference) || !write(difference));
      },
      async exchange() {
        done.push(`${name}: exchange`);
      },
      giveUp() {
        for (const { reason } of repair.deferred.splice(0)) skipped.add(name, reason, 1);
      },
    };
    return repair as unknown as TableRepair;
  });
});

const session = (more: Partial<Session> = {}) =>
  ({ snapshot: async () => {}, references: async () => [], close: async () => {}, ...more }) as unknown as Session;

interface Found {
  name: string;
  rows: [Kind, string][];
  kind?: TableInfo['kind'];
  key?: boolean;
  inherited?: boolean;
}

function differencesOf({ name, rows, kind = 'table', key = true, inherited = false }: Found): TableDifferences {
  const spool = new KeySpool();
  const counts = { missing: 0, extra: 0, different: 0 };
  for (const [what, id] of rows) {
    spool.add({ key: [id], missing: 0, extra: 0, different: 0, [what]: 1 });
    counts[what] += 1;
  }
  const table = { schema: 's', name, kind, transactional: true, columns: [] } as unknown as TableInfo;
  const column = { source: { name: 'id' }, form: { kind: 'text', trim: false } };
  const plan = { key: key ? [column] : [], pairs: [column], inherited };
  const side = { table, session: session() };
  return {
    spool,
    fence: undefined,
    pair: { plan, source: side, target: side } as unknown as TablePair,
    report: { source: name, target: name, ...counts } as unknown as TableReport,
  };
}

const name = (table: string): TableName => ({ schema: 's', name: table });
const foreignKey = (child: string, parent: string) =>
  ({ child: name(child), parent: name(parent), columns: [] }) as unknown as ForeignKey;

async function repair(
  tables: Found[],
  {
    allowDelete = true,
    keys = [] as ForeignKey[],
    signal = undefined as AbortSignal | undefined,
    confirm = async (_plan: RepairPlan) => {},
  } = {},
) {
  const skipped = new SkippedRows();
  const report: RepairReport = { mode: 'apply', ...noCounts(), tables: [], left: [] } as unknown as RepairReport;
  const sessions = {
    source: session(),
    target: session({ references: async (table) => keys.filter(({ parent }) => parent.name === table.name) }),
  };
  const reconnect = vi.fn(async () => sessions);
  const site = {
    source: { name: 'a', url: '' },
    target: { name: 'b', url: '' },
    sessions,
    reconnect,
    ports: { signal, progress: { step: (_title: string, work: (update: () => void) => unknown) => work(() => {}) } },
  } as unknown as RepairSite;
  const options: RepairOptions = { mode: 'apply', allowDelete, confirm };
  await repairFound(tables.map(differencesOf), options, site, report, skipped);
  const counts = Object.fromEntries(
    (report.tables ?? []).map(({ table, inserted, updated, deleted, left }) => [
      table,
      [inserted, updated, deleted, left],
    ]),
  );
  return { report, counts, left: skipped.list, reconnect };
}

describe('a repair', () => {
  const child: Found = {
    name: 'child',
    rows: [
      ['missing', 'c1'],
      ['extra', 'c2'],
      ['different', 'c3'],
    ],
  };
  const parent: Found = {
    name: 'parent',
    rows: [
      ['extra', 'p1'],
      ['missing', 'p2'],
      ['different', 'p3'],
    ],
  };

  it('deletes from children first, then updates and inserts into parents first', async () => {
    const { counts } = await repair([child, parent], { keys: [foreignKey('child', 'parent')] });
    expect(done).toEqual([
      'child: delete c2',
      'parent: delete p1',
      'parent: update p3',
      'parent: insert p2',
      'child: update c3',
      'child: insert c1',
    ]);
    expect(counts).toEqual({ child: [1, 1, 1, 0], parent: [1, 1, 1, 0] });
  });

  it('takes an inheriting table before the others, which show its rows, too', async () => {
    await repair([{ ...parent, inherited: true }, child]);
    expect(done.filter((line) => line.includes('insert'))).toEqual(['child: insert c1', 'parent: insert p2']);
  });

  it('writes no more keys at once than one statement can name', async () => {
    const rows = Array.from({ length: 7 }, (_, at): [Kind, string] => ['missing', `k${at}`]);
    expect((await repair([{ name: 'a', rows }])).counts).toEqual({ a: [7, 0, 0, 0] });
  });

  it('asks once, for what it will write, and does nothing if the answer is no', async () => {
    const confirm = vi.fn(async (_plan: RepairPlan) => {});
    await repair([child, parent], { confirm });
    await repair([child, parent], { confirm, allowDelete: false });
    expect(confirm.mock.calls).toEqual([
      [{ rows: 6, deletes: 2, tables: ['child', 'parent'] }],
      [{ rows: 4, deletes: 0, tables: ['child', 'parent'] }],
    ]);
    done = [];
    const no = repair([child], { confirm: () => Promise.reject(new SluiceError('CONFIRMATION_REQUIRED', 'no')) });
    await expect(no).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    expect(done).toEqual([]);
  });

  it('leaves extra rows, by their keys, unless it may delete', async () => {
    const { counts, left } = await repair(
      [
        {
          name: 'a',
          rows: [
            ['extra', '1'],
            ['extra', '2'],
          ],
        },
      ],
      { allowDelete: false },
    );
    expect(done).toEqual([]);
    expect(counts).toEqual({ a: [0, 0, 0, 2] });
    expect(left).toMatchObject([{ table: 'a', rows: 2, keys: [{ id: '1' }, { id: '2' }] }]);
  });

  it.each<[string, Partial<Found>]>([
    ['has no key', { key: false }],
    ['is a view', { kind: 'view' }],
  ])('skips a table that %s, and repairs the others', async (_what, more) => {
    const { counts, left } = await repair([
      { ...child, ...more },
      { name: 'b', rows: [['missing', '1']] },
    ]);
    expect(done).toEqual(['b: insert 1']);
    expect(counts).toEqual({ b: [1, 0, 0, 0] });
    expect(left).toMatchObject([{ table: 'child', rows: 3 }]);
  });
});

describe('rows that wait for others', () => {
  const rows: [Kind, string][] = [
    ['missing', '1'],
    ['missing', '2'],
    ['missing', '3'],
  ];

  it('are written again while that helps', async () => {
    waitsFor = { 1: '2', 2: '3' };
    const { counts, left } = await repair([{ name: 'a', rows }]);
    expect(done).toEqual(['a: insert 3', 'a: insert 2', 'a: insert 1']);
    expect({ counts, left }).toEqual({ counts: { a: [3, 0, 0, 0] }, left: [] });
  });

  it('of each other are exchanged in one step, and what then still waits is left with its reason', async () => {
    waitsFor = { 1: '2', 2: '1' };
    const { counts, left } = await repair([{ name: 'a', rows }]);
    expect(done).toEqual(['a: insert 3', 'a: exchange']);
    expect(counts).toEqual({ a: [1, 0, 0, 2] });
    expect(left).toMatchObject([{ table: 'a', reason: 'it refers to a missing row', rows: 2 }]);
  });

  it('may wait for a row of another table', async () => {
    waitsFor = { 1: 'b1' };
    await repair([
      { name: 'a', rows: [['missing', '1']] },
      { name: 'b', rows: [['missing', 'b1']] },
    ]);
    expect(done).toEqual(['b: insert b1', 'a: insert 1']);
  });
});

describe('a table whose repair fails', () => {
  const tables: Found[] = [
    { name: 'a', rows: [['missing', '1']] },
    { name: 'b', rows: [['missing', '2']] },
  ];

  it('keeps its error, and the next one gets a new session', async () => {
    failing = { a: new SluiceError('DATABASE_REJECTED', 'no') };
    const { report, counts, reconnect } = await repair(tables);
    expect(report.tables?.map(({ error }) => error?.code)).toEqual(['DATABASE_REJECTED', undefined]);
    expect(counts).toMatchObject({ b: [1, 0, 0, 0] });
    expect([vi.mocked(openSession).mock.calls.length, closed]).toEqual([2, 2]);
    expect(reconnect).not.toHaveBeenCalled();
  });

  it('because the connection was lost has the reading sessions replaced, too', async () => {
    failing = { a: new SluiceError('DATABASE_UNREACHABLE', 'gone') };
    const { counts, reconnect } = await repair(tables);
    expect(reconnect).toHaveBeenCalledTimes(1);
    expect(counts).toMatchObject({ b: [1, 0, 0, 0] });
  });

  it('by a mistake of our own ends the run', async () => {
    failing = { a: new SluiceError('INTERNAL', 'bug') };
    const { report, counts } = await repair(tables);
    expect(report.error).toMatchObject({ code: 'INTERNAL' });
    expect(counts).toMatchObject({ b: [0, 0, 0, 0] });
  });

  it('because the run was interrupted ends the run, with what was written so far', async () => {
    const controller = new AbortController();
    const reason = new SluiceError('INTERRUPTED', 'interrupted');
    vi.mocked(openSession).mockImplementationOnce(async () => {
      controller.abort(reason);
      return session();
    });
    const { report, counts } = await repair(tables, { signal: controller.signal });
    expect(report.error).toBe(reason);
    expect(counts).toEqual({ a: [1, 0, 0, 0], b: [0, 0, 0, 0] });
  });
});
