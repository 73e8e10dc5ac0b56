import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DescribeReport } from '../../src/inspect/describe.ts';
import type { PluginDescription, PluginList } from '../../src/inspect/plugins.ts';
import type { TopicsReport } from '../../src/inspect/topics.ts';
import type { WorkersReport } from '../../src/inspect/workers.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('inspect');
/** Offsets and groups outlive a connector. */
const run = Date.now().toString(36);
const [source, sink, broken] = [`inspect-${run}-source`, `inspect-${run}-sink`, `inspect-${run}-broken`];
const topic = `inspect-${run}-lines`;
const dead = `inspect-${run}-dead`;
const typo = `inspect-${run}-sorce`;
const file = folder.path('in.txt');

const project = folder.write(
  'sluice.yaml',
  JSON.stringify({
    version: 1,
    contexts: {
      bare: { connect: sandbox.connectUrl },
      away: { connect: sandbox.connectUrl, kafka: { bootstrapServers: '127.0.0.1:1' } },
    },
  }),
);

beforeAll(async () => {
  folder.write('in.txt', 'one\ntwo\nthree\n');
  await client.putConfig(
    source,
    fileSource(file, topic, { 'batch.size': '2000', 'my.pasword': 'hunter22', 'transforms.gone.type': 'x' }),
  );
  await client.putConfig(
    sink,
    fileSink(folder.path('out.txt'), topic, {
      'tasks.max': '2',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': dead,
      'errors.deadletterqueue.topic.replication.factor': '1',
    }),
  );
  await client.putConfig(broken, fileSink('/no/such/folder/password=hunter22', topic));
  await eventually(
    () => client.status(broken),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
  for (const name of [source, sink])
    await eventually(
      () => client.topics(name),
      (topics) => topics.includes(topic),
    );
  await eventually(
    () => client.offsets(sink),
    (offsets) => offsets.some(({ offset }) => offset?.['kafka_offset'] === 3),
  );
  await eventually(
    () => client.offsets(source),
    (offsets) => offsets.length > 0,
  );
});

afterAll(async () => {
  for (const name of [source, sink, broken]) await client.delete(name);
  folder.remove();
});

async function json<T>(document: string, ...args: string[]): Promise<{ code: number | null; report: T }> {
  const { code, stdout } = await sluiceOnSandbox([...args, '--json']);
  return { code, report: parseDocument<T & Record<string, unknown>>(stdout, document) };
}

describe('describe', () => {
  it('tells what a configuration sets from what is so by default, and from what nothing reads', async () => {
    const { code, report } = await json<DescribeReport>('describe', 'describe', source);
    expect(code).toBe(0);
    const [one] = report.connectors;
    expect(one?.definition).toMatchObject({ from: 'worker', version: expect.stringMatching(/^\d/) });
    const kind = (key: string) => one?.config.find((entry) => entry.key === key);
    expect(kind('file')).toMatchObject({ kind: 'set', value: file, default: null });
    expect(kind('batch.size')).toMatchObject({ kind: 'default', default: '2000' });
    expect(kind('tasks.max')).toMatchObject({ kind: 'default' });
    expect(kind('my.pasword')).toMatchObject({ kind: 'unused', value: '********' });
    expect(kind('transforms.gone.type')).toMatchObject({ kind: 'unused' });
  });

  it('has what each task is configured with, secrets masked, if asked', async () => {
    const { report } = await json<DescribeReport>('describe', 'describe', source, '--tasks-config');
    const [task, ...more] = report.connectors[0]?.taskConfigs ?? [];
    expect(more).toEqual([]);
    expect(task).toMatchObject({ id: 0, config: { file, 'my.pasword': '********' } });
    const { stdout } = await sluiceOnSandbox(['describe', source, '--tasks-config']);
    expect(stdout).toMatch(/TASK CONFIGURATIONS\ntask 0\nKEY +VALUE\ntask\.class +\S*FileStreamSourceTask/);
    expect((await json<DescribeReport>('describe', 'describe', source)).report.connectors[0]?.taskConfigs).toBeNull();
  });

  it('has topics, offsets and the sinks of a source', async () => {
    const { report } = await json<DescribeReport>('describe', 'describe', source);
    const [one] = report.connectors;
    expect(one).toMatchObject({
      topics: [{ name: topic, exists: true, partitions: expect.any(Number), sizeBytes: expect.any(Number) }],
      offsets: [{ partition: JSON.stringify({ filename: file }), offset: expect.stringContaining('position') }],
      partitions: null,
      fedBy: [],
      unread: [],
    });
    expect(one?.topics?.[0]?.sizeBytes).toBeGreaterThan(0);
    expect(one?.feeds.map((other) => [other.connector, ...other.topics])).toEqual([
      [broken, topic],
      [sink, topic],
    ]);
  });

  it('has the group, the lag of each partition, the queue and the sources of a sink', async () => {
    const { report } = await json<DescribeReport>('describe', 'describe', sink);
    const [one] = report.connectors;
    expect(one).toMatchObject({
      status: { health: 'healthy', group: { id: `connect-${sink}`, state: expect.any(String), members: 2 } },
      deadLetters: { topic: dead, records: 0 },
      fedBy: [{ connector: source, topics: [topic] }],
      feeds: [],
      unread: [],
    });
    const moved = one?.partitions?.filter(({ end }) => end > 0);
    expect(moved).toEqual([{ topic, partition: expect.any(Number), committed: 3, end: 3, lag: 0 }]);
  });

  it('shows the cause before the trace, which is only in full where it is asked for, and no secret', async () => {
    const short = await sluiceOnSandbox(['describe', broken]);
    expect(short.code).toBe(0);
    expect(short.stdout).toContain('NoSuchFileException');
    expect(short.stdout).not.toContain('\tat ');
    const whole = await sluiceOnSandbox(['describe', broken, '--trace']);
    expect(whole.stdout).toMatch(/task 0: org\.apache\.kafka\.connect\.errors[\s\S]*\n *\tat /);
    const { report } = await json<DescribeReport>('describe', 'describe', broken);
    expect(report.connectors[0]?.status.taskList[0]?.trace).toContain('\tat ');
    expect(short.stdout + whole.stdout + JSON.stringify(report)).not.toContain('hunter22');
  });

  it('takes globs, and names what does not exist', async () => {
    const several = await json<DescribeReport>('describe', 'describe', `inspect-${run}-*`, '--type', 'sink');
    expect(several.code).toBe(0);
    expect(several.report.connectors.map(({ name }) => name).sort()).toEqual([broken, sink]);
    expect(await sluiceOnSandbox(['describe', typo])).toMatchObject({
      code: 13,
      stderr: expect.stringContaining(`Did you mean ${source}?`),
    });
    const beside = await json<DescribeReport>('describe', 'describe', sink, typo);
    expect(beside).toMatchObject({ code: 14, report: { unreadable: [{ name: typo }] } });
    expect(await sluiceOnSandbox(['describe'])).toMatchObject({ code: 2 });
  });

  it('shows what Connect knows without Kafka, and says what is missing', async () => {
    const args = ['describe', sink, '--project', project, '-c', 'bare'];
    const { code, report } = await json<DescribeReport>('describe', ...args);
    expect(code).toBe(0);
    const [one] = report.connectors;
    expect(one).toMatchObject({
      partitions: null,
      deadLetters: { records: null },
      topics: [{ name: topic, exists: null }],
    });
    expect(one?.offsets?.some(({ offset }) => offset === '{"kafka_offset":3}')).toBe(true);
    expect(one?.unread.map(({ what }) => what)).toEqual(['details of topics', 'lag and dead letters']);
    expect((await sluiceOnSandbox(args)).stdout).toContain('Not read: lag and dead letters: the context has no kafka');
  });

  it('shows what Connect knows while Kafka is away, exit 14', async () => {
    const { code, report } = await json<DescribeReport>(
      'describe',
      'describe',
      sink,
      '--project',
      project,
      '-c',
      'away',
    );
    expect(code).toBe(14);
    expect(report.connectors[0]?.config.length).toBeGreaterThan(5);
    expect(report.connectors[0]?.unread.map(({ error }) => error?.code)).toContain('KAFKA_UNREACHABLE');
  });
});

describe('topics', () => {
  it('shows the topics that a connector has used', async () => {
    const { code, report } = await json<TopicsReport>('topics', 'topics', sink);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      name: sink,
      reset: false,
      topics: [
        { name: topic, exists: true, replicationFactor: 1, cleanupPolicy: 'delete', retentionMs: expect.any(Number) },
      ],
      unread: [],
    });
    expect((await sluiceOnSandbox(['topics', sink])).stdout).toMatch(/^inspect-\S+-lines +\d+ +1 +[\d.]+ K?i?B +\S/m);
  });

  it('makes Connect forget them only if it is confirmed, and remembers that', async () => {
    await client.pause(source);
    await eventually(
      () => client.status(source),
      (status) => status?.tasks[0]?.state === 'PAUSED',
    );
    expect(await sluiceOnSandbox(['topics', source, '--reset'])).toMatchObject({ code: 2 });
    expect(await sluiceOnSandbox(['topics', source, '--reset', '--dry-run'])).toMatchObject({ code: 0 });
    expect(await client.topics(source)).toEqual([topic]);
    const { code, report } = await json<TopicsReport>('topics', 'topics', source, '--reset', '--yes');
    expect(code).toBe(0);
    expect(report).toMatchObject({ reset: true, topics: [{ name: topic }] });
    await eventually(
      () => client.topics(source),
      (topics) => topics.length === 0,
    );
    const { stdout } = await sluiceOnSandbox(['history', '--connector', source]);
    expect(stdout).toMatch(/reset-topics/);
    expect((await sluiceOnSandbox(['topics', source])).stdout).toContain('has used no topic yet');
    await client.resume(source);
  });

  it('fails for a connector that does not exist, of which Connect says that it uses none', async () => {
    expect(await sluiceOnSandbox(['topics', typo])).toMatchObject({
      code: 13,
      stderr: expect.stringContaining(`Did you mean ${source}?`),
    });
    expect(await sluiceOnSandbox(['topics', typo, '--reset', '--yes'])).toMatchObject({ code: 13 });
  });
});

