import pg from 'pg';
import { describe, expect, type TestContext, test } from 'vitest';
import { listTemplates, loadTemplate } from '../../src/connectors/templates/load.ts';
import { connectorConfig, renderTemplate } from '../../src/connectors/templates/render.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** A pipeline of its own for one test, with its schema on both sides. The tests run side by side: they wait more than they work. */
async function start({ onTestFinished }: TestContext, prefix: string, tables: string): Promise<Pipeline> {
  const started = new Pipeline(sandbox, prefix);
  onTestFinished(() => started.remove());
  await started.schema(started.source);
  await started.schema(started.target);
  await started.source.query(tables);
  return started;
}

async function source(of: Pipeline, values: Record<string, string> = {}): Promise<string> {
  return of.deploy('debezium-postgres-source', {
    name: `${of.prefix}-source`,
    ...of.connection('source'),
    tables: `${of.prefix}\\..*`,
    ...values,
  });
}

function sinkValues(of: Pipeline): Record<string, string> {
  return { name: `${of.prefix}-sink`, ...of.connection('target'), schema: of.prefix };
}

async function sink(of: Pipeline): Promise<string> {
  return of.deploy('debezium-jdbc-sink-postgres', sinkValues(of));
}

async function failingSink(of: Pipeline): Promise<string> {
  return of.submit('debezium-jdbc-sink-postgres', sinkValues(of));
}

/** Only to learn sooner that there is no such server. */
const SOON = { 'driver.loginTimeout': '1', 'mongodb.server.selection.timeout.ms': '1000' };

/** Long enough for several tries, 5 s apart. */
const AWAY_MS = 12_000;

/** Waits until a table of a database has so many rows. */
async function counts(pipeline: Pipeline, url: string, table: string, wanted: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await eventually(
      async () => {
        const found = await client.query(`SELECT count(*)::int AS n FROM ${table}`).catch(() => undefined);
        return found?.rows[0]?.n === wanted ? true : undefined;
      },
      async () => `${wanted} rows in ${table}\n${await pipeline.connectors.describe()}`,
    );
  } finally {
    await client.end();
  }
}

describe('the worker accepts the settings of', () => {
  const debezium = listTemplates().filter((template) => template.name.startsWith('debezium'));

  test.each(debezium.map((template) => template.name))('%s', async (name) => {
    const template = await loadTemplate(name);
    const values = new Map(
      Object.entries(template.placeholders)
        .filter(([, placeholder]) => placeholder.required)
        .map(([key, placeholder]) => [key, key === 'host' ? '127.0.0.1' : (placeholder.example ?? 'x')]),
    );
    if ('port' in template.placeholders) values.set('port', '1');
    const rendered = renderTemplate(template, values);
    const answer = await fetch(`${sandbox.connectUrl}/connector-plugins/${template.class}/config/validate`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: rendered.name, ...connectorConfig(rendered), ...SOON }),
    });
    expect(answer.status).toBe(200);
    const { configs } = (await answer.json()) as { configs: { value: { name: string; errors: string[] } }[] };
    const errors = configs.flatMap(({ value }) => value.errors.map((error) => `${value.name}: ${error}`));
    // There is no such server: what is said of the connection is as it must be.
    expect(errors.filter((error) => !/connect|Unable to|refused|host/i.test(error))).toEqual([]);
  });
});

