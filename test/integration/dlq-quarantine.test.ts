import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import { errorContext } from '../../src/dlq/error-headers.ts';
import type { QuarantineReport } from '../../src/dlq/quarantine/quarantine.ts';
import type { ReconcileReport } from '../../src/reconcile/report.ts';
import { eventually, fileSink, fileSource, workFolder } from '../helpers/connectors.ts';
import { type FakeAnswer, FakeConnect, SERVER } from '../helpers/fake-connect.ts';
import { MaskingProxy } from '../helpers/masking-proxy.ts';
import { joinGroup } from '../helpers/offsets-scene.ts';
import { query } from '../helpers/query.ts';
import { RefusedRecords } from '../helpers/refused-records.ts';
import { type RunResult, sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const began = Date.now().toString(36);
const scenes: RefusedRecords[] = [];
const folder = workFolder('quarantine');

function scene(name: string, partitions?: number): RefusedRecords {
  const made = new RefusedRecords(`quarantine-${name}-${began}`, partitions);
  scenes.push(made);
  return made;
}

const rows = (count: number, refused: readonly number[]) =>
  Array.from({ length: count }, (_, id) => ({ id, amount: refused.includes(id) ? -id - 1 : id }));

const without = (count: number, missing: readonly number[] = []) =>
  rows(count, []).flatMap(({ id }) => (missing.includes(id) ? [] : [id]));

folder.write(
  'sluice.yaml',
  `version: 1
defaultContext: dev
contexts:
  dev:
    connect: ${sandbox.connectUrl}
    kafka: { bootstrapServers: '${sandbox.bootstrapServers}' }
  bare:
    connect: ${sandbox.connectUrl}
`,
);

function run(...args: readonly string[]): Promise<RunResult> {
  return sluice(args, { cwd: folder.path(), env: { SLUICE_STATE_DIR: folder.path('state') } });
}

function quarantine(args: readonly string[]): Promise<RunResult> {
  return run('dlq', 'quarantine', ...args, '--yes', '--stable', '2s', '--json');
}

function reportOf({ stdout, stderr, code }: RunResult, expected = 0): QuarantineReport {
  expect(code, `${stdout}\n${stderr}`).toBe(expected);
  return parseDocument<QuarantineReport>(stdout, 'dlq-quarantine');
}

function errorOf({ stdout, code }: RunResult, expected: number): { code: string; message: string; hint?: string } {
  expect(code, stdout).toBe(expected);
  return (JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } }).error;
}

const idsOf = ({ records }: QuarantineReport) =>
  records.map(({ record }) => (record.value.value as { id: number }).id).sort((a, b) => a - b);

/** Each waits for its sinks more than it works, and none sees another's. */
const sideBySide = { concurrent: true };
const inOrder = { concurrent: false };

afterAll(async () => {
  await Promise.all(scenes.map((one) => one.remove()));
  folder.remove();
});

