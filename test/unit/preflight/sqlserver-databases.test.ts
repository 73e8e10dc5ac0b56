import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectorFile } from '../../../src/connectors/connector-file.ts';
import { preflight } from '../../../src/preflight/preflight.ts';
import { BEFORE_DEPLOY } from '../../../src/preflight/request.ts';
import { eachDatabase } from '../../../src/topology/endpoints.ts';
import { type TdsAnswer, type TdsServer, tdsServer } from '../../helpers/tds-server.ts';

let server: TdsServer;
afterEach(() => server?.close());

/** What each database answers; one that is not named here lets nobody in. */
async function serve(databases: Record<string, { captures: boolean; tables: string[] }>): Promise<void> {
  server = await tdsServer({
    encryption: 'none',
    answer(sql, name): TdsAnswer {
      const database = databases[name];
      if (database === undefined) return { error: 4060, message: `Cannot open database "${name}"` };
      if (sql.includes('ProductVersion')) return { columns: ['v'], rows: [['15.0.1', name, 'srv', '1', '150']] };
      if (sql.includes('SUSER_SNAME')) return { columns: ['u'], rows: [['sa', 'sa']] };
      if (sql.includes('is_cdc_enabled')) {
        return { columns: ['d'], rows: [[name, database.captures ? '1' : '0', 'ON', '3', '1', 'sa', '1']] };
      }
      if (sql.includes('dm_server_services')) return { columns: ['s'], rows: [['Running']] };
      const rows = database.tables.map((table) => ['dbo', table, '1', '1', null, '1', 'id']);
      return { columns: ['s', 'n', 't', 'r', 'g', 'i', 'k'], rows };
    },
  });
}

function source(more: Record<string, string> = {}): ConnectorFile {
  const config = {
    'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
    'topic.prefix': 'two',
    'database.hostname': '127.0.0.1',
    'database.port': String(server.port),
    'database.user': 'sa',
    'database.password': 'p',
    'database.names': 'db1,db2',
    'driver.encrypt': 'false',
    ...more,
  };
  return { name: 'source', file: 'source.json', config } as unknown as ConnectorFile;
}

const look = (file: ConnectorFile) =>
  preflight([file], { named: new Map(), signal: new AbortController().signal, waits: BEFORE_DEPLOY });

describe('a SQL Server source of several databases', () => {
  it('is checked in each of them', async () => {
    await serve({ db1: { captures: true, tables: ['a'] }, db2: { captures: false, tables: ['b'] } });
    const report = await look(source());
    expect(server.logins.map(({ database }) => database)).toEqual(['db1', 'db2']);
    expect(report.findings.map(({ check, database }) => [check, database])).toEqual([
      ['cdc-database', `127.0.0.1:${server.port}/db2`],
    ]);
    expect(report.connectors).toMatchObject([
      { outcome: 'checked', reason: null, database: `127.0.0.1:${server.port}/db1,db2` },
    ]);
  });

  it('of which one lets nobody in says so', async () => {
    await serve({ db1: { captures: true, tables: ['a'] } });
    const report = await look(source());
    expect(report.findings.map(({ check, severity, database }) => [check, severity, database])).toEqual([
      ['login', 'error', `127.0.0.1:${server.port}/db2`],
    ]);
  });

  it('reports a table in the list as missing only if no database has it', async () => {
    await serve({ db1: { captures: true, tables: ['a'] }, db2: { captures: true, tables: ['a', 'b'] } });
    const missing = async (list: string) =>
      (await look(source({ 'table.include.list': list }))).findings.map(({ check, message }) => [check, message]);
    expect(await missing('dbo.a,dbo.b')).toEqual([]);
    expect(await missing('dbo.a,dbo.c')).toEqual([
      ['table-missing', 'there is no table dbo.c, or sa may not see it'],
      ['table-missing', 'there is no table dbo.c, or sa may not see it'],
    ]);
  });

  it('feeds the topics of each', async () => {
    await serve({ db1: { captures: true, tables: ['a'] }, db2: { captures: true, tables: ['a'] } });
    const endpoint = { role: 'source', debezium: true, engine: 'sqlserver', user: 'sa', display: 'x' } as const;
    const places = eachDatabase(source().config, { ...endpoint, url: 'mssql://sa:p%40@h:1/db1?encrypt=false' });
    expect(places.map(({ url, database }) => [url, database])).toEqual([
      ['mssql://sa:p%40@h:1/db1?encrypt=false', 'db1'],
      ['mssql://sa:p%40@h:1/db2?encrypt=false', 'db2'],
    ]);
  });
});