describe.concurrent('tables', () => {
  test('without a primary key stop the sink, which says so; with message-keys they arrive', async (context) => {
    const it = await start(
      context,
      'pnk',
      "CREATE TABLE pnk.visits (visitor int, at int, page text); INSERT INTO pnk.visits VALUES (1, 1, 'a')",
    );
    const name = await source(it);
    const sinkName = await failingSink(it);
    expect(await it.connectors.failure(sinkName)).toMatch(/primary key|record_key|key schema/i);
    await it.connectors.delete(name);
    await it.connectors.delete(sinkName);
    await it.topics.delete();
    await it.dropSlots();
    await it.source.query('ALTER TABLE pnk.visits REPLICA IDENTITY FULL');
    await source(it, { 'message-keys': 'pnk.visits:visitor,at' });
    await sink(it);
    await it.arrives("SELECT FROM pnk.visits WHERE page = 'a'", (row) => row !== undefined);
    await it.source.query("UPDATE pnk.visits SET page = 'b'; INSERT INTO pnk.visits VALUES (1, 2, 'c')");
    await it.arrives<{ n: number }>(
      "SELECT count(*)::int AS n FROM pnk.visits WHERE page IN ('b', 'c')",
      (row) => row?.n === 2,
    );
    await it.source.query('DELETE FROM pnk.visits WHERE at = 1');
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pnk.visits', (row) => row?.n === 1);
  });

  test('made later arrive within seconds by a publication of their schema', async (context) => {
    const it = await start(
      context,
      'pnt',
      'CREATE TABLE pnt.first (id int PRIMARY KEY); CREATE PUBLICATION pnt_all FOR TABLES IN SCHEMA pnt',
    );
    await it.source.query('INSERT INTO pnt.first VALUES (1)');
    await source(it, { publication: 'pnt_all', 'publication-mode': 'disabled' });
    await sink(it);
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pnt.first', (row) => row?.n === 1);
    await it.source.query('CREATE TABLE pnt.later (id int PRIMARY KEY); INSERT INTO pnt.later VALUES (1)');
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pnt.later', (row) => row?.n === 1, 30);
  });

  test('made later arrive after a restart where the connector keeps the publication', async (context) => {
    const it = await start(
      context,
      'pnr',
      'CREATE TABLE pnr.first (id int PRIMARY KEY); INSERT INTO pnr.first VALUES (1)',
    );
    const name = await source(it);
    await sink(it);
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pnr.first', (row) => row?.n === 1);
    await it.source.query('CREATE TABLE pnr.later (id int PRIMARY KEY)');
    await it.connectors.restart(name);
    await it.sourceHas("SELECT FROM pg_publication_tables WHERE pubname = 'pnr_source' AND tablename = 'later'");
    await it.source.query('INSERT INTO pnr.later VALUES (1)');
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pnr.later', (row) => row?.n === 1, 30);
  });
});

test.concurrent('with toast=full a large value stays too, by REPLICA IDENTITY FULL', async (context) => {
  const it = await start(
    context,
    'ptf',
    `CREATE TABLE ptf.big (id int PRIMARY KEY, body text, n int);
     INSERT INTO ptf.big SELECT 1, (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 400)), 0`,
  );
  await source(it, { toast: 'full' });
  await sink(it);
  await it.arrives('SELECT FROM ptf.big', (row) => row !== undefined);
  await it.sourceHas("SELECT FROM pg_class WHERE oid = 'ptf.big'::regclass AND relreplident = 'f'");
  await it.source.query('UPDATE ptf.big SET n = 1');
  const { rows } = await it.source.query<{ body: string }>('SELECT md5(body) AS body FROM ptf.big');
  await it.arrives<{ body: string }>(
    'SELECT md5(body) AS body FROM ptf.big WHERE n = 1',
    (row) => row?.body === rows[0]?.body,
  );
});