describe('a record that the target refuses, in one of three partitions', sideBySide, () => {
  const one = scene('one');
  const COUNT = 20;
  const REFUSED = 10;
  let before: Record<string, string>;

  /** The source has every row. */
  async function reconcile(): Promise<ReconcileReport['tables'][number]> {
    const { stdout } = await run(
      ...['reconcile', one.table, '--source', sandbox.source.url, '--target', sandbox.target.url, '--json'],
    );
    return parseDocument<ReconcileReport>(stdout, 'reconcile').tables[0] as ReconcileReport['tables'][number];
  }

  beforeAll(async () => {
    await one.create();
    await query(
      sandbox.source,
      `DROP TABLE IF EXISTS ${one.table}`,
      `CREATE TABLE ${one.table} (id int PRIMARY KEY, amount int NOT NULL)`,
      ...rows(COUNT, [REFUSED]).map(({ id, amount }) => `INSERT INTO ${one.table} VALUES (${id}, ${amount})`),
    );
    await one.write(rows(COUNT, [REFUSED]));
    await one.start();
    await one.failed();
    before = await one.client.config(one.sink);
  });

  afterAll(() => query(sandbox.source, `DROP TABLE IF EXISTS ${one.table}`));

  it('is found and shown, and everything is as before', inOrder, async () => {
    const report = reportOf(await quarantine([one.sink, '--dry-run']));
    expect(report).toMatchObject({ dryRun: true, failsAgain: null, records: [{ topic: one.name, copy: null }] });
    expect(idsOf(report)).toEqual([REFUSED]);
    expect(await one.queued()).toEqual([]);
    expect(await one.client.config(one.sink)).toEqual(before);
  });

  it('is copied to the queue and skipped right afterwards, and the sink goes on', inOrder, async () => {
    const report = reportOf(await quarantine([one.sink]));
    expect(report).toMatchObject({ state: 'running again', failsAgain: null, queue: one.queue });
    expect(report.records.map(({ topic, record: { error } }) => [topic, error.partition, error.offset])).toEqual([
      [one.name, 1, 3],
    ]);
    expect(report.records[0]?.record.error.cause).toMatch(/violates check constraint/);
    expect(await one.client.config(one.sink)).toEqual(before);
    expect(await one.ids()).toEqual(without(COUNT, [REFUSED]));
    expect(await one.writes()).toEqual(without(COUNT, [REFUSED]));
  });

  it('is in the queue byte for byte, with the headers of Connect', inOrder, async () => {
    const [copy, ...more] = await one.topics.read(one.queue);
    const [original] = (await one.topics.read(one.name)).filter(
      ({ partition, offset }) => partition === 1 && offset === 3,
    );
    expect(more).toEqual([]);
    expect(copy?.key).toEqual(original?.key);
    expect(copy?.value).toEqual(original?.value);
    expect(copy?.timestamp).toBe(original?.timestamp);
    expect(copy?.headers.slice(0, 1)).toEqual(original?.headers);
    expect(errorContext(copy?.headers ?? [])).toMatchObject({
      ...{ topic: one.name, partition: 1, offset: 3, connector: one.sink, stage: 'TASK_PUT' },
      cause: expect.stringMatching(/violates check constraint/),
    });
  });

  it('is all that is missing in the target', inOrder, async () => {
    const table = await reconcile();
    expect(table).toMatchObject({ verdict: 'different', missing: 1, extra: 0, different: 0 });
    expect(JSON.stringify(table.differences)).toContain(`"${REFUSED}"`);
  });

  it('is in the history', inOrder, async () => {
    const { stdout } = await run('history', '--connector', one.sink, '--verb', 'quarantine', '--json');
    expect(stdout).toContain(`quarantined to ${one.queue}: ${one.name}/1 at 3`);
  });

  it('is nothing that a second run finds', inOrder, async () => {
    const { code, message } = errorOf(await quarantine([one.sink]), 13);
    expect(code).toBe('SINK_NOT_BLOCKED');
    expect(message).toMatch(/no task of .* has failed/);
  });

  it('is in the target after a replay, once the cause is gone', inOrder, async () => {
    await one.allowAll();
    const { code, stderr } = await run('dlq', 'replay', one.sink, '--yes');
    expect(code, stderr).toBe(0);
    await eventually(
      () => one.ids(),
      (ids) => ids.length === COUNT,
    );
    expect(await reconcile()).toMatchObject({ verdict: 'equal', rows: { source: COUNT, target: COUNT } });
    expect(await one.writes()).toEqual(without(COUNT));
  });
});

describe('several records that the target refuses', sideBySide, () => {
  it('are quarantined up to a number, and the next run goes on', async () => {
    const two = scene('several');
    await two.create();
    // Two in a row in partition 0, one in partition 2, also the first one of all.
    const refused = [0, 3, 8];
    await two.write(rows(15, refused));
    await two.start({ 'tasks.max': '3' });
    await two.failed();
    const first = reportOf(await quarantine([two.sink, '--max', '2']), 14);
    expect(first.records).toHaveLength(2);
    expect(first.failsAgain).toMatch(/violates check constraint/);
    expect(first.notes.join()).toMatch(/more such records/);
    const second = reportOf(await quarantine([two.sink, '--max', '2']));
    expect([...idsOf(first), ...idsOf(second)].sort((a, b) => a - b)).toEqual(refused);
    expect((await two.queued()).sort((a, b) => a - b)).toEqual(refused);
    expect(await two.ids()).toEqual(without(15, refused));
    expect(await two.writes()).toEqual(without(15, refused));
  });

  it('are found without touching them, one of each partition', async () => {
    const found = scene('found');
    await found.create();
    await found.write(rows(15, [0, 3, 8]));
    await found.start();
    await found.failed();
    const report = reportOf(await quarantine([found.sink, '--dry-run', '--max', '5']));
    expect(idsOf(report)).toEqual([0, 8]);
    expect(await found.queued()).toEqual([]);
  });

  it('are found in topics of an expression, and between transactions', async () => {
    const regex = scene('regex', 2);
    await regex.create();
    // The end of each transaction has an offset of its own.
    for (const row of rows(6, [4])) await regex.write([row]);
    const { topics: _topics, ...others } = regex.config();
    await regex.client.putConfig(regex.sink, {
      ...others,
      'topics.regex': `${regex.name}(-other)?`,
    } as ConnectorConfig);
    await regex.failed();
    expect(idsOf(reportOf(await quarantine([regex.sink])))).toEqual([4]);
    expect(await regex.ids()).toEqual(without(6, [4]));
  });
});

