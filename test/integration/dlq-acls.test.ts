import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorDocument } from '../../src/errors/error.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { openRecords } from '../../src/kafka/records.ts';
import { type AclBroker, startAclBroker } from '../helpers/acl-broker.ts';
import { sandboxClient, workFolder } from '../helpers/connectors.ts';
import { deadLetter } from '../helpers/dead-letters.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = workFolder('acls');
const [QUEUE, TARGET, STATE] = ['acls-dead', 'acls-orders', 'sluice-dlq-replays'];
let broker: AclBroker;
let project: string;

beforeAll(async () => {
  broker = await startAclBroker((await sandboxClient().server()).kafka_cluster_id);
  const { bootstrapServers } = broker.user;
  const kafka = `{ bootstrapServers: '${bootstrapServers}', sasl: { mechanism: PLAIN, username: op, password: '\${OP}' } }`;
  project = folder.write(
    'sluice.yaml',
    `version: 1\ncontexts:\n  acls:\n    connect: ${sandbox.connectUrl}\n    kafka: ${kafka}\n`,
  );
  const admin = await createAdmin(broker.admin);
  await admin.createTopics({ topics: [QUEUE, TARGET], partitions: 1, replicas: 1 });
  await closeKafka(admin);
  await using records = await openRecords(broker.admin);
  await using transactions = await records.transactions('acls');
  const letters = [0, 1].map((n) => deadLetter(TARGET, 0, n, { value: Buffer.from(`${n}`) }));
  await transactions.write(
    letters.map((one) => ({ topic: QUEUE, timestamp: 1, key: null, value: null, headers: [], ...one })),
  );
  await transactions.commit();
});

afterAll(async () => {
  await broker?.stop();
  folder.remove();
});

/** Runs a command, and allows what it says is missing, until nothing is. @returns what was missing, in order */
async function follow(...args: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (;;) {
    const command = ['dlq', ...args, '--project', project, '--context', 'acls', '--json'];
    const { code, stdout, stderr } = await sluice(command, { env: { OP: broker.user.sasl.password } });
    if (code === 0) return missing;
    expect(code, `${stdout}${stderr}`).toBe(12);
    const { error } = parseDocument<{ error: ErrorDocument }>(stdout, 'error');
    expect(error.code).toBe('KAFKA_UNAUTHORIZED');
    const [, operation = '', resource = '', name = ''] =
      /^Allow it: kafka-acls --bootstrap-server 127\.0\.0\.1:\d+ --add --allow-principal User:op --operation (\w+) --([a-z-]+) ([\w.-]+)$/.exec(
        error.hint ?? '',
      ) ?? [];
    const one = `${operation} ${resource} ${name}`;
    expect(missing, `${error.message}\n${error.hint}`).not.toContain(one);
    expect(error.message).toContain(`does not allow the user op ${operation} on the`);
    expect(error.message).toContain(name);
    missing.push(one);
    await broker.allow({ operation, resource, name });
  }
}

describe('a context', () => {
  it('whose Kafka is not that of its workers is refused', async () => {
    const worker = await FakeWorker.start({});
    try {
      const kafka = `{ bootstrapServers: '${sandbox.bootstrapServers}' }`;
      const mixed = folder.write(
        'mixed.yaml',
        `version: 1\ncontexts:\n  mixed:\n    connect: ${worker.server.url}\n    kafka: ${kafka}\n`,
      );
      const { code, stdout } = await sluice([
        'dlq',
        'show',
        '--queue',
        QUEUE,
        '--project',
        mixed,
        '--context',
        'mixed',
        '--json',
      ]);
      expect(code).toBe(2);
      const { error } = parseDocument<{ error: ErrorDocument }>(stdout, 'error');
      expect(error).toMatchObject({
        code: 'PROJECT_INVALID',
        message: expect.stringMatching(
          /^kafka\.bootstrapServers of the context "mixed" leads to the Kafka cluster .+, but its worker belongs to /,
        ),
      });
    } finally {
      await worker.stop();
    }
  });
});

describe('dlq in a cluster with ACLs', () => {
  it('names each permission that is missing, and the command that gives it', { timeout: 180_000 }, async () => {
    expect(await follow('show', '--queue', QUEUE)).toEqual([`Describe topic ${QUEUE}`, `Read topic ${QUEUE}`]);
    const file = folder.path('queue.jsonl');
    expect(await follow('export', '--queue', QUEUE, '--to', file)).toEqual([]);
    expect(existsSync(file)).toBe(true);
    const replay = await follow('replay', '--queue', QUEUE, '--yes');
    const id = replay.find((one) => one.includes('transactional-id')) ?? '';
    expect(replay).toEqual([
      `Describe topic ${STATE}`,
      `Create topic ${STATE}`,
      `DescribeConfigs topic ${STATE}`,
      id,
      `Describe topic ${TARGET}`,
      `Write topic ${TARGET}`,
      `Write topic ${STATE}`,
    ]);
    expect(id).toMatch(/^Write transactional-id sluice-dlq-[\w-]+$/);
    await using records = await openRecords(broker.admin);
    const topic = await records.topic(TARGET);
    expect(topic && (await records.bounds(topic))[0]?.end).toBeGreaterThanOrEqual(2);
    expect(await follow('purge', '--queue', QUEUE, '--before', '0s', '--yes')).toEqual([
      `Read topic ${STATE}`,
      `Delete topic ${QUEUE}`,
    ]);
  });
});
