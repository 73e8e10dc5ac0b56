import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableKind } from '../../../src/databases/table-kinds.ts';
import { existingTableText, matchesPattern, parseTable, tableText } from '../../../src/databases/table-names.ts';
import { pickTable, refuse } from '../../../src/databases/tables.ts';
import { listedTables } from '../../../src/reconcile/pairs.ts';
import { expandPattern, expandPatterns, isPattern, parseTablePair } from '../../../src/reconcile/tables.ts';
import { failure } from '../../helpers/failure.ts';

describe('parseTablePair', () => {
  it.each([
    ['orders', { source: { name: 'orders' }, target: { name: 'orders' } }],
    ['shop.orders', { source: { schema: 'shop', name: 'orders' }, target: { name: 'orders' } }],
    [
      'shop.orders=public.copy',
      { source: { schema: 'shop', name: 'orders' }, target: { schema: 'public', name: 'copy' } },
    ],
    [
      '"odd.name"="with=sign"',
      { source: { name: 'odd.name', quoted: { name: true } }, target: { name: 'with=sign', quoted: { name: true } } },
    ],
    // The target is looked for without regard to case: sinks fold names.
    [
      '"Shop".Orders',
      { source: { schema: 'Shop', name: 'Orders', quoted: { schema: true } }, target: { name: 'Orders' } },
    ],
    ['it"s', { source: { name: 'it"s' }, target: { name: 'it"s' } }],
    [' a b = c ', { source: { name: 'a b' }, target: { name: 'c' } }],
  ])('%s', (text, expected) => {
    expect(parseTablePair(text)).toEqual(expected);
  });

  it.each(['', '=b', 'a=', 'a=b=c', 'a.b.c', 'a.', '.b', '"a', '`a``', '[a', '"a"b', '""', '"a".""'])(
    '"%s" is a usage error',
    (text) => {
      expect(() => parseTablePair(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    },
  );
});

describe('names in quotes', () => {
  const WAYS: [string, (name: string) => string][] = [
    ['"', (name) => `"${name.replaceAll('"', '""')}"`],
    ['`', (name) => `\`${name.replaceAll('`', '``')}\``],
    ['[', (name) => `[${name.replaceAll(']', ']]')}]`],
  ];
  const name = fc.oneof(
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.string({
      minLength: 1,
      unit: fc.constantFrom('"', '`', '[', ']', '.', '=', '*', '?', ' ', '\n', '\\', 'a', 'É'),
    }),
  );

  it.each(WAYS)('%s: every name is read as it was written', (_way, quote) => {
    fc.assert(
      fc.property(name, name, name, (schema, own, other) => {
        const reference = { schema, name: own, quoted: { schema: true, name: true } };
        expect(parseTable(`${quote(schema)}.${quote(own)}`)).toEqual(reference);
        expect(parseTablePair(`${quote(schema)}.${quote(own)}=${quote(other)}`)).toEqual({
          source: reference,
          target: { name: other, quoted: { name: true } },
        });
      }),
    );
  });

  it('the text of a table in a report can be given as an argument, and means this table only', () => {
    fc.assert(
      fc.property(name, name, (schema, own) => {
        const text = existingTableText({ schema, name: own });
        const reference = parseTable(text);
        expect(reference).toMatchObject({ schema, name: own });
        expect(isPattern({ source: reference, target: { name: own } })).toBe(false);
        expect(matchesPattern(text, { schema, name: own })).toBe(true);
        expect(pickTable([{ schema, name: own, visible: false }], reference, 'db')).toMatchObject({
          schema,
          name: own,
        });
        expect(parseTable(tableText(reference))).toEqual(reference);
      }),
    );
  });

  it.each([
    ['public', 'orders', 'public.orders'],
    ['Order Items', 'größe', 'Order Items.größe'],
    ['a.b', 'c"d', '"a.b".c"d'],
    ['a', '"b', 'a."""b"'],
    ['a', 'line\nbreak', 'a."line\nbreak"'],
    ['a', 'b*', 'a."b*"'],
  ])('%s, %s is written %s', (schema, own, text) => {
    expect(existingTableText({ schema, name: own })).toBe(text);
  });

  it('are matched exactly, others but for case', () => {
    const tables = [
      { schema: 'shop', name: 'Orders', visible: true },
      { schema: 'Shop', name: 'orders', visible: false },
    ];
    expect(pickTable(tables, parseTable('orders'), 'db')).toMatchObject({ name: 'Orders' });
    expect(() => pickTable(tables, parseTable('"orders"'), 'db')).toThrow(
      expect.objectContaining({ code: 'TABLE_NOT_FOUND' }),
    );
    expect(pickTable(tables, parseTable('"Shop".ORDERS'), 'db')).toMatchObject({ schema: 'Shop' });
    expect(pickTable(tables, parseTable('SHOP.Orders'), 'db')).toMatchObject({ schema: 'shop' });
  });

  it('that fit in two schemas which differ in case only are asked for, not guessed', () => {
    const tables = ['shop', 'SHOP'].map((schema) => ({ schema, name: 'orders', visible: false }));
    expect(() => pickTable(tables, parseTable('Shop.orders'), 'db')).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        message: 'db: "Shop.orders" may be any of shop.orders, SHOP.orders',
      }),
    );
    expect(pickTable(tables, parseTable('shop.orders'), 'db')).toMatchObject({ schema: 'shop' });
  });
});

