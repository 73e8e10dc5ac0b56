import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column, ColumnType, TableInfo } from '../../../../src/databases/model.ts';
import type { ColumnPlan } from '../../../../src/reconcile/columns/plan.ts';
import type { Dialect } from '../../../../src/reconcile/dialects/dialect.ts';
import { mysql } from '../../../../src/reconcile/dialects/mysql/dialect.ts';
import { postgresDialect } from '../../../../src/reconcile/dialects/postgres/dialect.ts';
import { sqlserver } from '../../../../src/reconcile/dialects/sqlserver/dialect.ts';
import type { ColumnPair, Form } from '../../../../src/reconcile/model.ts';
import {
  assertUpserts,
  planSignals,
  signalChunks,
  snapshotSignal,
  unsignalable,
} from '../../../../src/reconcile/repair/signal-plan.ts';
import { dialectOf } from '../../../helpers/dialects.ts';

const source = (config: Record<string, string>) => ({
  name: 'shop-source',
  config: { 'topic.prefix': 'shop', ...config },
});

describe('planSignals', () => {
  it.each<[string, Record<string, string>, object]>([
    [
      'the signal table',
      { 'signal.data.collection': 'ops.signals' },
      { kind: 'table', table: { schema: 'ops', name: 'signals' } },
    ],
    [
      'of SQL Server',
      { 'signal.data.collection': 'db.dbo.signals' },
      { kind: 'table', table: { schema: 'dbo', name: 'signals' }, database: 'db' },
    ],
    [
      'the table before the topic',
      {
        'signal.data.collection': 'ops.signals',
        'signal.enabled.channels': 'kafka, source',
        'signal.kafka.topic': 's',
      },
      { kind: 'table', table: { schema: 'ops', name: 'signals' } },
    ],
    [
      'the topic of a source that only reads',
      { 'read.only': 'true', 'signal.enabled.channels': 'kafka', 'signal.kafka.topic': 's' },
      { kind: 'topic', topic: 's', key: 'shop' },
    ],
  ])('%s', (_name, config, expected) => {
    expect(planSignals(source(config))).toEqual(expected);
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a topic without a table for its watermarks', { 'signal.enabled.channels': 'kafka', 'signal.kafka.topic': 's' }],
    [
      'a topic beside a table whose channel is off',
      { 'signal.data.collection': 'a.b', 'signal.enabled.channels': 'kafka', 'signal.kafka.topic': 's' },
    ],
    ['a table whose channel is off', { 'signal.data.collection': 'a.b', 'signal.enabled.channels': 'jmx' }],
  ])('%s: says which keys to add', (_name, config) => {
    expect(() => planSignals(source(config))).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        hint: expect.stringContaining('signal.data.collection=SCHEMA.TABLE'),
      }),
    );
  });

  it('a heartbeat would stop a snapshot of a PostgreSQL that is only read: refused', () => {
    const config = {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'read.only': 'true',
      'signal.enabled.channels': 'kafka',
      'signal.kafka.topic': 's',
    };
    expect(planSignals(source(config))).toMatchObject({ kind: 'topic' });
    expect(() => planSignals(source({ ...config, 'heartbeat.interval.ms': '1000' }))).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message: expect.stringContaining('would stop it') }),
    );
  });

  it('a sink that only inserts is refused', () => {
    expect(() => assertUpserts({ name: 's', config: {} })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
    expect(() => assertUpserts({ name: 's', config: { 'insert.mode': 'upsert' } })).not.toThrow();
  });
});

const column = (name: string, nativeType: string, type: ColumnType): Column => ({
  name,
  nativeType,
  type,
  nullable: false,
  generated: false,
  identity: false,
});
const pair = (name: string, nativeType: string, type: ColumnType, form: Form): ColumnPair => {
  const own = column(name, nativeType, type);
  return { source: own, target: own, form };
};
const ID = pair('id', 'bigint', { family: 'integer', bits: 64 }, { kind: 'integer' });
const CODE = pair('co"de', 'text', { family: 'text' }, { kind: 'text', trim: false });
const table = (more: Partial<TableInfo> = {}): TableInfo => ({
  schema: 'shop',
  name: 'orders',
  kind: 'table',
  transactional: true,
  columns: [],
  primaryKey: ['id'],
  uniqueKeys: [],
  estimatedRows: 0,
  ...more,
});

