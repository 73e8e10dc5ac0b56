import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { expandPattern, isPattern, parseTablePair, pickTable } from '../../../src/reconcile/tables.ts';

describe('parseTablePair', () => {
  it.each([
    ['orders', { source: { name: 'orders' }, target: { name: 'orders' } }],
    ['shop.orders', { source: { schema: 'shop', name: 'orders' }, target: { name: 'orders' } }],
    [
      'shop.orders=public.copy',
      { source: { schema: 'shop', name: 'orders' }, target: { schema: 'public', name: 'copy' } },
    ],
    ['"odd.name"="with=sign"', { source: { name: 'odd.name' }, target: { name: 'with=sign' } }],
  ])('%s', (text, expected) => {
    expect(parseTablePair(text)).toEqual(expected);
  });

  it.each(['', '=b', 'a=', 'a=b=c', 'a.b.c', 'a.', '.b'])('"%s" is a usage error', (text) => {
    expect(() => parseTablePair(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('pickTable', () => {
  const table = (schema: string, name: string, visible = schema === 'public') => ({ schema, name, visible });

  it('takes the exact name before one that is alike', () => {
    expect(pickTable([table('public', 'ORDERS'), table('public', 'orders')], { name: 'orders' }, 'db').name).toBe(
      'orders',
    );
    expect(pickTable([table('public', 'ORDERS')], { name: 'orders' }, 'db').name).toBe('ORDERS');
  });

  it('looks into the schema that is named, else into the visible ones', () => {
    const tables = [table('public', 'a'), table('shop', 'a'), table('shop', 'b')];
    expect(pickTable(tables, { schema: 'Shop', name: 'a' }, 'db').schema).toBe('shop');
    expect(pickTable(tables, { name: 'a' }, 'db').schema).toBe('public');
  });

  function failure(run: () => unknown): SluiceError {
    try {
      run();
    } catch (error) {
      if (error instanceof SluiceError) return error;
    }
    throw new Error('did not fail');
  }

  it('names the nearest where there is none, in other schemas too', () => {
    const error = failure(() =>
      pickTable([table('shop', 'orders'), table('public', 'customers')], { name: 'order' }, 'db'),
    );
    expect(error).toMatchObject({
      code: 'TABLE_NOT_FOUND',
      message: 'db: there is no table "order"',
      hint: 'Nearest: shop.orders.',
    });
  });

  it('asks where several are alike', () => {
    const error = failure(() =>
      pickTable([table('public', 'ORDERS'), table('public', 'Orders')], { name: 'orders' }, 'db'),
    );
    expect(error).toMatchObject({ code: 'USAGE', message: 'db: "orders" may be any of public.ORDERS, public.Orders' });
  });
});

describe('patterns', () => {
  const tables = [
    { schema: 'public', name: 'orders', visible: true, view: false },
    { schema: 'public', name: 'order_view', visible: true, view: true },
    { schema: 'shop', name: 'orders', visible: false, view: false },
  ];
  const expand = (text: string) =>
    expandPattern(parseTablePair(text), tables, 'db').map(({ source }) => `${source.schema}.${source.name}`);

  it('stand for tables, not for views', () => {
    expect(isPattern(parseTablePair('ord*'))).toBe(true);
    expect(isPattern(parseTablePair('orders'))).toBe(false);
    expect(expand('ord*')).toEqual(['public.orders']);
    expect(expand('shop.*')).toEqual(['shop.orders']);
    expect(expand('*.orders')).toEqual(['public.orders', 'shop.orders']);
  });

  it('that fit nothing are an error, and never an empty comparison', () => {
    expect(() => expand('x*')).toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' }));
  });
});
