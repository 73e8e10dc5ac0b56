import { describe, expect, it } from 'vitest';
import { cannotReach, KNOWN_CAUSES, knownCause, knownHint } from '../../../src/monitor/known-causes.ts';
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

/** As a worker writes it. */
const trace = (...causes: string[]) =>
  causes.map((one) => `${one}\n\tat a.B.c(B.java:1)\n\t... 9 more`).join('\nCaused by: ');
const SINK = [
  'org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.',
  'org.apache.kafka.connect.errors.ConnectException: JDBC sink connector failure',
];

describe('knownCause', () => {
  it.each([
    // What a worker of Kafka 4.3 with Debezium 3.5 wrote when its target was killed, shut down, started and locked.
    [
      'database-starting',
      'transient',
      trace(
        ...SINK,
        'org.apache.kafka.connect.errors.ConnectException: Failed to check for existence of table',
        'org.hibernate.exception.GenericJDBCException: Unable to acquire JDBC Connection [FATAL: terminating connection due to unexpected postmaster exit] [n/a]',
        'org.postgresql.util.PSQLException: FATAL: terminating connection due to unexpected postmaster exit',
      ),
    ],
    [
      'database-starting',
      'transient',
      trace(...SINK, 'org.postgresql.util.PSQLException: FATAL: terminating connection due to administrator command'),
    ],
    [
      'database-starting',
      'transient',
      trace('org.postgresql.util.PSQLException: FATAL: the database system is starting up'),
    ],
    [
      'unreachable',
      'transient',
      trace(
        ...SINK,
        'org.hibernate.exception.JDBCConnectionException: Unable to acquire JDBC Connection [Connections could not be acquired from the underlying database!] [n/a]',
        'java.sql.SQLException: Connections could not be acquired from the underlying database!',
        'com.mchange.v2.resourcepool.CannotAcquireResourceException: A ResourcePool could not acquire a resource from its primary factory or source.',
        'org.postgresql.util.PSQLException: Connection to 127.0.0.1:15533 refused. Check that the hostname and port are correct.',
        'java.net.ConnectException: Connection refused',
      ),
    ],
    [
      'connection-lost',
      'transient',
      trace(
        'org.apache.kafka.connect.errors.RetriableException: An exception occurred in the change event producer. This connector will be restarted.',
        'io.debezium.DebeziumException: java.io.EOFException',
        'java.io.EOFException: null',
      ),
    ],
    [
      'deadlock',
      'transient',
      trace(
        ...SINK,
        'org.postgresql.util.PSQLException: ERROR: deadlock detected\n  Detail: Process 7 waits for ShareLock',
      ),
    ],
    [
      'deadlock',
      'transient',
      trace(...SINK, 'java.sql.SQLException: (conn=3) Lock wait timeout exceeded; try restarting transaction'),
    ],
    [
      'deadlock',
      'transient',
      trace(
        ...SINK,
        'com.microsoft.sqlserver.jdbc.SQLServerException: Transaction (Process ID 55) was deadlocked on lock resources with another process',
      ),
    ],
    [
      'too-many-connections',
      'transient',
      trace('org.postgresql.util.PSQLException: FATAL: sorry, too many clients already'),
    ],
    [
      'broker-away',
      'transient',
      trace(
        'org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback',
        'org.apache.kafka.common.errors.TimeoutException: Expiring 3 record(s) for t-0:120000 ms has passed since batch creation',
      ),
    ],
    [
      'rebalance',
      'transient',
      trace(
        'org.apache.kafka.clients.consumer.CommitFailedException: Offset commit cannot be completed since the consumer is not part of an active group',
      ),
    ],
    [
      'timeout',
      'transient',
      trace(...SINK, 'org.postgresql.util.PSQLException: ERROR: canceling statement due to statement timeout'),
    ],
    [
      'plan-changed',
      'transient',
      trace(...SINK, 'org.postgresql.util.PSQLException: ERROR: cached plan must not change result type'),
    ],
    // A retriable wrapper says nothing of what it wraps.
    [
      'record-refused',
      'permanent',
      trace(
        ...SINK,
        'org.apache.kafka.connect.errors.ConnectException: Exceeded max retries 5 times, failed to process sink records',
        'org.hibernate.exception.ConstraintViolationException: error executing work [Batch entry 0 INSERT INTO "t" was aborted] [n/a]',
        'org.postgresql.util.PSQLException: ERROR: new row for relation "t" violates check constraint "t_n_check"\n  Detail: Failing row contains (1, Connection refused).',
      ),
    ],
    [
      'record-refused',
      'permanent',
      trace(
        'org.apache.kafka.connect.errors.RetriableException: try again',
        "java.sql.BatchUpdateException: Data truncation: Data too long for column 'a' at row 1",
      ),
    ],
    [
      'foreign-key',
      'permanent',
      trace(
        ...SINK,
        'org.postgresql.util.PSQLException: ERROR: insert or update on table "i" violates foreign key constraint "fk"',
      ),
    ],
    // While a server starts, a password is wrong or right.
    [
      'login',
      'permanent',
      trace(
        'org.apache.kafka.connect.errors.ConnectException: Error configuring an instance of PostgresConnectorTask; check the logs for details',
        'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "a"',
      ),
    ],
    [
      'login',
      'permanent',
      trace(
        "java.sql.SQLInvalidAuthorizationSpecException: Access denied for user 'a'@'localhost' (using password: YES)",
      ),
    ],
    [
      'login',
      'permanent',
      trace(
        'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed: Invalid username or password',
      ),
    ],
    [
      'table-missing',
      'permanent',
      trace(
        ...SINK,
        "org.apache.kafka.connect.errors.ConnectException: Error while checking and applying table changes for collection 'CollectionId{realm='null', namespace='null', name='t'}'",
        'java.sql.SQLException: Could not find table: t',
      ),
    ],
    [
      'column-type',
      'permanent',
      trace(
        ...SINK,
        'org.postgresql.util.PSQLException: ERROR: column "n" is of type integer but expression is of type text',
      ),
    ],
    [
      'slot-gone',
      'permanent',
      trace(
        'org.postgresql.util.PSQLException: ERROR: can no longer access replication slot "s"\n  Detail: This replication slot has been invalidated due to "wal_removed".',
      ),
    ],
    ['slot-gone', 'permanent', trace('org.postgresql.util.PSQLException: ERROR: replication slot "s" does not exist')],
    [
      'log-gone',
      'permanent',
      trace(
        'io.debezium.DebeziumException: Cannot replicate because the master purged required binary logs.',
        'com.github.shyiko.mysql.binlog.network.ServerException: Could not find first log file name in binary log index file',
      ),
    ],
    [
      'schema-history',
      'permanent',
      trace(
        'io.debezium.DebeziumException: The db history topic or its content is fully or partially missing. Please check database schema history topic configuration',
        "io.debezium.DebeziumException: Encountered change event for table a.b whose schema isn't known to this connector",
      ),
    ],
    [
      'class-missing',
      'permanent',
      trace('org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector'),
    ],
    [
      'configuration',
      'permanent',
      trace('org.apache.kafka.common.config.ConfigException: Invalid value x for configuration a.b'),
    ],
    [
      'slot-in-use',
      'unknown',
      trace(
        'io.debezium.DebeziumException: Failed to start replication stream',
        'org.postgresql.util.PSQLException: ERROR: replication slot "s" is active for PID 4711',
      ),
    ],
    ['memory', 'unknown', trace('java.lang.OutOfMemoryError: Java heap space')],
    [
      'retriable',
      'transient',
      trace(
        'org.apache.kafka.connect.errors.RetriableException: An exception occurred',
        'java.lang.IllegalStateException: it broke',
      ),
    ],
    // Of a schema registry that is away, the converter says the rest.
    [
      'unreachable',
      'transient',
      trace(
        'org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler',
        'org.apache.kafka.common.errors.SerializationException: Error retrieving Avro value schema for id 1',
        'java.net.ConnectException: Connection refused',
      ),
    ],
  ] as const)('%s is %s: %s', (id, kind, of) => expect(knownCause(of)).toMatchObject({ id, kind }));

  it.each([
    ['another exception', trace('java.lang.IllegalStateException: it broke')],
    [
      'the names of classes and methods',
      'java.lang.IllegalStateException: it broke\n\tat a.ConfigException.deadlock(TimeoutException.java:1)',
    ],
    [
      'what a row holds',
      trace(
        ...SINK,
        'org.postgresql.util.PSQLException: ERROR: not on sundays\n  Detail: Failing row contains (1, deadlock detected).',
      ),
    ],
    ['nothing', ''],
  ])('does not decide by %s', (_what, of) => expect(knownCause(of)).toBeUndefined());

  it('has an id for each', () => {
    const ids = KNOWN_CAUSES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells how to go on without a record that a sink was given, and only then', () => {
    const refused = 'org.postgresql.util.PSQLException: ERROR: new row for relation "t" violates check constraint "c"';
    const put = `x\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:1)\nCaused by: ${refused}`;
    expect(knownHint(put, 'my sink')).toContain("sluice dlq quarantine 'my sink'");
    expect(knownHint(put)).not.toContain('quarantine');
    expect(knownHint(refused, 'sink')).not.toContain('quarantine');
  });

  it('reads a trace of megabytes', () => {
    const dump = `java.lang.IllegalStateException: ${'x: "y" (z) '.repeat(300_000)}`;
    expect(knownCause(trace(dump, 'java.net.ConnectException: Connection refused'))?.id).toBe('unreachable');
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
