import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDatabaseUrl, parseDatabaseUrl } from '../../src/config/database-url.ts';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { dialectFor } from '../../src/reconcile/dialects/index.ts';
import { openMarker } from '../../src/reconcile/live/marker.ts';

const url = process.env.SLUICE_TEST_MSSQL_URL ?? '';

describe.skipIf(url === '')(
  'a fence on SQL Server (skipped unless SLUICE_TEST_MSSQL_URL names a server with change data capture, whose user may make databases)',
  () => {
    let session: Session;

    beforeAll(async () => {
      session = await openSession(
        { name: 'sqlserver', url },
        { write: true, statementTimeout: 0, connectTimeout: 15_000 },
      );
    });
    afterAll(() => session.close());

    it('waits for change data capture to have read a later commit', async () => {
      // The database of the URL may be master, which cannot capture changes.
      const name = 'sluice_fence_test';
      await session.execute(
        `IF DB_ID('${name}') IS NOT NULL BEGIN ALTER DATABASE ${name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE ${name} END; CREATE DATABASE ${name}`,
      );
      const own = { name: 'fence', url: formatDatabaseUrl({ ...parseDatabaseUrl(url), database: name }) };
      const options = { statementTimeout: 0, connectTimeout: 15_000 };
      const writer = await openSession(own, { ...options, write: true });
      const reader = await openSession(own, options);
      try {
        expect(await dialectFor(reader).logPosition(reader)).toMatchObject({
          reason: expect.stringContaining('change data capture is off'),
        });
        await writer.execute(
          'EXEC sys.sp_cdc_enable_db; CREATE TABLE dbo.marker (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL)',
        );
        await writer.execute(
          "EXEC sys.sp_cdc_enable_table @source_schema = 'dbo', @source_name = 'marker', @role_name = NULL",
        );
        const noted = await dialectFor(reader).logPosition(reader);
        if ('reason' in noted) throw new Error(noted.reason);
        expect(await noted.find()).toBeUndefined();
        const marker = openMarker(own, { kind: 'table', table: { schema: 'dbo', name: 'marker' } }, options);
        await expect
          .poll(
            async () => {
              await marker.write();
              // Where SQL Server's agent runs, it scans the log itself.
              await writer.execute('BEGIN TRY EXEC sys.sp_cdc_scan END TRY BEGIN CATCH END CATCH');
              return noted.find();
            },
            { timeout: 60_000, interval: 500 },
          )
          .toMatchObject({ text: expect.stringMatching(/^LSN [0-9A-F]{20}$/) });
      } finally {
        await writer.close();
        await reader.close();
        await session.execute(`ALTER DATABASE ${name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE ${name}`);
      }
    });
  },
);
