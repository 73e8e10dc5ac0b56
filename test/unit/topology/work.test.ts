import { describe, expect, it } from 'vitest';
import { workable } from '../../../src/topology/work.ts';

const partitions = new Map([
  ['orders', 6],
  ['users', 1],
  ['notes', 1],
]);
const STRATEGY = 'consumer.override.partition.assignment.strategy';
const STICKY = 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor';
const RANGE = 'org.apache.kafka.clients.consumer.RangeAssignor';

describe('tasks of a sink that can have work', () => {
  it.each<[string, Record<string, string>, number | null, number | null, RegExp]>([
    ['one topic', { topics: 'orders' }, 6, 6, /^its topic has 6 partitions$/],
    ['one partition', { topics: 'users' }, 1, 1, /^its topic has 1 partition$/],
    // Seen on Kafka Connect 4.3: three topics of one partition, three tasks, one of them has work.
    ['topics that the default assignor puts together', { topics: 'users,notes' }, 2, 1, /so only 1 can have work$/],
    ['the same, listed first', { topics: 'users,notes', [STRATEGY]: `${RANGE},${STICKY}` }, 2, 1, /default assignor/],
    [
      'topics that another assignor spreads',
      { topics: 'users,notes', [STRATEGY]: STICKY },
      2,
      2,
      /^its 2 topics have 2/,
    ],
    ['the newer protocol', { topics: 'users,notes', 'consumer.override.group.protocol': 'CONSUMER' }, 2, 2, /^its 2/],
    ['a larger topic', { topics: 'orders,users' }, 7, 6, /so only 6 can have work$/],
    ['an expression', { 'topics.regex': 'o.*|n.*' }, 7, 6, /^its 2 topics have 7 partitions/],
    ['a topic that does not exist', { topics: 'orders,nosuch' }, 6, 6, /^its topic has 6/],
    ['no topic', { topics: 'nosuch' }, 0, 0, /^none of its topics exists$/],
  ])('%s', (_what, config, most, likely, because) => {
    expect(workable(config, 'sink', partitions)).toEqual({ most, likely, because: expect.stringMatching(because) });
  });

  it('without Kafka are not known', () => {
    expect(workable({ topics: 'orders' }, 'sink', undefined)).toMatchObject({ most: null, likely: null });
  });
});

describe('tasks of a source that can have work', () => {
  const SQL_SERVER = 'io.debezium.connector.sqlserver.SqlServerConnector';
  const JDBC = 'io.confluent.connect.jdbc.JdbcSourceConnector';
  const MONGO = 'io.debezium.connector.mongodb.MongoDbConnector';
  it.each<[string, Record<string, string>, number | null, RegExp]>([
    [
      'of PostgreSQL',
      { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector' },
      1,
      /always runs one task/,
    ],
    [
      'of SQL Server',
      { 'connector.class': SQL_SERVER, 'database.names': 'a, b' },
      2,
      /one task per database: database.names names its 2/,
    ],
    [
      'of databases from a secret',
      { 'connector.class': SQL_SERVER, 'database.names': '${file:/x:y}' },
      null,
      /does not say/,
    ],
    ['of JDBC', { 'connector.class': JDBC, 'table.whitelist': 'a,b,c' }, 3, /one task per table/],
    ['of all tables', { 'connector.class': JDBC }, null, /table.whitelist does not say how many/],
    [
      'of a query',
      { 'connector.class': JDBC, query: 'select 1', 'table.whitelist': 'a,b' },
      1,
      /with a query runs one task/,
    ],
    [
      'of a query with whole tables, which does not start',
      { 'connector.class': JDBC, query: 'select 1', 'table.include.list': 'a,b' },
      1,
      /with a query runs one task/,
    ],
    // JdbcSourceConnector makes a set of them.
    ['of JDBC with a table twice', { 'connector.class': JDBC, 'table.whitelist': 'a,b,a' }, 2, /names its 2 tables/],
    ['of JDBC with one table', { 'connector.class': JDBC, 'table.whitelist': 'a' }, 1, /names its one table/],
    ['of JDBC with expressions', { 'connector.class': JDBC, 'table.include.list': 'shop\\..*' }, null, /does not say/],
    ['of JDBC without some tables', { 'connector.class': JDBC, 'table.blacklist': 'a' }, null, /does not say/],
    [
      'of JDBC by Aiven',
      { 'connector.class': 'io.aiven.connect.jdbc.JdbcSourceConnector', 'table.whitelist': 'a,b' },
      2,
      /table/,
    ],
    [
      'of SQL Server, whose tables do not matter',
      { 'connector.class': SQL_SERVER, 'database.names': 'a', 'table.include.list': 'dbo.x,dbo.y' },
      1,
      /names its one database/,
    ],
    // Before 2.0, which ran one task.
    [
      'of SQL Server with its former key',
      { 'connector.class': SQL_SERVER, 'database.dbname': 'a' },
      null,
      /does not say/,
    ],
    [
      'of MySQL',
      { 'connector.class': 'io.debezium.connector.mysql.MySqlConnector', 'table.include.list': 'a.b,a.c' },
      1,
      /one task/,
    ],
    ['of MariaDB', { 'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector' }, 1, /one task/],
    [
      'of MongoDB',
      { 'connector.class': MONGO, 'mongodb.connection.string': 'mongodb://h/?replicaSet=a' },
      1,
      /one task/,
    ],
    // MongoDbConnector of 1.9 subdivides the replica sets of a sharded cluster.
    [
      'of MongoDB before 2.2',
      { 'connector.class': MONGO, 'mongodb.hosts': 'rs0/h:27017' },
      null,
      /mongodb.hosts is of a release/,
    ],
    [
      'of MongoDB before 2.6',
      { 'connector.class': MONGO, 'mongodb.connection.mode': 'replica_set' },
      null,
      /several tasks/,
    ],
    [
      'of lines of a file',
      { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector' },
      1,
      /one task/,
    ],
    [
      'of MirrorMaker',
      { 'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector' },
      null,
      /its class decides/,
    ],
    ['of another class', { 'connector.class': 'org.example.Source' }, null, /its class decides/],
  ])('%s', (_what, config, most, because) => {
    expect(workable(config, 'source', undefined)).toEqual({
      most,
      likely: most,
      because: expect.stringMatching(because),
    });
  });
});