describe.concurrent('what goes wrong', () => {
  test('a record that is no JSON goes to the dead letter queue with its context, and the others go on', async (context) => {
    const it = await start(
      context,
      'pdl',
      'CREATE TABLE pdl.items (id int PRIMARY KEY); INSERT INTO pdl.items VALUES (1)',
    );
    await source(it);
    await sink(it);
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pdl.items', (row) => row?.n === 1);
    await it.topics.produce('pdl.pdl.items', 'no key', 'no JSON');
    await it.source.query('INSERT INTO pdl.items VALUES (2)');
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pdl.items', (row) => row?.n === 2);
    const [letter] = await it.topics.records('dlq.pdl-sink', 1);
    expect(letter?.value).toBe('no JSON');
    expect(letter?.headers).toMatchObject({
      '__connect.errors.topic': 'pdl.pdl.items',
      '__connect.errors.connector.name': 'pdl-sink',
      '__connect.errors.exception.class.name': expect.stringContaining('DataException'),
    });
  });

  test('lost connections, and a target that is away for a while, cost time and no rows', async (context) => {
    const it = await start(
      context,
      'plc',
      'CREATE TABLE plc.items (id int PRIMARY KEY); INSERT INTO plc.items VALUES (1)',
    );
    // A database of its own, since nobody gets into one that takes no connections.
    await it.target.query('DROP DATABASE IF EXISTS plc');
    await it.target.query('CREATE DATABASE plc');
    const url = new URL(sandbox.target.url);
    url.pathname = '/plc';
    try {
      await source(it);
      await it.deploy('debezium-jdbc-sink-postgres', { ...sinkValues(it), database: 'plc', schema: 'public' });
      await counts(it, url.href, 'items', 1);
      const killed = await it.target.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plc-sink'",
      );
      expect(killed.rowCount).toBeGreaterThan(0);
      await it.source.query('INSERT INTO plc.items SELECT generate_series(2, 50)');
      await counts(it, url.href, 'items', 50);
      await it.source.query(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'plc_source'",
      );
      await it.target.query('ALTER DATABASE plc ALLOW_CONNECTIONS false');
      await it.target.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'plc'");
      await it.source.query('INSERT INTO plc.items SELECT generate_series(51, 100)');
      await it.sourceHas("SELECT FROM pg_replication_slots WHERE slot_name = 'plc_source' AND active");
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
      await it.target.query('ALTER DATABASE plc ALLOW_CONNECTIONS true');
      await counts(it, url.href, 'items', 100);
      await it.connectors.running('plc-source');
      await it.connectors.running('plc-sink');
    } finally {
      await it.connectors.delete('plc-sink');
      await it.target.query('DROP DATABASE plc WITH (FORCE)');
    }
  });

  test('a row that the database refuses fails the task, and no dead letter comes', async (context) => {
    const it = await start(
      context,
      'pfw',
      'CREATE TABLE pfw.items (id int PRIMARY KEY, label text); INSERT INTO pfw.items VALUES (1, $$far too long$$)',
    );
    await it.target.query('CREATE TABLE pfw.items (id int PRIMARY KEY, label varchar(3))');
    await source(it);
    const name = await failingSink(it);
    expect(await it.connectors.failure(name)).toContain('value too long for type character varying(3)');
    expect(await it.topics.records('dlq.pfw-sink', 0)).toEqual([]);
    // Mended, the row goes on from where it stopped.
    await it.target.query('ALTER TABLE pfw.items ALTER COLUMN label TYPE text');
    await it.connectors.restart(name);
    await it.arrives<{ n: number }>('SELECT count(*)::int AS n FROM pfw.items', (row) => row?.n === 1);
  });
});

/** Type, a value, the type that the sink makes, and what arrives: the table in docs/templates.md. */
const CHANGED: [type: string, value: string, made: string, text: string][] = [
  ['numeric', '12345678901234567890.123456789', 'double precision', '1.2345678901234567e+19'],
  ['interval', "'1 mon 2 days 03:04:05'", 'text', 'P0Y1M2DT3H4M5S'],
  ['money', "'12.34'", 'numeric(38,2)', '12.34'],
  ['timetz', "'12:34:56+02'", 'time(6) with time zone', '10:34:56+00'],
  ['float8', "'NaN'", 'double precision', '0'],
  ['numeric(10,2)', "'NaN'", 'numeric(10,2)', 'NULL'],
  ['timestamp', "'infinity'", 'timestamp(6) without time zone', '294247-01-10 04:00:25.2'],
  ['date', "'0044-03-15 BC'", 'date', '0044-03-15'],
  ['int[]', "'{{1,2},{3,4}}'", 'integer[]', '{NULL,NULL}'],
  ['varchar(5)', "'abc'", 'text', 'abc'],
  ['jsonb[]', `ARRAY['{"a":1}'::jsonb]`, 'json[]', '{"{\\"a\\": 1}"}'],
];

