import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PluginList } from '../../src/inspect/plugins.ts';
import type { WorkersReport } from '../../src/inspect/workers.ts';
import { eventually, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';
import { startSecondWorker } from '../helpers/second-worker.ts';

const client = sandboxClient();
const folder = workFolder('two-workers');
const names = ['two-a', 'two-b', 'two-c', 'two-d'];
const hosts: string[] = [];
let second: Awaited<ReturnType<typeof startSecondWorker>>;
let project: string;

const run = (...args: string[]) => sluiceOnSandbox([...args, '--project', project, '--context', 'two']);
const workers = async () => parseDocument<WorkersReport>((await run('workers', '--json')).stdout, 'workers');

beforeAll(async () => {
  second = await startSecondWorker(sandbox.bootstrapServers);
  hosts.push(...[sandbox.connectUrl, second.url].map((url) => new URL(url).host));
  project = folder.write(
    'sluice.yaml',
    `version: 1\ncontexts:\n  two:\n    connect: { url: [${sandbox.connectUrl}, ${second.url}] }\n    kafka: { bootstrapServers: '${sandbox.bootstrapServers}' }\n`,
  );
  folder.write('in.txt', 'one\n');
  for (const name of names) await client.putConfig(name, fileSource(folder.path('in.txt'), 'two-lines'));
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  await second?.stop();
  folder.remove();
});

it('two workers share the tasks, and both are listed with their release, as is what only one of them has', async () => {
  const report = await eventually(
    workers,
    (one) =>
      one.workers.length === 2 && one.workers.every(({ tasks }) => tasks >= 2) && one.hidden?.reason !== 'rebalancing',
  );
  const { version } = await client.server();
  expect(report).toMatchObject({ unassigned: { connectors: 0, tasks: 0 }, imbalance: [], hidden: null });
  expect(report.group).toMatchObject({ state: 'Stable', members: 2 });
  expect(report.workers.map(({ worker }) => worker).sort()).toEqual([...hosts].sort());
  for (const worker of report.workers) expect(worker).toMatchObject({ version, inGroup: true, failed: 0 });
  expect(report.workers.filter(({ leader }) => leader)).toHaveLength(1);

  const { stdout } = await run('plugins', 'list', '--json');
  const { plugins } = parseDocument<PluginList>(stdout, 'plugins-list');
  const missing = (name: string) => plugins.find((one) => one.class.endsWith(name))?.missingOn;
  expect(missing('PostgresConnector')).toEqual([second.url]);
  expect(missing('FileStreamSourceConnector')).toEqual([]);
  // One line for all of them.
  const text = (await run('plugins', 'list')).stdout;
  expect(text.split('\n').filter((line) => line.includes('Not on '))).toHaveLength(1);

  await second.stop();
  const left = await eventually(
    workers,
    (one) => one.workers.find(({ worker }) => worker === hosts[0])?.tasks === names.length,
  );
  expect(left.workers.map(({ worker }) => worker)).toEqual([hosts[0]]);
  expect(left.asked[1]?.error?.code).toBe('CONNECT_UNREACHABLE');
});
