import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/connectors/files.ts';
import { kubernetesValue } from '../../../src/connectors/kubernetes-yaml.ts';

describe('a plain scalar', () => {
  it.each([
    ['yes', 'true'],
    ['On', 'true'],
    ['n', 'false'],
    ['OFF', 'false'],
    ['010', '8'],
    ['-010', '-8'],
    ['0o10', '8'],
    ['0x1F', '31'],
    ['0b11', '3'],
    ['1_000', '1000'],
    ['1e3', '1000'],
    ['+5', '5'],
    ['1.0', '1'],
    ['1.50', '1.5'],
    ['.5', '0.5'],
    ['08', '8'],
    ['12345678.50', '1.23456785E7'],
    ['0.0005', '5.0E-4'],
    ['0.001', undefined],
    ['100000000.0', '100000000'],
    ['1e21', '1.0E21'],
    ['-1e-7', '-1.0E-7'],
    ['18446744073709551616', '18446744073709552000'],
  ])('%s means %s to Kubernetes', (plain, meant) => expect(kubernetesValue(plain)).toBe(meant));

  it.each(['8', '-3', 'true', 'yEs', 'orders', '1:30', '2024-01-01', '1.2.3', '', '-', '.', '1e', '10.0.0.1', '5s'])(
    '%j is what it is',
    (plain) => expect(kubernetesValue(plain)).toBeUndefined(),
  );
});

const resource = (config: string, more = '') => `apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata:
  name: shop-sink
spec:
  class: io.debezium.connector.jdbc.JdbcSinkConnector
${more}  config:
${config}`;

async function read(text: string, file = 'a.yaml') {
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: {} });
  return { config: connectors[0]?.config, state: connectors[0]?.state, findings };
}

describe('a Strimzi resource', () => {
  it('has the values that Strimzi sends, and says so', async () => {
    const { config, findings } = await read(
      resource(
        '    delete.enabled: yes\n    batch.size: 1_000\n    max.retries: 010\n    a: 1e3\n    b: 1.0\n    c: No\n',
      ),
    );
    expect(config).toMatchObject({
      'delete.enabled': 'true',
      'batch.size': '1000',
      'max.retries': '8',
      a: '1000',
      b: '1',
      c: 'false',
    });
    expect(findings.map(({ severity, rule, key }) => `${severity} ${rule} ${key}`)).toEqual(
      ['delete.enabled', 'batch.size', 'max.retries', 'a', 'c'].map((key) => `warning kubernetes-value ${key}`),
    );
    expect(findings[0]?.message).toBe('"delete.enabled: yes" means true to Kubernetes, which reads YAML 1.1');
    expect(findings[0]?.position).toMatchObject({ line: 8 });
  });

  it('has texts in quotes, and in blocks, as they are', async () => {
    const { config, findings } = await read(resource('    a: "yes"\n    b: \'010\'\n    c: |-\n      on\n'));
    expect(config).toMatchObject({ a: 'yes', b: '010', c: 'on' });
    expect(findings).toEqual([]);
  });

  it('applies to the number of tasks and to pause', async () => {
    const { config, state } = await read(resource('    topics: a\n', '  tasksMax: 010\n  pause: yes\n'));
    expect(config?.['tasks.max']).toBe('8');
    expect(state).toBe('paused');
  });

  it('does not show a secret', async () => {
    const { findings } = await read(resource('    connection.password: 1_234\n'));
    expect(findings).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toMatch(/1_?234/);
  });

  it('is read so within a List', async () => {
    const item = resource('    delete.enabled: on\n')
      .replaceAll(/^/gm, '    ')
      .replace('    apiVersion', '  - apiVersion');
    const { config } = await read(`apiVersion: v1\nkind: List\nitems:\n${item}`);
    expect(config?.['delete.enabled']).toBe('true');
  });
});

describe('any other file', () => {
  it('is YAML 1.2', async () => {
    const { config, findings } = await read('name: a\nconfig:\n  connector.class: X\n  a: yes\n  b: 010\n');
    expect(config).toMatchObject({ a: 'yes', b: '010' });
    expect(findings).toEqual([]);
  });
});
