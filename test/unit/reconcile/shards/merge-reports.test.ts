import { describe, expect, it } from 'vitest';
import { parseShard } from '../../../../src/cli/flags.ts';
import { reconcileExit } from '../../../../src/reconcile/exit.ts';
import { mergeReports } from '../../../../src/reconcile/shards/merge-reports.ts';

const table = (more: object = {}) => ({
  source: 'public.orders',
  target: 'public.orders',
  verdict: 'equal',
  key: ['id'],
  rows: { source: 10, target: 10 },
  missing: 0,
  extra: 0,
  different: 0,
  columns: [],
  oneSided: [],
  uncompared: [],
  comparison: 'abc',
  differences: [] as object[],
  unlisted: 0,
  notes: ['a note'],
  durationMs: 2000,
  rowsPerSecond: 10,
  ...more,
});

const shard = (index: number, of: number, tables: object[] = [table()], more: object = {}) => ({
  name: `shard-${index}.json`,
  document: {
    schemaVersion: 1,
    mode: 'rows',
    source: { name: 'a' },
    target: { name: 'b' },
    verdict: 'equal',
    startedAt: `2026-01-01T00:00:0${index}.000Z`,
    durationMs: 1000,
    shard: { index, of },
    tables,
    ...more,
  },
});

const difference = (id: string) => ({ kind: 'different', key: { id }, rows: 1, columns: [] });

