import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/databases/session.ts';
import {
  type SqlserverSourceFacts,
  type SqlserverTable,
  sqlserverSourceFacts,
  sqlserverSourceFindings,
} from '../../../src/preflight/sqlserver/source.ts';

const quote = (name: string) => `[${name.replaceAll(']', ']]')}]`;

function table(name: string, more: Partial<SqlserverTable> = {}): SqlserverTable {
  return { schema: 'dbo', name, tracked: true, readable: true, gate: null, inGate: true, primaryKey: ['id'], ...more };
}

function facts(more: Partial<SqlserverSourceFacts> = {}): SqlserverSourceFacts {
  return {
    database: 'shop',
    captures: true,
    azure: false,
    agent: 'Running',
    snapshotIsolation: 'ON',
    tables: [table('orders')],
    readsCapture: true,
    user: 'debezium',
    ...more,
  };
}

const config = { 'table.include.list': 'dbo.orders' };

function findings(some: Partial<SqlserverSourceFacts>, more: Record<string, string> = {}, sameUser = true) {
  return sqlserverSourceFindings(facts(some), { ...config, ...more }, sameUser, quote).findings;
}

describe('a SQL Server source', () => {
  it('with everything in place has no finding', () => {
    expect(sqlserverSourceFindings(facts(), config, true, quote)).toEqual({
      findings: [],
      tables: [{ schema: 'dbo', name: 'orders', primaryKey: ['id'] }],
    });
  });

  it.each<[string, Partial<SqlserverSourceFacts>, Record<string, string>, string[], (string | null)[]]>([
    [
      'without CDC on the database',
      { captures: false, readsCapture: false, tables: [table('orders', { tracked: false })] },
      {},
      ['error cdc-database', 'error cdc-table'],
      [
        'USE [shop]; EXEC sys.sp_cdc_enable_db;',
        "USE [shop]; EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'orders', @role_name = NULL;",
      ],
    ],
    [
      'without CDC on a table with an odd name',
      { tables: [table("o'rder", { tracked: false })] },
      { 'table.include.list': "dbo\\.o'rder" },
      ['error cdc-table'],
      [
        "USE [shop]; EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'o''rder', @role_name = NULL;",
      ],
    ],
    [
      'whose agent is stopped',
      { agent: 'Stopped' },
      {},
      ['error agent'],
      ["EXEC xp_servicecontrol N'START', N'SQLServerAGENT';"],
    ],
    ['whose agent cannot be seen', { agent: undefined }, {}, ['note agent-unknown'], [null]],
    ['on Azure, which has no agent', { agent: undefined, azure: true }, {}, [], []],
    [
      'without rights',
      { readsCapture: false, tables: [table('orders', { readable: false })] },
      {},
      ['error table-right', 'error cdc-right'],
      [
        'USE [shop]; GRANT SELECT ON [dbo].[orders] TO [debezium];',
        'USE [shop]; GRANT SELECT ON SCHEMA::cdc TO [debezium];',
      ],
    ],
    [
      'whose tables are guarded by a role',
      { tables: [table('orders', { gate: 'cdc]r', inGate: false }), table('lines', { gate: 'cdc]r', inGate: false })] },
      { 'table.include.list': 'dbo.orders,dbo.lines' },
      ['error cdc-role'],
      ['USE [shop]; ALTER ROLE [cdc]]r] ADD MEMBER [debezium];'],
    ],
    [
      'without snapshot isolation where it is asked for',
      { snapshotIsolation: 'OFF' },
      { 'snapshot.isolation.mode': 'snapshot' },
      ['error snapshot-isolation'],
      ['ALTER DATABASE [shop] SET ALLOW_SNAPSHOT_ISOLATION ON;'],
    ],
    ['without snapshot isolation where it is not', { snapshotIsolation: 'OFF' }, {}, [], []],
    ['without a table', { tables: [table('order')] }, {}, ['warning table-missing'], [null]],
  ])('%s', (_what, some, more, expected, statements) => {
    const found = findings(some, more);
    expect(found.map(({ severity, check }) => `${severity} ${check}`)).toEqual(expected);
    expect(found.map(({ statement }) => statement)).toEqual(statements);
  });

  it('that is asked as somebody else tells nothing of rights', () => {
    const found = findings({ readsCapture: false, tables: [table('orders', { readable: false })] }, {}, false);
    expect(found.map(({ check, severity }) => [check, severity])).toEqual([['rights-unknown', 'note']]);
  });
});

describe('what a session on SQL Server sees', () => {
  const session = (rights: { schema: string; tables: string }) => {
    const asked: string[] = [];
    const query = async (sql: string) => {
      asked.push(sql);
      if (/sys\.databases/.test(sql)) return [['shop', '1', 'ON', '3', rights.schema, 'debezium', rights.tables]];
      if (/dm_server_services/.test(sql)) return [['Running']];
      if (/cdc\.change_tables/.test(sql)) {
        if (rights.tables !== '1') throw new Error('The SELECT permission was denied on the object change_tables');
        return [['dbo', 'orders', '1', '1', 'gate', '0', 'id']];
      }
      return [['dbo', 'orders', '1', '1', null, '1', 'id']];
    };
    return { asked, session: { query } as unknown as Session };
  };

  it('without a permission on the schema cdc, reports that, and not that something could not be checked', async () => {
    const { session: blind, asked } = session({ schema: '0', tables: '0' });
    const seen = await sqlserverSourceFacts(blind);
    expect(asked.some((sql) => sql.includes('FROM cdc.change_tables'))).toBe(false);
    expect(sqlserverSourceFindings(seen, config, true, quote).findings.map(({ check }) => check)).toEqual([
      'cdc-right',
    ]);
  });

  it('with it, the role that guards the changes', async () => {
    const seen = await sqlserverSourceFacts(session({ schema: '1', tables: '1' }).session);
    expect(sqlserverSourceFindings(seen, config, true, quote).findings.map(({ check }) => check)).toEqual(['cdc-role']);
  });
});
