import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import type { PreflightReport } from '../../src/preflight/model.ts';
import { workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const url = process.env.SLUICE_TEST_MSSQL_URL ?? '';

describe.skipIf(url === '')(
  'preflight on SQL Server (skipped unless SLUICE_TEST_MSSQL_URL names a database with change data capture, whose user owns it)',
  () => {
    const folder = workFolder('preflight-mssql');
    let session: Session;

    const clean = async () => {
      await session.execute(
        "IF EXISTS (SELECT 1 FROM sys.tables WHERE name = 'preflight_orders' AND is_tracked_by_cdc = 1) " +
          "EXEC sys.sp_cdc_disable_table @source_schema = N'dbo', @source_name = N'preflight_orders', @capture_instance = N'all'",
      );
      await session.execute('DROP TABLE IF EXISTS dbo.preflight_orders');
    };

    beforeAll(async () => {
      session = await openSession(
        { name: 'sqlserver', url },
        { write: true, statementTimeout: 0, connectTimeout: 15_000 },
      );
      await clean();
      await session.execute('CREATE TABLE dbo.preflight_orders (id int PRIMARY KEY)');
    });

    afterAll(async () => {
      await clean();
      await session.close();
      folder.remove();
    });

    async function check(name: string, config: Record<string, string>) {
      const file = folder.write(`${name}.json`, JSON.stringify({ name, config }));
      const project = folder.write(
        'sluice.yaml',
        JSON.stringify({ version: 1, databases: { shop: url }, preflight: { databases: { [name]: 'shop' } } }),
      );
      const { stdout } = await sluice(['preflight', file, '--project', project, '--json']);
      const { findings } = parseDocument<PreflightReport & Record<string, unknown>>(stdout, 'preflight');
      return (id: string) => findings.filter((finding) => finding.check === id);
    }

    it('captures nothing until the statements have run', async () => {
      const source = () =>
        check('source', {
          'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
          'table.include.list': 'dbo.preflight_orders',
        });
      const found = await source();
      expect(found('cdc-table')).toHaveLength(1);
      for (const { statement } of [...found('cdc-database'), ...found('cdc-table')]) {
        await session.execute(statement ?? '');
      }
      const fixed = await source();
      expect(fixed('cdc-database')).toEqual([]);
      expect(fixed('cdc-table')).toEqual([]);
    });

    it('wants a key for an upsert', async () => {
      const found = await check('sink', {
        'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
        topics: 'preflight_orders',
        'insert.mode': 'upsert',
        'primary.key.fields': 'id,position',
      });
      expect(found('target-key')).toMatchObject([{ severity: 'error' }]);
      expect(found('target-right')).toEqual([]);
    });
  },
);