describe('pickTable', () => {
  const table = (schema: string, name: string, visible = schema === 'public') => ({ schema, name, visible });

  it('prefers the exact name to one that differs in case', () => {
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

  it('refuses an ambiguous name', () => {
    const error = failure(() =>
      pickTable([table('public', 'ORDERS'), table('public', 'Orders')], { name: 'orders' }, 'db'),
    );
    expect(error).toMatchObject({
      code: 'REQUEST_INVALID',
      message: 'db: "orders" may be any of public.ORDERS, public.Orders',
    });
  });
});

describe('patterns', () => {
  const table = (schema: string, name: string, kind: TableKind = 'table', parent?: string) => ({
    schema,
    name,
    kind,
    visible: schema === 'public',
    ...(parent === undefined ? {} : { parent: { schema, name: parent } }),
  });
  const TABLES = [
    table('public', 'orders'),
    table('public', 'order_view', 'view'),
    table('public', 'order_totals', 'materialized view'),
    table('public', 'order_remote', 'foreign table'),
    table('public', 'order_id_seq', 'sequence'),
    table('public', 'order_history', 'unlogged table'),
    table('shop', 'orders'),
    table('pg_temp_3', 'orders', 'temporary table'),
    table('parts', 'events', 'partitioned table'),
    table('parts', 'events_2024', 'partition', 'events'),
    table('parts', 'events_2024_01', 'partition', 'events_2024'),
    table('parts', 'line\nbreak'),
    table('parts', 'star*'),
  ];
  const expand = (text: string) => expandPattern(parseTablePair(text), TABLES, 'db');
  const names = (text: string) => expand(text).tables.map(({ source }) => tableText(source));

  it('stand for tables, and name what else they fit', () => {
    expect(isPattern(parseTablePair('ord*'))).toBe(true);
    expect(isPattern(parseTablePair('*.orders'))).toBe(true);
    expect(isPattern(parseTablePair('orders'))).toBe(false);
    expect(isPattern(parseTablePair('"ord*"'))).toBe(false);
    expect(names('ord*')).toEqual(['public.orders', 'public.order_history']);
    expect(expand('ord*').skipped).toEqual([
      { table: 'public.order_view', kind: 'view', reason: 'views are compared by name only' },
      {
        table: 'public.order_totals',
        kind: 'materialized view',
        reason: 'materialized views are compared by name only',
      },
      { table: 'public.order_remote', kind: 'foreign table', reason: 'foreign tables are compared by name only' },
      { table: 'public.order_id_seq', kind: 'sequence', reason: 'it has no rows to compare' },
    ]);
    expect(names('shop.*')).toEqual(['shop.orders']);
    expect(names('*.orders')).toEqual(['public.orders', 'shop.orders']);
    expect(expand('*.orders').skipped).toMatchObject([{ table: 'pg_temp_3.orders', kind: 'temporary table' }]);
  });

  it('leave partitions to their table where that is compared, at any depth, and compare them where it is not', () => {
    expect(names('parts.event*')).toEqual(['parts.events']);
    expect(expand('parts.event*').skipped).toEqual([
      { table: 'parts.events_2024', kind: 'partition', reason: 'its rows are compared as part of parts.events' },
      { table: 'parts.events_2024_01', kind: 'partition', reason: 'its rows are compared as part of parts.events' },
    ]);
    expect(names('parts.events_2024*')).toEqual(['parts.events_2024']);
    expect(names('parts.events_2024_*')).toEqual(['parts.events_2024_01']);
  });

  it('fit names with line breaks, and names that have wildcards themselves', () => {
    expect(names('parts.line*')).toEqual(['parts."line\nbreak"']);
    expect(names('parts.s*')).toEqual(['parts."star*"']);
    const [reference] = expand('parts.s*').tables;
    expect(pickTable(TABLES, reference?.source ?? { name: '' }, 'db')).toMatchObject({ name: 'star*' });
  });

  describe('beside names', () => {
    const run = (texts: string[], listed: { table: string; where: string }[] = []) =>
      expandPatterns(texts.map(parseTablePair), listedTables(listed), TABLES, 'db');
    const told = (texts: string[], listed: { table: string; where: string }[] = []) =>
      run(texts, listed).tables.map(({ source, target, own }) =>
        [`${tableText(source)}=${tableText(target)}`, ...(own?.where === undefined ? [] : [own.where])].join(' '),
      );

    it('leave to these what they name, and say where that is compared with another table', () => {
      expect(told(['ord*', 'orders', 'order_view'])).toEqual([
        'public.order_history=order_history',
        'orders=orders',
        'order_view=order_view',
      ]);
      expect(run(['ord*', 'orders', 'order_view']).skipped.map(({ table: text }) => text)).not.toContain(
        'public.order_view',
      );
      expect(told(['public.ORDERS=copy', 'ord*'])).toEqual([
        'public.ORDERS=copy',
        'public.order_history=order_history',
      ]);
      expect(run(['orders=copy', 'ord*']).skipped).toContainEqual({
        table: 'public.orders',
        kind: 'table',
        reason: 'named separately, with target copy',
      });
    });

    it('take the target and the settings that a table has in a list, and else those of a pattern in it', () => {
      const listed = [
        { table: 'order_*', where: 'of a pattern' },
        { table: 'orders=sales.copy', where: 'of one' },
      ];
      expect(told(['*.ord*'], listed)).toEqual([
        'public.orders=sales.copy of one',
        'public.order_history=order_history of a pattern',
        // The list means the one that a name without a schema finds.
        'shop.orders=orders',
      ]);
    });
  });

  it('that fit nothing are an error, and never an empty comparison', () => {
    expect(() => expand('x*')).toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' }));
    expect(() => expand('order_v*')).toThrow(
      expect.objectContaining({
        code: 'TABLE_NOT_FOUND',
        hint: expect.stringContaining('public.order_view is a view'),
      }),
    );
  });

  it.each<[TableKind, string]>([
    ['sequence', 'db: public.t is a sequence: it has no rows to compare'],
    ['temporary table', 'db: public.t is a temporary table: only the session that created it can read it'],
    ['blackhole table', 'db: public.t is a blackhole table: it keeps no rows'],
  ])('%s: refused by name', (kind, message) => {
    expect(() => refuse({ schema: 'public', name: 't', kind }, 'db')).toThrow(
      expect.objectContaining({ code: 'TABLE_NOT_COMPARABLE', message }),
    );
    expect(() => refuse({ schema: 'public', name: 't', kind: 'view' }, 'db')).not.toThrow();
  });

  it.each([
    ['db1.*', true],
    ['db1.dbo.*', true],
    ['db2.*', false],
    ['dbo.orders', true],
    ['DB1.DBO.ORDERS', true],
    ['"db1"."dbo"."orders"', true],
    ['"DB1".dbo.orders', false],
    ['"db1".*', false],
    ['a.db1.dbo.orders', false],
  ])('%s and a table of a database', (pattern, expected) => {
    expect(matchesPattern(pattern, { database: 'db1', schema: 'dbo', name: 'orders' })).toBe(expected);
  });
});
