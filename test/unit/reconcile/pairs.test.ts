import { describe, expect, it } from 'vitest';
import type { PairSettings } from '../../../src/config/reconcile-settings.ts';
import type { Targets } from '../../../src/config/targets.ts';
import { withOwnSettings, withPair } from '../../../src/reconcile/pairs.ts';
import type { ReconcileRequest } from '../../../src/reconcile/run.ts';
import { parseTablePair } from '../../../src/reconcile/tables.ts';

const request = (pair: PairSettings, given: Partial<ReconcileRequest> = {}) =>
  withPair({ tables: [], parallel: 2, limit: 20, ...given, given } as unknown as ReconcileRequest, 'shop', {
    pair: async () => pair,
  } as unknown as Targets);

describe('a pair of sluice.yaml as the words of the command', () => {
  const shop = { source: 'a', target: 'b', tables: ['orders'] };

  it('takes how large tables are read from the pair', async () => {
    expect(await request({ ...shop, parallel: 8, partRows: 5000, maxLoad: 2.5 })).toMatchObject({
      parallel: 8,
      'part-rows': 5000,
      'max-load': '2.5',
    });
  });

  it('puts what was typed before what the pair says, and that before the defaults', async () => {
    expect(await request({ ...shop, parallel: 8, limit: 5 }, { parallel: 3 })).toMatchObject({ parallel: 3, limit: 5 });
    expect(await request(shop)).toMatchObject({ parallel: 2, limit: 20 });
  });

  it('puts what was typed before the settings of a table, too', async () => {
    const tables = [{ table: 'orders', where: 'id > 9', key: ['id'], rules: { a: { trim: true } } }, 'lines'];
    const { pairRequest } = await request({ ...shop, tables }, { where: 'id < 5' });
    expect(pairRequest.tableSettings).toEqual([
      { table: 'orders', key: ['id'], rules: { a: { trim: true } } },
      { table: 'lines' },
    ]);
  });

  it('refuses a table that is listed twice: which settings are meant?', async () => {
    const tables = ['orders', { table: 'orders', where: 'id > 9' }];
    await expect(request({ ...shop, tables })).rejects.toMatchObject({ code: 'PROJECT_INVALID' });
  });
});

describe('the settings of a table', () => {
  const list = ['a=one', 'a=two', 'b', 'log_*', 'c=other', 'x=one', 'x'].map((table, index) => ({
    table,
    ...(table === 'b' || table === 'x' ? {} : { where: `is ${index}` }),
  }));
  const own = (written: string, { typed = true } = {}) =>
    withOwnSettings([{ ...parseTablePair(written), ...(typed ? { written } : {}) }], list)[0]?.own?.where;

  it.each<[string, string | undefined]>([
    ['a=one', 'is 0'],
    ['a=two', 'is 1'],
    ['A=public.Two', 'is 1'],
    // Of neither of the two.
    ['a', undefined],
    ['a=three', undefined],
    ['b', undefined],
    ['log_1', 'is 3'],
    ['c', 'is 4'],
    ['public.c=other', 'is 4'],
    ['c=three', undefined],
    ['x=one', 'is 5'],
    ['x', undefined],
  ])('%s: %s', (written, where) => {
    expect(own(written)).toBe(where);
    expect(own(written, { typed: false })).toBe(where);
  });

  it('are those of its own database', () => {
    const each = ['db1', 'db2'].map((database) => ({ table: `${database}.dbo.t`, where: database }));
    const reference = {
      source: { schema: 'dbo', name: 't' },
      target: { schema: 'public', name: 't' },
      database: 'db2',
    };
    expect(withOwnSettings([reference], each)[0]?.own?.where).toBe('db2');
    expect(withOwnSettings([{ ...reference, database: 'db3' }], each)[0]?.own).toBeUndefined();
  });
});
