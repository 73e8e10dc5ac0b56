import { describe, expect, it } from 'vitest';
import { maskedDatabaseError, withMaskedErrors } from '../../../src/databases/masked-errors.ts';
import type { Session } from '../../../src/databases/session.ts';
import { SluiceError } from '../../../src/errors/error.ts';

/** Messages as PostgreSQL 18, MariaDB 11.4 and SQL Server 2022 write them; `secret` and -77 are values of rows. */
const postgres = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { severity: 'ERROR', code, ...more });
const mysql = (errno: number, code: string, message: string) =>
  Object.assign(new Error(message), { errno, code, sqlState: 'HY000' });
/** As the session wraps it, under the server's own number. */
const sqlserver = (number: number, message: string) =>
  Object.assign(new Error(message, { cause: Object.assign(new Error(message), { code: 'EREQUEST', number }) }), {
    code: String(number),
  });

const REAL: [Error, string][] = [
  [
    postgres('23505', 'duplicate key value violates unique constraint "p_u_key"', {
      detail: 'Key (u)=(secret-u) already exists.',
      schema: 'me',
      table: 'p',
      constraint: 'p_u_key',
      routine: '_bt_check_unique',
    }),
    'unique_violation (SQLSTATE 23505), table me.p, constraint p_u_key',
  ],
  [
    postgres('23502', 'null value in column "n" of relation "p" violates not-null constraint', {
      detail: 'Failing row contains (3, secret, null).',
      schema: 'me',
      table: 'p',
      column: 'n',
      routine: 'ReportNotNullViolationError',
    }),
    'not_null_violation (SQLSTATE 23502), table me.p, column n',
  ],
  [
    postgres('23514', 'value for domain me.pos violates check constraint "pos_check"', {
      schema: 'me',
      constraint: 'pos_check',
      dataType: 'pos',
      routine: 'ExecEvalConstraintCheck',
    }),
    'check_violation (SQLSTATE 23514), type pos, constraint pos_check',
  ],
  [
    postgres('22P02', 'invalid input syntax for type integer: "secret"'),
    'invalid_text_representation (SQLSTATE 22P02)',
  ],
  [postgres('22P02', 'invalid input value for enum me.mood: "secret"'), 'invalid_text_representation (SQLSTATE 22P02)'],
  [postgres('22007', 'invalid input syntax for type date: "secret"'), 'invalid_datetime_format (SQLSTATE 22007)'],
  [
    postgres('22P02', 'invalid input syntax for type json', { where: 'JSON data, line 1: {secret' }),
    'invalid_text_representation (SQLSTATE 22P02)',
  ],
  [
    postgres('P0001', 'row (1,secret) refused', { routine: 'exec_stmt_raise', table: 'secret', constraint: 'secret' }),
    'raise_exception (SQLSTATE P0001)',
  ],
  // A function may raise any state, and say anything in the fields of an error.
  [
    postgres('23505', 'secret', { routine: 'exec_stmt_raise', constraint: 'secret', column: '-77' }),
    'unique_violation (SQLSTATE 23505)',
  ],
  [postgres('XX999', 'secret'), 'error (SQLSTATE XX999)'],
  [mysql(1062, 'ER_DUP_ENTRY', "Duplicate entry 'secret' for key 'u'"), 'ER_DUP_ENTRY (1062), key u'],
  [
    mysql(1062, 'ER_DUP_ENTRY', "Duplicate entry 'secret' for key '-77' for key 'orders.PRIMARY'"),
    'ER_DUP_ENTRY (1062), key orders.PRIMARY',
  ],
  [mysql(1048, 'ER_BAD_NULL_ERROR', "Column 'n' cannot be null"), 'ER_BAD_NULL_ERROR (1048), column n'],
  [
    mysql(4025, 'ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE', 'CONSTRAINT `c_check` failed for `sluice`.`me_p`'),
    'ER_CONSTRAINT_FAILED (4025), constraint c_check, table sluice.me_p',
  ],
  [mysql(1406, 'ER_DATA_TOO_LONG', "Data too long for column 'v' at row 1"), 'ER_DATA_TOO_LONG (1406), column v'],
  [
    mysql(1292, 'ER_TRUNCATED_WRONG_VALUE', "Incorrect date value: 'secret' for column `sluice`.`me_p`.`dt` at row 1"),
    'ER_TRUNCATED_WRONG_VALUE (1292), column sluice.me_p.dt',
  ],
  [
    mysql(
      1366,
      'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
      "Incorrect integer value: 'a' for column 'secret' for column `s`.`t`.`id` at row 1",
    ),
    'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD (1366), column s.t.id',
  ],
  [
    mysql(
      1452,
      'ER_NO_REFERENCED_ROW_2',
      'Cannot add or update a child row: a foreign key constraint fails (`sluice`.`me_k`, CONSTRAINT `fk1` FOREIGN KEY (`id`) REFERENCES `me_p` (`id`))',
    ),
    'ER_NO_REFERENCED_ROW_2 (1452), constraint fk1',
  ],
  [mysql(1644, 'ER_SIGNAL_EXCEPTION', 'row secret refused'), 'ER_SIGNAL_EXCEPTION (1644)'],
  [
    mysql(1064, 'ER_PARSE_ERROR', "You have an error in your SQL syntax; … near 'SELEC 'secret'' at line 1"),
    'ER_PARSE_ERROR (1064)',
  ],
  [
    sqlserver(
      2627,
      "Violation of PRIMARY KEY constraint 'PK_orders'. Cannot insert duplicate key in object 'dbo.orders'. The duplicate key value is (secret).",
    ),
    'duplicate key (SQL Server 2627), constraint PK_orders, table dbo.orders',
  ],
  [
    sqlserver(
      2601,
      "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ix_t'. The duplicate key value is (secret, -77).",
    ),
    'duplicate key (SQL Server 2601), table dbo.t, index ix_t',
  ],
  [
    sqlserver(
      547,
      'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_lines_orders". The conflict occurred in database "d", table "dbo.orders", column \'id\'.',
    ),
    'constraint conflict (SQL Server 547), constraint FK_lines_orders',
  ],
  [
    sqlserver(
      2628,
      "String or binary data would be truncated in table 'd.dbo.t', column 'c'. Truncated value: 'secret'.",
    ),
    'data would be truncated (SQL Server 2628), table d.dbo.t, column c',
  ],
  [
    sqlserver(245, "Conversion failed when converting the varchar value 'secret' to data type int."),
    'conversion failed (SQL Server 245)',
  ],
  [sqlserver(50000, 'secret'), 'error (SQL Server 50000)'],
];