describe('a record that a function of the target refuses', sideBySide, () => {
  it('is quarantined, as the target takes others', inOrder, async () => {
    const raised = scene('raised', 2);
    await raised.create();
    await raised.allowAll();
    await query(
      sandbox.target,
      `CREATE FUNCTION ${raised.table}_raise() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.amount < 0 THEN RAISE 'not on sundays'; END IF; RETURN NEW; END $$`,
      `CREATE TRIGGER raised BEFORE INSERT ON ${raised.table} FOR EACH ROW EXECUTE FUNCTION ${raised.table}_raise()`,
    );
    await raised.write(rows(8, [1]));
    await raised.start();
    await raised.failed();
    expect(idsOf(reportOf(await quarantine([raised.sink])))).toEqual([1]);
    expect(await raised.ids()).toEqual(without(8, [1]));
    await query(sandbox.target, `DROP FUNCTION ${raised.table}_raise CASCADE`);
  });
});

describe('a sink that was not running', sideBySide, () => {
  it('is stopped again', inOrder, async () => {
    const stopped = scene('stopped', 1);
    await stopped.create();
    await stopped.write(rows(5, [2]));
    await stopped.start();
    await stopped.failed();
    await stopped.client.stop(stopped.sink);
    const state = async () => (await stopped.client.status(stopped.sink))?.connector.state;
    await eventually(state, (now) => now === 'STOPPED');
    const report = reportOf(await quarantine([stopped.sink]));
    expect(report.state).toBe('stopped as before');
    expect(await state()).toBe('STOPPED');
    expect(await stopped.queued()).toEqual([2]);
  });
});

