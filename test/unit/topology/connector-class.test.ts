import { expect, it } from 'vitest';
import { connectorClass, isNamedSource } from '../../../src/topology/connector-class.ts';

it.each([
  ['io.debezium.connector.postgresql.PostgresConnector', 'source', 'debezium', 'postgresql', 'one'],
  ['io.debezium.connector.mysql.MySqlConnector', 'source', 'debezium', 'mysql', 'one'],
  ['io.debezium.connector.mariadb.MariaDbConnector', 'source', 'debezium', 'mysql', 'one'],
  ['io.debezium.connector.sqlserver.SqlServerConnector', 'source', 'debezium', 'sqlserver', 'one per database'],
  // Of these no database is known: they have no role here.
  ['io.debezium.connector.mongodb.MongoDbConnector', undefined, undefined, undefined, 'one'],
  ['org.apache.kafka.connect.file.FileStreamSourceConnector', undefined, undefined, undefined, 'one'],
  ['FileStreamSource', undefined, undefined, undefined, 'one'],
  ['PostgresConnector', undefined, undefined, undefined, 'one'],
  ['io.debezium.connector.jdbc.JdbcSinkConnector', 'sink', 'debezium', undefined, undefined],
  ['io.confluent.connect.jdbc.JdbcSinkConnector', 'sink', 'other', undefined, undefined],
  ['JdbcSinkConnector', 'sink', 'other', undefined, undefined],
  ['io.confluent.connect.jdbc.JdbcSourceConnector', 'source', 'other', undefined, 'one per table'],
  ['com.example.PostgresConnectorTask', undefined, undefined, undefined, undefined],
  ['', undefined, undefined, undefined, undefined],
  [undefined, undefined, undefined, undefined, undefined],
])('%s: %s, %s, %s, %s', (name, role, vendor, engine, tasks) => {
  const found = connectorClass(name);
  expect([found.role, found.vendor, found.engine, found.tasks]).toEqual([role, vendor, engine, tasks]);
});

it.each([
  ['org.apache.kafka.connect.mirror.MirrorSourceConnector', true],
  ['MirrorSource', true],
  ['org.apache.kafka.connect.mirror.MirrorCheckpointConnector', true],
  ['FileStreamSource', true],
  ['com.mongodb.kafka.connect.MongoSourceConnector', true],
  ['io.debezium.connector.postgresql.PostgresConnector', false],
  ['FileStreamSink', false],
  ['com.example.SourceToSinkConnector', false],
  [undefined, false],
])('%s says that it is a source: %s', (name, says) => expect(isNamedSource(name)).toBe(says));

it.each([
  ['io.debezium.connector.postgresql.PostgresConnector', 'schema table column'],
  ['io.debezium.connector.mariadb.MariaDbConnector', 'database table column'],
  ['io.debezium.connector.mongodb.MongoDbConnector', 'database collection'],
  ['io.debezium.connector.oracle.OracleConnector', ''],
  ['PostgresConnector', ''],
])('%s has lists of: %s', (name, lists) => expect(Object.keys(connectorClass(name).lists ?? {}).join(' ')).toBe(lists));

it.each([
  ['io.debezium.connector.oracle.OracleConnector', 2, 'one'],
  ['io.debezium.connector.db2.Db2Connector', 2, undefined],
  ['com.example.OracleConnector', 0, 'one'],
  ['io.debezium.connector.postgresql.PostgresConnector', 0, 'one'],
])('%s has the renames of %i classes with a schema', (name, count, tasks) => {
  const found = connectorClass(name);
  expect([found.renamedLike?.length ?? 0, found.tasks]).toEqual([count, tasks]);
});

it.each([
  ['io.debezium.connector.jdbc.JdbcSinkConnector', true],
  ['io.confluent.connect.jdbc.JdbcSinkConnector', true],
  // Of these nobody knows.
  ['com.example.JdbcSinkConnector', undefined],
  ['io.confluent.connect.jdbc.JdbcSourceConnector', undefined],
])('%s fails at records without a schema: %s', (name, fails) => expect(connectorClass(name).needsSchemas).toBe(fails));

it.each([
  ['io.debezium.connector.jdbc.JdbcSinkConnector', 'conversion'],
  ['io.confluent.connect.jdbc.JdbcSinkConnector', 'all'],
  // Of these nobody knows.
  ['com.example.JdbcSinkConnector', undefined],
])('%s queues dead letters: %s', (name, which) => expect(connectorClass(name).deadLetters).toBe(which));
