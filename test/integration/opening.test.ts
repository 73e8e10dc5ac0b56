import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../../scripts/picture.ts';
import { packagePath } from '../../src/config/package-root.ts';
import type { StatusReport } from '../../src/monitor/status.ts';
import type { DatabaseAddress } from '../../src/sandbox/status.ts';
import { eventually, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { PipelineTopics } from '../helpers/pipeline-topics.ts';
import { query } from '../helpers/query.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

/** The picture at the top of the README. `SLUICE_DRAW=1` draws it anew from this run. */
const PICTURE = packagePath('docs', 'opening.svg');
const folder = workFolder('opening');
const client = sandboxClient();
// Offsets outlive a connector: in a sandbox that is used again its topic must be new.
const prefix = `opening-${Date.now().toString(36)}`;
const slot = prefix.replace('-', '_');
const names = ['orders-source', 'orders-sink'];

/** One wrong letter: the worker ignores the key, and the sink adds no column. */
const sink = () => `name: orders-sink
config:
  connector.class: io.debezium.connector.jdbc.JdbcSinkConnector
  topics: ${prefix}.public.orders
  connection.url: jdbc:postgresql://${sandbox.target.host}:${sandbox.target.port}/opening
  connection.username: ${sandbox.target.user}
  connection.password: \${TARGET_PASSWORD}
  collection.name.format: orders
  insert.mode: upsert
  primary.key.mode: record_key
  delete.enabled: true
  schema.evolutoin: basic
`;

const source = () => `name: orders-source
config:
  connector.class: io.debezium.connector.postgresql.PostgresConnector
  database.hostname: ${sandbox.source.host}
  database.port: ${sandbox.source.port}
  database.user: ${sandbox.source.user}
  database.password: ${sandbox.source.password}
  database.dbname: opening
  topic.prefix: ${prefix}
  plugin.name: pgoutput
  slot.name: ${slot}
  publication.name: ${slot}
  publication.autocreate.mode: filtered
  table.include.list: public.orders
`;

/** Databases of their own, so that the tables can have the names that a reader expects. */
const inDatabase = (address: DatabaseAddress): DatabaseAddress => ({
  ...address,
  database: 'opening',
  url: String(new URL('/opening', address.url)),
});
const shop = inDatabase(sandbox.source);
const warehouse = inDatabase(sandbox.target);

const env = () => ({ FORCE_COLOR: '1', TARGET_PASSWORD: sandbox.target.password });
const run = (args: string[], more: Record<string, string> = {}) =>
  sluiceOnSandbox(args, { cwd: folder.path(), env: { ...env(), ...more } });

beforeAll(async () => {
  mkdirSync(folder.path('connectors'));
  folder.write('connectors/orders-source.yaml', source());
  folder.write('connectors/orders-sink.yaml', sink());
  folder.write('sluice.yaml', `version: 1\ndatabases:\n  shop: ${shop.url}\n  warehouse: ${warehouse.url}\n`);
  const cities = (...more: string[]) => [
    'CREATE TABLE customers (id int PRIMARY KEY, name text, city text)',
    "INSERT INTO customers SELECT n, 'customer ' || n, 'Malm\u00f6' FROM generate_series(1, 1000) n",
    ...more,
  ];
  for (const server of [sandbox.source, sandbox.target])
    await query(server, 'DROP DATABASE IF EXISTS opening', 'CREATE DATABASE opening');
  await query(
    shop,
    ...cities(
      'CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2), discount numeric(10,2))',
      'INSERT INTO orders VALUES (1, 9.90, 1)',
    ),
  );
  // UTF-8 that was read as Latin-1.
  await query(
    warehouse,
    ...cities(
      "UPDATE customers SET city = 'Malm\u00c3\u00b6' WHERE id = 42",
      'CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2))',
    ),
  );
  const [first, second] = names.map((name) => folder.path('connectors', `${name}.yaml`)) as [string, string];
  expect(await run(['deploy', first, '--no-preflight', '--stable', '1s'])).toMatchObject({ code: 0 });
  await new PipelineTopics(sandbox.bootstrapServers, prefix).records(`${prefix}.public.orders`, 1);
  await run(['deploy', second, '--no-preflight', '--no-rollback', '--stable', '1s']);
  await eventually(
    async () => JSON.parse((await run(['status', 'orders-sink', '--json'])).stdout) as StatusReport,
    ({ connectors: [one] }) => one?.taskList[0]?.state === 'FAILED',
  );
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  await dropReplication(shop, slot);
  for (const server of [sandbox.source, sandbox.target])
    await query(server, 'DROP DATABASE IF EXISTS opening WITH (FORCE)');
  folder.remove();
});

/** Lines of an output from the one that contains a text, as many as are wanted. */
function excerpt(output: string, from: string, lines: number): string[] {
  const all = output.split('\n');
  const at = all.findIndex((line) => stripVTControlCharacters(line).includes(from));
  expect(at, output).toBeGreaterThanOrEqual(0);
  return all.slice(at, at + lines);
}

describe('the picture at the top of the README', () => {
  it('is what the commands print', async () => {
    const prompt = (command: string) => `\u001b[90m$\u001b[39m \u001b[1m${command}\u001b[22m`;
    const validated = await run(['validate', 'connectors']);
    const status = await run(['status', 'orders-sink', 'orders-source']);
    const compared = await run(['reconcile', 'customers', '--source', 'shop', '--target', 'warehouse']);
    expect([validated.code, status.code, compared.code]).toEqual([0, 10, 10]);
    const lines = [
      prompt('sluice validate connectors'),
      ...excerpt(validated.stdout, 'schema.evolutoin is unknown', 4),
      prompt('sluice status orders-sink orders-source'),
      ...excerpt(status.stdout, 'orders-sink: task 0', 3),
      prompt('sluice reconcile customers --source shop --target warehouse'),
      ...excerpt(compared.stdout, 'public.customers', 99)
        .filter((line) => !/equal|^$/.test(line))
        .slice(1, 3),
    ];
    const drawn = picture(lines, stripVTControlCharacters(lines.join('\n')));
    if (process.env.SLUICE_DRAW) writeFileSync(PICTURE, drawn);
    expect(lines).toHaveLength(12);
    expect(readFileSync(PICTURE, 'utf8')).toBe(drawn);
  });
});
