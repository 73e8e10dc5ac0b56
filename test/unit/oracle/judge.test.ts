import { describe, expect, it } from 'vitest';
import type { ListedDifference, ReconcileReport, RepairReport, TableReport } from '../../../src/reconcile/report.ts';
import { judgeTable, type RunMode } from '../../oracle/judge.ts';
import { type Case, type Column, type PairCase, POSTGRESQL, type Row, type Table } from '../../oracle/model.ts';
import { judgeRepair, type Outcome, type RepairRun } from '../../oracle/repair.ts';

const BOTH = [POSTGRESQL, POSTGRESQL] as const;

function table(): Table {
  const column = (name: string): Column => ({
    name,
    declared: 'text',
    type: { kind: 'text' },
    nullable: name !== 'k',
    kind: 'text',
    keyable: true,
  });
  return {
    schema: 's',
    name: 't',
    columns: ['k', 'v', 'w'].map(column),
    primaryKey: ['k'],
    unique: [],
    indexes: [],
    parts: [],
    after: [],
    rows: [],
  };
}

const pair: PairCase = { source: table(), target: table(), own: {} };
const SOURCE: Row[] = [
  ['1', 'x', null],
  ['2', 'y', ''],
  ['3', 'z', 'w'],
];
const TARGET: Row[] = [
  ['1', 'x', null],
  ['2', 'Y', ''],
  ['4', 'z', 'w'],
];
const rows = { source: SOURCE, target: TARGET };
const RUN: RunMode = { mode: 'rows', limit: 100 };

const DIFFERENCES: ListedDifference[] = [
  { kind: 'different', key: { k: '2' }, rows: 1, columns: [{ column: 'v', source: 'y', target: 'Y' }] },
  {
    kind: 'missing',
    key: { k: '3' },
    rows: 1,
    columns: [
      { column: 'k', source: '3' },
      { column: 'v', source: 'z' },
      { column: 'w', source: 'w' },
    ],
  },
  {
    kind: 'extra',
    key: { k: '4' },
    rows: 1,
    columns: [
      { column: 'k', target: '4' },
      { column: 'v', target: 'z' },
      { column: 'w', target: 'w' },
    ],
  },
];

/** What a right comparison reports. */
function right(changes: Partial<TableReport> = {}): TableReport {
  return {
    source: 's.t',
    target: 's.t',
    verdict: 'different',
    key: ['k'],
    rows: { source: 3, target: 3 },
    missing: 1,
    extra: 1,
    different: 1,
    columns: [],
    oneSided: [],
    uncompared: [],
    differences: DIFFERENCES,
    unlisted: 0,
    notes: [],
    durationMs: 1,
    rowsPerSecond: 1,
    ...changes,
  };
}

function kinds(report: TableReport, run: Partial<RunMode> = {}, of: PairCase = pair): string[] {
  return judgeTable(of, BOTH, rows, report, { ...RUN, ...run }).mismatches.map(({ kind }) => kind);
}

describe('planted faults of a comparison', () => {
  it('has nothing to say of a right report', () => {
    expect(kinds(right())).toEqual([]);
    expect(
      kinds(right({ missing: null, extra: null, different: null, differences: [] }), { mode: 'checksums' }),
    ).toEqual([]);
    expect(
      kinds(right({ missing: null, extra: null, different: null, differences: [], verdict: 'equal' }), {
        mode: 'counts',
      }),
    ).toEqual([]);
    expect(kinds(right({ differences: DIFFERENCES.slice(0, 1), unlisted: 2 }), { limit: 1 })).toEqual([]);
  });

  const [different, missing, extra] = DIFFERENCES as [ListedDifference, ListedDifference, ListedDifference];
  it.each<[string, Partial<TableReport>, string]>([
    ['equal though rows differ', { verdict: 'equal' }, 'false equal'],
    ['undetermined though nothing changes', { verdict: 'undetermined' }, 'undetermined'],
    ['a difference that is not listed', { differences: [different, missing], unlisted: 0 }, 'missed difference'],
    ['a wrong count', { extra: 2 }, 'wrong count'],
    ['a count that was not made', { extra: null }, 'wrong count'],
    [
      'a difference that is none',
      { differences: [...DIFFERENCES, { ...different, key: { k: '1' } }] },
      'false difference',
    ],
    [
      'another kind',
      { differences: [{ ...different, kind: 'missing' }, missing, extra] },
      'difference described wrongly',
    ],
    [
      'another column',
      { differences: [{ ...different, columns: [{ column: 'w', source: '', target: '' }] }, missing, extra] },
      'difference described wrongly',
    ],
    [
      'a value that is not in the table',
      { differences: [{ ...different, columns: [{ column: 'v', source: 'y ', target: 'Y' }] }, missing, extra] },
      'difference described wrongly',
    ],
    [
      "NULL shown as ''",
      {
        differences: [
          different,
          missing,
          { ...extra, columns: [...extra.columns.slice(0, 2), { column: 'w', target: null }] },
        ],
      },
      'difference described wrongly',
    ],
    ['rows read that are not there', { rows: { source: 3, target: 4 } }, 'row counts'],
    ['a column on one side that has a partner', { oneSided: [{ side: 'source', column: 'v' }] }, 'one-sided columns'],
    [
      'a column refused that can be compared',
      { uncompared: [{ column: 'v', reason: 'no' }] },
      'refused a comparable pair',
    ],
    ['another key', { key: ['v'] }, 'key'],
    ['a contradiction', { contradictions: ['1 = 2'] }, 'contradiction'],
    ['unlisted ones that are not there', { unlisted: 1 }, 'list length'],
    [
      'a failure',
      { error: Object.assign(new Error('no'), { code: 'DATABASE_REJECTED' }) as never, verdict: 'failed' },
      'failed',
    ],
  ])('%s', (_, changes, kind) => {
    expect(kinds(right(changes))).toContain(kind);
  });

  it('sees the faults of other modes', () => {
    const bare = { missing: null, extra: null, different: null, differences: [] };
    expect(kinds(right({ ...bare, verdict: 'equal' }), { mode: 'checksums' })).toEqual(['false equal']);
    expect(kinds(right({ ...bare, verdict: 'different' }), { mode: 'counts' })).toEqual(['wrong verdict']);
    expect(kinds(right({ ...bare, missing: 0 }), { mode: 'checksums' })).toContain('counts that were not made');
    expect(kinds(right(), { limit: 1 })).toContain('list length');
    expect(kinds(right(), {}, { ...pair, refuse: 'a policy' })).toEqual(['compared what must be refused']);
    const narrow = {
      ...table(),
      columns: table().columns.map((column) => ({ ...column, type: { kind: 'text', length: 3 } as const })),
    };
    expect(
      kinds(right({ ...bare, verdict: 'equal', schema: [] }), { mode: 'schema' }, { ...pair, target: narrow }),
    ).toContain('missed difference of definitions');
  });

  it('sees a column compared that has no common form', () => {
    const odd = {
      ...table(),
      columns: table().columns.map((column) =>
        column.name === 'v' ? { ...column, type: { kind: 'date' } as const } : column,
      ),
    };
    expect(kinds(right(), {}, { ...pair, target: odd })).toEqual(['compared a pair without a common form']);
  });
});

