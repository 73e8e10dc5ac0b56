import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { usePostgres } from '../helpers/databases.ts';
import { sluice } from '../helpers/run.ts';

const url = process.env.SLUICE_TEST_MSSQL_URL ?? '';
const open = { statementTimeout: 0, connectTimeout: 15_000 };

interface Table {
  verdict: string;
  differences: { kind: string; key: Record<string, string>; columns: { column: string }[] }[];
  notes?: string[];
}

describe.skipIf(url === '')(
  'rows of SQL Server, found and repaired (skipped unless SLUICE_TEST_MSSQL_URL names a database whose default schema may be written to)',
  () => {
    const postgres = usePostgres('source');
    let writer: Session;

    beforeAll(async () => {
      writer = await openSession({ name: 'sqlserver', url }, { ...open, write: true });
    });

    const clean = async () => {
      await writer.execute('DROP SECURITY POLICY IF EXISTS rec_ms_policy');
      await writer.execute('DROP FUNCTION IF EXISTS rec_ms_filter');
      await writer.execute(
        "IF OBJECTPROPERTY(OBJECT_ID('rec_msr'), 'TableTemporalType') = 2 ALTER TABLE rec_msr SET (SYSTEM_VERSIONING = OFF)",
      );
      await writer.execute('DROP TABLE IF EXISTS rec_msr_child, rec_msr, rec_msr_past, rec_msr_log');
      await postgres.run('DROP TABLE IF EXISTS rec_msr');
    };
    beforeEach(clean);
    afterAll(async () => {
      await clean();
      await writer.close();
    });

    /** Source: PostgreSQL, unless it is turned round. */
    async function run(more: string[] = [], { reversed = false } = {}) {
      const [source = '', target = ''] = reversed ? [url, postgres.url] : [postgres.url, url];
      const result = await sluice(['reconcile', 'rec_msr', '--source', source, '--target', target, '--json', ...more]);
      const document = JSON.parse(result.stdout) as { tables?: Table[] };
      return { ...result, table: document.tables?.[0] };
    }
    const apply = ['--repair', 'apply', '--yes', '--allow-delete'];
    const rows = (sql: string) => writer.query(sql);

    it('deletes the row that it names, and no other that the collation takes for it', async () => {
      await writer.execute(
        "CREATE TABLE rec_msr (k varchar(20), v int); INSERT INTO rec_msr VALUES ('a', 1), ('A', 2), ('b', 3), ('x', 4), ('x ', 5)",
      );
      await postgres.run(
        "CREATE TABLE rec_msr (k text PRIMARY KEY, v int); INSERT INTO rec_msr VALUES ('a', 1), ('b', 3), ('x', 4)",
      );
      expect(await run(apply)).toMatchObject({ code: 0 });
      expect(await rows("SELECT k + '|', v FROM rec_msr ORDER BY v")).toEqual([
        ['a|', '1'],
        ['b|', '3'],
        ['x|', '4'],
      ]);
      expect(await run()).toMatchObject({ code: 0 });
    });

    it('changes the row that it names', async () => {
      await writer.execute(
        "CREATE TABLE rec_msr (k nvarchar(20), v int); INSERT INTO rec_msr VALUES (N'a', 1), (N'A', 2), (N'é', 3), (N'e' + NCHAR(769), 4)",
      );
      await postgres.run(
        "CREATE TABLE rec_msr (k text PRIMARY KEY, v int); INSERT INTO rec_msr VALUES ('a', 10), ('A', 2), ('é', 30), (U&'e\\0301', 4)",
      );
      expect(await run(apply)).toMatchObject({ code: 0 });
      expect((await rows('SELECT v FROM rec_msr ORDER BY v')).flat()).toEqual(['2', '4', '10', '30']);
    });

    it('keys that the collation treats as one keep their differences, also when they are checked again', async () => {
      await writer.execute(
        "CREATE TABLE rec_msr (k varchar(20) PRIMARY KEY, v int); INSERT INTO rec_msr VALUES ('A', 1), ('b', 2), ('x', 3)",
      );
      await postgres.run(
        "CREATE TABLE rec_msr (k text PRIMARY KEY, v int); INSERT INTO rec_msr VALUES ('A', 1), ('a', 5), ('b', 9), ('B', 2), ('x ', 4), ('x', 3)",
      );
      const { table } = await run(['--settle', '1s']);
      expect(
        table?.differences.map(({ kind, key, columns }) => [kind, key['k'], columns.map((one) => one.column)]),
      ).toEqual(
        expect.arrayContaining([
          ['missing', 'a', expect.anything()],
          ['missing', 'B', expect.anything()],
          ['missing', 'x ', expect.anything()],
          ['different', 'b', ['v']],
        ]),
      );
      expect(table?.differences).toHaveLength(4);
    });

    it('a key that does not fit the type of the source is an extra row, and does not end the repair', async () => {
      await writer.execute(
        'CREATE TABLE rec_msr (id int PRIMARY KEY, v int); INSERT INTO rec_msr VALUES (1, 1), (3, 1)',
      );
      await postgres.run(
        'CREATE TABLE rec_msr (id bigint PRIMARY KEY, v int); INSERT INTO rec_msr VALUES (1, 1), (5000000000, 2)',
      );
      expect(await run(apply, { reversed: true })).toMatchObject({ code: 0 });
      expect(await postgres.run('SELECT id::text FROM rec_msr ORDER BY id')).toEqual([['1'], ['3']]);
    });

    it('texts with backslashes, line ends, GO and variables of sqlcmd arrive as they are', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int PRIMARY KEY, t nvarchar(max))');
      const texts = [
        'abc\\\ndef',
        'abc\\\r\ndef',
        'a\nGO\nb',
        '$(x)',
        "it''s",
        'é😀',
        `${'long '.repeat(2000)}\nend`,
        '',
      ];
      await postgres.run('CREATE TABLE rec_msr (id int PRIMARY KEY, t text)');
      for (const [id, text] of texts.entries()) {
        const escaped = text
          .replaceAll('\\', '\\\\')
          .replaceAll("'", "''")
          .replaceAll('\n', '\\n')
          .replaceAll('\r', '\\r');
        await postgres.run(`INSERT INTO rec_msr VALUES (${id}, E'${escaped}')`);
      }
      expect(await run(apply)).toMatchObject({ code: 0 });
      expect(await run()).toMatchObject({ code: 0 });
      // The same by the script.
      await writer.execute("UPDATE rec_msr SET t = N'other'");
      const { stdout } = await sluice([
        'reconcile',
        'rec_msr',
        '--source',
        postgres.url,
        '--target',
        url,
        '--repair',
        'sql',
      ]);
      await writer.execute(stdout.slice(stdout.indexOf('-- Repair')));
      expect(await run()).toMatchObject({ code: 0 });
    });

    it('what is rounded to minutes and ticks is repaired once', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int PRIMARY KEY, a datetime, b smalldatetime)');
      await postgres.run(
        `CREATE TABLE rec_msr (id int PRIMARY KEY, a timestamp(6), b timestamp(6));
         INSERT INTO rec_msr SELECT n, timestamp '2024-02-28 23:59:00' + n * interval '1.6337 milliseconds', timestamp '2024-02-28 23:58:00' + n * interval '137 milliseconds'
         FROM generate_series(1, 1000) n`,
      );
      expect(await run(apply)).toMatchObject({ code: 0 });
      expect(await run()).toMatchObject({ code: 0 });
      // The server's own rounding is the same.
      const wrong = await rows(
        "SELECT COUNT(*) FROM rec_msr WHERE b <> CAST(DATEADD(millisecond, 137 * id, CAST('2024-02-28T23:58:00' AS datetime2(7))) AS smalldatetime)",
      );
      expect(wrong).toEqual([['0']]);
    });

    it('money and decimals keep all their digits, also against text', async () => {
      await writer.execute(
        'CREATE TABLE rec_msr (id int PRIMARY KEY, m money, d decimal(38,0), s smallmoney); ' +
          'INSERT INTO rec_msr VALUES (1, 1.2345, 12345678901234567890123456789012345678, -0.0001)',
      );
      await postgres.run(
        'CREATE TABLE rec_msr (id int PRIMARY KEY, m text, d numeric(58,20), s numeric(10,4)); ' +
          "INSERT INTO rec_msr VALUES (1, '1.2345', 12345678901234567890123456789012345678, -0.0001)",
      );
      expect(await run()).toMatchObject({ code: 0 });
      await postgres.run("UPDATE rec_msr SET m = '1.23'");
      expect((await run()).table?.differences).toMatchObject([{ kind: 'different', columns: [{ column: 'm' }] }]);
    });

    it('doubles are compared bit by bit, are keys, and are written as they are', async () => {
      const doubles = ['0.1', '-2.5', '1.7976931348623157e308', '2.2250738585072014e-308', '9007199254740993', '0'];
      await writer.execute('CREATE TABLE rec_msr (k float, v float)');
      await postgres.run('CREATE TABLE rec_msr (k double precision PRIMARY KEY, v double precision)');
      await postgres.run(`INSERT INTO rec_msr VALUES ${doubles.map((one) => `(${one}, ${one})`).join(', ')}`);
      expect(await run([...apply, '--key', 'k'])).toMatchObject({ code: 0 });
      await writer.execute('UPDATE rec_msr SET v = 7');
      expect(await run([...apply, '--key', 'k'])).toMatchObject({ code: 0 });
      expect(await run(['--key', 'k'])).toMatchObject({ code: 0 });
    });

    it('periods are written by the server, and an identity that is not the key is not set', async () => {
      await writer.execute(
        'CREATE TABLE rec_msr (id int PRIMARY KEY, v int, n int IDENTITY(1, 1), since datetime2 GENERATED ALWAYS AS ROW START NOT NULL, ' +
          'until datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (since, until)) ' +
          `WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = ${(await rows('SELECT SCHEMA_NAME()'))[0]?.[0]}.rec_msr_past))`,
      );
      const table = await writer.describe({ name: 'rec_msr' });
      expect(table.kind).toBe('system-versioned');
      expect(table.columns.filter((column) => column.generated).map(({ name }) => name)).toEqual(['since', 'until']);
      expect((await writer.describe({ name: 'rec_msr_past' })).kind).toBe('history');
      await postgres.run('CREATE TABLE rec_msr (id int PRIMARY KEY, v int); INSERT INTO rec_msr VALUES (1, 1), (2, 2)');
      const columns = ['--ignore-columns', 'n,since,until'];
      expect(await run([...apply, ...columns])).toMatchObject({ code: 0 });
    });

    it('counts the rows of each statement, without those of triggers, and stops at the first that fails', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int PRIMARY KEY, v int); CREATE TABLE rec_msr_log (n int)');
      await writer.execute(
        'CREATE TRIGGER rec_msr_trigger ON rec_msr AFTER INSERT, UPDATE AS BEGIN INSERT INTO rec_msr_log SELECT TOP (7) 1 FROM sys.objects; SELECT 1 AS sluice END',
      );
      const insert = 'INSERT INTO rec_msr VALUES (1, 1), (2, 2);';
      expect(
        await writer.executeAll?.([insert, 'UPDATE rec_msr SET v = 0 WHERE id = 9;', 'DELETE FROM rec_msr;']),
      ).toEqual([2, 0, 2]);
      await writer.execute('BEGIN TRANSACTION');
      await expect(
        writer.executeAll?.([insert, 'INSERT INTO rec_msr VALUES (1, 1);', 'DELETE FROM rec_msr;']),
      ).rejects.toMatchObject({ details: { code: '2627' } });
      await writer.execute('IF @@TRANCOUNT > 0 ROLLBACK');
      expect(await rows('SELECT COUNT(*) FROM rec_msr')).toEqual([['0']]);
    });

    it('counts the rows of an identity', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int IDENTITY(1, 1) PRIMARY KEY, v int)');
      const table = await writer.describe({ name: 'rec_msr' });
      const name = writer.table(table);
      const insert = `SET IDENTITY_INSERT ${name} ON; INSERT INTO ${name} (id, v) VALUES (7, 1); SET IDENTITY_INSERT ${name} OFF;`;
      expect(await writer.executeAll?.([insert])).toEqual([1]);
    });

    it('finds the foreign keys that refer to a table, and which of them act', async () => {
      await writer.execute(
        'CREATE TABLE rec_msr (a int, b int, CONSTRAINT rec_msr_key PRIMARY KEY (a, b)); ' +
          'CREATE TABLE rec_msr_child (id int PRIMARY KEY, x int, y int, FOREIGN KEY (x, y) REFERENCES rec_msr (a, b) ON DELETE CASCADE)',
      );
      const table = await writer.describe({ name: 'rec_msr' });
      expect(await writer.references?.(table)).toEqual([
        {
          child: { schema: table.schema, name: 'rec_msr_child' },
          childColumns: ['x', 'y'],
          parent: { schema: table.schema, name: 'rec_msr' },
          parentColumns: ['a', 'b'],
          onDelete: 'act',
          onUpdate: 'refuse',
        },
      ]);
      expect(await writer.references?.({ schema: table.schema, name: 'rec_msr_child' })).toEqual([]);
    });

    it('a table whose rows a security policy may hide is refused by name', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int PRIMARY KEY); INSERT INTO rec_msr VALUES (1), (2)');
      const [[schema = ''] = []] = await rows('SELECT SCHEMA_NAME()');
      await writer.execute(
        `CREATE FUNCTION ${schema}.rec_ms_filter (@id int) RETURNS TABLE WITH SCHEMABINDING AS RETURN SELECT 1 AS ok WHERE @id = 1`,
      );
      await writer.execute(
        `CREATE SECURITY POLICY ${schema}.rec_ms_policy ADD FILTER PREDICATE ${schema}.rec_ms_filter(id) ON ${schema}.rec_msr WITH (STATE = ON)`,
      );
      await expect(writer.describe({ name: 'rec_msr' })).rejects.toMatchObject({
        code: 'ROWS_HIDDEN',
        message: expect.stringContaining(`${schema}.rec_ms_policy may hide rows of ${schema}.rec_msr`),
      });
    });

    it('what is written in a session that reads is taken back', async () => {
      await writer.execute('CREATE TABLE rec_msr (id int PRIMARY KEY); INSERT INTO rec_msr VALUES (1)');
      const reader = await openSession({ name: 'reader', url }, open);
      await reader.snapshot();
      await reader.query('DELETE FROM rec_msr');
      await reader.close();
      expect(await rows('SELECT COUNT(*) FROM rec_msr')).toEqual([['1']]);
    });

    it('an interruption stops a running statement on the server', async () => {
      const controller = new AbortController();
      const session = await openSession({ name: 'reader', url }, { ...open, signal: controller.signal });
      const [[id = ''] = []] = await session.query('SELECT @@SPID');
      const running = session.query("WAITFOR DELAY '00:01:00'").catch(() => {});
      await expect
        .poll(() => rows(`SELECT COUNT(*) FROM sys.dm_exec_requests WHERE session_id = ${id}`))
        .toEqual([['1']]);
      controller.abort(new Error('interrupted'));
      await running;
      await session.close();
      expect(await rows(`SELECT COUNT(*) FROM sys.dm_exec_requests WHERE session_id = ${id}`)).toEqual([['0']]);
    });
  },
);