const translated = (cause: Error) =>
  new SluiceError('DATABASE_REJECTED', `shop: ${cause.message}`, {
    cause,
    hint: 'what next',
    details: { code: (cause as Error & { code?: string }).code ?? '' },
  });

describe('maskedDatabaseError', () => {
  it.each(REAL)('%s', (cause, expected) => {
    const masked = maskedDatabaseError(translated(cause), 'shop');
    expect(masked.message).toBe(`shop: ${expected}; message hidden, as it may quote values`);
    expect(masked).toMatchObject({ code: 'DATABASE_REJECTED', hint: 'what next' });
    // Nor by the chain of causes, which --verbose prints.
    expect(masked.cause).toBeUndefined();
    expect(JSON.stringify(masked) + masked.stack).not.toMatch(/secret|-77/);
  });

  it.each([
    [
      'a connection that was refused',
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    ],
    ['a connection that was lost', new Error('Connection terminated unexpectedly')],
  ])('leaves %s as it is', (_what, cause) => {
    const error = new SluiceError('DATABASE_UNREACHABLE', `shop: ${cause.message}`, { cause });
    expect(maskedDatabaseError(error, 'shop')).toBe(error);
  });

  it('leaves errors of sluice as they are', () => {
    const error = new SluiceError('TABLE_NOT_FOUND', 'shop: there is no table "x"');
    expect(maskedDatabaseError(error, 'shop')).toBe(error);
  });
});

describe('withMaskedErrors', () => {
  const error = translated(REAL[0]?.[0] as Error);
  const session = {
    server: { product: 'PostgreSQL' },
    query: async () => Promise.reject(error),
    execute: () => {
      throw error;
    },
    async *stream() {
      yield [['1']];
      throw error;
    },
    each: async (_statement: unknown, onRow: (row: string[]) => void) => onRow(['1']),
  } as unknown as Session;
  const masked = withMaskedErrors(session, 'shop');
  const statement = { sql: '', parameters: [] };

  it('masks what methods throw, now, later or while rows come, and passes on all else', async () => {
    const expected = { message: expect.stringMatching(/^shop: unique_violation .*constraint p_u_key;/) };
    await expect(masked.query('')).rejects.toMatchObject(expected);
    expect(() => masked.execute('')).toThrow(expect.objectContaining(expected));
    const rows: unknown[] = [];
    await expect(
      (async () => {
        for await (const batch of masked.stream(statement)) rows.push(batch);
      })(),
    ).rejects.toMatchObject(expected);
    await masked.each(statement, (row) => rows.push(row));
    expect(rows).toEqual([[['1']], ['1']]);
    expect(masked.server.product).toBe('PostgreSQL');
  });
});
