import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { compareOne, found, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const url = process.env.SLUICE_TEST_MSSQL_URL ?? '';

describe.skipIf(url === '')(
  'SQL Server (skipped unless SLUICE_TEST_MSSQL_URL names a database whose default schema may be written to)',
  () => {
    const postgres = usePostgres('source');
    const mariadb = sandbox.mariadb === undefined ? undefined : useMariadb();
    let session: Session;
    const server = { name: 'sqlserver', url };

    beforeAll(async () => {
      session = await openSession(server, { write: true, statementTimeout: 0, connectTimeout: 15_000 });
      await clean();
    });

    const clean = async () => {
      for (const table of ['rec_ms', 'rec_ms_log']) {
        await session.execute(`DROP TABLE IF EXISTS ${table}`);
        await postgres.run(`DROP TABLE IF EXISTS ${table}`);
        await mariadb?.run(`DROP TABLE IF EXISTS ${table}`);
      }
    };

    afterAll(async () => {
      await clean();
      await session.close();
    });

    const values = (
      text: (value: string) => string,
      bytes: (hex: string) => string,
      flag: (value: boolean) => string,
    ) =>
      Array.from({ length: 2000 }, (_, n) => {
        const note = n % 3 === 0 ? 'NULL' : n % 3 === 1 ? text('') : text(`né 😀 ${n}`);
        const second = String(n % 60).padStart(2, '0');
        return `(${n - 5}, ${note}, ${(n * 1.37).toFixed(2)}, ${bytes(n.toString(16).padStart(4, '0'))}, ${flag(n % 2 === 0)}, '2024-01-01 10:00:${second}.1200', ${n % 2 === 0 ? 'NULL' : "'2024-02-29'"})`;
      });

    it('against PostgreSQL: equal, then every planted difference and nothing else', async () => {
      await session.execute(
        'CREATE TABLE rec_ms (id bigint PRIMARY KEY, note nvarchar(100), amount decimal(12,2), data varbinary(10), ok bit, at datetime2(7), day date)',
      );
      await postgres.run(
        'CREATE TABLE rec_ms (id bigint PRIMARY KEY, note text, amount numeric, data bytea, ok boolean, at timestamp, day date)',
      );
      const ms = values(
        (one) => `N'${one}'`,
        (hex) => `0x${hex}`,
        (one) => (one ? '1' : '0'),
      );
      for (let start = 0; start < ms.length; start += 500) {
        await session.execute(`INSERT INTO rec_ms VALUES ${ms.slice(start, start + 500).join(', ')}`);
      }
      await postgres.run(
        `INSERT INTO rec_ms VALUES ${values(
          (one) => `'${one}'`,
          (hex) => `'\\x${hex}'`,
          String,
        ).join(', ')}`,
      );
      const sides = [postgres, server as TestDatabase] as const;
      for (const hash of ['md5', 'md5-128'] as const) {
        expect(await compareOne(...sides, 'rec_ms', { hash, rowsPerBucket: 20 })).toMatchObject({
          verdict: 'equal',
          uncompared: [],
        });
      }
      // Of one bucket, after a look at both ends of the key.
      expect(await compareOne(...sides, 'rec_ms', { minCandidateRows: 1 })).toMatchObject({
        verdict: 'equal',
        checksum: { buckets: 1 },
      });
      await session.execute(`DELETE FROM rec_ms WHERE id = 7; UPDATE rec_ms SET note = N'' WHERE id = 1; INSERT INTO rec_ms (id) VALUES (-77);
      UPDATE rec_ms SET at = '2024-01-01 10:00:00.0000010' WHERE id = 100`);
      expect(found(await compareOne(...sides, 'rec_ms', { rowsPerBucket: 20 }))).toEqual([
        'extra -77',
        'different 1 note',
        'missing 7',
        'different 100 at',
      ]);
    });

    it('rows without a key', async () => {
      await session.execute(
        "CREATE TABLE rec_ms_log (m nvarchar(20)); INSERT INTO rec_ms_log VALUES (N'a'), (N'a'), (NULL)",
      );
      await postgres.run("CREATE TABLE rec_ms_log (m text); INSERT INTO rec_ms_log VALUES ('a'), (NULL), (NULL)");
      expect(await compareOne(postgres, server as TestDatabase, 'rec_ms_log')).toMatchObject({ missing: 1, extra: 1 });
    });
  },
);
