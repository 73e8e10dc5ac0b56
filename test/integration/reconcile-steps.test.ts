import { afterAll, describe, expect, it } from 'vitest';
import type { Column, ColumnType, Step } from '../../src/databases/model.ts';
import { mysqlType } from '../../src/databases/mysql/types.ts';
import { postgresType } from '../../src/databases/postgres/session.ts';
import { mysql } from '../../src/reconcile/dialects/mysql/dialect.ts';
import { postgresDialect } from '../../src/reconcile/dialects/postgres/dialect.ts';
import { stepped } from '../../src/reconcile/dialects/steps.ts';
import type { Form } from '../../src/reconcile/model.ts';
import { useMariadb, usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** No SQL Server is needed: it is the rounding of the other side that is looked at. */
describe('times on the steps of SQL Server’s older types, as the other side rounds them', () => {
  const postgres = usePostgres('source');
  const mariadb = sandbox.mariadb === undefined ? undefined : useMariadb();
  afterAll(async () => {
    await postgres.run('DROP TABLE IF EXISTS rec_steps');
    await mariadb?.run('DROP TABLE IF EXISTS rec_steps');
  });

  const column = (type: ColumnType): Column => ({
    name: 'at',
    nativeType: '',
    type,
    nullable: true,
    generated: false,
    identity: false,
  });
  const forms: Form[] = [
    { kind: 'timestamp', precision: 3, step: 'tick' },
    { kind: 'timestamp', precision: 0, step: 'minute' },
  ];
  const stepOf = (form: Form) => (form as { step: Step }).step;

  /** Every fraction near a boundary of a tick, around the middle and the end of minutes. */
  const moments = (digits: number): string[] => {
    const fractions = new Set<number>([0, 1, 999_999, 500_000]);
    for (let tick = 0; tick < 300; tick++)
      for (const near of [-2, -1, 0, 1, 2]) fractions.add(Math.round(((tick + 0.5) * 10_000) / 3) + near);
    const bases = ['2024-02-28 23:59:59', '2024-12-31 23:59:29', '1999-01-01 00:00:30', '2024-06-01 12:00:00'];
    return bases.flatMap((base) =>
      [...fractions]
        .filter((one) => one < 1_000_000)
        .map((one) => `${base}.${String(one).padStart(6, '0').slice(0, Math.max(digits, 1))}`),
    );
  };

  it.each([
    ['timestamp(6) without time zone', 6],
    ['timestamp(6) with time zone', 6],
    ['timestamp(3) without time zone', 3],
    ['timestamp(0) without time zone', 0],
  ])('PostgreSQL, %s', async (declared, digits) => {
    const own = column(postgresType(declared));
    const special = ['infinity', '-infinity'];
    await postgres.run(`SET TimeZone = 'UTC'; DROP TABLE IF EXISTS rec_steps;
      CREATE TABLE rec_steps (at ${declared}); INSERT INTO rec_steps VALUES (NULL),
      ${[...moments(digits), ...special].map((text) => `('${text}')`).join(', ')}`);
    const dialect = postgresDialect({ major: 18 });
    for (const form of forms) {
      const exact = dialect.canonical(own, { kind: 'timestamp', precision: 6 });
      const rows = await postgres.run(`SELECT ${exact}, ${dialect.canonical(own, form)} FROM rec_steps`);
      expect(rows.length).toBeGreaterThan(1000);
      for (const [text, rounded] of rows as [string | null, string | null][])
        expect(rounded, `${text}`).toBe(text === null ? null : stepped(stepOf(form), text));
    }
  });

  it.each([
    ['datetime(6)', 6],
    ['datetime(3)', 3],
    ['datetime', 0],
    ['timestamp(6)', 6],
  ])('MariaDB, %s', async (declared, digits) => {
    if (mariadb === undefined) throw new Error('the sandbox has no MariaDB: start it with --with mariadb');
    const own = column(mysqlType(declared.replace(/\(.*/, ''), declared, 0, digits));
    const zero = declared.startsWith('datetime') ? ["('0000-00-00 00:00:00')", "('9999-12-31 23:59:59')"] : [];
    await mariadb.run(`DROP TABLE IF EXISTS rec_steps; CREATE TABLE rec_steps (at ${declared} NULL)`);
    await mariadb.run(
      `INSERT INTO rec_steps VALUES (NULL), ${[...moments(digits).map((text) => `('${text}')`), ...zero].join(', ')}`,
    );
    for (const form of forms) {
      const exact = mysql.canonical(own, { kind: 'timestamp', precision: 6 });
      const rows = await mariadb.run(`SELECT ${exact}, ${mysql.canonical(own, form)} FROM rec_steps`);
      expect(rows.length).toBeGreaterThan(1000);
      for (const [text, rounded] of rows as [string | null, string | null][])
        expect(rounded, `${text}`).toBe(text === null ? null : stepped(stepOf(form), text));
    }
  });
});
