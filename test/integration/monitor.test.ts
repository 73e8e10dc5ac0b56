import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LagDocument } from '../../src/cli/views/lag.ts';
import type { MonitorDocument, MonitorLineDocument } from '../../src/cli/views/monitor.ts';
import { packagePath } from '../../src/config/package-root.ts';
import { eventually, fileSink, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { TestTopics } from '../helpers/dead-letters.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';
import { hasTerminal, TestTerminal } from '../helpers/terminal/terminal.ts';

const client = sandboxClient();
const folder = workFolder('monitor');
const pipeline = new Pipeline(sandbox, `monitor${Date.now().toString(36)}`);
const { prefix } = pipeline;
const [source, sink, broken] = [`${prefix}-source`, `${prefix}-sink`, `${prefix}-broken`];
const marker = `${prefix}.sluice_marker`;

beforeAll(async () => {
  await pipeline.schema(pipeline.source);
  await pipeline.schema(pipeline.target);
  await pipeline.source.query(
    `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v text); INSERT INTO ${prefix}.items SELECT g, 'v' FROM generate_series(1, 50) g;
     CREATE TABLE ${marker} (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL); CREATE TABLE ${prefix}.other (id int PRIMARY KEY)`,
  );
  await pipeline.deploy('debezium-postgres-source', {
    name: source,
    ...pipeline.connection('source'),
    tables: `${prefix}\\.(items|sluice_marker)`,
  });
  await pipeline.itemsArrive(50, { 'topics-regex': `${prefix}\\.[^.]+\\.[^.]+` });
  await client.putConfig(broken, fileSink(folder.path('later', 'out.txt'), `${prefix}.${prefix}.items`));
  await eventually(
    () => client.status(broken),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
});

afterAll(async () => {
  await client.delete(broken);
  await pipeline.remove();
  folder.remove();
});

const run = async (...args: string[]) => {
  const { code, stdout } = await sluiceOnSandbox(['monitor', ...args, '--json']);
  return { code, report: parseDocument<MonitorDocument & Record<string, unknown>>(stdout, 'monitor') };
};

/** What the sink has written is committed only every few seconds. */
const caughtUp = () =>
  eventually(
    () => run(sink, '--once'),
    ({ report }) => report.connectors[0]?.lagRecords === 0,
  );

describe('monitor', () => {
  it('reads once, the failed first, exit 10', async () => {
    const { code, report } = await run(`${prefix}-*`, '--once');
    expect(code).toBe(10);
    expect(report.connectors.map(({ name }) => name)).toEqual([broken, sink, source]);
    expect(report.connectors[0]).toMatchObject({
      health: 'failed',
      cause: expect.stringMatching(/^NoSuchFileException/),
    });
    expect(report.failures).toEqual([]);
  });

  it('passes a gate of a pipeline that is well, and fails one of a task that is not', async () => {
    await caughtUp();
    const well = await run(
      sink,
      source,
      '--fail-on',
      'lag>60s,failed,dead-letters>0',
      '--for',
      '2s',
      '--interval',
      '500ms',
    );
    expect(well.report.gate).toMatchObject({ verdict: 'passed', violated: [], unknown: [] });
    expect(well.code).toBe(0);
    expect(well.report.gate?.readings).toBeGreaterThan(1);
    const ill = await run(`${prefix}-*`, '--fail-on', 'failed', '--for', '1m');
    expect(ill.code).toBe(10);
    expect(ill.report.gate).toMatchObject({
      readings: 1,
      violated: [{ name: broken, condition: 'failed', text: expect.stringContaining('task 0 has FAILED') }],
    });
  });

  it('refuses to pass without Kafka', async () => {
    const args = ['monitor', sink, '--connect-url', sandbox.connectUrl, '--fail-on', 'lag>60s'];
    const { code, stdout } = await sluiceOnSandbox(args, { env: { SLUICE_CONTEXT: undefined } });
    expect([code, stdout]).toEqual([16, expect.stringContaining(`${sink} its lag in time is not known (lag>60s)`)]);
  });

  it('streams lines of JSON with rates, until it is stopped', async () => {
    const stream = spawn(process.execPath, [packagePath('bin', 'run.js'), 'monitor', sink, '--interval', '500ms'], {
      env: { ...process.env, SLUICE_CONTEXT: sandbox.context, ...sandbox.env },
    });
    const lines = [];
    for await (const line of createInterface({ input: stream.stdout })) {
      lines.push(parseDocument<MonitorLineDocument & Record<string, unknown>>(line, 'monitor-line'));
      if (lines.length === 2) stream.kill('SIGTERM');
    }
    expect(lines[0]).toMatchObject({
      connectors: [{ name: sink, recordsPerSecond: null, tasks: { running: 3, total: 3 } }],
    });
    expect(lines[1]).toMatchObject({ connectors: [{ name: sink, recordsPerSecond: expect.any(Number) }] });
  });

  it.skipIf(!hasTerminal)(
    'restarts on a terminal what has failed, with the configuration before (needs python3)',
    async () => {
      await using terminal = new TestTerminal(['monitor', `${prefix}-*`, '--context', sandbox.context], {
        env: sandbox.env,
      });
      await terminal.until('q quit');
      terminal.type('j\r4');
      await terminal.until(/FileStreamSink/);
      terminal.type('3');
      await terminal.until('none yet');
      terminal.type('2');
      await terminal.until('NoSuchFileException');
      mkdirSync(folder.path('later'));
      terminal.type('r');
      await terminal.until('y/N');
      terminal.type('y');
      await terminal.until(`${broken}: task 0 restarted`);
      terminal.type('q');
      expect(await terminal.ended()).toEqual({ code: 0, restored: true });
      expect((await client.status(broken))?.tasks[0]?.state).toBe('RUNNING');
      const { stdout } = await sluiceOnSandbox(['history', '--connector', broken, '--json']);
      expect(stdout).toContain('"restart"');
    },
  );
});

describe('lag', () => {
  const lag = async (...args: string[]) => {
    const { code, stdout, stderr } = await sluiceOnSandbox(['lag', ...args, '--json']);
    return {
      code,
      stderr,
      report: code === 15 ? undefined : parseDocument<LagDocument & Record<string, unknown>>(stdout, 'lag'),
      stdout,
    };
  };

  it('shows records and seconds behind of each partition', async () => {
    await caughtUp();
    const [quiet] = (await lag(sink)).report?.connectors ?? [];
    expect(quiet).toMatchObject({ type: 'sink', records: 0, behindMs: 0, unknown: [] });
    const session = await pipeline.target.connect();
    await session.query(`BEGIN; LOCK TABLE ${prefix}.items IN ACCESS EXCLUSIVE MODE`);
    try {
      await pipeline.source.query(`INSERT INTO ${prefix}.items SELECT g, 'v' FROM generate_series(51, 90) g`);
      const waiting = await eventually(
        () => lag(sink),
        ({ report }) => (report?.connectors[0]?.records ?? 0) > 0,
      );
      const one = waiting.report?.connectors[0];
      expect(one?.behindMs).toBeGreaterThan(0);
      const partitions = one?.partitions?.filter((partition) => partition.lag > 0) ?? [];
      expect(partitions.every(({ waitedMs }) => waitedMs !== null && waitedMs > 0)).toBe(true);
      expect(partitions.reduce((sum, partition) => sum + partition.lag, 0)).toBe(one?.records);
    } finally {
      await session.query('COMMIT');
      session.release();
    }
  });

  it('counts no marker of a transaction: a sink that has read everything waits for nothing', async () => {
    const [topic, name] = [`${prefix}-transactions`, `${prefix}-markers`];
    const topics = new TestTopics();
    onTestFinished(async () => {
      await client.delete(name);
      await topics.removeAll();
    });
    await topics.create(topic);
    await topics.write(topic, [{ value: Buffer.from('a') }, { value: Buffer.from('b') }]);
    await client.putConfig(name, fileSink(folder.path('markers.txt'), topic));
    const { report } = await eventually(
      () => lag(name),
      ({ report: one }) => one?.connectors[0]?.partitions?.[0]?.committed === 2,
    );
    expect(report?.connectors[0]).toMatchObject({
      records: 0,
      behindMs: 0,
      unknown: [],
      partitions: [{ end: 3, lag: 0 }],
    });
    const { code, report: gate } = await run(name, '--fail-on', 'failed,degraded,lag>0,lag>1s');
    expect([code, gate.gate?.verdict]).toEqual([0, 'passed']);
  });

  it('shows what Debezium says of a source, and why nothing is known of another', async () => {
    const both = await lag(source, broken);
    expect(both.code).toBe(0);
    expect(both.report?.connectors.map(({ name }) => name)).toEqual([broken, source]);
    expect(both.report?.connectors[1]).toMatchObject({ source: { connected: true }, behindMs: expect.any(Number) });
    const url = ['lag', source, '--connect-url', sandbox.connectUrl];
    const { stdout } = await sluiceOnSandbox(url, { env: { SLUICE_CONTEXT: undefined } });
    expect(stdout).toContain('? the context names no metrics of its workers');
  });

  it('measures the way of a row, and leaves none', async () => {
    const { code, report, stderr } = await lag(sink, '--probe', '--marker-table', marker, '--yes');
    expect([code, stderr]).toEqual([0, expect.stringContaining(`write one row to ${marker} of ${source}`)]);
    expect(report?.probe).toMatchObject({
      sink,
      connector: source,
      from: marker,
      to: marker,
      removed: expect.stringMatching(/^(?:by the sink|from here)$/),
    });
    expect(report?.probe?.visibleAfterMs).toBeGreaterThan(0);
    for (const pool of [pipeline.source, pipeline.target])
      expect((await pool.query(`SELECT id FROM ${marker}`)).rows).toEqual([]);
  });

  it.each([
    [
      'stop the sink',
      sink,
      `it has reached the topic ${prefix}.${prefix}.sluice_marker, but ${sink} has not written it`,
    ],
    ['stop the source', source, `${source} has not written it to the topic ${prefix}.${prefix}.sluice_marker`],
  ])('says where a row is stuck: %s', async (_what, stopped, said) => {
    await client.pause(stopped);
    await eventually(
      () => client.status(stopped),
      (status) => status?.tasks.every(({ state }) => state === 'PAUSED') === true,
    );
    try {
      const { code, stdout, stderr } = await lag(sink, '--probe', '--marker-table', marker, '--yes', '--timeout', '3s');
      expect([code, stdout]).toEqual([15, expect.stringContaining(said)]);
      expect(stderr).toContain('may still arrive');
      expect((await pipeline.source.query(`SELECT id FROM ${marker}`)).rows).toEqual([]);
    } finally {
      await client.resume(stopped);
    }
  });

  it.each([
    ['a table of another form', `${prefix}.other`, 'it is not a table for probes'],
    ['a table that does not exist', `${prefix}.nowhere`, 'there is no table'],
  ])('writes nothing to %s', async (_what, table, said) => {
    const { code, stderr } = await sluiceOnSandbox(['lag', sink, '--probe', '--marker-table', table, '--yes']);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(said)]);
  });

  it('does not write without being told to', async () => {
    const { code, stderr } = await sluiceOnSandbox(['lag', sink, '--probe', '--marker-table', marker]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Cannot ask: this is not a terminal.')]);
  });
});
