import { describe, expect, it } from 'vitest';
import type { PairSettings } from '../../../src/config/reconcile-settings.ts';
import type { Targets } from '../../../src/config/targets.ts';
import { withOwnSettings, withPair } from '../../../src/reconcile/pairs.ts';
import { DEFAULTS, type ReconcileRequest } from '../../../src/reconcile/request.ts';
import { parseTablePair } from '../../../src/reconcile/tables.ts';

const request = (pair: PairSettings, given: ReconcileRequest = {}) =>
  withPair({ ...given, tables: given.tables ?? [] }, 'shop', { pair: async () => pair } as unknown as Targets);

describe('a pair of sluice.yaml as settings of a request', () => {
  const shop = { source: 'a', target: 'b', tables: ['orders'] };

  it('takes how large tables are read from the pair', async () => {
    const { settings } = await request({ ...shop, parallel: 8, partRows: 5000, maxLoad: 2.5 });
    expect(settings).toMatchObject({ parallel: 8, partRows: 5000, maxLoad: 2.5 });
  });

  it('has durations in milliseconds', async () => {
    const { settings } = await request({ ...shop, settle: '5s', fenceTimeout: '3m', statementTimeout: '0s' });
    expect(settings).toMatchObject({ settle: 5000, fenceTimeout: 180_000, statementTimeout: 0 });
  });

  it.each<[PairSettings, string]>([
    [{ settle: 'soon' }, 'reconcile.pairs.shop.settle: "soon" is not a valid duration'],
    [{ floatTolerance: 5 }, 'reconcile.pairs.shop.floatTolerance: 5 is not a valid tolerance'],
  ])('says where a value is wrong: %j', async (wrong, message) => {
    await expect(request({ ...shop, ...wrong })).rejects.toMatchObject({ code: 'PROJECT_INVALID', message });
  });

  it('is overridden by the request, and leaves out what it does not have', async () => {
    const { settings } = await request({ ...shop, parallel: 8, limit: 5 }, { parallel: 3 });
    expect(settings).toMatchObject({ parallel: 3, limit: 5 });
    expect(Object.keys((await request(shop)).settings)).toEqual(['source', 'target', 'tables']);
    expect(DEFAULTS).toMatchObject({ parallel: 2, limit: 100 });
  });

  it('puts what was typed before the settings of a table, too', async () => {
    const tables = [{ table: 'orders', where: 'id > 9', key: ['id'], rules: { a: { trim: true } } }, 'lines'];
    const { pair } = await request({ ...shop, tables }, { where: 'id < 5' });
    expect(pair.tableSettings).toEqual([
      { table: 'orders', key: ['id'], rules: { a: { trim: true } } },
      { table: 'lines' },
    ]);
  });

  describe('a name that is typed', () => {
    const tables = ['a=one', 'a=two', { table: 'sales.orders=copy', where: 'id > 9' }, 'both', 'both=three', 'log_*'];
    const typed = async (...names: string[]) => (await request({ ...shop, tables }, { tables: names })).settings.tables;

    it.each<[string, string[]]>([
      ['orders', ['sales.orders=copy']],
      ['Sales.ORDERS', ['sales.orders=copy']],
      ['a', ['a=one', 'a=two']],
      ['a=one', ['a=one']],
      ['a=three', ['a=three']],
      ['both', ['both']],
      ['log_1', ['log_1']],
      ['other.orders', ['other.orders']],
      ['*', ['*']],
    ])('%s is %o', async (text, meant) => expect(await typed(text)).toEqual(meant));

    it('is refused where it may be a table of another schema', async () => {
      await expect(typed('public.a')).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        message: '"public.a" is ambiguous: the pair lists a=one',
      });
    });
  });

  it('refuses a table that is listed twice: which settings apply?', async () => {
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
