import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  databaseOfTopic,
  holdsNoTable,
  isCaptured,
  sanitizedTopic,
  tableOfTopic,
  topicOfTable,
} from '../../../src/topology/topic-names.ts';

const POSTGRES = { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'odd' };
const MYSQL = { 'connector.class': 'io.debezium.connector.mysql.MySqlConnector', 'topic.prefix': 'odd' };
const SQLSERVER = {
  'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
  'topic.prefix': 'odd',
  'database.names': 'db1, my db,db1.x',
};

describe('topicOfTable', () => {
  it.each<[Record<string, string>, { database?: string; schema: string; name: string }, string | undefined]>([
    [POSTGRES, { schema: 'odd', name: 'orders' }, 'odd.odd.orders'],
    [POSTGRES, { schema: 'odd', name: 'Order Items' }, 'odd.odd.Order_Items'],
    [POSTGRES, { schema: 'odd', name: 'größe' }, 'odd.odd.gr__e'],
    [POSTGRES, { schema: 'odd', name: 'a$b"c/d' }, 'odd.odd.a_b_c_d'],
    // Java counts UTF-16 code units.
    [POSTGRES, { schema: 'odd', name: '😀' }, 'odd.odd.__'],
    [POSTGRES, { schema: 'a.b', name: 'c.d' }, 'odd.a.b.c.d'],
    [POSTGRES, { schema: 'odd', name: 'x'.repeat(300) }, `odd.odd.${'x'.repeat(241)}`],
    [MYSQL, { schema: 'shop', name: 'order-items' }, 'odd.shop.order-items'],
    [SQLSERVER, { database: 'my db', schema: 'dbo', name: 'Order Items' }, 'odd.my_db.dbo.Order_Items'],
    [{ ...POSTGRES, 'topic.delimiter': '-' }, { schema: 's', name: 't' }, 'odd-s-t'],
    [
      { ...POSTGRES, 'topic.naming.strategy': 'io.debezium.schema.SchemaTopicNamingStrategy' },
      { schema: 's', name: 't' },
      'odd.s.t',
    ],
    [
      { ...POSTGRES, 'topic.naming.strategy': 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy' },
      { schema: 's', name: 'gr_öße' },
      'odd.s.gr_u005f_u00f6_u00dfe',
    ],
    [{ ...POSTGRES, 'topic.naming.strategy': 'com.acme.OwnStrategy' }, { schema: 's', name: 't' }, undefined],
    [
      {
        ...POSTGRES,
        transforms: 'r',
        'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter',
        'transforms.r.regex': 'odd\\.s\\.(.*)',
        'transforms.r.replacement': 'odd.all.$1',
      },
      { schema: 's', name: 't' },
      'odd.all.t',
    ],
    [
      { ...POSTGRES, transforms: 'r', 'transforms.r.type': 'io.debezium.transforms.outbox.EventRouter' },
      { schema: 's', name: 't' },
      undefined,
    ],
    [{ 'connector.class': 'x.FileStreamSource', 'topic.prefix': 'odd' }, { schema: 's', name: 't' }, undefined],
  ])('%#', (config, table, topic) => {
    expect(topicOfTable(config, table)).toBe(topic);
  });

  it('is always a name that Kafka allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (name, unicode) => {
        expect(sanitizedTopic(`p.${name}`, { unicode })).toMatch(/^[a-zA-Z0-9._-]{1,249}$/);
      }),
    );
  });
});

describe('what a topic tells by itself', () => {
  it('the table, where no part has a dot in it', () => {
    expect(tableOfTopic(POSTGRES, 'odd.s.t')).toEqual({ schema: 's', name: 't' });
    expect(tableOfTopic(POSTGRES, 'odd.s.t.u')).toBeUndefined();
    expect(tableOfTopic(SQLSERVER, 'odd.db1.dbo.t')).toEqual({ database: 'db1', schema: 'dbo', name: 't' });
  });

  it('the database, by the longest name that fits', () => {
    expect(databaseOfTopic(SQLSERVER, 'odd.db1.dbo.t')).toBe('db1');
    expect(databaseOfTopic(SQLSERVER, 'odd.db1.x.dbo.t')).toBe('db1.x');
    expect(databaseOfTopic(SQLSERVER, 'odd.my_db.dbo.t')).toBe('my db');
    expect(databaseOfTopic(SQLSERVER, 'odd.other.dbo.t')).toBeUndefined();
    expect(databaseOfTopic(POSTGRES, 'odd.s.t')).toBeUndefined();
  });

  it('that it is not a table', () => {
    expect(
      ['odd.transaction', 'odd.message', 'odd.s.transaction'].map((topic) => holdsNoTable(POSTGRES, topic)),
    ).toEqual([true, true, false]);
    expect(holdsNoTable({ ...POSTGRES, 'topic.transaction': 'tx' }, 'odd.tx')).toBe(true);
  });
});

describe('isCaptured', () => {
  const table = { schema: 'odd', name: 'Order Items' };
  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ 'schema.include.list': 'odd' }, true],
    [{ 'schema.include.list': 'other' }, false],
    [{ 'table.include.list': 'odd\\.order.*' }, true],
    [{ 'table.include.list': 'odd.orders' }, false],
    [{ 'table.exclude.list': 'odd.order items' }, false],
  ])('%j', (config, expected) => {
    expect(isCaptured({ ...POSTGRES, ...config }, table)).toBe(expected);
  });

  it('in SQL Server with or without the database', () => {
    const own = { database: 'db1', schema: 'dbo', name: 't' };
    expect(isCaptured({ ...SQLSERVER, 'table.include.list': 'dbo.t' }, own)).toBe(true);
    expect(isCaptured({ ...SQLSERVER, 'table.include.list': 'db1.dbo.t' }, own)).toBe(true);
    expect(isCaptured({ ...SQLSERVER, 'table.include.list': 'db2.dbo.t' }, own)).toBe(false);
  });
});
