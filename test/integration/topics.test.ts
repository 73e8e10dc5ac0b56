import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../src/deploy/deploy.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { openTopics } from '../../src/kafka/topics.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { TopicPort } from '../../src/ports/topics.ts';
import type { Change } from '../../src/store/changes.ts';
import { fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { type RunOptions, sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('topics');
const settings = { bootstrapServers: [sandbox.bootstrapServers] };
const topics = ['topics-dlq', 'topics-lines', 'topics-other', 'topics-shop.a', 'topics-shop.b'];
const connectors = ['topics-source', 'topics-sink'];
let kafka: TopicPort;

async function deleteTopics(): Promise<void> {
  const admin = await createAdmin(settings);
  try {
    const there = (await admin.listTopics({ includeInternals: false })).filter((name) => topics.includes(name));
    if (there.length > 0) await admin.deleteTopics({ topics: there });
  } finally {
    await admin.close();
  }
}

beforeAll(async () => {
  kafka = await openTopics(settings);
  folder.write('in.txt', 'one\n');
});

afterEach(async () => {
  for (const name of connectors) await client.delete(name);
  await deleteTopics();
});

afterAll(async () => {
  await kafka[Symbol.asyncDispose]();
  folder.remove();
});

/** A project with these topics, and a source and a sink of the topic topics-lines. */
function project(yaml: string, kafkaToo = true): void {
  const bootstrap = kafkaToo ? `\n    kafka: { bootstrapServers: ${sandbox.bootstrapServers} }` : '';
  const context = `contexts:\n  dev:\n    connect: ${sandbox.connectUrl}${bootstrap}\n`;
  folder.write('sluice.yaml', `version: 1\n${context}defaultContext: dev\nconnectors: ["*.json"]\ntopics:\n${yaml}`);
  const write = (name: string, config: object) => folder.write(`${name}.json`, JSON.stringify({ name, config }));
  write('topics-source', fileSource(folder.path('in.txt'), 'topics-lines'));
  write('topics-sink', fileSink(folder.path('out.txt'), 'topics-lines'));
}

const run = (args: string[], options: RunOptions = {}) => sluice(args, { cwd: folder.path(), ...options });

async function plan(...args: string[]) {
  const { code, stdout } = await run(['plan', '--exit-code', '--json', ...args]);
  return { code, plan: parseDocument<Plan & Record<string, unknown>>(stdout, 'plan') };
}

async function deploy(...args: string[]) {
  const { code, stdout, stderr } = await run(['deploy', '--stable', '0s', '--json', ...args]);
  return { code, stdout, stderr, report: JSON.parse(stdout) as DeployReport };
}

const live = async (name: string) => (await kafka.describe([name])).get(name);

describe('declared topics', () => {
  it('are created before the connectors, recorded in the history, and unchanged afterwards', async () => {
    project(
      `  topics-dlq: { partitions: 1, retention: 30d }\n  topics-l*: { partitions: 3, cleanupPolicy: compact }\n`,
    );
    const before = await plan();
    expect(before.code).toBe(10);
    expect(before.plan.summary.topics).toEqual({ create: 2, update: 0, refused: 0, unchanged: 0 });

    const dry = await deploy('--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.report.topics.map((topic) => topic.outcome)).toEqual(['planned', 'planned']);
    expect(await live('topics-dlq')).toBeUndefined();

    const { code, stdout, stderr } = await deploy();
    expect(code).toBe(0);
    const report = parseDocument<DeployReport & Record<string, unknown>>(stdout, 'deploy');
    expect(report.topics.map((topic) => [topic.name, topic.outcome])).toEqual([
      ['topics-dlq', 'created'],
      ['topics-lines', 'created'],
    ]);
    const steps = stderr.split('\n').filter((line) => line.startsWith('✔'));
    expect(steps.findIndex((line) => line.includes('Update 2 topics'))).toBeLessThan(
      steps.findIndex((line) => line.includes('Write 1 connector')),
    );
    expect(await live('topics-dlq')).toMatchObject({ partitions: 1, configs: { 'retention.ms': '2592000000' } });
    expect(await live('topics-lines')).toMatchObject({ partitions: 3, configs: { 'cleanup.policy': 'compact' } });

    expect((await plan()).code).toBe(0);
    const history = parseDocument<{ changes: Change[] }>((await run(['history', '--json'])).stdout, 'history');
    // Another worker of the test run may have deployed since, to another sandbox.
    const own = history.changes.find(({ connectors }) => connectors.some(({ name }) => name.startsWith('topics-')));
    expect(own?.topics).toEqual([
      { name: 'topics-dlq', outcome: 'created' },
      { name: 'topics-lines', outcome: 'created' },
    ]);
  });

  it('change in single keys and gain partitions, with the warning that keys move; other keys stay', async () => {
    await kafka.create({ name: 'topics-dlq', declaredBy: '', partitions: 1, configs: { 'segment.ms': '60000' } });
    project('  topics-dlq: { partitions: 2, retention: 1h }\n');
    const { stdout } = await run(['plan', '--only', 'topics-sink']);
    // No chosen connector has to do with it.
    expect(stdout).not.toContain('topics-dlq');
    const table = (await run(['plan'])).stdout;
    expect(table).toContain('~ topic topics-dlq');
    expect(table).toContain('partitions: 1 → 2');
    expect(table).toContain('keys move');
    expect(table).toContain('~ retention.ms = 604800000 → 3600000');

    const { report } = await deploy();
    expect(report.topics).toMatchObject([{ name: 'topics-dlq', outcome: 'updated' }]);
    expect(await live('topics-dlq')).toMatchObject({
      partitions: 2,
      configs: { 'retention.ms': '3600000', 'segment.ms': '60000' },
    });
  });

  it('a pattern takes topics that exist; only those of the chosen connectors with --only', async () => {
    for (const name of ['topics-shop.a', 'topics-shop.b', 'topics-lines', 'topics-other']) {
      await kafka.create({ name, declaredBy: '', partitions: 1, configs: {} });
    }
    project('  topics-shop.*: { partitions: 2 }\n  topics-lines: { partitions: 2 }\n');
    expect((await plan()).plan.topics.map((topic) => [topic.name, topic.declaredBy, topic.action])).toEqual([
      ['topics-lines', 'topics-lines', 'update'],
      ['topics-shop.a', 'topics-shop.*', 'update'],
      ['topics-shop.b', 'topics-shop.*', 'update'],
    ]);
    expect((await plan('--only', 'topics-sink')).plan.topics.map((topic) => topic.name)).toEqual(['topics-lines']);
    expect((await plan('--exclude', 'topics-sink', '--exclude', 'topics-source')).plan.topics).toEqual([]);
  });

  it('never lose partitions: the plan says so, the deploy refuses before anything is sent', async () => {
    await kafka.create({ name: 'topics-dlq', declaredBy: '', partitions: 3, configs: {} });
    project('  topics-dlq: { partitions: 1 }\n  topics-other: { partitions: 1 }\n');
    const { code, plan: found } = await plan();
    expect(code).toBe(10);
    expect(found.topics[0]).toMatchObject({ name: 'topics-dlq', action: 'refused' });

    const refused = await deploy();
    expect(refused.code).toBe(11);
    expect(refused.stdout).toContain('cannot remove partitions: the topic has 3, 1 are declared');
    expect(await live('topics-other')).toBeUndefined();
    expect(await client.find('topics-source')).toBeUndefined();
  });

  it('that Kafka refuses end the deploy before the connectors, and report what was created', async () => {
    project('  topics-dlq: { configs: { retention.millis: 5 } }\n  topics-other: { partitions: 1 }\n');
    const { code, stdout } = await deploy();
    expect(code).toBe(13);
    expect(stdout).toContain('KAFKA_REJECTED');
    expect(stdout).toContain('retention.millis');
    expect(stdout).toContain('done: topics-other; no connector was written');
    expect(await client.find('topics-source')).toBeUndefined();
  });

  it('of a saved plan must not have moved on', async () => {
    project('  topics-dlq: { partitions: 2 }\n');
    const saved = folder.path('saved.plan');
    expect((await plan('--save', saved)).code).toBe(10);
    await kafka.create({ name: 'topics-dlq', declaredBy: '', partitions: 1, configs: {} });
    const stale = await deploy('--plan', saved);
    expect(stale.code).toBe(13);
    expect(stale.stdout).toContain('topic topics-dlq has changed on the cluster');

    await plan('--save', saved);
    expect((await deploy('--plan', saved)).code).toBe(0);
    expect(await live('topics-dlq')).toMatchObject({ partitions: 2 });
  });

  it('need Kafka, and say so', async () => {
    project('  topics-dlq: { partitions: 2 }\n', false);
    for (const args of [['plan'], ['deploy']]) {
      const { code, stderr } = await run(args);
      expect(code).toBe(2);
      expect(stderr).toContain('topics are declared, but the context "dev" has no kafka.bootstrapServers');
      expect(stderr).toContain('contexts.dev.kafka.bootstrapServers');
    }
  });
});
