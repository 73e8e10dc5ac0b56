import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, sandboxClient } from '../helpers/connectors.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { type Config, check, env, fix, PASSWORD, preflightFolder } from '../helpers/preflight.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

const { folder, write } = preflightFolder('preflight');
const client = sandboxClient();

async function postgres(url: string): Promise<{ run(sql: string): Promise<string[][]>; end(): Promise<void> }> {
  const connection = new pg.Client(url);
  await connection.connect();
  return {
    run: async (sql) => ((await connection.query({ text: sql, rowMode: 'array' })).rows ?? []) as string[][],
    end: () => connection.end(),
  };
}

function postgresSource({ port, database }: { port: number; database: string }, more: Config = {}): Config {
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': 1,
    'database.hostname': '127.0.0.1',
    'database.port': port,
    'database.dbname': database,
    'database.user': 'preflight',
    'database.password': '${PREFLIGHT_PASSWORD}',
    'topic.prefix': 'preflight',
    'plugin.name': 'pgoutput',
    'slot.name': 'preflight',
    'publication.name': 'preflight',
    'publication.autocreate.mode': 'filtered',
    'table.include.list': 'preflight\\.(orders|lines)',
    ...more,
  };
}

afterAll(() => folder.remove());

describe('a PostgreSQL source', () => {
  let admin: Awaited<ReturnType<typeof postgres>>;

  beforeAll(async () => {
    admin = await postgres(sandbox.source.url);
    await drop();
    await admin.run(`CREATE ROLE preflight LOGIN PASSWORD '${PASSWORD}'`);
    await admin.run('CREATE SCHEMA preflight');
    await admin.run('CREATE TABLE preflight.orders (id int PRIMARY KEY)');
    await admin.run('CREATE TABLE preflight.lines (id int, position int)');
  });

  const drop = async () => {
    for (const name of ['preflight-source', 'preflight-second']) await client.delete(name);
    await admin.run('DROP PUBLICATION IF EXISTS preflight');
    await admin.run('DROP SCHEMA IF EXISTS preflight CASCADE');
    await admin.run("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'preflight'");
    const slot = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'preflight'";
    const dropped = () =>
      admin.run(slot).then(
        () => true,
        () => false,
      );
    await eventually(dropped, (done) => done);
    await admin.run(
      "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'preflight') THEN DROP OWNED BY preflight; DROP ROLE preflight; END IF; END $$",
    );
  };

  afterAll(async () => {
    await drop();
    await admin.end();
  });

  it('lacks rights, a replica identity and a publication, until the statements have run', async () => {
    const file = write('preflight-source', postgresSource(sandbox.source));
    const { code, report, checks } = await check([file]);
    expect(code).toBe(11);
    expect(checks).toEqual([
      'publication-right',
      'replica-identity',
      'replication-right',
      'schema-right',
      'table-right',
    ]);
    expect(report.findings).toHaveLength(6);
    expect(report.connectors).toMatchObject([
      { role: 'source', outcome: 'checked', database: /127\.0\.0\.1:\d+\/sluice/ },
    ]);

    await fix(report.findings, (sql) => admin.run(sql));
    const config = postgresSource(sandbox.source, { 'publication.autocreate.mode': 'disabled' });
    const fixed = await check([write('preflight-source', config)]);
    expect(fixed.report.findings).toEqual([]);
    expect(fixed.code).toBe(0);
  });

  it('that is fixed runs, and then no other may use its slot', async () => {
    const config = postgresSource(sandbox.source, { 'publication.autocreate.mode': 'disabled' });
    const first = write('preflight-source', config);
    const deployed = await sluiceOnSandbox(['deploy', first, '--stable', '500ms', '--json'], { env });
    expect(deployed.stdout).toContain('"created"');
    expect(deployed.code).toBe(0);

    // Its own slot is in use by itself.
    expect((await check([first], '--context', sandbox.context)).report.findings).toEqual([]);
    expect((await check([first])).found('slot-active')).toMatchObject([{ severity: 'note' }]);
    const second = write('preflight-second', config);
    const { found, code } = await check([second], '--context', sandbox.context);
    expect(code).toBe(11);
    expect(found('slot-active')).toMatchObject([{ severity: 'error', message: expect.stringContaining('process') }]);

    const refused = await sluiceOnSandbox(['deploy', second, '--json'], { env });
    expect(refused.code).toBe(11);
    expect(refused.stdout).toContain('PREFLIGHT_FAILED');
    expect(refused.stdout + refused.stderr).not.toContain(PASSWORD);
    expect(await client.find('preflight-second')).toBeUndefined();
  });

  it('whose publication leaves a table out never hears of its changes', async () => {
    await admin.run('CREATE TABLE preflight.returns (id int PRIMARY KEY)');
    await admin.run('GRANT SELECT ON preflight.returns TO preflight');
    const config = {
      'publication.autocreate.mode': 'disabled',
      'table.include.list': 'preflight.returns,preflight.orders,preflight.retruns',
    };
    const file = write('preflight-source', postgresSource(sandbox.source, config));
    const { found } = await check([file]);
    expect(found('publication-tables')).toMatchObject([{ message: expect.stringContaining('preflight.returns') }]);
    expect(found('table-missing')).toMatchObject([{ severity: 'warning', hint: 'Did you mean preflight.returns?' }]);
    await fix(found('publication-tables'), (sql) => admin.run(sql));
    expect((await check([file])).found('publication-tables')).toEqual([]);
  });

  it('with a wrong password is not let in', async () => {
    const file = write('preflight-source', postgresSource(sandbox.source, { 'database.password': 'wrong-hunter33' }));
    const { code, found, report } = await check([file]);
    expect(code).toBe(11);
    expect(found('login')).toMatchObject([{ severity: 'error' }]);
    expect(JSON.stringify(report)).not.toContain('hunter33');
  });

  it('that cannot be reached from here stops no deploy, unless that is asked for', async () => {
    const file = write('preflight-second', postgresSource({ port: 1, database: 'sluice' }));
    const { code, report } = await check([file]);
    expect(code).toBe(12);
    expect(report.connectors).toMatchObject([
      { outcome: 'unreachable', reason: expect.stringContaining('ECONNREFUSED') },
    ]);
    // The worker tries a source's connection itself when it checks it, a sink's only when it runs.
    const sink = write('preflight-second', {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      topics: 'preflight.none',
      'connection.url': 'jdbc:postgresql://127.0.0.1:1/sluice',
      'connection.username': 'preflight',
      'connection.password': '${PREFLIGHT_PASSWORD}',
    });
    const deploy = (...flags: string[]) => sluiceOnSandbox(['deploy', sink, '--dry-run', '--json', ...flags], { env });
    const told = await deploy();
    expect(told.code).toBe(0);
    expect(told.stderr).toContain('the worker may still reach it');
    const strict = await deploy('--strict');
    expect(strict.code).toBe(11);
    expect(strict.stdout).toContain('PREFLIGHT_FAILED');
    expect((await deploy('--no-preflight')).stderr).not.toContain('was not checked');
  });

  it('can be checked through a named database, where the worker fills in its password', async () => {
    const hidden = postgresSource(sandbox.source, {
      'database.password': '${file:/etc/secrets:password}',
      'publication.autocreate.mode': 'disabled',
    });
    const file = write('preflight-source', hidden);
    const skipped = await check([file]);
    expect(skipped.code).toBe(0);
    expect(skipped.report.connectors).toMatchObject([
      { outcome: 'skipped', reason: expect.stringContaining('preflight.databases') },
    ]);
    const project = folder.write(
      'sluice.yaml',
      JSON.stringify({
        version: 1,
        databases: { shop: sandbox.source.url },
        preflight: { databases: { 'preflight-source': 'shop' } },
      }),
    );
    // The rights are those of the connector's user, whoever asks.
    await admin.run('REVOKE SELECT ON preflight.orders FROM preflight');
    const { report, found } = await check([file], '--project', project);
    expect(report.connectors).toMatchObject([{ outcome: 'checked', database: 'shop' }]);
    expect(found('table-right')).toMatchObject([{ message: 'preflight may not read preflight.orders' }]);
    await fix(found('table-right'), (sql) => admin.run(sql));
    expect((await check([file], '--project', project)).found('table-right')).toEqual([]);
  });
});

