import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import type { StatusReport } from '../../src/monitor/status.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('status');
const [source, sink, broken, paused] = ['status-source', 'status-sink', 'status-broken', 'status-paused'];
const names = [source, sink, broken, paused];

beforeAll(async () => {
  folder.write('in.txt', 'one\ntwo\nthree\n');
  await client.putConfig(source, fileSource(folder.path('in.txt'), 'status-lines'));
  await client.putConfig(sink, fileSink(folder.path('out.txt'), 'status-lines'));
  await client.putConfig(broken, fileSink('/no/such/folder/password=hunter22', 'status-lines'));
  await client.putConfig(paused, fileSource(folder.path('in.txt'), 'status-lines'));
  // One that is paused before it has a task gets none.
  await eventually(
    () => client.status(paused),
    (status) => status?.tasks[0]?.state === 'RUNNING',
  );
  await client.pause(paused);
  await eventually(
    () => client.status(broken),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
  await eventually(
    () => client.status(paused),
    (status) => status?.tasks[0]?.state === 'PAUSED',
  );
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

async function report(...args: string[]): Promise<{ code: number | null; report: StatusReport }> {
  const { code, stdout } = await sluiceOnSandbox(['status', ...args, '--json']);
  return { code, report: parseDocument<StatusReport & Record<string, unknown>>(stdout, 'status') };
}

describe('status', () => {
  it('tells healthy, failed and paused apart, the failed first, exit 10', async () => {
    const { code, report: all } = await report();
    expect(code).toBe(10);
    const mine = all.connectors.filter((one) => names.includes(one.name));
    expect(mine.map((one) => [one.name, one.health])).toEqual([
      [broken, 'failed'],
      [sink, 'healthy'],
      [source, 'healthy'],
      [paused, 'paused'],
    ]);
    expect(all.connectors[0]?.health).toBe('failed');
    expect(mine[0]?.taskList[0]?.cause).toMatch(/^NoSuchFileException: /);
    expect(mine[0]?.taskList[0]?.trace).toContain('\tat ');
    expect(mine[1]?.group).toMatchObject({ id: `connect-${sink}`, checked: true, members: 1 });
    expect(all.kafka).toEqual({ configured: true, error: null });
  });

  it('shows no secret of a trace', async () => {
    const { stdout } = await sluiceOnSandbox(['status', broken, '--json']);
    expect(stdout).not.toContain('hunter22');
    expect((await sluiceOnSandbox(['status'])).stdout).not.toContain('hunter22');
  });

  it('shows one connector in full, exit 0 if it is healthy', async () => {
    const { code, stdout } = await sluiceOnSandbox(['status', sink]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 of 1 running/);
    expect(stdout).toContain(`connect-${sink}: Stable, 1 in it`);
  });

  // DescribeGroups reports such a group as Dead without members.
  it('sees a sink at work whose consumer uses the newer group protocol, and waits for it to leave', async () => {
    const name = 'status-consumer-protocol';
    const config = fileSink(folder.path('newer.txt'), 'status-lines', {
      'consumer.override.group.protocol': 'consumer',
    });
    const file = folder.write(`${name}.json`, JSON.stringify({ name, config }));
    try {
      const deployed = await sluiceOnSandbox(['deploy', file, '--stable', '1s', '--timeout', '40s']);
      expect(deployed.code, deployed.stderr).toBe(0);
      const { code, report: one } = await report(name);
      expect(code).toBe(0);
      expect(one.connectors[0]?.group).toMatchObject({ state: 'Stable', members: 1 });
    } finally {
      const deleted = await sluiceOnSandbox(['delete', name, '--yes']);
      expect(deleted.code).toBe(0);
    }
  });

  it('counts lag down to nothing', async () => {
    const { connectors } = await eventually(
      async () => (await report(sink)).report,
      ({ connectors }) => connectors[0]?.group?.lag === 0,
    );
    expect(connectors[0]?.name).toBe(sink);
  });

  it('never calls a sink healthy whose consumer group it could not look at', async () => {
    // The same worker, known by nothing but its URL: no Kafka is configured.
    const { code, stdout } = await sluice(['status', sink, '--connect-url', sandbox.connectUrl, '--json']);
    expect(code).toBe(0);
    const unchecked = parseDocument<StatusReport & Record<string, unknown>>(stdout, 'status');
    expect(unchecked.connectors[0]).toMatchObject({ health: 'unknown', group: { checked: false, members: null } });
    expect(unchecked.kafka.configured).toBe(false);
    const text = await sluice(['status', sink, '--connect-url', sandbox.connectUrl]);
    expect(text.stdout).toContain('not checked');
  });

  it('shows what REST says where Kafka is down, and exits 12', async () => {
    folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  half:\n    connect: ${sandbox.connectUrl}\n    kafka:\n      bootstrapServers: 127.0.0.1:1\n`,
    );
    const { code, stdout } = await sluice(['status', sink, '--context', 'half', '--json'], { cwd: folder.path() });
    expect(code).toBe(12);
    const half = parseDocument<StatusReport & Record<string, unknown>>(stdout, 'status');
    expect(half.kafka.error?.code).toBe('KAFKA_UNREACHABLE');
    expect(half.connectors[0]).toMatchObject({ state: 'RUNNING', health: 'unknown' });
  });

  it('tells a sink whose consumer group has no member from a healthy one, though REST says RUNNING', async () => {
    const ghost = 'status-ghost';
    names.push(ghost);
    // A consumer that seldom asks its coordinator does not notice for a while that it was thrown out of its group.
    await client.putConfig(
      ghost,
      fileSink(folder.path('ghost.txt'), 'status-lines', {
        'consumer.override.heartbeat.interval.ms': '40000',
        'consumer.override.session.timeout.ms': '45000',
      }),
    );
    await eventually(
      async () => (await report(ghost)).report.connectors[0],
      (one) => one?.health === 'healthy' && one.group?.lag === 0,
      60_000,
    );
    const { Admin } = await import('@platformatic/kafka');
    const admin = new Admin({ clientId: 'sluice-test', bootstrapBrokers: [sandbox.bootstrapServers] });
    try {
      await admin.removeMembersFromConsumerGroup({ groupId: `connect-${ghost}` });
    } finally {
      await admin.close();
    }
    const { code, report: seen } = await report(ghost);
    expect(code).toBe(10);
    expect(seen.connectors[0]).toMatchObject({
      health: 'failed',
      state: 'RUNNING',
      tasks: { running: 1, total: 1 },
      group: { checked: true, members: 0 },
      reasons: [expect.stringContaining('has no member')],
    });
    expect((await sluiceOnSandbox(['restart', ghost])).code).toBe(0);
    await eventually(
      async () => (await report(ghost)).code,
      (exit) => exit === 0,
    );
  });

  it('names the intended connector, exit 13', async () => {
    const { code, stderr } = await sluiceOnSandbox(['status', 'status-snik']);
    expect(code).toBe(13);
    expect(stderr).toContain(`Did you mean ${sink}?`);
  });

  it('--watch streams one line of JSON a look until it is interrupted, exit 130', async () => {
    const child = spawn(
      process.execPath,
      [packagePath('bin', 'run.js'), 'status', sink, '--watch', '--interval', '200ms', '--json'],
      { env: { ...process.env, SLUICE_CONTEXT: sandbox.context } },
    );
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await eventually(
      async () => out.split('\n').length,
      (lines) => lines > 3,
    );
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    const looks = out
      .trim()
      .split('\n')
      .map((line) => parseDocument<{ report: StatusReport }>(line, 'status-watch'));
    expect(looks.length).toBeGreaterThanOrEqual(3);
    for (const look of looks) expect(look.report.connectors[0]?.name).toBe(sink);
  });
});
