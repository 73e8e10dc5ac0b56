import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectorFile } from '../../../src/connectors/connector-file.ts';
import type { Cells, EngineName, TableInfo } from '../../../src/databases/model.ts';
import { openSession } from '../../../src/databases/open.ts';
import type { Session } from '../../../src/databases/session.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import type { ErrorCode } from '../../../src/errors/registry.ts';
import { preflight } from '../../../src/preflight/preflight.ts';
import { columnOf } from '../../helpers/declared-columns.ts';

/*
 * What preflight asks each engine, and what it finds in answers of all kinds, against test/fixtures/golden. Whether servers
 * understand it is tested on servers: test/integration/preflight*.test.ts.
 */
vi.mock('../../../src/databases/open.ts', async (original) => ({
  ...(await original<object>()),
  openSession: vi.fn(),
}));

const ENGINES: readonly [EngineName, string, string][] = [
  ['postgresql', 'postgresql.PostgresConnector', 'jdbc:postgresql://db:5432/shop'],
  ['mysql', 'mysql.MySqlConnector', 'jdbc:mysql://db:3306/shop'],
  ['mysql', 'mariadb.MariaDbConnector', 'jdbc:mariadb://db:3306/shop'],
  ['sqlserver', 'sqlserver.SqlServerConnector', 'jdbc:sqlserver://db:1433;databaseName=shop'],
];

/** An answer to any statement, as many columns as anyone reads. */
const ANSWERS: Readonly<Record<string, Cells[]>> = {
  nothing: [],
  'all ones': [Array.from({ length: 30 }, () => '1')],
  'all true': [Array.from({ length: 30 }, () => 'true'), Array.from({ length: 30 }, () => 't')],
  nulls: [Array.from({ length: 30 }, () => null)],
  'a table': [['public', 'orders', 'r', 'f', 'id', '1', '1', '1', '1', '1', '1', '1']],
};

let asked: string[];

function sessionOf(engine: EngineName, answer: Cells[]): Session {
  const plain = engine === 'mysql' ? 'bigint(20)' : 'bigint';
  const table: TableInfo = {
    schema: 'public',
    name: 'orders',
    kind: 'table',
    transactional: true,
    columns: [columnOf(engine, 'id', plain, { nullable: false })],
    primaryKey: ['id'],
    uniqueKeys: [['id']],
    estimatedRows: 1,
  };
  return {
    engine,
    server: { product: 'MariaDB', version: '16', major: 16, database: 'shop', schemas: ['public'] },
    quote: (name: string) => `<${name}>`,
    table: ({ schema, name }: { schema: string; name: string }) => `<${schema}>.<${name}>`,
    async query(statement: string | { sql: string; parameters: readonly unknown[] }) {
      asked.push(
        typeof statement === 'string' ? statement : `${statement.sql} <- ${JSON.stringify(statement.parameters)}`,
      );
      const { sql } = typeof statement === 'string' ? { sql: statement } : statement;
      // The seventh column of PostgreSQL's tables is a list in JSON.
      return sql.includes('array_to_json') ? answer.map((row) => row.with(6, '["id"]')) : answer;
    },
    tables: async () => [{ schema: 'public', name: 'orders', kind: 'table', visible: true }],
    describe: async () => table,
    close: async () => {},
  } as unknown as Session;
}

function filesOf(connector: string, url: string, user: string): ConnectorFile[] {
  const of = (name: string, config: Record<string, string>) =>
    ({ name, file: `${name}.yaml`, config: { name, ...config } }) as unknown as ConnectorFile;
  return [
    of('source', {
      'connector.class': `io.debezium.connector.${connector}`,
      'topic.prefix': 'shop',
      'database.hostname': 'db',
      'database.user': user,
      'database.password': 'p',
      ...(connector.startsWith('sqlserver') ? { 'database.names': 'shop,other' } : { 'database.dbname': 'shop' }),
      'table.include.list': 'public.orders,public.missing',
    }),
    of('sink', {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      topics: 'orders,missing',
      'connection.url': url,
      'connection.username': user,
      'connection.password': 'p',
      'insert.mode': 'upsert',
      'delete.enabled': 'true',
      'schema.evolution': 'basic',
    }),
  ];
}

beforeEach(() => {
  asked = [];
});

describe.each(ENGINES)('preflight of %s by %s', (engine, connector, url) => {
  const [, file = ''] = connector.split('.');
  const check = async (user: string) => {
    const live = new Map([['source', { 'slot.name': 'debezium' }]]);
    const report = await preflight(filesOf(connector, url, user), {
      named: new Map(),
      live,
      signal: new AbortController().signal,
    });
    const connectors = report.connectors.map(({ name, outcome, database, reason }) =>
      [name, outcome, database, reason].join(' | '),
    );
    const findings = report.findings.map(({ connector: of, severity, check: id, message, statement, hint }) =>
      [of, severity, id, message, statement, hint].join(' | '),
    );
    return [...connectors, ...findings];
  };

  it('asks the same, and finds the same', async () => {
    const lines: string[] = [];
    const seen = new Set<string>();
    for (const user of ['debezium', '']) {
      for (const [name, answer] of Object.entries(ANSWERS)) {
        vi.mocked(openSession).mockImplementation(async (database) => {
          asked.push(`(a session of ${database.name} on ${database.url})`);
          return sessionOf(engine, answer);
        });
        asked = [];
        const found = await check(user);
        lines.push('', `-- every answer: ${name}; user: ${user || 'of the session'}`);
        lines.push(...asked.filter((line) => !seen.has(line)), '-- =>', ...found.filter((line) => !seen.has(line)));
        for (const line of [...asked, ...found]) seen.add(line);
      }
    }
    for (const [code, message] of [
      ['DATABASE_UNAUTHORIZED', 'no'],
      ...(engine === 'postgresql' ? ([['DATABASE_UNAUTHORIZED', 'no pg_hba.conf entry for host']] as const) : []),
      ['DATABASE_REJECTED', 'no such database'],
      ['DATABASE_UNREACHABLE', 'refused'],
    ] as [ErrorCode, string][]) {
      vi.mocked(openSession).mockRejectedValue(new SluiceError(code, message));
      lines.push('', `-- no session: ${code} ${message}`, ...(await check('debezium')));
    }
    await expect(`${lines.join('\n').trim()}\n`).toMatchFileSnapshot(
      `../../fixtures/golden/preflight.${file.replace('Connector', '').toLowerCase()}.sql`,
    );
  });
});
