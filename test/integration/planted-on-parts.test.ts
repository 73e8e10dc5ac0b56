import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import { sandboxClient, workFolder } from '../helpers/connectors.ts';
import { Plants } from '../helpers/plants.ts';
import { query } from '../helpers/query.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

/** Secrets that a real worker and real databases are given, and what they make of them in traces, logs and errors. */
const plants = new Plants();
const client = sandboxClient();
const folder = workFolder('planted');
const run = Date.now().toString(36);
const table = `planted_${run}`;
const address = `${sandbox.target.host}:${sandbox.target.port}/${sandbox.target.database}`;
const names: string[] = [];

const TEXT = 'org.apache.kafka.connect.storage.StringConverter';

/** Their pool would try for half a minute before a task fails. */
const ONCE = { 'hibernate.c3p0.acquireRetryAttempts': '1' };

/** Sinks to a database that refuses them; the topic needs to hold a record only for the one that reads it. */
const sinks: [kind: string, config: ConnectorConfig][] = [
  [
    'debezium',
    {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      ...ONCE,
      'connection.url': `jdbc:postgresql://${address}`,
      'connection.username': 'nosuch',
      'connection.password': plants.mark('connection.password of a real sink'),
    },
  ],
  [
    'in-url',
    {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      ...ONCE,
      'connection.url': `jdbc:postgresql://${address}?user=nosuch&password=${plants.mark('URL of a real sink')}`,
      'connection.username': 'nosuch',
      'connection.password': plants.mark('password beside a URL of a real sink'),
    },
  ],
  [
    'bad-url',
    {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      ...ONCE,
      'connection.url': `jdbc:nosuch://u:${plants.mark('URL without a driver')}@h/d`,
      'connection.username': 'nosuch',
      'connection.password': plants.mark('password beside a URL without a driver'),
    },
  ],
  [
    'jaas',
    {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      file: folder.path('out.txt'),
      'consumer.override.security.protocol': 'SASL_PLAINTEXT',
      'consumer.override.sasl.mechanism': 'PLAIN',
      'consumer.override.sasl.jaas.config': `nosuch.LoginModule required username="u" password="${plants.mark('JAAS of a real consumer')}";`,
    },
  ],
  [
    'chain',
    {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      file: folder.path('out.txt'),
      transforms: 'mask',
      'transforms.mask.type': 'org.apache.kafka.connect.transforms.MaskField$Value',
      'transforms.mask.fields': 'x',
      'transforms.mask.replacement': plants.mark('replacement of a transform'),
      'header.authorization': `Bearer ${plants.mark('header of a real connector')}`,
    },
  ],
];

const leaks: string[] = [];

/** A transform's argument is no secret, and a database logs the conditions that it is asked. */
function isTold(what: string, place: string): boolean {
  return (
    place === 'replacement of a transform' || (what.startsWith('sandbox logs') && /^(value|condition)/.test(place))
  );
}

function judge(what: string, text: string): void {
  for (const { place, around } of plants.find(text))
    if (!isTold(what, place)) leaks.push(`${what} shows ${place}: ${JSON.stringify(around)}`);
}

/** Runs it, reads all that it writes, and returns its exit code. */
async function read(...args: string[]): Promise<number | null> {
  const own = args[0] === 'sandbox' ? {} : { SLUICE_CONTEXT: 'planted', SLUICE_STATE_DIR: state };
  const result = await sluiceOnSandbox(args, { cwd: folder.path(), env: { PLANTED: secret, ...own } });
  const words = plants.hide(args.join(' '));
  judge(`${words} (stdout)`, result.stdout);
  judge(`${words} (stderr)`, result.stderr);
  if (/INTERNAL/.test(result.stderr)) leaks.push(`${words}: ${result.stderr}`);
  return result.code;
}

const secret = plants.mark('variable of a real connector');
const state = folder.path('state');

async function live(): Promise<string[]> {
  return (await client.list()).filter((name) => names.includes(name));
}

beforeAll(async () => {
  folder.write(
    'sluice.yaml',
    `version: 1
contexts:
  planted:
    connect: { url: "${sandbox.connectUrl}", username: op, password: ${plants.mark('password of a context')} }
    kafka: { bootstrapServers: "${sandbox.bootstrapServers}" }
`,
  );
  for (const [kind, config] of sinks) {
    const name = `planted-${kind}-${run}`;
    names.push(name);
    const full = { 'tasks.max': '1', topics: table, 'key.converter': TEXT, 'value.converter': TEXT, ...config };
    folder.write(
      `${name}.json`,
      JSON.stringify({
        name,
        config: { ...full, ...('connection.password' in config ? { 'connection.password': '${PLANTED}' } : {}) },
      }),
    );
    // Beside sluice, and with another secret than the file has; what the worker does not take it must refuse with a word.
    await client.putConfig(name, full).catch((error: Error) => judge(`to write ${name}`, error.message));
  }
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  await query(sandbox.source, `DROP TABLE IF EXISTS ${table}`);
  await query(sandbox.target, `DROP TABLE IF EXISTS ${table}`);
  folder.remove();
});