describe('a PostgreSQL server of its own', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ wal_level: 'replica', max_replication_slots: '1', max_wal_senders: '1' });
    await server.run(`CREATE ROLE preflight SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
    await server.run('CREATE SCHEMA preflight');
    await server.run('CREATE TABLE preflight.orders (id int PRIMARY KEY)');
  });
  afterAll(() => server?.remove());

  it('without logical WAL or a free slot has both after the statements and a restart', async () => {
    const file = write('preflight-own', postgresSource({ port: server.port, database: 'sluice' }));
    await server.run("SELECT pg_create_physical_replication_slot('taken')");
    const { found, checks, code } = await check([file]);
    expect(code).toBe(11);
    expect(checks).toEqual(['replication-slots', 'wal-level']);
    expect(found('replication-slots')[0]?.hint).toContain("pg_drop_replication_slot('taken')");
    await fix([...found('wal-level'), ...found('replication-slots')], server.run);
    await server.restart();
    expect((await check([file])).report.findings).toEqual([]);
  });

  it('whose slot has lost its log, or is of another kind, says so', async () => {
    await server
      .run("SELECT pg_create_logical_replication_slot('preflight', 'test_decoding')")
      .catch(() => server.run("SELECT pg_create_physical_replication_slot('preflight')"));
    const file = write('preflight-own', postgresSource({ port: server.port, database: 'sluice' }));
    expect((await check([file])).found('slot-plugin')).toHaveLength(1);
    await server.run("SELECT pg_drop_replication_slot('preflight')");
  });
});

describe('a PostgreSQL target', () => {
  let admin: Awaited<ReturnType<typeof postgres>>;
  const sink = (more: Config = {}): Config => ({
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': 3,
    topics: 'preflight.shop.orders,preflight.shop.lines,preflight.shop.new',
    'connection.url': `jdbc:postgresql://127.0.0.1:${sandbox.target.port}/${sandbox.target.database}`,
    'connection.username': 'preflight_sink',
    'connection.password': '${PREFLIGHT_PASSWORD}',
    'collection.name.format': 'preflight.${topic}',
    'insert.mode': 'upsert',
    'delete.enabled': 'true',
    'primary.key.mode': 'record_key',
    'schema.evolution': 'basic',
    ...more,
  });

  beforeAll(async () => {
    admin = await postgres(sandbox.target.url);
    await drop();
    await admin.run(`CREATE ROLE preflight_sink LOGIN PASSWORD '${PASSWORD}'`);
    await admin.run('CREATE SCHEMA preflight');
    await admin.run('CREATE TABLE preflight.preflight_shop_orders (id int PRIMARY KEY)');
    await admin.run(
      'CREATE TABLE preflight.preflight_shop_lines (id int REFERENCES preflight.preflight_shop_orders, position int)',
    );
  });

  const drop = async () => {
    await admin.run('DROP SCHEMA IF EXISTS preflight CASCADE');
    await admin.run('DROP ROLE IF EXISTS preflight_sink');
  };

  afterAll(async () => {
    await drop();
    await admin.end();
  });

  it('lacks rights, a key and the order of a foreign key, until the statements have run', async () => {
    const file = write('preflight-sink', sink({ 'primary.key.fields': 'id,position' }));
    const { code, report, checks } = await check([file]);
    expect(code).toBe(11);
    expect(checks).toEqual(['create-right', 'foreign-key', 'schema-right', 'target-key', 'target-right']);
    const orders = report.findings.filter(({ message }) => message.includes('shop_orders has no'));
    expect(orders).toHaveLength(1);
    await fix(
      report.findings.filter((finding) => !orders.includes(finding)),
      (sql) => admin.run(sql),
    );
    const fixed = await check([write('preflight-sink', sink())]);
    expect(fixed.report.findings).toEqual([]);
    expect(fixed.code).toBe(0);
  });

  it('without a table, and without the right to make one, says so', async () => {
    const { found } = await check([write('preflight-sink', sink({ 'schema.evolution': 'none' }))]);
    expect(found('target-table')).toMatchObject([{ message: expect.stringContaining('preflight_shop_new') }]);
  });

  it('knows the key that the source has, and the tables behind an expression', async () => {
    const source = await postgres(sandbox.source.url);
    await source.run('DROP SCHEMA IF EXISTS preflight_keys CASCADE');
    await source.run('CREATE SCHEMA preflight_keys');
    await source.run('CREATE TABLE preflight_keys.keyed (a int, b int, PRIMARY KEY (b, a))');
    await admin.run('CREATE TABLE preflight.preflight_preflight_keys_keyed (a int, b int)');
    await admin.run('GRANT ALL ON preflight.preflight_preflight_keys_keyed TO preflight_sink');
    try {
      const from = write('preflight-keyed', {
        ...postgresSource(sandbox.source, { 'table.include.list': 'preflight_keys\\..*' }),
        'database.user': sandbox.source.user,
        'database.password': sandbox.source.password,
      });
      const { topics: _topics, ...rest } = sink();
      const to = write('preflight-sink', { ...rest, 'topics.regex': 'preflight\\.preflight_keys\\..*' });
      const { found } = await check([from, to]);
      expect(found('target-key')).toMatchObject([{ statement: expect.stringContaining('PRIMARY KEY ("b", "a")') }]);
      await fix(found('target-key'), (sql) => admin.run(sql));
      expect((await check([from, to], '--only', 'preflight-sink')).report.findings).toEqual([]);
    } finally {
      await source.run('DROP SCHEMA preflight_keys CASCADE');
      await source.end();
    }
  });
});
