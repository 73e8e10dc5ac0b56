import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport, Stage, StageName } from '../../src/doctor/model.ts';
import { eventually, fileSink, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { Forwarder } from '../helpers/forwarder.ts';
import '../helpers/leaves-nothing.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/** On a busy machine each look takes seconds, and the records take their time to arrive. */
const PATIENCE_MS = 120_000;

const pipeline = new Pipeline(sandbox, `doctor${Date.now().toString(36)}`);
const { prefix } = pipeline;
const [source, sink] = [`${prefix}-source`, `${prefix}-sink`];
const client = sandboxClient();
const folder = workFolder('doctor');
/** Between the worker and the databases: they go down without touching the sandbox. */
let sourcePort: Forwarder;
let targetPort: Forwarder;

beforeAll(async () => {
  sourcePort = await Forwarder.to(sandbox.source);
  targetPort = await Forwarder.to(sandbox.target);
  await pipeline.schema(pipeline.source);
  await pipeline.schema(pipeline.target);
  await pipeline.source.query(
    `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v text); INSERT INTO ${prefix}.items VALUES (1, 'first')`,
  );
  await pipeline.deploy('debezium-postgres-source', {
    name: source,
    ...pipeline.connection('source'),
    port: String(sourcePort.port),
    tables: `${prefix}\\.items`,
    'heartbeat-ms': '0',
  });
  await pipeline.itemsArrive(1, { port: String(targetPort.port) });
}, 180_000);

afterAll(async () => {
  await sourcePort.open();
  await targetPort.open();
  await pipeline.remove();
  await sourcePort.close();
  await targetPort.close();
  folder.remove();
}, 120_000);

async function doctor(name: string | undefined, ...args: string[]) {
  const named = name === undefined ? [] : [name];
  const { code, stdout } = await sluiceOnSandbox(['doctor', ...named, ...args, '--json']);
  const report = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
  const stage = (of: StageName): Stage | undefined => report.walk?.stages.find((one) => one.stage === of);
  return { code, report, stage, at: report.walk?.stages[report.walk.at ?? -1] };
}

async function consumerGroups(): Promise<string[]> {
  const { Admin } = await import('@platformatic/kafka');
  const admin = new Admin({ clientId: 'sluice-test', bootstrapBrokers: [sandbox.bootstrapServers] });
  try {
    return [...(await admin.listGroups({})).keys()].sort();
  } finally {
    await admin.close();
  }
}

type Diagnosis = Awaited<ReturnType<typeof doctor>>;

/** Runs doctor until it names this stage. */
function stuckAt(stage: StageName, name: string, holds: (of: Diagnosis) => boolean = () => true, ...args: string[]) {
  return eventually(
    () => doctor(name, ...args),
    (one) => one.report.walk?.outcome === 'stuck' && one.at?.stage === stage && holds(one),
    PATIENCE_MS,
  );
}

async function healthy(): Promise<Diagnosis> {
  return eventually(
    () => doctor(sink),
    ({ code }) => code === 0,
    PATIENCE_MS,
  );
}

const restart = () => sluiceOnSandbox(['restart', source, sink, '--failed', '--yes', '--stable', '500ms']);
const insert = (id: number, v = 'x') => pipeline.source.query(`INSERT INTO ${prefix}.items VALUES (${id}, '${v}')`);

describe.concurrent('doctor of a sink', () => {
  const names: string[] = [];
  afterAll(async () => {
    for (const name of names) await client.delete(name);
  });

  it('finds the topic that does not exist', async () => {
    const name = `${prefix}-lost`;
    names.push(name);
    await client.putConfig(
      name,
      fileSink(folder.path('lost.txt'), `${prefix}-nosuch`, { 'consumer.override.allow.auto.create.topics': 'false' }),
    );
    const { code, at } = await stuckAt('topics', name);
    expect(code).toBe(10);
    expect(at?.message).toBe(`the topic ${prefix}-nosuch does not exist`);
  }, 300_000);

  it('finds the task that has FAILED, its cause, and the next command', async () => {
    const name = `${prefix}-broken`;
    names.push(name);
    await client.putConfig(name, fileSink('/no/such/folder/file', `${prefix}.${prefix}.items`));
    const { code, at } = await stuckAt('sink connector', name);
    expect(code).toBe(10);
    expect(at).toMatchObject({
      cause: expect.stringContaining('NoSuchFileException'),
      command: `sluice restart ${name} --failed`,
    });
  }, 300_000);

  it('finds the consumer group without a member, though REST says RUNNING', async () => {
    const name = `${prefix}-ghost`;
    names.push(name);
    // A consumer that seldom asks its coordinator does not notice for a while that it was thrown out of its group.
    await client.putConfig(
      name,
      fileSink(folder.path('ghost.txt'), `${prefix}.${prefix}.items`, {
        'consumer.override.heartbeat.interval.ms': '40000',
        'consumer.override.session.timeout.ms': '45000',
      }),
    );
    await eventually(
      () => doctor(name),
      ({ stage }) => stage('consumer group')?.state === 'idle' && stage('sink connector')?.state === 'ok',
      PATIENCE_MS,
    );
    const { Admin } = await import('@platformatic/kafka');
    const admin = new Admin({ clientId: 'sluice-test', bootstrapBrokers: [sandbox.bootstrapServers] });
    try {
      await admin.removeMembersFromConsumerGroup({ groupId: `connect-${name}` });
    } finally {
      await admin.close();
    }
    const { code, stage } = await doctor(name);
    expect(code).toBe(10);
    expect(stage('consumer group')).toMatchObject({ state: 'stuck', command: `sluice restart ${name}` });
  }, 300_000);
});

describe('doctor NAME', () => {
  it('walks a healthy pipeline from either end: nothing to do because nothing changes', async () => {
    await healthy();
    const before = await consumerGroups();
    for (const name of [sink, source]) {
      const { code, report, stage } = await doctor(name);
      expect({ code, walk: report.walk }).toMatchObject({
        code: 0,
        walk: { connector: name, sources: [source], sinks: [sink], outcome: 'idle', at: null },
      });
      expect(report.walk?.stages.map((one) => [one.stage, one.state])).toEqual([
        ['source database', 'ok'],
        ['log', expect.stringMatching(/^(?:ok|idle)$/)],
        ['source connector', 'ok'],
        ['topics', 'idle'],
        ['sink connector', 'ok'],
        ['consumer group', 'idle'],
        ['records', 'ok'],
        ['target database', 'ok'],
      ]);
      expect(report.notRead).toEqual([]);
      expect(stage('topics')?.since).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(stage('target database')?.details[0]).toContain(`${prefix}.items: `);
    }
    const text = await sluiceOnSandbox(['doctor', sink]);
    expect(text.stdout).toContain('\nNothing to do: nothing changes.');
    // Records are read without a group, which would stay in the cluster.
    expect(await consumerGroups()).toEqual(before);
  }, 300_000);

  it('finds, on the page of the cluster, a slot without a reader, and tables that were never compared', async () => {
    const slot = `${prefix}_orphan`;
    const of = ({ report }: Diagnosis, check: string, connectors: string[]) =>
      report.findings.find((one) => one.check === check && one.connectors.join() === connectors.join());
    const state = { SLUICE_STATE_DIR: undefined, XDG_STATE_HOME: folder.path('state') };
    // A history of its own: the context of the sandbox is not known there.
    const own = folder.write(
      'own.yaml',
      JSON.stringify({
        version: 1,
        contexts: { own: { connect: sandbox.connectUrl, kafka: { bootstrapServers: sandbox.bootstrapServers } } },
      }),
    );
    const there = ['--project', own, '--context', 'own'];
    const page = async (): Promise<Diagnosis> => {
      const { code, stdout } = await sluiceOnSandbox(['doctor', ...there, '--json'], { env: state });
      const report = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
      return { code, report, stage: () => undefined, at: undefined };
    };
    await pipeline.source.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    const before = await page();
    expect(before.code).toBe(10);
    expect(before.report.findings).toContainEqual(
      expect.objectContaining({
        check: 'log-retained',
        connectors: [],
        message: expect.stringMatching(
          new RegExp(`^nobody reads the slot ${slot} on .* retains [\\d.]+ \\w+ of log for it$`),
        ),
        statement: `SELECT pg_drop_replication_slot('${slot}');`,
      }),
    );
    expect(of(before, 'tables-not-compared', [sink])?.message).toBe('never compared with the source from this machine');
    await pipeline.source.query(`SELECT pg_drop_replication_slot('${slot}')`);
    const compared = await sluiceOnSandbox(['reconcile', '--connector', sink, ...there], { env: state });
    expect(compared.code, compared.stderr).toBe(0);
    const after = await page();
    expect(JSON.stringify(after.report)).not.toContain(slot);
    expect(of(after, 'tables-not-compared', [sink])).toBeUndefined();
  }, 300_000);

  it('finds a table that the publication does not include, though everything runs, and the statement', async () => {
    const { rows } = await pipeline.source.query<{ pubname: string }>(
      `SELECT pubname FROM pg_publication_tables WHERE schemaname = '${prefix}'`,
    );
    await pipeline.source.query(`ALTER PUBLICATION ${rows[0]?.pubname} DROP TABLE ${prefix}.items`);
    const { code, at } = await stuckAt('log', sink);
    expect(code).toBe(10);
    expect(at?.message).toContain(`does not include ${prefix}.items: `);
    // The page of the cluster, too.
    const unpublished = async () =>
      (await doctor(undefined)).report.findings.find(
        ({ check, connectors }) => check === 'unpublished' && connectors.join() === source,
      );
    expect(await unpublished()).toMatchObject({ severity: 'error', statement: at?.statement });
    await pipeline.source.query(at?.statement ?? '');
    const operations = (list: string) =>
      pipeline.source.query(`ALTER PUBLICATION ${rows[0]?.pubname} SET (publish = '${list}')`);
    await operations('insert, update');
    expect((await stuckAt('log', sink)).at?.message).toContain('does not publish deletes: ');
    expect((await unpublished())?.message).toContain('does not publish deletes: ');
    await operations('insert, update, delete, truncate');
    await healthy();
  }, 300_000);

  it('sees records flow', async () => {
    let id = 1000;
    let stop = false;
    const writer = (async () => {
      for (; !stop; id += 1) {
        await insert(id);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    try {
      const { code } = await eventually(
        () => doctor(sink),
        ({ report }) => report.walk?.outcome === 'flowing',
        PATIENCE_MS,
      );
      expect(code).toBe(0);
    } finally {
      stop = true;
      await writer;
    }
  }, 300_000);

  it('finds a target that a transaction has locked: who, since when, and how to end it', async () => {
    const session = await pipeline.target.connect();
    try {
      await session.query(`BEGIN; LOCK TABLE ${prefix}.items IN ACCESS EXCLUSIVE MODE`);
      const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await insert(2);
      const { code, at } = await stuckAt('target database', sink);
      expect(code).toBe(10);
      expect(at).toMatchObject({
        connector: sink,
        message: expect.stringContaining(`a lock of ${prefix}.items that session ${rows[0]?.pid} has`),
        cause: expect.stringMatching(/^user sluice, .*idle in transaction, transaction since \d{4}-/),
        since: expect.stringMatching(/^\d{4}-/),
        statement: `SELECT pg_terminate_backend(${rows[0]?.pid});`,
      });
      const text = await sluiceOnSandbox(['doctor', sink]);
      expect(text.stdout).toMatch(new RegExp(`\\nStuck at the target database \\(${sink}\\) \\(since 2`));
    } finally {
      await session.query('COMMIT');
      session.release();
    }
    await healthy();
  }, 300_000);

  it('finds the record that the target refuses, and what to do about it', async () => {
    await pipeline.target.query(`ALTER TABLE ${prefix}.items ADD CONSTRAINT good CHECK (v <> 'hunter22')`);
    await insert(3, 'hunter22');
    const { code, at } = await stuckAt('records', sink);
    expect(code).toBe(10);
    expect(at).toMatchObject({
      cause: expect.stringContaining('violates check constraint "good"'),
      command: `sluice dlq quarantine ${sink} --dry-run`,
      since: expect.stringMatching(/^\d{4}-/),
      details: [expect.stringMatching(/^it is in .*items-\d at offset \d+ or after$/)],
    });
    const text = await sluiceOnSandbox(['doctor', sink]);
    expect(text.stdout).toContain(`sluice dlq quarantine ${sink} --dry-run`);
    expect(text.stdout).not.toContain('hunter22');
    const page = await doctor(undefined);
    expect(page.code).toBe(10);
    expect(page.report.findings[0]).toMatchObject({ check: 'refused-record', severity: 'error' });
    await pipeline.target.query(`ALTER TABLE ${prefix}.items DROP CONSTRAINT good`);
    await restart();
    await healthy();
  }, 300_000);

  it('finds a target that is down', async () => {
    await targetPort.close();
    await insert(4);
    const { code, at } = await stuckAt('target database', sink);
    expect(code).toBe(10);
    expect(at?.message).toMatch(
      /refuses connections: the database is down|cannot be reached, from the worker nor from here/,
    );
    await targetPort.open();
    await restart();
    await healthy();
  }, 300_000);

  it('finds a source that is down, and a slot that was dropped meanwhile', async () => {
    await sourcePort.close();
    const down = await stuckAt('source database', sink);
    expect(down.code).toBe(10);
    expect(down.at?.message).toMatch(/refuses connections: the database is down|cannot be reached/);
    await eventually(
      () => pipeline.dropSlots().then(() => true),
      (done) => done,
    );
    // The worker cannot reach the source, but this run can, under a name in sluice.yaml.
    const project = folder.write(
      'sluice.yaml',
      JSON.stringify({
        version: 1,
        contexts: { own: { connect: sandbox.connectUrl, kafka: { bootstrapServers: sandbox.bootstrapServers } } },
        databases: { source: sandbox.source.url },
        preflight: { databases: { [source]: 'source' } },
      }),
    );
    const dropped = await stuckAt('log', source, () => true, '--project', project, '--context', 'own');
    expect(dropped.code).toBe(10);
    expect(dropped.at).toMatchObject({
      message: expect.stringMatching(/^the slot \S+ does not exist$/),
      command: expect.stringContaining(`offsets reset ${source}`),
    });
  }, 300_000);
});