describe('planted faults of a repair', () => {
  const made: Case = { seed: 1, index: 1, engines: BOTH, tables: [pair], features: [] };
  const apply: RepairRun = { mode: 'apply', allowDelete: true };

  function outcome(after: Row[], repair: Partial<RepairReport> = {}, source = SOURCE): Outcome {
    const report: ReconcileReport = {
      mode: 'rows',
      source: {} as never,
      target: {} as never,
      verdict: 'different',
      startedAt: '',
      durationMs: 1,
      tables: [right()],
      repair: {
        mode: 'apply',
        inserted: 1,
        updated: 1,
        deleted: 1,
        settled: 0,
        left: [],
        tables: [
          {
            source: 's.t',
            table: 's.t',
            inserted: 1,
            updated: 1,
            deleted: 1,
            settled: 0,
            left: 0,
            after: { verdict: 'equal', missing: 0, extra: 0, different: 0, undetermined: 0 },
          },
        ],
        ...repair,
      },
    };
    const snapshot = (target: Row[], from: Row[]) => ({
      compared: { source: from, target },
      all: { source: from, target },
    });
    return {
      report,
      before: [snapshot(TARGET, SOURCE)],
      after: [snapshot(after, source)],
      script: { lines: [], failure: undefined },
    };
  }

  const judged = (one: Outcome, repair = apply) => judgeRepair(made, one, RUN, repair).map(({ kind }) => kind);

  it('has nothing to say of a right repair', () => {
    expect(judged(outcome(SOURCE))).toEqual([]);
  });

  it.each<[string, Row[], string]>([
    [
      'a row left as it was',
      [
        ['1', 'x', null],
        ['2', 'Y', ''],
        ['3', 'z', 'w'],
      ],
      'repair: exit 0 though rows differ',
    ],
    [
      'a row too many deleted',
      [
        ['2', 'y', ''],
        ['3', 'z', 'w'],
      ],
      'repair: a row changed that was not named',
    ],
    [
      'a row that was alike changed',
      [
        ['1', 'X', null],
        ['2', 'y', ''],
        ['3', 'z', 'w'],
      ],
      'repair: a row changed that was not named',
    ],
    [
      'another column of the row written',
      [
        ['1', 'x', null],
        ['2', 'y', null],
        ['3', 'z', 'w'],
      ],
      'repair: a row changed that was not named',
    ],
    ['a row doubled', [...SOURCE, ['1', 'x', null]], 'repair: a row changed that was not named'],
    ['the comparison afterwards is wrong', TARGET, 'repair: the comparison afterwards is wrong'],
  ])('%s', (_, after, kind) => {
    expect(judged(outcome(after))).toContain(kind);
  });

  it('sees the source written to, rows left unnamed, deletes without leave, and a script that fails', () => {
    expect(
      judged(
        outcome(SOURCE, {}, [
          ['1', 'x', null],
          ['2', 'y', ''],
          ['3', 'z', 'W'],
        ]),
      ),
    ).toContain('repair: the source was written to');
    const tables = [
      {
        source: 's.t',
        table: 's.t',
        inserted: 0,
        updated: 0,
        deleted: 0,
        settled: 0,
        left: 1,
        after: { verdict: 'different', missing: 1, extra: 1, different: 1, undetermined: 0 } as const,
      },
    ];
    expect(judged(outcome(TARGET, { left: [{ table: 's.t', rows: 1, reason: 'some', keys: [] }], tables }))).toContain(
      'repair: rows left that no one names',
    );
    expect(judged(outcome(SOURCE), { mode: 'apply', allowDelete: false })).toContain(
      'repair: a row changed that was not named',
    );
    const script = {
      ...outcome(TARGET, { mode: 'sql', tables: [] }),
      script: { lines: ['UPDATE'], failure: 'syntax error' },
    };
    expect(judged(script, { mode: 'sql', allowDelete: true })).toContain('repair: the script fails');
    expect(judged(outcome(SOURCE, { left: [{ table: 's.t', rows: 1, reason: 'some', keys: [] }] }))).toContain(
      'repair: repaired, but not exit 0',
    );
  });
});
