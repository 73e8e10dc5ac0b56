import { describe, expect, it } from 'vitest';
import { cannotReach, knownHint } from '../../../src/monitor/known-causes.ts';
import { judgeRefusal } from '../../../src/monitor/refusal.ts';

describe('knownHint', () => {
  it.each([
    ['PSQLException: FATAL: password authentication failed for user "a"', 'password'],
    ['PSQLException: ERROR: replication slot "debezium" is active for PID 4711', 'slot'],
    ['PSQLException: ERROR: all replication slots are in use', 'max_replication_slots'],
    ['PSQLException: ERROR: logical decoding requires "wal_level" >= "logical"', 'wal_level'],
    ['The connector is trying to read change stream at X, but this is no longer available on the server.', 'snapshot'],
    ['SQLServerException: CDC is not enabled for database shop', 'CDC'],
    ['The MySQL server is not configured to use a ROW binlog_format', 'binlog_format'],
    ['ERROR: must be superuser or replication role to start walsender', 'replicate'],
    [
      'BatchUpdateException: ERROR: ON CONFLICT DO UPDATE command cannot affect row a second time',
      'use.reduction.buffer',
    ],
    ['ERROR: insert or update on table "items" violates foreign key constraint "fk"', 'foreign keys'],
    ['ERROR: relation "customers" does not exist', 'table'],
    ['ERROR: column "age" of relation "customers" does not exist', 'column'],
    ['java.io.IOException: No space left on device', 'disk'],
    ['sun.security.validator.ValidatorException: PKIX path building failed', 'truststore'],
    ['TopicAuthorizationException: Not authorized to access topics: [shop]', 'privilege'],
    ['UnknownTopicOrPartitionException: This server does not host this topic-partition.', 'topic'],
    ['java.net.ConnectException: Connection refused', 'worker'],
    ['Error while validating connector config: Connection to 127.0.0.1:1 refused. Check that', 'worker'],
    ['DebeziumException: No table filters found for filtered publication dbz', 'table.include.list'],
    ['PSQLException: FATAL: database "nowhere" does not exist', 'database'],
    ['java.lang.ClassNotFoundException: com.x.Y', 'class'],
  ])('%s', (trace, word) => {
    expect(
      knownHint(`org.apache.kafka.connect.errors.ConnectException: x\n\tat y\nCaused by: ${trace}\n\tat z`),
    ).toContain(word);
  });

  it('knows when it does not know', () => {
    expect(knownHint('java.lang.IllegalStateException: it broke')).toBeUndefined();
  });
});

describe('a failure of a sink', () => {
  const put = (cause: string) =>
    `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:644)\nCaused by: ${cause}`;
  it.each([
    'org.postgresql.util.PSQLException: ERROR: new row for relation "orders" violates check constraint "positive"',
    'org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint "orders_pkey"',
    'org.postgresql.util.PSQLException: ERROR: null value in column "a" of relation "orders" violates not-null constraint',
    'org.postgresql.util.PSQLException: ERROR: value too long for type character varying(3)',
    'org.postgresql.util.PSQLException: ERROR: numeric field overflow',
    'java.sql.SQLException: CONSTRAINT `positive` failed for `shop`.`orders`',
    "java.sql.BatchUpdateException: Data truncation: Data too long for column 'a' at row 1",
    "java.sql.SQLException: Out of range value for column 'n' at row 1",
    'com.microsoft.sqlserver.jdbc.SQLServerException: String or binary data would be truncated.',
    'com.microsoft.sqlserver.jdbc.SQLServerException: The INSERT statement conflicted with the CHECK constraint "c".',
  ])('is about the record: %s', (cause) => expect(judgeRefusal(put(cause)).kind).toBe('record'));

  it.each([
    'java.net.ConnectException: Connection refused',
    'org.postgresql.util.PSQLException: ERROR: relation "orders" does not exist',
    'org.postgresql.util.PSQLException: ERROR: column "a" of relation "orders" does not exist',
    'org.postgresql.util.PSQLException: ERROR: permission denied for table orders',
    'org.postgresql.util.PSQLException: ERROR: canceling statement due to lock timeout',
    'org.postgresql.util.PSQLException: This connection has been closed.',
  ])('is not about the record: %s', (cause) => expect(judgeRefusal(put(cause)).kind).not.toBe('record'));

  it.each([
    'java.net.ConnectException: Connection refused',
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed',
  ])('is not about the database, but the schema registry: %s', (cause) => {
    const trace = `org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.convertAndTransformRecord(WorkerSinkTask.java:513)
Caused by: org.apache.kafka.connect.errors.DataException: Failed to deserialize data for topic t to Avro:
\tat io.confluent.connect.avro.AvroConverter.toConnectData(AvroConverter.java:148)
Caused by: org.apache.kafka.common.errors.SerializationException: Error retrieving Avro value schema for id 1
Caused by: ${cause}
\tat x`;
    expect(judgeRefusal(trace).kind).toBe('conversion');
    expect(cannotReach(trace)).toBe(false);
  });

  it('is about the record only where records were handed over', () => {
    expect(judgeRefusal('ERROR: violates check constraint "c"').kind).not.toBe('record');
  });

  it.each([
    ['java.net.ConnectException: Connection refused', true],
    ['org.postgresql.util.PSQLException: FATAL: password authentication failed for user "u"', true],
    ['org.postgresql.util.PSQLException: This connection has been closed.', true],
    ['org.postgresql.util.PSQLException: ERROR: value too long for type character varying(3)', false],
  ])('%s: cannot reach its database: %s', (cause, expected) => expect(cannotReach(put(cause))).toBe(expected));
});