describe('planted secrets on a real worker and real databases', () => {
  it('do not appear in anything reported about connectors that fail', { timeout: 600_000 }, async () => {
    await expect
      .poll(async () => (await client.list()).filter((name) => names.includes(name)).length, { timeout: 30_000 })
      .toBeGreaterThan(1);
    await expect
      .poll(async () => (await client.status(names[0] ?? ''))?.tasks.map((task) => task.state), { timeout: 60_000 })
      .toEqual(['FAILED']);
    const files = names.map((name) => `${name}.json`);
    for (const form of ['table', 'json', 'yaml', 'html'])
      expect(await read('status', '-o', form, '--verbose')).toBe(10);
    for (const name of names) await read('status', name, '--json');
    await read('restart', ...names, '--yes', '--timeout', '3s', '--json');
    await read('pause', ...names, '--yes', '--timeout', '3s');
    await read('resume', ...names, '--yes', '--timeout', '3s', '--verbose');
    await read('scale', names[0] ?? '', '--tasks', '2', '--timeout', '3s', '--verbose');
    expect(await read('export', ...(await live()), '--out', 'exported', '--json')).toBe(0);
    expect(plants.find(readFileSync(folder.path('exported', '.env'), 'utf8')).length).toBeGreaterThan(3);
    for (const form of ['table', 'json', 'sarif'])
      await read('validate', ...files, '--remote', '-o', form, '--verbose');
    for (const form of ['table', 'json'])
      expect(await read('plan', ...files, '-o', form, '--save', `plan.${form}`)).toBe(0);
    await Promise.all(
      names.map((name) => read('deploy', `${name}.json`, '--no-preflight', '--timeout', '5s', '--json', '--verbose')),
    );
    await read('deploy', ...files, '--no-preflight', '--timeout', '5s');
    await read('preflight', ...files, '--json');
    await read('history', '--json');
    for (const name of names) await read('reconcile', '--connector', name, '--json', '--verbose');
    await read('schemas', 'pull', '--json');
    await read('sandbox', 'status', '--name', sandbox.name, '--json');
    await read('delete', ...names, '--yes', '--timeout', '5s', '--json');
    expect(leaks).toEqual([]);
  });

  it('are not in the values that a database puts into its errors, with --mask-values', {
    timeout: 300_000,
  }, async () => {
    const row = plants.mark('value of a row');
    const other = plants.mark('value in the target alone');
    const create = `CREATE TABLE ${table} (id int PRIMARY KEY, email text UNIQUE, n int CHECK (n < 100))`;
    await query(sandbox.source, create, `INSERT INTO ${table} VALUES (1, '${row}', 1), (2, 'b', 2), (3, '${row}3', 3)`);
    await query(sandbox.target, create, `INSERT INTO ${table} VALUES (2, '${row}', 2), (4, '${other}', 4)`);
    const urls = ['--source', sandbox.source.url, '--target', sandbox.target.url, '--mask-values'];
    for (const form of ['table', 'json', 'yaml', 'html'])
      await read('reconcile', table, ...urls, '-o', form, '--verbose');
    await read('reconcile', table, ...urls, '--repair', 'apply', '--yes', '--json', '--verbose');
    await read('reconcile', table, ...urls, '--repair', 'apply', '--yes', '--allow-delete');
    await read('reconcile', table, ...urls, '--where', `email = '${plants.mark('condition of --where')}'`, '--json');
    await read(
      'reconcile',
      table,
      ...urls,
      '--where',
      `email = '${plants.mark('condition that is wrong')}`,
      '--verbose',
    );
    await read('reconcile', table, ...urls, '--to', 'report.json', '--json');
    await read('reconcile', 'history', '--json');
    expect(leaks).toEqual([]);
  });

  it('are not in the logs that sandbox logs shows, nor in a file but the env file of export', {
    timeout: 120_000,
  }, async () => {
    for (const part of ['source', 'target', 'broker', 'worker']) {
      expect(await read('sandbox', 'logs', part, '--name', sandbox.name, '--tail', '20000')).toBe(0);
    }
    for (const name of readdirSync(folder.path(), { recursive: true }) as string[]) {
      const file = path.join(folder.path(), name);
      if (statSync(file).isFile() && !/(^|\/)(\.env|sluice\.yaml|planted-[^/]*\.json)$/.test(name))
        judge(name, readFileSync(file, 'latin1'));
    }
    expect(leaks).toEqual([]);
  });
});
