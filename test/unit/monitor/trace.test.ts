import { describe, expect, it } from 'vitest';
import { rootCause } from '../../../src/monitor/trace.ts';

const SINK = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:636)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: org.apache.kafka.connect.errors.ConnectException: JDBC sink connector failure
\tat io.debezium.connector.jdbc.JdbcSinkConnectorTask.put(JdbcSinkConnectorTask.java:123)
\t... 10 more
Caused by: org.postgresql.util.PSQLException: ERROR: null value in column "name" of relation "t" violates not-null constraint
  Detail: Failing row contains (1, null).
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2733)
\t... 20 more
`;

describe('rootCause', () => {
  it.each([
    [
      'the innermost cause of a sink, with the detail that PostgreSQL adds',
      SINK,
      'PSQLException: ERROR: null value in column "name" of relation "t" violates not-null constraint Detail: Failing row contains (1, null).',
    ],
    [
      'a trace without causes',
      'java.nio.file.NoSuchFileException: /nowhere\n\tat java.base/sun.nio.fs.X.y(X.java:1)\n',
      'NoSuchFileException: /nowhere',
    ],
    ['a nested class by its own name', 'a.b.Outer$Inner: bad\n\tat x\n', 'Inner: bad'],
    [
      'what stands behind the dumps that Debezium puts into its messages',
      `io.debezium.DebeziumException: The connector is trying to read change stream starting at PostgresOffsetContext [sourceInfoSchema=Schema{io.debezium.connector.postgresql.Source:STRUCT}, sourceInfo=source_info[server='shop'db='shop', lsn=LSN{0/1BB3E98}, txId=759, timestamp=2026-11-21T07:57:38.022762Z, snapshot=FALSE, schema=, table=], lastSnapshotRecord=true], but this is no longer available on the server.\n\tat x`,
      'DebeziumException: The connector is trying to read change stream starting at PostgresOffsetContext …, but this is no longer available on the server.',
    ],
    ['a text that is no trace', 'it broke', 'it broke'],
    ['nothing', '', ''],
  ])('gives %s', (_name, trace, expected) => {
    expect(rootCause(trace)).toBe(expected);
  });

  it('shows no password', () => {
    const cause = rootCause(
      'java.sql.SQLException: cannot connect to jdbc:postgresql://h/d?user=a&password=hunter22\n\tat x',
    );
    expect(cause).not.toContain('hunter22');
  });

  it('is short even where the trace is not', () => {
    expect(rootCause(`E: ${'x'.repeat(5000)}`).length).toBeLessThanOrEqual(400);
  });
});
