import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../src/deploy/deploy.ts';
import { knownCause } from '../../src/monitor/known-causes.ts';
import { sandboxClient, workFolder } from '../helpers/connectors.ts';
import { PipelineTopics } from '../helpers/pipeline-topics.ts';
import { query } from '../helpers/query.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

/** What really goes wrong in a worker, and whether deploy knows it: each connector here has one flaw. */
const client = sandboxClient();
const folder = workFolder('causes');
// Offsets outlive a connector: in a sandbox that is used again names must be new.
const run = Date.now().toString(36);
const prefix = `causes-${run}`;
const slot = `causes_${run}`;
const reader = `causes_reader_${run}`;
const topics = `${prefix}.public.causes`;
const names: string[] = [];

function file(kind: string, config: object): string {
  const name = `causes-${kind}-${run}`;
  names.push(name);
  return folder.write(`${name}.json`, JSON.stringify({ name, config }));
}

const sourceConfig = (more: object = {}) => ({
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'tasks.max': 1,
  'database.hostname': sandbox.source.host,
  'database.port': sandbox.source.port,
  'database.user': sandbox.source.user,
  'database.password': sandbox.source.password,
  'database.dbname': sandbox.source.database,
  'topic.prefix': prefix,
  'plugin.name': 'pgoutput',
  'slot.name': slot,
  'slot.max.retries': 1,
  'slot.retry.delay.ms': 100,
  'errors.max.retries': 0,
  'publication.name': slot,
  'publication.autocreate.mode': 'filtered',
  'table.include.list': 'public.causes',
  ...more,
});

const jdbc = (port = sandbox.target.port) =>
  `jdbc:postgresql://${sandbox.target.host}:${port}/${sandbox.target.database}`;
const sinkConfig = (table: string, more: object = {}) => ({
  'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
  'tasks.max': 1,
  topics,
  'connection.url': jdbc(),
  'connection.username': sandbox.target.user,
  'connection.password': sandbox.target.password,
  'insert.mode': 'upsert',
  'primary.key.mode': 'record_key',
  'schema.evolution': 'none',
  'collection.name.format': table,
  'flush.max.retries': 0,
  'hibernate.c3p0.acquireRetryAttempts': 1,
  ...more,
});

/** Without preflight, which would find most of it before. */
async function deploy(paths: string[], env: Record<string, string> = {}) {
  // Nor with the rule that finds one of them in the file.
  folder.write('sluice.yaml', 'version: 1\nvalidate:\n  rules:\n    json-without-schemas: off\n');
  const { code, stdout } = await sluiceOnSandbox(['deploy', ...paths, '--no-preflight', '--stable', '3s', '--json'], {
    cwd: folder.path(),
    env,
  });
  return { code, stdout, report: JSON.parse(stdout) as DeployReport };
}

beforeAll(async () => {
  await query(
    sandbox.source,
    'DROP TABLE IF EXISTS causes',
    'CREATE TABLE causes (id int PRIMARY KEY, parent int, name text)',
    "INSERT INTO causes SELECT n, n, 'row ' || n FROM generate_series(1, 20) n",
  );
  await query(
    sandbox.target,
    'DROP TABLE IF EXISTS causes_child, causes_parent, causes_narrow, causes_guarded, causes_full, causes_strict',
    'DROP TABLE IF EXISTS causes',
    'CREATE TABLE causes (id int PRIMARY KEY)',
    'CREATE TABLE causes_parent (id int PRIMARY KEY)',
    'CREATE TABLE causes_child (id int PRIMARY KEY, parent int REFERENCES causes_parent, name text)',
    'CREATE TABLE causes_narrow (id int PRIMARY KEY, parent int)',
    'CREATE TABLE causes_guarded (id int PRIMARY KEY, parent int, name text)',
    'CREATE TABLE causes_full (id int PRIMARY KEY, parent int, name text)',
    'CREATE TABLE causes_strict (id int PRIMARY KEY, parent int, name text, more text NOT NULL)',
    `CREATE ROLE ${reader} LOGIN PASSWORD 'reader'`,
  );
  const { code, stdout } = await deploy([file('source', sourceConfig())]);
  expect(code, stdout).toBe(0);
  const written = new PipelineTopics(sandbox.bootstrapServers, prefix);
  await written.records(topics, 20);
  // Several records of one key, all there before a sink begins, so that its first batch has it twice.
  await query(sandbox.source, ...[1, 2, 3].map((round) => `UPDATE causes SET name = 'round ${round}'`));
  await written.records(topics, 4 * 20);
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  for (const database of [sandbox.source, sandbox.target]) await dropReplication(database, slot);
  await query(sandbox.source, 'DROP TABLE IF EXISTS causes');
  await query(
    sandbox.target,
    'DROP TABLE IF EXISTS causes_child, causes_parent, causes_narrow, causes_guarded, causes_full, causes_strict, causes',
    `DROP ROLE IF EXISTS ${reader}`,
  );
  folder.remove();
});