describe('reports of shards', () => {
  it('counts are added up, lists put together in order and cut, moments spanned', () => {
    const merged = mergeReports(
      [
        shard(2, 2, [table({ verdict: 'different', different: 2, differences: [difference('10'), difference('2')] })]),
        shard(1, 2, [table({ verdict: 'different', different: 3, differences: [difference('1')], unlisted: 2 })]),
      ],
      2,
    );
    expect(merged).toMatchObject({
      verdict: 'different',
      mergedShards: 2,
      startedAt: '2026-01-01T00:00:01.000Z',
      durationMs: 2000,
    });
    expect(merged).not.toHaveProperty('shard');
    expect(merged.tables[0]).toMatchObject({
      rows: { source: 20, target: 20 },
      different: 5,
      unlisted: 3,
      notes: ['a note'],
    });
    expect(merged.tables[0]?.differences.map(({ key }) => key.id)).toEqual(['1', '2']);
    expect(reconcileExit(merged)).toBe(10);
  });

  it.each([
    ['undetermined', 16],
    ['incomplete', 14],
    ['equal', 0],
  ])('one %s shard: exit %d', (verdict, code) => {
    expect(reconcileExit(mergeReports([shard(1, 2), shard(2, 2, [table({ verdict })])], 10))).toBe(code);
  });

  it('what a mode or one of the shards does not count the whole does not know', () => {
    const uncounted = { missing: null, extra: null, different: null };
    const inCounts = (index: number) => shard(index, 2, [table(uncounted)], { mode: 'counts' });
    const counts = mergeReports([inCounts(1), inCounts(2)], 10);
    // Numbers that fit make no shard good that failed.
    for (const verdict of ['failed', 'undetermined'])
      expect(
        mergeReports([inCounts(1), shard(2, 2, [table({ ...uncounted, verdict })], { mode: 'counts' })], 10).verdict,
      ).toBe(verdict);
    expect(counts.tables[0]).toMatchObject({ rows: { source: 20, target: 20 }, ...uncounted });
    // It goes by the rows alone, and names what it does not compare.
    const named = { ...uncounted, oneSided: [{ side: 'source', column: 'b' }] };
    const inCountsToo = (index: number) => shard(index, 2, [table(named)], { mode: 'counts' });
    expect(mergeReports([inCountsToo(1), inCountsToo(2)], 10)).toMatchObject({ verdict: 'equal', tables: [named] });
    const partly = mergeReports(
      [shard(1, 2), shard(2, 2, [table({ verdict: 'failed', ...uncounted, rows: { source: null, target: 3 } })])],
      10,
    );
    expect(partly.tables[0]).toMatchObject({ rows: { source: null, target: 13 }, ...uncounted });
  });

  it('places of differing rows are put together, if every shard with differences knows its own', () => {
    const band = (from: string) => ({ from, to: from, missing: 0, extra: 0, different: 1 });
    const placed = (from: string, more: object = {}) =>
      table({
        verdict: 'different',
        different: 1,
        keySpread: { column: 'id', first: '1', last: from, bands: [band(from)], unplaced: 0 },
        ...more,
      });
    const spread = (...tables: object[]) =>
      mergeReports(
        tables.map((one, at) => shard(at + 1, tables.length, [one])),
        10,
      ).tables[0]?.keySpread;
    const both = { column: 'id', first: '1', last: '9', bands: [band('7'), band('9')], unplaced: 0 };
    expect(spread(placed('7'), placed('9'), table())).toEqual(both);
    expect(spread(placed('7'), placed('9', { keySpread: undefined }))).toBeUndefined();
    const failed = table({
      verdict: 'failed',
      comparison: undefined,
      missing: null,
      error: { code: 'TIMED_OUT', message: '' },
    });
    expect(spread(placed('7'), failed)).toBeUndefined();
    expect(() => spread(placed('7', { keySpread: { column: 'id', bands: [{ from: 'x' }] } }))).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID' }),
    );
  });

  it('is masked if a shard is, and names the file of no single script', () => {
    const repair = {
      mode: 'sql',
      inserted: 1,
      updated: 0,
      deleted: 0,
      settled: 0,
      tables: [],
      left: [],
      file: 'a.sql',
    };
    const merged = mergeReports([shard(1, 2, [table()], { repair }), shard(2, 2, [table()], { masked: true })], 10);
    expect(merged.masked).toBe(true);
    expect(merged.repair).not.toHaveProperty('file');
    expect(mergeReports([shard(1, 1)], 10)).not.toHaveProperty('masked');
  });

  it('what all shards have left out is named once', () => {
    const skipped = [{ table: 'public.v', kind: 'view', reason: 'r' }];
    const merged = mergeReports([shard(1, 2, [table()], { skipped }), shard(2, 2, [table()], { skipped })], 10);
    expect(merged.skipped).toEqual(skipped);
    expect(mergeReports([shard(1, 1)], 10)).not.toHaveProperty('skipped');
  });

  it('a table that failed in one shard has failed', () => {
    const failed = table({
      verdict: 'failed',
      comparison: undefined,
      error: { code: 'TABLE_NOT_FOUND', message: 'there is no table "orders"' },
    });
    const merged = mergeReports([shard(1, 2, [failed]), shard(2, 2)], 10);
    expect(merged.tables[0]).toMatchObject({ verdict: 'failed', source: 'public.orders' });
    expect(reconcileExit(merged)).toBe(13);
  });

  it.each([
    ['a shard that is missing', [shard(1, 3), shard(3, 3)], 'shard 2 of 3 is missing'],
    ['a shard that is there twice', [shard(1, 2), { ...shard(1, 2), name: 'copy.json' }], 'are both shard 1 of 2'],
    ['other numbers of shards', [shard(1, 2), shard(2, 3)], 'shard-2.json is one of 3 shards'],
    [
      'another comparison',
      [shard(1, 2), shard(2, 2, [table({ comparison: 'x' })])],
      'compare public.orders in different',
    ],
    ['another mode', [shard(1, 2), shard(2, 2, [table()], { mode: 'counts' })], 'differ in their mode'],
    ['other tables', [shard(1, 2), shard(2, 2, [table(), table()])], 'do not have the same tables'],
  ])('refused: %s', (_what, reports, told) => {
    expect(() => mergeReports(reports, 10)).toThrow(expect.objectContaining({ code: 'SHARDS_MISMATCHED' }));
    expect(() => mergeReports(reports, 10)).toThrow(told);
  });

  it.each([
    ['no report', { name: 'x.json', document: { name: 'sluice' } }],
    ['the report of a whole table', shard(1, 1, [table()], { shard: undefined })],
    ['a failure', { name: 'x.json', document: { error: { code: 'REQUEST_INVALID', message: '' } } }],
    ['a table without counts', shard(1, 1, [{}])],
    ['counts that are no numbers', shard(1, 1, [table({ verdict: 'different', missing: '5' })])],
    ['no table', shard(1, 1, [])],
    ['no verdict', shard(1, 1, [table({ verdict: 'Different' })])],
    ['a report of a version that does not say how it compared', shard(1, 1, [table({ comparison: undefined })])],
    ['an equal table with differences', shard(1, 1, [table({ missing: 1 })])],
    ['an equal table with other numbers of rows', shard(1, 1, [table({ rows: { source: 9, target: 10 } })])],
    ['an equal table with a list', shard(1, 1, [table({ differences: [difference('1')] })])],
    ['an equal table with a column of one side', shard(1, 1, [table({ oneSided: [{ side: 'source', column: 'a' }] })])],
    [
      'an equal table with other definitions',
      shard(1, 1, [table({ schema: [{ column: 'a', what: 'type', source: 'int', target: 'smallint' }] })], {
        mode: 'schema',
      }),
    ],
    ['an equal table whose differences were not counted', shard(1, 1, [table({ extra: null })])],
    ['an equal table whose rows were not counted', shard(1, 1, [table({ rows: { source: null, target: null } })])],
    ['an equal table that failed', shard(1, 1, [table({ error: { code: 'TIMED_OUT', message: '' } })])],
    ['a shard beyond the last', { ...shard(1, 1), document: { ...shard(1, 1).document, shard: { index: 2, of: 1 } } }],
    ['a difference that is none', shard(1, 1, [table({ differences: [null] })])],
    ['a live table without counts', shard(1, 1, [table({ live: null })])],
    ['an error that is none', shard(1, 1, [table({ verdict: 'failed', error: null })])],
    ['notes that are none', shard(1, 1, [table({ notes: null })])],
    ['a repair without tables', shard(1, 1, [table()], { repair: { mode: 'apply' } })],
    ['no moment', shard(1, 1, [table()], { startedAt: 'yesterday' })],
    ['no list of what was skipped', shard(1, 1, [table()], { skipped: 'x' })],
    ['no shard of none', { ...shard(1, 1), document: { ...shard(1, 1).document, shard: { index: 1, of: 0 } } }],
  ])('refused: %s', (_what, report) => {
    expect(() => mergeReports([report], 10)).toThrow(expect.objectContaining({ code: 'REPORT_INVALID' }));
  });
});

