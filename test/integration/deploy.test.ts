import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../src/deploy/deploy.ts';
import type { Change } from '../../src/store/changes.ts';
import { fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { query } from '../helpers/query.ts';
import { dropReplication } from '../helpers/replication.ts';
import type { RunOptions } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('deploy');
const names = new Set<string>();

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

/** A connector file; what it describes is removed at the end. */
function file(name: string, config: Record<string, unknown>, more: object = {}): string {
  names.add(name);
  return folder.write(`${name}.json`, JSON.stringify({ name, config, ...more }));
}

async function deploy(
  paths: string[],
  flags: string[] = [],
  options: RunOptions = {},
): Promise<{ code: number | null; report: DeployReport; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await sluiceOnSandbox(
    ['deploy', ...paths, '--json', ...(flags.includes('--stable') ? [] : ['--stable', '500ms']), ...flags],
    options,
  );
  const failed = stdout.startsWith('{\n  "schemaVersion": 1,\n  "error"');
  return {
    code,
    stdout,
    stderr,
    report: parseDocument<DeployReport & Record<string, unknown>>(stdout, failed ? 'error' : 'deploy'),
  };
}

describe('deploy', () => {
  const source = () => file('deploy-source', fileSource(folder.path('in.txt'), 'deploy-lines'));
  const sink = (path = folder.path('out.txt')) => file('deploy-sink', fileSink(path, 'deploy-lines'));

  beforeAll(() => {
    folder.write('in.txt', 'one\ntwo\n');
  });

  it('creates what does not exist, and returns when every task runs', async () => {
    const { code, report } = await deploy([source(), sink()]);
    expect(code).toBe(0);
    expect(report).toMatchObject({ waited: true, writes: 2, dryRun: false });
    expect(report.results.map((one) => [one.name, one.outcome])).toEqual([
      ['deploy-source', 'created'],
      ['deploy-sink', 'created'],
    ]);
    for (const name of ['deploy-source', 'deploy-sink']) {
      expect((await client.status(name))?.tasks.map((task) => task.state)).toEqual(['RUNNING']);
    }
  });

  it('is written into the history', async () => {
    const { code, stdout } = await sluiceOnSandbox([
      'history',
      '--context',
      sandbox.context,
      '--limit',
      '50',
      '--json',
    ]);
    expect(code).toBe(0);
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    const own = changes.find((one) => one.connectors.some(({ name }) => name === 'deploy-sink'));
    expect(own).toMatchObject({
      verb: 'deploy',
      context: sandbox.context,
      exitCode: 0,
      error: null,
      connectors: [
        { name: 'deploy-source', outcome: 'created', error: null },
        { name: 'deploy-sink', outcome: 'created', error: null },
      ],
    });
    const one = await sluiceOnSandbox(['history', String(own?.id)]);
    for (const name of ['deploy-source', 'deploy-sink'])
      expect(one.stdout).toMatch(new RegExp(`connector +${name} +created`));
  });

  it('sends no write the second time, numbers and booleans notwithstanding', async () => {
    const typed = file('deploy-source', {
      ...fileSource(folder.path('in.txt'), 'deploy-lines'),
      'tasks.max': 1,
      'errors.log.enable': false,
    });
    expect((await deploy([typed])).report.results[0]).toMatchObject({
      outcome: 'updated',
      keys: [{ key: 'errors.log.enable', change: 'added', before: null, after: 'false' }],
    });
    const again = await deploy([typed, sink()]);
    expect(again.code).toBe(0);
    expect(again.report).toMatchObject({ writes: 0 });
    expect(again.report.results.map((one) => one.outcome)).toEqual(['unchanged', 'unchanged']);
  });

  it('plans without sending with --dry-run', async () => {
    const { code, report } = await deploy([sink(folder.path('elsewhere.txt'))], ['--dry-run']);
    expect(code).toBe(0);
    expect(report.results[0]).toMatchObject({
      outcome: 'planned',
      keys: [{ key: 'file', before: folder.path('out.txt'), after: folder.path('elsewhere.txt') }],
    });
    expect((await client.config('deploy-sink'))['file']).toBe(folder.path('out.txt'));
  });

  it('restores the previous configuration if a task fails, exit 13, with the cause', async () => {
    const { code, report } = await deploy([sink('/no/such/folder/out.txt')]);
    expect(code).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'rolled back', error: { code: 'CONNECTOR_FAILED' } });
    expect(report.results[0]?.error?.message).toContain('NoSuchFileException: /no/such/folder/out.txt');
    expect(report.results[0]?.error?.message).toContain('its previous configuration is back and runs again');
    expect((await client.config('deploy-sink'))['file']).toBe(folder.path('out.txt'));
    expect((await client.status('deploy-sink'))?.tasks[0]?.state).toBe('RUNNING');
  });

  it('with --no-rollback leaves what failed, and succeeds once it is fixed', async () => {
    const { code, report } = await deploy([sink('/no/such/folder/out.txt')], ['--no-rollback']);
    expect(code).toBe(13);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTOR_FAILED' } });

    // What is unchanged but FAILED is no success either.
    expect((await deploy([sink('/no/such/folder/out.txt')])).code).toBe(13);
    expect((await deploy([sink('/no/such/folder/out.txt'), source()])).code).toBe(14);

    // The former failure is still reported for a moment after the write.
    expect((await deploy([sink()])).code).toBe(0);
  });

  it('exits 15 if the tasks have not lasted in time, 13 if that was rolled back', async () => {
    const config = fileSource(folder.path('in.txt'), 'deploy-lines');
    const slow = file('deploy-source', { ...config, 'batch.size': '7' });
    const rolledBack = await deploy([slow], ['--timeout', '1s', '--stable', '1m']);
    expect(rolledBack.code).toBe(13);
    expect(rolledBack.report.results[0]).toMatchObject({
      outcome: 'rolled back',
      error: { details: { failure: 'TIMED_OUT' } },
    });
    expect(await client.config('deploy-source')).not.toHaveProperty('batch.size');

    const { code, report } = await deploy([slow], ['--timeout', '1s', '--stable', '1m', '--no-rollback']);
    expect(code).toBe(15);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'TIMED_OUT' } });
    // What was written stands, and is no change any more.
    expect((await deploy([slow])).report.writes).toBe(0);
  });

  it('honours the state of the file, at creation and later, with and without another change', async () => {
    const config = fileSource(folder.path('in.txt'), 'deploy-lines');
    const write = (more: object, extra = {}) => file('deploy-state', { ...config, ...extra }, more);
    const state = async () => (await client.status('deploy-state'))?.connector.state;

    expect((await deploy([write({ state: 'stopped' })])).report.results[0]).toMatchObject({ outcome: 'created' });
    expect(await state()).toBe('STOPPED');

    expect((await deploy([write({ state: 'paused' }, { 'batch.size': '10' })])).report.results[0]).toMatchObject({
      action: 'update',
      state: { before: 'stopped', after: 'paused' },
    });
    expect(await state()).toBe('PAUSED');

    // No state in the file leaves it alone.
    expect((await deploy([write({}, { 'batch.size': '10' })])).report.writes).toBe(0);
    expect(await state()).toBe('PAUSED');

    expect((await deploy([write({ state: 'running' }, { 'batch.size': '10' })])).report.results[0]).toMatchObject({
      outcome: 'state changed',
    });
    expect(await state()).toBe('RUNNING');
  });

  it('deploys a folder, with sources before the sinks that read their topics', async () => {
    const files = [
      file('deploy-order-sink', fileSink(folder.path('o.txt'), 'deploy-ordered')),
      file('deploy-order-source', fileSource(folder.path('in.txt'), 'deploy-ordered')),
    ];
    const steps = async () => {
      const lines = (await deploy(files)).stderr.split('\n').filter((line) => line.startsWith('✔'));
      return lines.map((line) => line.replace(/ \(.*/, ''));
    };
    expect(await steps()).toEqual([
      '✔ The worker checks 2 connectors',
      '✔ Write 1 connector',
      '✔ Wait for 1 connector: 1 of 1',
      '✔ Write 1 connector',
      '✔ Wait for 2 connectors: 2 of 2',
    ]);
    // Nothing is written, and nothing has to be waited for.
    expect(await steps()).toEqual(['✔ Check 2 connectors: 2 of 2']);
  });
});