describe('a task that fails', () => {
  const FLAWS: [kind: string, config: () => object, cause: RegExp, hint: string][] = [
    [
      'password',
      () => sinkConfig('causes_full', { 'connection.password': 'wrong' }),
      /password authentication failed/,
      'Wrong user or password',
    ],
    ['host', () => sinkConfig('causes_full', { 'connection.url': jdbc(1) }), /refused/, 'cannot reach the host'],
    ['table', () => sinkConfig('causes_absent'), /causes_absent/, 'The table does not exist'],
    ['column', () => sinkConfig('causes_narrow'), /causes_narrow/, 'lacks a column'],
    [
      'right',
      () => sinkConfig('causes_guarded', { 'connection.username': reader, 'connection.password': 'reader' }),
      /permission denied/,
      'lacks a privilege',
    ],
    [
      'twice',
      () => sinkConfig('causes_full', { 'connection.url': `${jdbc()}?reWriteBatchedInserts=true` }),
      /second time/,
      'use.reduction.buffer=true',
    ],
    ['order', () => sinkConfig('causes_child'), /foreign key/, 'write tables out of order'],
    ['null', () => sinkConfig('causes_strict'), /not-null/, 'requires a value'],
    ['slot', () => sourceConfig({ 'topic.prefix': `${prefix}-other` }), /slot/, 'its own slot.name'],
    [
      'form',
      () =>
        sinkConfig('causes_full', {
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter.schemas.enable': 'false',
          'key.converter': 'org.apache.kafka.connect.converters.LongConverter',
        }),
      /./,
      'format that the converter expects',
    ],
    [
      'include',
      () =>
        sourceConfig({
          'topic.prefix': `${prefix}-include`,
          'slot.name': `${slot}_include`,
          'publication.name': `${slot}_include`,
          'table.include.list': 'public.causes_absent',
        }),
      /No table filters/,
      'table.include.list',
    ],
    [
      'wal',
      () =>
        sourceConfig({
          'topic.prefix': `${prefix}-wal`,
          'database.port': sandbox.target.port,
          'database.user': sandbox.target.user,
          'database.password': sandbox.target.password,
          'database.dbname': sandbox.target.database,
        }),
      /wal_level/,
      'wal_level = logical',
    ],
  ];
  let report: DeployReport;

  beforeAll(async () => {
    const deployed = await deploy(FLAWS.map(([kind, config]) => file(kind, config())));
    expect(deployed.code, deployed.stdout).toBe(13);
    report = deployed.report;
  });

  it.each(FLAWS)('for %s: is reported with its cause and what to do', (kind, _config, cause, hint) => {
    const result = report.results.find((one) => one.name === `causes-${kind}-${run}`);
    expect(result?.error, JSON.stringify(result)).toMatchObject({ code: 'CONNECTOR_FAILED' });
    expect(result?.error?.message).toMatch(cause);
    expect(result?.error?.hint, result?.error?.message).toContain(hint);
  });

  it.each([
    ['password', 'login', 'permanent'],
    ['host', 'unreachable', 'transient'],
    ['table', 'table-missing', 'permanent'],
    ['column', 'column-missing', 'permanent'],
    ['right', 'privilege', 'permanent'],
    ['twice', 'key-twice', 'permanent'],
    ['order', 'foreign-key', 'permanent'],
    ['null', 'not-null', 'permanent'],
    ['slot', 'slot-in-use', 'unknown'],
    ['form', 'format', 'permanent'],
    ['include', 'publication', 'permanent'],
    ['wal', 'wal-level', 'permanent'],
  ])('for %s: is known as %s, which is %s', async (flaw, id, kind) => {
    const status = await client.status(`causes-${flaw}-${run}`);
    const trace = status?.tasks[0]?.trace ?? status?.connector.trace ?? '';
    expect(knownCause(trace), trace).toMatchObject({ id, kind });
  });

  it('shows no value of the rows that the database quotes, unless it is asked to', async () => {
    const value = /\b(?:row|round) \d/;
    for (const { name, error } of report.results) expect(`${name}: ${error?.message}`).not.toMatch(value);
    const status = async (...more: string[]) =>
      (await sluiceOnSandbox(['status', `causes-null-${run}`, `causes-order-${run}`, '--json', ...more])).stdout;
    const shown = await status('--show-values');
    expect(shown).toMatch(value);
    const masked = await status();
    expect(masked).not.toMatch(value);
    expect(masked).toContain('Failing row contains (********)');
    expect(masked).toContain('causes_strict');
  });
});

describe('what the worker finds before anything is written', () => {
  it.each([
    ['a password', { 'database.password': 'wrong' }, /password authentication failed/, 'Wrong user or password'],
    ['a host', { 'database.port': 1 }, /refused/, 'cannot reach the host'],
  ])('%s: has the same hints', async (_name, more, cause, hint) => {
    const { code, stdout } = await deploy([file('invalid', sourceConfig(more))]);
    expect(code).toBe(11);
    expect(stdout).toMatch(cause);
    expect(stdout).toContain(hint);
  });

  it('a plugin that is missing says where to put it', async () => {
    const { code, stdout } = await deploy([file('plugin', { 'connector.class': 'com.example.Lost' })]);
    expect(code).toBe(11);
    expect(stdout).toContain('plugin.path');
  });
});