describe('a worker that is not like others', sideBySide, () => {
  const one = scene('worker', 2);
  const config = () => one.client.config(one.sink);

  /** Quarantines through something that stands before the worker. */
  async function through(url: string): Promise<RunResult> {
    const project = folder.write(
      'through.yaml',
      `version: 1
contexts:
  dev:
    connect: ${url}
    kafka: { bootstrapServers: '${sandbox.bootstrapServers}' }
`,
    );
    return quarantine([one.sink, '--project', project, '--context', 'dev']);
  }

  beforeAll(async () => {
    await one.create();
    // The refused one is the last of its partition.
    await one.write(rows(6, [5]));
    await one.start();
    await one.failed();
  });

  it('may be too old: the error names the release', inOrder, async () => {
    // Of the same Kafka: the context would be refused otherwise.
    const { kafka_cluster_id } = await one.client.server();
    const worker = await FakeConnect.start(({ path }) =>
      path === '/' ? { json: { ...SERVER, kafka_cluster_id, version: '3.5.1' } } : forward(path),
    );
    const error = errorOf(await through(worker.url), 2);
    await worker.stop();
    expect(error.code).toBe('CONNECT_UNSUPPORTED');
    expect(error.message).toMatch(/3\.5\.1.*altering offsets needs 3\.6/);
  });

  it('may refuse the keys: nothing is changed', inOrder, async () => {
    const before = await config();
    const worker = await FakeConnect.start(async ({ method, path, body }) =>
      method === 'PATCH' && path.endsWith('/config')
        ? {
            status: 400,
            json: {
              error_code: 400,
              message:
                "Connector configuration is invalid and contains the following 1 error(s):\nThe 'None' policy does not allow 'max.poll.records' to be overridden in the connector configuration.",
            },
          }
        : forward(path, method, body),
    );
    const error = errorOf(await through(worker.url), 13);
    await worker.stop();
    expect(error.message).toMatch(/does not take the keys.*None.*nothing was quarantined/s);
    expect(error.message).not.toMatch(/someone else/);
    expect(error.hint).toMatch(/connector\.client\.config\.override\.policy/);
    expect(await config()).toEqual(before);
    expect((await one.client.status(one.sink))?.connector.state).toBe('RUNNING');
    await one.failed();
  });

  it('may mask secrets: they stay as they are', inOrder, async () => {
    const before = await config();
    const proxy = await MaskingProxy.start(sandbox.connectUrl);
    const report = reportOf(await through(proxy.url));
    await proxy.stop();
    expect(idsOf(report)).toEqual([5]);
    expect(await config()).toEqual(before);
    expect(proxy.writes.map(({ body }) => body).join()).not.toMatch(/password|\*{3}/);
    expect(await one.ids()).toEqual(without(6, [5]));
  });

  async function forward(path: string, method = 'GET', body?: unknown): Promise<FakeAnswer> {
    const answer = await fetch(`${sandbox.connectUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const contentType = answer.headers.get('content-type') ?? 'application/json';
    return { status: answer.status, text: await answer.text(), contentType };
  }
});

describe('a sink that is not stopped by a record', sideBySide, () => {
  const plain = scene('plain', 1);

  beforeAll(async () => {
    await plain.create();
    await plain.write(rows(3, [1]));
  });

  it('is left untouched if its target is away', inOrder, async () => {
    await plain.start({
      'connection.url': 'jdbc:postgresql://127.0.0.1:9/none',
      'hibernate.c3p0.acquireRetryAttempts': '1',
    });
    await plain.failed();
    const before = await plain.client.config(plain.sink);
    const error = errorOf(await quarantine([plain.sink]), 13);
    expect(error.code).toBe('CONNECTOR_FAILED');
    expect(error.message).toMatch(/not blocked by a refused record/);
    expect(await plain.client.config(plain.sink)).toEqual(before);
    expect((await plain.client.status(plain.sink))?.connector.state).toBe('RUNNING');
  });

  it('is left untouched if its target refuses every record', inOrder, async () => {
    await query(sandbox.target, `ALTER TABLE ${plain.table} RENAME TO ${plain.table}_away`);
    await plain.start();
    await plain.failed();
    const error = errorOf(await quarantine([plain.sink]), 13);
    expect(error.message).toMatch(/refuses every record|does not fail at writing/);
    await query(sandbox.target, `ALTER TABLE ${plain.table}_away RENAME TO ${plain.table}`);
    expect(await plain.queued()).toEqual([]);
  });

  it('is not guessed at if nothing else is taken: only so many in a row are quarantined', inOrder, async () => {
    const all = scene('all', 1);
    await all.create();
    await all.write(rows(5, [0, 1, 2, 3, 4]));
    await all.start();
    await all.failed();
    const before = await all.client.config(all.sink);
    const error = errorOf(await quarantine([all.sink, '--max', '5']), 16);
    expect(error.code).toBe('RECORD_UNPROVEN');
    expect(error.message).toMatch(/may refuse them all.*3 quarantined.*former configuration/s);
    expect(await all.queued()).toEqual([0, 1, 2]);
    expect(await all.client.config(all.sink)).toEqual(before);
  });

  it('is left untouched if a converter fails', inOrder, async () => {
    await plain.start({ 'value.converter': 'org.apache.kafka.connect.converters.IntegerConverter' });
    await plain.failed();
    const error = errorOf(await quarantine([plain.sink]), 13);
    expect(error.message).toMatch(/a converter or a transform fails/);
    expect(error.hint).toMatch(/errors\.tolerance=all/);
  });
});

describe('a sink whose group another program is in', sideBySide, () => {
  const shared = scene('shared', 1);

  beforeAll(async () => {
    await shared.create();
    await shared.write(rows(3, [1]));
    await shared.start();
    await shared.failed();
  });

  // Its task may meet the other program when it starts again, and fail for that: nothing else is tried with it.
  it('is as before', inOrder, async () => {
    const before = await shared.client.config(shared.sink);
    const leave = await joinGroup(`connect-${shared.sink}`, shared.name);
    const error = errorOf(await quarantine([shared.sink, '--timeout', '4s']), 13);
    await leave();
    expect(error.code).toBe('GROUP_ACTIVE');
    expect(error.message).toMatch(/nothing was quarantined/);
    expect(await shared.client.config(shared.sink)).toEqual(before);
    await shared.failed();
  });
});

describe('what cannot be done', sideBySide, () => {
  const plain = scene('bad', 1);

  /** Once a quarantine works on it. */
  const narrowed = () =>
    eventually(
      () => plain.client.config(plain.sink),
      (config) => config['consumer.override.max.poll.records'] === '1',
    );
  const source = `quarantine-source-${began}`;
  const noQueue = `quarantine-no-queue-${began}`;

  beforeAll(async () => {
    await plain.create();
    await plain.write(rows(3, [1]));
    await plain.start();
    await plain.failed();
    await plain.client.putConfig(source, fileSource(folder.write('in.txt', ''), `${plain.name}-source`));
    await plain.client.putConfig(noQueue, fileSink(folder.path('out.txt'), plain.name));
    plain.topics.adopt(`${plain.name}-source`);
    await eventually(
      () => Promise.all([plain.client.status(source), plain.client.status(noQueue)]),
      (all) => all.every((status) => status?.connector.state === 'RUNNING'),
    );
  });

  afterAll(async () => {
    await plain.client.delete(source);
    await plain.client.delete(noQueue);
  });

  it.each<[string, () => string[], number, string, RegExp]>([
    ['a name that is almost right', () => [`${plain.sink}s`], 13, 'CONNECTOR_NOT_FOUND', /Did you mean/],
    ['a source', () => [source], 2, 'REQUEST_INVALID', /is a source/],
    ['a sink without a queue', () => [noQueue], 2, 'QUEUE_MISSING', /errors\.deadletterqueue\.topic\.name/],
    ['a queue that is not there', () => [plain.sink, '--queue', 'no-such-topic'], 13, 'TOPIC_NOT_FOUND', /no topic/],
    ['a queue that it reads', () => [plain.sink, '--queue', plain.name], 2, 'REQUEST_INVALID', /reads it/],
  ])('%s', inOrder, async (_what, args, exit, code, about) => {
    const error = errorOf(await quarantine(args()), exit);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).toMatch(about);
  });

  it('a context without Kafka', inOrder, async () => {
    const result = await quarantine([plain.sink, '--context', 'bare']);
    expect(errorOf(result, 2).message).toMatch(/kafka\.bootstrapServers/);
  });

  it('without an answer to its question', inOrder, async () => {
    const { code, stderr } = await run('dlq', 'quarantine', plain.sink);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--yes/);
    expect((await plain.client.status(plain.sink))?.connector.state).toBe('RUNNING');
  });

  it('after Ctrl-C: it names the command that brings everything back', inOrder, async () => {
    const before = await plain.client.config(plain.sink);
    const child = spawn(
      process.execPath,
      ['--', packagePath('bin', 'run.js'), 'dlq', 'quarantine', plain.sink, '--yes'],
      {
        cwd: folder.path(),
        env: { ...process.env, SLUICE_STATE_DIR: folder.path('state'), SLUICE_CONTEXT: undefined },
      },
    );
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const code = new Promise((resolve) => child.on('close', resolve));
    await Promise.race([narrowed(), code.then((ended) => expect.unreachable(`it ended with ${ended}: ${said}`))]);
    child.kill('SIGINT');
    expect(await code).toBe(130);
    expect(said).toContain(`sluice dlq recover ${plain.sink}`);
    const status = await run('status', plain.sink);
    expect(status.stderr).toContain(`sluice dlq recover ${plain.sink}`);
    const { code: refused, stdout } = await run('offsets', 'reset', plain.sink, '--yes', '--json');
    expect([refused, stdout]).toEqual([13, expect.stringContaining('OPERATION_UNFINISHED')]);
    const recovered = await run('dlq', 'recover', plain.sink, '--yes', '--stable', '2s', '--json');
    expect(recovered.code, recovered.stderr).toBe(0);
    expect(parseDocument<object>(recovered.stdout, 'dlq-recover')).toMatchObject({
      isInterrupted: true,
      failsAgain: expect.stringMatching(/violates check constraint/),
    });
    expect(await plain.client.config(plain.sink)).toEqual(before);
  });

  it('keys that somebody else changes meanwhile stay, and are named', inOrder, async () => {
    const running = quarantine([plain.sink]);
    await Promise.race([narrowed(), running.then(({ stdout }) => expect.unreachable(`it ended: ${stdout}`))]);
    await plain.client.patchConfig(plain.sink, { 'batch.size': '7' });
    const error = errorOf(await running, 13);
    expect(error.code).toBe('CONNECTOR_CHANGED');
    expect(error.message).toMatch(/batch\.size/);
    expect(await plain.client.config(plain.sink)).toEqual({ ...plain.config({ 'batch.size': '7' }), name: plain.sink });
    expect(await plain.queued()).toEqual([]);
  });

  it('recovers nothing if nothing was interrupted', inOrder, async () => {
    const { code, stdout } = await run('dlq', 'recover', plain.sink, '--json');
    expect(code).toBe(0);
    expect(parseDocument<object>(stdout, 'dlq-recover')).toMatchObject({ isInterrupted: false, dryRun: false });
  });
});