describe('signals', () => {
  const chunks = (dialect: Dialect, key: ColumnPair[], cells: string[][], longest = 32_000) => [
    ...signalChunks(
      cells.map((one) => ({ key: one })),
      { dialect, key, collection: 'shop.orders', longest },
    ),
  ];
  const filter = (dialect: Dialect, key: ColumnPair[], cells: string[][]) =>
    (JSON.parse(chunks(dialect, key, cells)[0]?.data ?? '{}') as { 'additional-conditions': { filter: string }[] })[
      'additional-conditions'
    ][0]?.filter;

  it('name the rows of one table', () => {
    expect(JSON.parse(snapshotSignal('shop.orders$1', 'id IN (1)'))).toEqual({
      type: 'incremental',
      'data-collections': ['shop.orders\\$1'],
      'additional-conditions': [{ 'data-collection': 'shop.orders\\$1', filter: 'id IN (1)' }],
    });
    expect(dialectOf('sqlserver').signalCollection(table({ schema: 'dbo' }), 'db')).toBe('db.dbo.orders');
    expect(dialectOf('mysql').signalCollection(table(), 'shop')).toBe('shop.orders');
  });

  it.each([
    [postgresDialect({ major: 18 }), 'double precision', `"id" IN ('1.5', 'NaN')`],
    [mysql, 'double', "`id` IN ('1.5', 'NaN')"],
    [sqlserver, 'float', "[id] IN (1.5E+0, CAST(N'NaN' AS float))"],
  ])(
    'a floating-point number by its digits, and not by the bits that it was compared by: %#',
    (dialect, nativeType, expected) => {
      const column: Column = { ...ID.source, nativeType, type: { family: 'float', bits: 64 } };
      const key: ColumnPair = { source: column, target: column, form: { kind: 'float', bits: 64 } };
      expect(filter(dialect, [key], [['3ff8000000000000'], ['7ff8000000000000']])).toBe(expected);
    },
  );

  it('one column by a list, several by conditions', () => {
    expect(filter(postgresDialect({ major: 18 }), [ID], [['1'], ['2']])).toBe('"id" IN (1, 2)');
    expect(
      filter(
        sqlserver,
        [ID, CODE],
        [
          ['1', 'a'],
          ['2', "b'"],
        ],
      ),
    ).toBe(`(([id] = N'1' AND [co"de] = N'a') OR ([id] = N'2' AND [co"de] = N'b'''))`.replaceAll(/N'(\d)'/g, '$1'));
  });

  it('a backslash means itself in another’s session, with any settings', () => {
    expect(filter(postgresDialect({ major: 18 }), [CODE], [["a\\'b"]])).toBe(`"co""de" IN (E'a\\\\''b')`);
    expect(filter(mysql, [CODE], [['a\\b'], ["it's"]])).toBe("`co\"de` IN (CONVERT(X'615c62' USING utf8mb4), 'it''s')");
  });

  it('chunks hold every key once and in order, and none is longer than the signal table holds', () => {
    const key = fc.tuple(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(
        fc.array(key, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 700, max: 4000 }),
        fc.boolean(),
        (keys, longest, composite) => {
          const wanted = composite ? keys : keys.map(([, text]) => [text]);
          const made = chunks(postgresDialect({ major: 18 }), composite ? [ID, CODE] : [CODE], wanted, longest);
          expect(made.flatMap((chunk) => chunk.keys.map((one) => one.key))).toEqual(wanted);
          for (const { data } of made) {
            expect(data.length).toBeLessThanOrEqual(longest);
            JSON.parse(data);
          }
        },
      ),
    );
  });

  it('a key that is longer than a signal may be says so', () => {
    expect(() => chunks(postgresDialect({ major: 18 }), [CODE], [['x'.repeat(3000)]], 2048)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', hint: expect.stringContaining('Widen its data column') }),
    );
  });
});

describe('unsignalable', () => {
  const plan = (key: ColumnPair[]) => ({ key }) as unknown as ColumnPlan;
  const STAMP = pair(
    'at',
    'timestamp',
    { family: 'timestamp', zone: true, precision: 0 },
    { kind: 'timestamp', precision: 0 },
  );
  it.each<[string | undefined, Parameters<typeof unsignalable>]>([
    [undefined, [dialectOf('postgresql'), table(), plan([ID])]],
    [undefined, [dialectOf('postgresql'), table(), plan([STAMP])]],
    ['TIMESTAMP', [dialectOf('mysql'), table(), plan([STAMP])]],
    ['no key', [dialectOf('postgresql'), table(), plan([])]],
    ['no primary key', [dialectOf('postgresql'), table({ primaryKey: [] }), plan([ID])]],
    ['a view', [dialectOf('postgresql'), table({ kind: 'view' }), plan([ID])]],
  ])('%s', (reason, input) => {
    const said = unsignalable(...input);
    if (reason === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(reason);
  });
});
