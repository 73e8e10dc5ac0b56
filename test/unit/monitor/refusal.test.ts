import { describe, expect, it } from 'vitest';
import { judgeRefusal, type RefusalKind, refusalOf } from '../../../src/monitor/refusal.ts';

const PUT = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
	at org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:635)
	at org.apache.kafka.connect.runtime.WorkerSinkTask.poll(WorkerSinkTask.java:344)
Caused by: org.apache.kafka.connect.errors.ConnectException: JDBC sink connector failure
	at io.debezium.connector.jdbc.JdbcSinkConnectorTask.put(JdbcSinkConnectorTask.java:96)
	... 11 more
Caused by: `;
const put = (cause: string) => `${PUT}${cause}\n\tat a.b.TimedOutReader.read(TimedOutReader.java:1)\n\t... 7 more\n`;
const kindOf = (trace: string) => judgeRefusal(trace).kind;

describe('why a sink task has failed', () => {
  it.each<[string, RefusalKind, string]>([
    [
      'a check of PostgreSQL',
      'record',
      'org.postgresql.util.PSQLException: ERROR: new row for relation "o" violates check constraint "o_amount_check"\n  Detail: Failing row contains (7, Connection refused).',
    ],
    [
      'a check of MariaDB',
      'record',
      'java.sql.SQLIntegrityConstraintViolationException: (conn=9) CONSTRAINT `amount_ok` failed for `t`.`o`',
    ],
    ['a check of MySQL', 'record', "java.sql.SQLException: Check constraint 'o_chk_1' is violated."],
    [
      'a check of SQL Server',
      'record',
      'com.microsoft.sqlserver.jdbc.SQLServerException: The INSERT statement conflicted with the CHECK constraint "c".',
    ],
    [
      'a null',
      'record',
      'org.postgresql.util.PSQLException: ERROR: null value in column "a" of relation "o" violates not-null constraint',
    ],
    ['a length', 'record', 'PSQLException: ERROR: value too long for type character varying(3)'],
    ['a number', 'record', 'PSQLException: ERROR: numeric field overflow'],
    ['a duplicate', 'record', "SQLIntegrityConstraintViolationException: Duplicate entry '7' for key 'PRIMARY'"],
    [
      'a trigger of a user',
      'unclear',
      'PSQLException: ERROR: not on sundays\n  Where: PL/pgSQL function f() line 1 at RAISE',
    ],
    ['a bug', 'unclear', 'java.lang.NullPointerException'],
    ['a target that is away', 'target', 'java.net.ConnectException: Connection refused'],
    ['a target that went away', 'target', 'PSQLException: FATAL: terminating connection due to administrator command'],
    ['a wrong password', 'target', 'PSQLException: FATAL: password authentication failed for user "x"'],
    ['no privilege', 'target', 'PSQLException: ERROR: permission denied for table o'],
    ['no table', 'target', 'PSQLException: ERROR: relation "o" does not exist'],
    ['no column', 'target', 'PSQLException: ERROR: column "a" of relation "o" does not exist'],
    ['a lock', 'target', 'PSQLException: ERROR: canceling statement due to lock timeout'],
    [
      'a lock of MariaDB',
      'target',
      'java.sql.SQLException: (conn=3) Lock wait timeout exceeded; try restarting transaction',
    ],
    ['a full disk', 'target', 'PSQLException: ERROR: could not extend file "x": No space left on device'],
    ['a target that is only read', 'target', 'PSQLException: ERROR: cannot execute INSERT in a read-only transaction'],
    ['too many connections', 'target', 'PSQLException: FATAL: sorry, too many clients already'],
  ])('%s', (_what, kind, cause) => {
    expect(kindOf(put(cause))).toBe(kind);
  });

  it('is not decided by what a row holds', () => {
    const cause =
      'PSQLException: ERROR: not on sundays\n  Detail: Failing row contains (1, violates check constraint, Connection refused).';
    expect(kindOf(put(cause))).toBe('unclear');
  });

  it('is a conversion if the sink was not given the record', () => {
    const trace = `org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
	at org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator.execAndHandleError(RetryWithToleranceOperator.java:260)
	at org.apache.kafka.connect.runtime.WorkerSinkTask.convertAndTransformRecord(WorkerSinkTask.java:532)
Caused by: org.apache.kafka.connect.errors.DataException: value out of range
	at x.y(Z.java:1)`;
    expect(kindOf(trace)).toBe('conversion');
  });

  it('is something else if it failed elsewhere, or without a trace', () => {
    expect(kindOf('java.lang.RuntimeException: violates check constraint\n\tat a.B.start(B.java:1)')).toBe('other');
    expect(kindOf('')).toBe('other');
  });

  it('shows no values and no secrets', () => {
    const { cause, hint } = judgeRefusal(
      put(
        'PSQLException: ERROR: null value violates not-null constraint of hunter2\n  Detail: Failing row contains (Ada).',
      ),
      ['hunter2'],
    );
    expect(cause).not.toMatch(/Ada|hunter2/);
    expect(hint).toMatch(/nullable/);
  });

  it('is the gravest of several tasks', () => {
    const task = (id: number, state: 'FAILED' | 'RUNNING', trace?: string) => ({
      id,
      state,
      worker_id: 'w',
      ...(trace === undefined ? {} : { trace }),
    });
    const record = put('PSQLException: ERROR: value too long for type character varying(3)');
    const away = put('java.net.ConnectException: Connection refused');
    expect(refusalOf({ tasks: [task(0, 'RUNNING')] })).toBeUndefined();
    expect(refusalOf(null)).toBeUndefined();
    expect(refusalOf({ tasks: [task(0, 'FAILED', record), task(1, 'RUNNING')] })?.kind).toBe('record');
    expect(refusalOf({ tasks: [task(0, 'FAILED', record), task(1, 'FAILED', away)] })?.kind).toBe('target');
  });
});