test.concurrent('what arrives changed is what docs/templates.md says', async (context) => {
  const columns = CHANGED.map(([type], index) => `c${index} ${type}`);
  const it = await start(context, 'pch', `CREATE TABLE pch.odd (id int PRIMARY KEY, ${columns.join(', ')})`);
  await it.source.query(`INSERT INTO pch.odd VALUES (1, ${CHANGED.map(([, value]) => value).join(', ')})`);
  await source(it);
  await sink(it);
  const row = await it.arrives<Record<string, string>>(
    `SELECT ${CHANGED.map((_, index) => `coalesce(c${index}::text, 'NULL') AS c${index}`).join(', ')} FROM pch.odd`,
    (found) => found !== undefined,
  );
  const { rows } = await it.target.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'pch.odd'::regclass AND attnum > 0`,
  );
  const made = Object.fromEntries(rows.map(({ name, type }) => [name, type]));
  expect(CHANGED.map(([type], index) => [type, made[`c${index}`], row[`c${index}`]])).toEqual(
    CHANGED.map(([type, , wanted, text]) => [type, wanted, text]),
  );
});

describe.skipIf(sandbox.mariadb === undefined)('the MySQL sink, into MariaDB', { concurrent: true }, () => {
  test('by the MariaDB driver', async (context) => {
    const it = await start(
      context,
      'pms',
      `CREATE TABLE pms.items (id bigint PRIMARY KEY, label text, price numeric(12,2), at timestamp(6), doc jsonb, flag boolean);
       INSERT INTO pms.items SELECT n, 'ü 😀 ' || n, n / 100.0, timestamp '2024-01-01 00:00:00.123456', '{"a": 1}', true FROM generate_series(1, 2000) n`,
    );
    const mariadb = await it.mariadb();
    await source(it);
    await it.deploy('debezium-jdbc-sink-mysql', {
      name: `${it.prefix}-sink`,
      ...it.connection('mariadb'),
      database: it.prefix,
      driver: 'mariadb',
    });
    await it.source.query(
      `UPDATE ${it.prefix}.items SET label = 'changed' WHERE id = 1; DELETE FROM ${it.prefix}.items WHERE id > 1000`,
    );
    await it.source.query(`INSERT INTO ${it.prefix}.items (id, label) VALUES (5000, '')`);
    const read = async () => {
      const [rows] = await mariadb.query(
        `SELECT count(*) AS n, sum(id) AS ids, sum(price) AS prices, min(cast(at AS char)) AS at, sum(label = 'changed') AS changed, sum(label = '') AS empty, sum(label LIKE 'ü 😀 %') AS emoji, sum(flag) AS flags FROM ${it.prefix}.items`,
      );
      return (rows as Record<string, unknown>[])[0];
    };
    // The insert comes last: on the way there are 1001 rows, too.
    const arrived = async () => {
      const row = await read().catch(() => undefined);
      return String(row?.['n']) === '1001' && String(row?.['empty']) === '1';
    };
    await it.until(arrived, async () => JSON.stringify(await read()));
    expect(
      Object.fromEntries(Object.entries((await read()) ?? {}).map(([key, value]) => [key, String(value)])),
    ).toEqual({
      n: '1001',
      ids: '505500',
      prices: '5005.00',
      at: '2024-01-01 00:00:00.123456',
      changed: '1',
      empty: '1',
      emoji: '999',
      flags: '1000',
    });
  });
});
