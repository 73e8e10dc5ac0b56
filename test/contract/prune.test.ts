import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';

const config = { 'connector.class': 'FileStreamSink', topics: 'a', file: 'x', 'tasks.max': '1' };
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-prune-'));
const connectors = path.join(folder, 'connectors');
let worker: FakeWorker;

const strimzi = (name: string, apiVersion = 'kafka.strimzi.io/v1') => ({
  apiVersion,
  kind: 'KafkaConnector',
  metadata: { name },
  spec: { class: 'FileStreamSink', tasksMax: 1, config: { topics: 'a', file: 'x' } },
});
const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const write = (name: string, text: string) => writeFileSync(path.join(connectors, name), text);
const deploy = (...more: string[]) =>
  sluice(['deploy', '--prune', '--yes', '--no-preflight', '--stable', '0s', ...more], {
    cwd: folder,
    env: { SLUICE_STATE_DIR: folder },
  });
const deleted = () => worker.server.lines.filter((line) => line.startsWith('DELETE'));

beforeAll(async () => {
  worker = await FakeWorker.start();
  const settings = [
    `contexts: {c: {connect: "${worker.server.url}"}}`,
    'defaultContext: c',
    'connectors: [connectors]',
  ];
  writeFileSync(
    path.join(folder, 'sluice.yaml'),
    ['version: 1', ...settings, 'prune: {match: ["team-*"]}', ''].join('\n'),
  );
});
afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  mkdirSync(connectors);
  worker.server.calls.length = 0;
  for (const name of ['team-a', 'team-b', 'others'])
    worker.connectors.set(name, { config, state: 'RUNNING', failed: false });
  write('team-a.json', JSON.stringify({ name: 'team-a', config }));
});
afterEach(() => rmSync(connectors, { recursive: true }));

describe('deploy --prune', () => {
  it('deletes what matches and is not in any file', async () => {
    expect((await deploy()).code).toBe(0);
    expect(deleted()).toEqual(['DELETE /connectors/team-b']);
  });

  it('keeps what is in a List', async () => {
    write('list.yaml', list({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, strimzi('team-b')));
    expect((await deploy()).code).toBe(0);
    expect(deleted()).toEqual([]);
  });

  it.each([
    ["another tool's connector", JSON.stringify(strimzi('team-b', 'kafka.jikkou.io/v1beta1'))],
    ["another tool's connector in a List", list(strimzi('team-b', 'acme/v1'))],
    ['an answer of GET /connectors?expand=info', JSON.stringify({ 'team-b': { info: { name: 'team-b', config } } })],
    ['something else', 'a: b\n'],
    ['a broken file', '{ "name": "team-b", '],
  ])('deletes and writes nothing beside %s', async (_what, text) => {
    write('other.yaml', text);
    const { code, stderr } = await deploy();
    expect({ code, stderr }).toEqual({ code: 11, stderr: expect.stringContaining('[CONNECTOR_FILE_INVALID]') });
    expect(worker.server.lines.filter((line) => !line.startsWith('GET'))).toEqual([]);
  });
});
