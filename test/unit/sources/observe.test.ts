import { describe, expect, it } from 'vitest';
import type { TableShape } from '../../../src/preflight/table-shapes.ts';
import { type KnownTable, type Observed, observe, sourceTableText } from '../../../src/sources/observe.ts';
import { type SchemaEvent, schemaEvents } from '../../../src/sources/schema-events.ts';
import { changeText } from '../../../src/sources/shape.ts';

const postgres = { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'shop' };
const mariadb = { 'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector', 'topic.prefix': 'shop' };
const shape = (...names: string[]): TableShape => ({
  columns: names.map((name) => ({
    name,
    type: name === 'id' ? 'int' : 'text',
    nullable: name !== 'id',
    defaulted: false,
  })),
  primaryKey: ['id'],
});
const orders = { schema: 'public', name: 'orders' };
const users = { schema: 'public', name: 'users' };
const catalog = (...tables: Extract<Observed, { by: 'catalog' }>['tables'][number][]): Observed => ({
  by: 'catalog',
  at: 5,
  tables,
});
const event = (
  kind: SchemaEvent['kind'],
  table: SchemaEvent['table'],
  more: Partial<SchemaEvent> = {},
): SchemaEvent => ({
  table,
  kind,
  shape: kind === 'drop' ? null : shape('id'),
  inSnapshot: false,
  at: 7,
  ...more,
});
const topic = (events: SchemaEvent[], isFirst = false): Observed => ({
  by: 'topic',
  topic: 'shop',
  next: 9,
  isFirst,
  events,
});

function seen(known: readonly KnownTable[], observed: Observed, config: Record<string, string> = postgres) {
  const found = observe(known, observed, config);
  return {
    known: found.known.map(({ table }) => sourceTableText(table)),
    seen: found.seen.map(({ table, changes }) => [sourceTableText(table), ...changes.map(changeText)]),
  };
}
const knownOf = (observed: Observed, config = postgres) => observe([], observed, config).known;

describe('observe, by catalogs', () => {
  const before = knownOf(catalog({ table: orders, shape: shape('id') }, { table: users, shape: shape('id') }));

  it('takes what it sees first as it is', () => {
    expect(seen([], catalog({ table: orders, shape: shape('id') }))).toEqual({ known: ['public.orders'], seen: [] });
    const more = catalog(
      { table: orders, shape: shape('id') },
      { table: users, shape: shape('id') },
      { table: { schema: 'public', name: 'new' }, shape: shape('id') },
    );
    expect(seen(before, more).seen).toEqual([]);
  });

  it('sees changes of columns, and tables that are gone', () => {
    expect(seen(before, catalog({ table: orders, shape: shape('id', 'note') }))).toEqual({
      known: ['public.orders'],
      seen: [
        ['public.orders', 'column note added (text)'],
        ['public.users', 'the table was dropped or renamed, or may not be seen any more'],
      ],
    });
  });

  it('forgets what the source no longer captures, which is no change of the table', () => {
    const config = { ...postgres, 'table.include.list': 'public\\.orders' };
    expect(seen(before, catalog({ table: orders, shape: shape('id') }), config)).toEqual({
      known: ['public.orders'],
      seen: [],
    });
  });

  it('begins again where shapes came from a topic before', () => {
    const byTopic = knownOf(topic([event('create', orders)], true), mariadb);
    expect(seen(byTopic, catalog({ table: orders, shape: shape('id', 'note') })).seen).toEqual([]);
  });
});

describe('observe, by the topic', () => {
  const before = knownOf(topic([event('create', orders)], true), mariadb);

  it('takes what the topic has at first as it is', () => {
    const events = [event('create', orders), event('alter', orders, { shape: shape('id', 'note') })];
    expect(seen([], topic(events, true), mariadb)).toEqual({ known: ['public.orders'], seen: [] });
  });

  it('sees each change after that, also one that was taken back', () => {
    const events = [
      event('alter', orders, { shape: shape('id', 'note') }),
      event('alter', orders),
      event('create', users),
      event('drop', orders),
    ];
    expect(seen(before, topic(events), mariadb)).toEqual({
      known: ['public.users'],
      seen: [
        ['public.orders', 'column note added (text)'],
        ['public.orders', 'column note dropped'],
        ['public.orders', 'the table was dropped or renamed, or may not be seen any more'],
      ],
    });
  });

  it('sees what changed before a new snapshot, which drops and creates', () => {
    const events = [
      event('drop', orders, { inSnapshot: true }),
      event('create', orders, { inSnapshot: true, shape: shape('id', 'note') }),
    ];
    expect(seen(before, topic(events), mariadb)).toEqual({
      known: ['public.orders'],
      seen: [['public.orders', 'column note added (text)']],
    });
  });

  it('sees a table that was renamed as one that has gone, and knows it by its new name', () => {
    const renamed = { schema: 'public', name: 'bestellungen' };
    const events = [event('alter', renamed, { was: orders }), event('alter', renamed, { shape: shape('id', 'note') })];
    expect(seen(before, topic(events), mariadb)).toEqual({
      known: ['public.bestellungen'],
      seen: [
        ['public.orders', 'the table was dropped or renamed, or may not be seen any more'],
        ['public.bestellungen', 'column note added (text)'],
      ],
    });
    const config = { ...mariadb, 'table.include.list': 'public\\.orders' };
    expect(seen(before, topic(events.slice(0, 1)), config)).toMatchObject({
      known: [],
      seen: [['public.orders', expect.any(String)]],
    });
  });

  it('says so where it does not know what a table was like, and leaves out what is not captured', () => {
    const config = { ...mariadb, 'table.include.list': 'public\\.users' };
    expect(seen(before, topic([event('alter', orders), event('alter', users)]), config).seen).toEqual([
      ['public.users', 'the table was altered; what it was like before is not known'],
    ]);
  });
});

