import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { type Config, check, fix, PASSWORD, preflightFolder } from '../helpers/preflight.ts';
import { sandbox } from '../helpers/sandbox.ts';

const MYSQL_PROPER = engine === 'MySQL';
const { folder, write } = preflightFolder('preflight-mariadb');

afterAll(() => folder.remove());

describe.skipIf(sandbox.mariadb === undefined)(`preflight of ${engine} (${WITHOUT_MARIADB})`, () => {
  const database = sandbox.mariadb ?? sandbox.source;
  let admin: Awaited<ReturnType<typeof createConnection>>;
  const run = (sql: string) => admin.query(sql);
  const source = (more: Config = {}): Config => ({
    'connector.class': MYSQL_PROPER
      ? 'io.debezium.connector.mysql.MySqlConnector'
      : 'io.debezium.connector.mariadb.MariaDbConnector',
    'tasks.max': 1,
    'database.hostname': '127.0.0.1',
    'database.port': database.port,
    'database.user': 'preflight',
    'database.password': '${PREFLIGHT_PASSWORD}',
    'database.server.id': 4711,
    'topic.prefix': 'preflight-m',
    'database.include.list': 'preflight',
    'table.include.list': 'preflight.orders',
    'schema.history.internal.kafka.bootstrap.servers': sandbox.bootstrapServers,
    'schema.history.internal.kafka.topic': 'preflight-history',
    ...more,
  });

  beforeAll(async () => {
    admin = await createConnection({ uri: database.url });
    await drop();
    await run('CREATE DATABASE preflight');
    await run('CREATE TABLE preflight.orders (id int PRIMARY KEY)');
    await run(
      'CREATE TABLE preflight.lines (id int, parent int, FOREIGN KEY (parent) REFERENCES preflight.orders (id))',
    );
    await run(`CREATE USER preflight IDENTIFIED BY '${PASSWORD}'`);
  });

  const drop = async () => {
    await run('DROP DATABASE IF EXISTS preflight');
    await run('DROP USER IF EXISTS preflight');
    await run("SET GLOBAL binlog_format = 'ROW', binlog_row_image = 'FULL'");
  };

  afterAll(async () => {
    await drop();
    await admin.end();
  });

  it('as a source lacks rights and formats, until the statements have run', async () => {
    await run("SET GLOBAL binlog_format = 'MIXED', binlog_row_image = 'MINIMAL'");
    const file = write('preflight-m', source());
    const { code, report, checks, found } = await check([file]);
    expect(code).toBe(11);
    // Without a single right on it the table cannot be told from one that is not there.
    expect(checks).toEqual(['binlog-format', 'binlog-row-image', 'lock-right', 'replication-right', 'table-missing']);
    expect(found('replication-right').map(({ message }) => message)).toEqual([
      expect.stringContaining('REPLICATION SLAVE'),
      expect.stringContaining('REPLICATION CLIENT'),
    ]);
    await fix(report.findings, run);
    const fixed = await check([file]);
    expect(fixed.report.findings).toEqual([]);
    expect(fixed.code).toBe(0);
  });

  it('as a source with a role, or with the number of the server itself, is understood', async () => {
    await run('REVOKE SELECT ON preflight.orders FROM preflight');
    await run('CREATE ROLE preflight_reader');
    await run('GRANT SELECT ON preflight.* TO preflight_reader');
    await run('GRANT preflight_reader TO preflight');
    await run(
      MYSQL_PROPER
        ? 'SET DEFAULT ROLE preflight_reader TO preflight'
        : 'SET DEFAULT ROLE preflight_reader FOR preflight',
    );
    try {
      const { checks } = await check([write('preflight-m', source({ 'database.server.id': 1 }))]);
      expect(checks).toEqual(['server-id']);
    } finally {
      await run('DROP ROLE preflight_reader');
      await run('GRANT SELECT ON preflight.orders TO preflight');
    }
  });

  it.runIf(MYSQL_PROPER)(
    'as a source with a role that is not in force is refused (MySQL: MariaDB lists roles otherwise)',
    async () => {
      await run('CREATE ROLE preflight_idle');
      await run('GRANT SELECT ON preflight.* TO preflight_idle');
      await run('REVOKE SELECT ON preflight.orders FROM preflight');
      await run('GRANT preflight_idle TO preflight');
      await run('SET DEFAULT ROLE NONE TO preflight');
      try {
        expect((await check([write('preflight-m', source())])).checks).toEqual(['table-missing']);
        await run('SET DEFAULT ROLE ALL TO preflight');
        expect((await check([write('preflight-m', source())])).checks).toEqual([]);
      } finally {
        await run('DROP ROLE preflight_idle');
        await run('GRANT SELECT ON preflight.orders TO preflight');
      }
    },
  );

  it('as a target lacks rights and a key, until the statements have run', async () => {
    const sink = {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': 2,
      topics: 'orders,lines',
      'connection.url': `jdbc:${MYSQL_PROPER ? 'mysql' : 'mariadb'}://127.0.0.1:${database.port}/preflight`,
      'connection.username': 'preflight',
      'connection.password': '${PREFLIGHT_PASSWORD}',
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_value',
      'primary.key.fields': 'id',
    };
    await run('GRANT SELECT ON preflight.* TO preflight');
    const file = write('preflight-m-sink', sink);
    const { report, checks, code } = await check([file]);
    expect(code).toBe(11);
    expect(checks).toEqual(['foreign-key', 'target-key', 'target-right']);
    await fix(report.findings, run);
    const fixed = await check([file]);
    expect(fixed.report.findings).toEqual([]);
    expect(fixed.code).toBe(0);
  });

  it('does not take a login that is refused from here for the end of it', async () => {
    const file = write('preflight-m', source({ 'database.password': 'wrong-hunter33' }));
    const { code, found } = await check([file]);
    expect(found('login')).toMatchObject([
      { severity: 'warning', hint: expect.stringContaining('host of the worker') },
    ]);
    expect(code).toBe(0);
    expect((await check([file], '--strict')).code).toBe(11);
  });
});