describe('--shard', () => {
  it('I/N', () => {
    expect(parseShard('3/8')).toEqual({ index: 3, of: 8 });
  });

  it.each(['0/8', '9/8', '8', '1/0', 'a/b', '-1/3', '1/8/9', ''])('not %s', (text) => {
    expect(() => parseShard(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('a repair of shards', () => {
  const repaired = (verdict: string, more: object = {}) => ({
    mode: 'apply',
    inserted: 2,
    updated: 0,
    deleted: 0,
    settled: 1,
    left: [],
    tables: [
      {
        source: 'public.orders',
        table: 'public.orders',
        inserted: 2,
        updated: 0,
        deleted: 0,
        settled: 1,
        left: 0,
        after: { verdict, missing: 0, extra: verdict === 'equal' ? 0 : 3, different: 0, undetermined: 0 },
        ...more,
      },
    ],
  });
  const damaged = [table({ verdict: 'different', missing: 2, extra: 3 })];

  it('differs where one shard does, in any order of the reports', () => {
    const equal = (index: number) => shard(index, 2, damaged, { repair: repaired('equal') });
    const different = (index: number) => shard(index, 2, damaged, { repair: repaired('different') });
    const merged = mergeReports([equal(1), different(2)], 5);
    expect(reconcileExit(merged)).toBe(10);
    expect(merged.repair).toMatchObject({
      inserted: 4,
      tables: [{ inserted: 4, settled: 2, after: { verdict: 'different', extra: 3 } }],
    });
    expect(reconcileExit(mergeReports([different(1), equal(2)], 5))).toBe(10);
  });

  it('is not equal where one was not repaired, or its repair was cut off', () => {
    const equal = shard(1, 2, damaged, { repair: repaired('equal') });
    expect(reconcileExit(mergeReports([equal, shard(2, 2, damaged)], 5))).toBe(10);
    expect(
      reconcileExit(mergeReports([equal, shard(2, 2, damaged, { repair: repaired('', { after: undefined }) })], 5)),
    ).toBe(10);
  });

  it('is not called equal where something was written: each shard was compared again at a moment of its own', () => {
    const equal = (index: number) => shard(index, 2, damaged, { repair: repaired('equal') });
    const two = [...damaged, table({ source: 'public.b', target: 'public.b' })];
    const all = [
      [equal(1), equal(2)],
      // Nothing was wrong with the other, but a trigger may have reached into it.
      [equal(1), shard(2, 2)],
      // Nor with another table.
      [1, 2].map((index) => shard(index, 2, two, { repair: repaired('equal') })),
    ];
    for (const reports of all) {
      const merged = mergeReports(reports, 5);
      expect(reconcileExit(merged)).toBe(16);
      expect(merged.repair?.tables.map(({ after }) => after?.verdict)).toEqual(merged.tables.map(() => 'undetermined'));
      expect(merged.repair?.notes).toEqual([expect.stringContaining('compare the whole again')]);
    }
  });

  it('is equal where nothing had to be written', () => {
    const settled = { ...repaired('equal', { inserted: 0 }), inserted: 0 };
    const reports = [1, 2].map((index) => shard(index, 2, damaged, { repair: settled }));
    expect(reconcileExit(mergeReports(reports, 5))).toBe(0);
  });
});
