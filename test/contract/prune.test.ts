import { describe, expect, it } from 'vitest';
import { config, TeamProject } from '../helpers/team-project.ts';

const project = new TeamProject(['team-a', 'team-b', 'others']);

const strimzi = (name: string, apiVersion = 'kafka.strimzi.io/v1') => ({
  apiVersion,
  kind: 'KafkaConnector',
  metadata: { name },
  spec: { class: 'FileStreamSink', tasksMax: 1, config: { topics: 'a', file: 'x' } },
});
const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const deploy = (...more: string[]) =>
  project.run('deploy', '--prune', '--yes', '--no-preflight', '--stable', '0s', ...more);
const deleted = () => project.written().filter((line) => line.startsWith('DELETE'));

describe('deploy --prune', () => {
  it('deletes what matches and is not in any file', async () => {
    expect((await deploy()).code).toBe(0);
    expect(deleted()).toEqual(['DELETE /connectors/team-b']);
  });

  it('keeps what is in a List', async () => {
    project.write(
      'list.yaml',
      list({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, strimzi('team-b')),
    );
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
    project.write('other.yaml', text);
    const { code, stderr } = await deploy();
    expect({ code, stderr }).toEqual({ code: 11, stderr: expect.stringContaining('[CONNECTOR_FILE_INVALID]') });
    expect(project.written()).toEqual([]);
  });
});