describe('before anything is sent', () => {
  const config = { ...fileSource('/tmp/x', 'deploy-none'), 'x.password': '${SLUICE_TEST_SECRET}' };

  it('an unset variable is an error with file, line and name', async () => {
    const path = folder.write(
      'deploy-unset.json',
      JSON.stringify({ name: 'deploy-unset', config: { ...config, 'y.token': '${SLUICE_TEST_OTHER}' } }, null, 2),
    );
    const { code, stdout } = await deploy([path], [], { env: { SLUICE_TEST_SECRET: 'hunter22' } });
    expect(code).toBe(2);
    expect(stdout).toMatch(/deploy-unset\.json:\d+:\d+: the variable SLUICE_TEST_OTHER is not set/);
    expect(stdout).not.toContain('hunter22');
    expect(await client.find('deploy-unset')).toBeUndefined();
  });

  it('secrets are filled in, sent and never shown', async () => {
    const path = file('deploy-secret', config);
    const folderEnv = folder.write('secrets.env', 'SLUICE_TEST_SECRET=hunter22\n');
    const created = await deploy([path], ['--env-file', folderEnv]);
    expect(created.code).toBe(0);
    expect((await client.config('deploy-secret'))['x.password']).toBe('hunter22');
    const changed = await deploy([path], ['--verbose'], { env: { SLUICE_TEST_SECRET: 'correcthorse' } });
    expect(changed.report.results[0]?.keys).toEqual([
      { key: 'x.password', change: 'changed', before: '********', after: '${SLUICE_TEST_SECRET}' },
    ]);
    for (const { stdout, stderr } of [created, changed]) expect(stdout + stderr).not.toMatch(/hunter22|correcthorse/);
  });

  it('a wrong value is reported with file, line and key; the other connectors are not sent either', async () => {
    const good = file('deploy-good', fileSource(folder.path('in.txt'), 'deploy-lines'));
    const bad = file('deploy-bad', { ...fileSource('/tmp/x', 'deploy-none'), 'tasks.max': 'many' });
    const { code, stdout } = await deploy([good, bad]);
    expect(code).toBe(11);
    expect(stdout).toMatch(/deploy-bad\.json:\d+:\d+ \(deploy-bad\): tasks\.max /);
    expect(await client.find('deploy-good')).toBeUndefined();
  });

  it('what only the worker can know is reported the same way: a database that does not exist', async () => {
    const path = file('deploy-offline', {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'tasks.max': 1,
      'topic.prefix': 'deploy-offline',
      'database.hostname': '127.0.0.1',
      'database.port': 1,
      'database.user': 'nobody',
      'database.password': 'hunter22',
      'database.dbname': 'none',
    });
    const { code, stdout } = await deploy([path]);
    expect(code).toBe(11);
    expect(stdout).toMatch(/deploy-offline\.json:\d+:\d+ \(deploy-offline\): database\.hostname: .*refused/);
    expect(stdout).not.toContain('hunter22');
    expect(await client.find('deploy-offline')).toBeUndefined();
  });

  it('a class that the worker lacks is one sentence', async () => {
    const { code, stdout } = await deploy([file('deploy-lost', { 'connector.class': 'com.example.Lost' })]);
    expect(code).toBe(11);
    expect(stdout).toContain('the worker has no plugin com.example.Lost');
    expect(stdout).not.toContain('PluginDesc');
  });

  it('one name in two files is an error that names both', async () => {
    const one = file('deploy-twice', fileSource('/tmp/x', 'deploy-none'));
    const two = folder.write('again.json', JSON.stringify({ name: 'deploy-twice', config }));
    const { code, stdout } = await deploy([one, two], [], { env: { SLUICE_TEST_SECRET: 'x' } });
    expect(code).toBe(11);
    expect(stdout).toContain('again.json');
  });

  it('no file at all is a usage error', async () => {
    expect((await sluiceOnSandbox(['deploy'], { cwd: folder.path() })).code).toBe(2);
    expect((await sluiceOnSandbox(['deploy', folder.path('none.json')])).code).not.toBe(0);
  });
});

