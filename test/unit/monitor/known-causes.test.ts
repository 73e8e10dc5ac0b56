import { describe, expect, it } from 'vitest';
import { knownHint } from '../../../src/monitor/known-causes.ts';

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
