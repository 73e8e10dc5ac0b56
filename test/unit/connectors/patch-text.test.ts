import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/connectors/files.ts';
import type { ConfigPatch } from '../../../src/connectors/live-file.ts';
import { patchText } from '../../../src/connectors/patch-text.ts';

const patch = (text: string, change: Partial<ConfigPatch>, file = 'c.yaml') =>
  patchText(text, file, 'orders', { set: {}, unset: [], ...change }, {});

const YAML = `# Orders.
name: orders
config:
  connector.class: FileStreamSink # Kafka's
  tasks.max: 1 # one is enough
  topics: "a"
`;
const JSON_TEXT = `{
  "name": "orders",
  "config": {
    "connector.class": "FileStreamSink",
    "tasks.max": "1",
    "topics": "a"
  }
}
`;

describe('a key in a file', () => {
  it('of YAML is changed, added after the last one, and removed, with comments kept', async () => {
    expect(await patch(YAML, { set: { 'tasks.max': '3' } })).toBe(YAML.replace('tasks.max: 1', 'tasks.max: 3'));
    expect(await patch(YAML, { set: { topics: 'a,b' } })).toBe(YAML.replace('"a"', '"a,b"'));
    expect(await patch(YAML, { set: { file: '/tmp/x y' } })).toBe(`${YAML}  file: "/tmp/x y"\n`);
    expect(await patch(YAML, { unset: ['tasks.max'] })).toBe(YAML.replace('  tasks.max: 1 # one is enough\n', ''));
    expect(await patch(YAML, { set: { topics: 'b' }, unset: ['tasks.max'] })).toBe(
      YAML.replace('  tasks.max: 1 # one is enough\n', '').replace('"a"', '"b"'),
    );
  });

  it('of JSON is, with its indentation', async () => {
    const json = (change: Partial<ConfigPatch>) => patch(JSON_TEXT, change, 'c.json');
    expect(await json({ set: { 'tasks.max': '3' } })).toBe(JSON_TEXT.replace('"1"', '"3"'));
    expect(await json({ set: { file: 'say "hi"' } })).toBe(
      JSON_TEXT.replace('"topics": "a"', '"topics": "a",\n    "file": "say \\"hi\\""'),
    );
    expect(await json({ unset: ['topics'] })).toBe(JSON_TEXT.replace(',\n    "topics": "a"', ''));
    const oneLine = '{"name":"orders","config":{"topics":"a"}}';
    expect(await patch(oneLine, { set: { b: '1' } }, 'c.json')).toBe(
      '{"name":"orders","config":{"topics":"a", "b": "1"}}',
    );
  });

  it('of Strimzi is, where that form has it', async () => {
    const strimzi = `apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata:
  name: orders
spec:
  class: FileStreamSink
  config:
    topics: a # only one
  tasksMax: 1
`;
    expect(await patch(strimzi, { set: { 'tasks.max': '2' } })).toBe(strimzi.replace('tasksMax: 1', 'tasksMax: 2'));
    expect(await patch(strimzi, { set: { file: '/x' } })).toBe(
      strimzi.replace('# only one\n', '# only one\n    file: "/x"\n'),
    );
  });

  it('of properties is', async () => {
    const text = 'name=orders\nconnector.class=FileStreamSink\n# topics\ntopics=a\n';
    expect(await patch(text, { set: { file: ' x' } }, 'c.properties')).toBe(`${text}file=\\ x\n`);
  });

  it('of a flow map and of a file without a last line break is', async () => {
    expect(await patch('{name: orders, config: {topics: a}}', { set: { b: 'c' } })).toBe(
      '{name: orders, config: {topics: a, b: "c"}}',
    );
    expect(await patch('name: orders\nconnector.class: X', { set: { b: 'c' } })).toBe(
      'name: orders\nconnector.class: X\nb: "c"\n',
    );
  });

  it('that is there already with that value changes nothing', async () => {
    expect(await patch(YAML, { set: { 'tasks.max': '1' } })).toBe(YAML);
    expect(await patch(YAML, { unset: ['nosuch'] })).toBe(YAML);
  });

  it.each([
    ['two connectors of the name', `${YAML}---\n${YAML}`],
    ['another key that shares an anchor', 'name: orders\nconfig:\n  topics: &t a\n  file: *t\n'],
    ['a broken syntax', 'name: orders\nconfig: {topics: a\n'],
    ['no such connector', YAML.replace('name: orders', 'name: users')],
  ])('is not changed with %s', async (_what, text) => {
    expect(await patch(text, { set: { topics: 'z' } })).toBeUndefined();
  });
});

const word = fc.stringMatching(/^[a-z]{1,3}(\.[a-z]{1,3})?$/);
const value = fc.oneof(
  word,
  fc.string({ maxLength: 8 }),
  fc.constantFrom('', ' ', 'yes', '1', '~', '#x', 'a: b', '${A}', '"', "it's"),
);

describe('for any connector', () => {
  it('a patched text has exactly the patched keys, or is not patched', async () => {
    let patched = 0;
    const config = fc.dictionary(word, value, { minKeys: 1, maxKeys: 5 });
    const form = fc.constantFrom('c.json', 'c.yaml', 'flow.yaml', 'c.properties');
    await fc.assert(
      fc.asyncProperty(config, form, word, value, fc.boolean(), async (given, file, key, fresh, removes) => {
        const text = textOf(given, file);
        const before = await readText(text, { file, origin: 'named' }, { environment: {} });
        if (before.findings.some(({ severity }) => severity === 'error')) return;
        const written = before.connectors[0]?.written ?? {};
        const change = removes ? { unset: [Object.keys(written)[0] ?? key] } : { set: { [key]: fresh } };
        const changed = await patch(text, change, file);
        if (changed === undefined) return;
        patched += 1;
        const { connectors } = await readText(changed, { file, origin: 'named' }, { environment: {} });
        const expected = { ...written, ...change.set };
        for (const gone of change.unset ?? []) delete expected[gone];
        expect(connectors.map((one) => one.written)).toEqual([expected]);
      }),
      { numRuns: 300 },
    );
    expect(patched).toBeGreaterThan(200);
  });
});

function textOf(config: Record<string, string>, file: string): string {
  const pairs = Object.entries(config);
  const quoted = pairs.map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`);
  switch (file) {
    case 'c.json':
      return JSON.stringify({ name: 'orders', config }, null, 2);
    case 'c.yaml':
      return ['name: orders', 'config:', ...quoted.map((pair) => `  ${pair} # kept`), ''].join('\n');
    case 'flow.yaml':
      return `{name: orders, config: {${quoted.join(', ')}}}`;
    default:
      return [
        'name=orders',
        ...pairs.map(([key, one]) => `${key}=${one.replaceAll(/[\\\s#!:=]|[^ -~]/g, '')}`),
        '',
      ].join('\n');
  }
}