describe('a Debezium source and a JDBC sink', () => {
  // Offsets outlive a connector, slots do not outlive this test: in a sandbox that is used again names must be new.
  const run = Date.now().toString(36);
  const slot = `deploy_customers_${run}`;
  const prefix = `deploy-${run}`;
  const [sourceName, sinkName, lostName] = ['source', 'sink', 'lost'].map(
    (part) => `deploy-customers-${part}-${run}`,
  ) as [string, string, string];
  const table = 'deploy_customers';

  const sourceConfig = () => ({
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': 1,
    'database.hostname': sandbox.source.host,
    'database.port': sandbox.source.port,
    'database.user': sandbox.source.user,
    'database.password': '${DEPLOY_SOURCE_PASSWORD}',
    'database.dbname': sandbox.source.database,
    'topic.prefix': prefix,
    'plugin.name': 'pgoutput',
    'slot.name': slot,
    'publication.name': slot,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': `public.${table}`,
  });
  const sinkConfig = () => ({
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': 1,
    topics: `${prefix}.public.${table}`,
    'connection.url': `jdbc:postgresql://${sandbox.target.host}:${sandbox.target.port}/${sandbox.target.database}`,
    'connection.username': sandbox.target.user,
    'connection.password': '${DEPLOY_TARGET_PASSWORD}',
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_key',
    'schema.evolution': 'basic',
    'collection.name.format': table,
  });
  const env = {
    DEPLOY_SOURCE_PASSWORD: sandbox.source.password,
    DEPLOY_TARGET_PASSWORD: sandbox.target.password,
  };

  beforeAll(async () => {
    await query(
      sandbox.source,
      `drop table if exists ${table}`,
      `create table ${table} (id int primary key, name text not null)`,
      `insert into ${table} select n, 'customer ' || n from generate_series(1, 100) n`,
    );
  });

  afterAll(async () => {
    const { code } = await sluiceOnSandbox(['delete', sinkName, sourceName, '--yes']);
    expect(code).toBe(0);
    await dropReplication(sandbox.source, slot);
    await query(sandbox.source, `drop table ${table}`);
    await query(sandbox.target, `drop table if exists ${table}`);
  });

  it('are deployed and move the rows', async () => {
    const { code, report } = await deploy([file(sinkName, sinkConfig()), file(sourceName, sourceConfig())], [], {
      env,
    });
    expect(report.results.map((one) => one.error)).toEqual([null, null]);
    expect(code).toBe(0);
    const { eventually } = await import('../helpers/connectors.ts');
    await eventually(
      async () =>
        (await query(sandbox.target, `select count(*)::int as rows from ${table}`).catch(() => [])) as {
          rows: number;
        }[],
      (rows) => rows[0]?.rows === 100,
    );
    const status = await sluiceOnSandbox(['status', sinkName, '--json']);
    expect(status.code).toBe(0);
    expect(
      (
        await deploy([folder.path(`${sinkName}.json`), folder.path(`${sourceName}.json`)], [], {
          env,
        })
      ).report.writes,
    ).toBe(0);
  });

  it('a sink that cannot reach its database fails with the database’s own words', async () => {
    const url = `jdbc:postgresql://${sandbox.target.host}:${sandbox.target.port}/nowhere`;
    // The pool would try for half a minute.
    const config = { ...sinkConfig(), 'connection.url': url, 'hibernate.c3p0.acquireRetryAttempts': 1 };
    const path = file(lostName, config);
    // The look at the databases finds it before anything is sent.
    const refused = await sluiceOnSandbox(['deploy', path, '--json'], { env });
    expect(refused.code).toBe(11);
    expect(refused.stdout).toContain('PREFLIGHT_FAILED');
    const { code, report } = await deploy([path], ['--no-preflight'], { env });
    expect(code).toBe(13);
    expect(report.results[0]?.error?.message).toContain('database "nowhere" does not exist');
    expect((await sluiceOnSandbox(['delete', lostName, '-y'])).code).toBe(0);
  });
});