describe('schemaEvents', () => {
  /** As Debezium 3.5 for MariaDB wrote it. */
  const RECORD = {
    source: { snapshot: 'false', db: 'lk', ts_ms: 1796063274000 },
    ts_ms: 1796063274618,
    databaseName: 'lk',
    schemaName: null,
    ddl: 'ALTER TABLE …',
    tableChanges: [
      {
        type: 'ALTER',
        id: '"lk"."ite""ms"',
        table: {
          primaryKeyColumnNames: ['id'],
          columns: [
            {
              name: 'id',
              typeName: 'INT UNSIGNED',
              typeExpression: 'INT UNSIGNED',
              length: 10,
              scale: null,
              optional: false,
              autoIncremented: false,
              generated: false,
              defaultValueExpression: null,
              enumValues: null,
            },
            {
              name: 'v',
              typeName: 'VARCHAR',
              typeExpression: 'VARCHAR',
              length: 40,
              scale: null,
              optional: true,
              autoIncremented: false,
              generated: false,
              defaultValueExpression: 'x',
              enumValues: null,
            },
            {
              name: 'd',
              typeName: 'DECIMAL',
              typeExpression: 'DECIMAL',
              length: 10,
              scale: 2,
              optional: true,
              autoIncremented: false,
              generated: false,
              defaultValueExpression: null,
              enumValues: null,
            },
            {
              name: 'e',
              typeName: 'ENUM',
              typeExpression: 'ENUM',
              length: 1,
              scale: null,
              optional: true,
              autoIncremented: false,
              generated: false,
              defaultValueExpression: null,
              enumValues: ["'a'", "'b'"],
            },
            {
              name: 't',
              typeName: 'TEXT',
              typeExpression: 'TEXT',
              length: null,
              scale: null,
              optional: true,
              autoIncremented: false,
              generated: false,
              defaultValueExpression: null,
              enumValues: null,
            },
          ],
        },
      },
    ],
  };

  it('reads tables and their columns', () => {
    expect(schemaEvents(RECORD, 1)).toEqual([
      {
        table: { schema: 'lk', name: 'ite"ms' },
        kind: 'alter',
        inSnapshot: false,
        at: 1796063274000,
        shape: {
          primaryKey: ['id'],
          columns: [
            { name: 'id', type: 'INT UNSIGNED', nullable: false, defaulted: false },
            { name: 'v', type: 'VARCHAR(40)', nullable: true, defaulted: true },
            { name: 'd', type: 'DECIMAL(10,2)', nullable: true, defaulted: false },
            { name: 'e', type: "ENUM('a','b')", nullable: true, defaulted: false },
            { name: 't', type: 'TEXT', nullable: true, defaulted: false },
          ],
        },
      },
    ]);
  });

  it.each([
    ['RENAME TABLE crm.a TO crm.b', { schema: 'crm', name: 'a' }],
    ['rename table x to y, `a` to `b`', { schema: 'crm', name: 'a' }],
    ['ALTER TABLE a ADD COLUMN c int, RENAME TO b', { schema: 'crm', name: 'a' }],
    ['alter ignore table if exists `o``dd`.`a.b` rename `crm`.`b`', { schema: 'o`dd', name: 'a.b' }],
    ['RENAME TABLE a TO other', undefined],
    ['ALTER TABLE b RENAME COLUMN a TO b', undefined],
    ['ALTER TABLE b RENAME INDEX a TO b', undefined],
    ['ALTER TABLE b ADD COLUMN c int', undefined],
  ])('knows the name before a renaming: %s', (ddl, was) => {
    const table = { primaryKeyColumnNames: [], columns: [] };
    const value = { ddl, databaseName: 'crm', tableChanges: [{ type: 'ALTER', id: '"crm"."b"', table }] };
    expect(schemaEvents(value, 1)[0]?.was).toEqual(was);
  });

  it('knows that no column of a primary key may be NULL, even if a statement leaves that out', () => {
    const columns = ['id', 'v'].map((name) => ({ name, optional: true, typeName: 'BIGINT' }));
    const table = { primaryKeyColumnNames: ['id'], columns };
    const [event] = schemaEvents({ tableChanges: [{ type: 'ALTER', id: '"crm"."t"', table }] }, 1);
    expect(event?.shape?.columns.map(({ nullable }) => nullable)).toEqual([false, true]);
  });

  it('reads SQL Server’s names, and tables that were dropped in a snapshot', () => {
    const value = { source: { snapshot: 'true' }, tableChanges: [{ type: 'DROP', id: '"db"."dbo"."t"', table: null }] };
    expect(schemaEvents(value, 3)).toEqual([
      { table: { database: 'db', schema: 'dbo', name: 't' }, kind: 'drop', shape: null, inSnapshot: true, at: 3 },
    ]);
  });

  it.each([
    [null],
    ['text'],
    [{ tableChanges: [] }],
    [
      {
        tableChanges: [
          { type: 'TRUNCATE', id: '"a"."b"' },
          { type: 'ALTER', id: 'x' },
        ],
      },
    ],
  ])('finds nothing in %j', (value) => expect(schemaEvents(value, 1)).toEqual([]));
});