describe('workers', () => {
  const host = new URL(sandbox.connectUrl).host;

  it('counts what each runs, and finds their group in Kafka', async () => {
    const { code, report } = await json<WorkersReport>('workers', 'workers');
    expect(code).toBe(0);
    expect(report.workers).toMatchObject([{ worker: host, url: sandbox.connectUrl, inGroup: true, leader: true }]);
    expect(report.workers[0]?.tasks).toBeGreaterThanOrEqual(4);
    expect(report.workers[0]?.failed).toBeGreaterThanOrEqual(1);
    expect(report).toMatchObject({
      group: { state: 'Stable', members: 1 },
      hidden: null,
      imbalance: [],
      unreadable: [],
    });
    const { version, kafka_cluster_id: kafkaClusterId } = await client.server();
    expect(report.asked).toEqual([{ url: sandbox.connectUrl, version, kafkaClusterId, error: null }]);
  });

  it('says what is not visible without Kafka', async () => {
    const { code, stdout } = await sluiceOnSandbox(['workers', '--project', project, '-c', 'bare']);
    expect(code).toBe(0);
    expect(stdout).toContain('Workers that run nothing are not visible: the context has no kafka.bootstrapServers.');
    expect(stdout).toContain(host);
  });
});

describe('plugins', () => {
  it('lists those of the worker, with the schemas that validate has', async () => {
    const { report } = await json<PluginList>('plugins-list', 'plugins', 'list');
    const { version } = await client.server();
    expect(report).toMatchObject({ complete: true, asked: [{ url: sandbox.connectUrl, version, error: null }] });
    const found = report.plugins.find((one) => one.class.endsWith('.FileStreamSourceConnector'));
    expect(found).toMatchObject({ types: ['source'], versions: [version], missingOn: [] });
    expect(found?.schema).toEqual({ versions: expect.any(Array), matches: found?.schema?.versions.includes(version) });
    const sinks = await sluiceOnSandbox(['plugins', 'list', '--type', 'sink']);
    expect(sinks.stdout).toContain('FileStreamSinkConnector');
    expect(sinks.stdout).not.toContain('FileStreamSourceConnector');
  });

  it('describes the keys of one, by a short name', async () => {
    const { code, stdout } = await sluiceOnSandbox(['plugins', 'describe', 'FileStreamSource', '--search', 'BATCH']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^org\.apache\.kafka\.connect\.file\.FileStreamSourceConnector \S+ \(source\)$/m);
    expect(stdout).toMatch(/^ {2}batch\.size {2}INT, low importance, default 2000\n {6}\S/m);
    expect(stdout).not.toContain('tasks.max');
    const transform = ['plugins', 'describe', 'ReplaceField$Value'];
    const { report } = await json<PluginDescription>('plugins-describe', ...transform);
    expect(report.keys.map(({ name }) => name)).toContain('renames');
    expect(await sluiceOnSandbox(['plugins', 'describe', 'FileStreamSuorce'])).toMatchObject({
      code: 13,
      stderr: expect.stringContaining('Did you mean FileStreamSource?'),
    });
  });
});
