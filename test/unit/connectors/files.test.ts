import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readConnectorFiles, readText } from '../../../src/connectors/files.ts';
import { loadConnectorFiles } from '../../../src/connectors/load.ts';
import { findFiles } from '../../../src/connectors/paths.ts';
import { MAX_BYTES } from '../../../src/files/read-file.ts';

const environment = { DB_PASSWORD: 'pa$$', EMPTY: '' };

async function read(text: string, file = 'orders.json') {
  return readText(text, { file, origin: 'named' }, { environment });
}

/** Rule, line and column of each finding. */
async function found(text: string, file?: string): Promise<string[]> {
  const { findings } = await read(text, file);
  return findings.map(({ rule, position }) => (position ? `${rule} ${position.line}:${position.column}` : rule));
}

const WRAPPED = `{
  "name": "orders",
  "config": {
    "connector.class": "Postgres",
    "tasks.max": 1,
    "ratio": 1.0,
    "tombstones.on.delete": true,
    "database.password": "\${DB_PASSWORD}"
  },
  "state": "PAUSED"
}`;

const STRIMZI = `
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnect
metadata: {name: cluster}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata:
  name: orders
spec:
  class: Postgres
  tasksMax: 1
  state: paused
  config:
    ratio: "1.0"
    tombstones.on.delete: true
    database.password: \${DB_PASSWORD}
`;

const CONFIG = {
  'connector.class': 'Postgres',
  'tasks.max': '1',
  ratio: '1.0',
  'tombstones.on.delete': 'true',
  'database.password': 'pa$$',
};

describe('forms of a connector file', () => {
  const flat = { name: 'orders', ...CONFIG, 'database.password': '${DB_PASSWORD}' };
  const forms: [form: string, file: string, text: string, state: string | undefined][] = [
    ['{name, config} in JSON', 'orders.json', WRAPPED, 'paused'],
    ['{name, config} in YAML', 'orders.yaml', WRAPPED, 'paused'],
    ['flat JSON', 'orders.json', JSON.stringify(flat), undefined],
    ['flat YAML', 'orders.yml', stringify(flat), undefined],
    ['a Strimzi KafkaConnector beside another resource', 'orders.yaml', STRIMZI, 'paused'],
    ['JSON on stdin, told by its first character', '-', WRAPPED, 'paused'],
    ['YAML on stdin', '-', STRIMZI, 'paused'],
    ['a byte order mark', 'orders.json', `\uFEFF${WRAPPED}`, 'paused'],
    ['the body of POST /connectors', 'o.json', WRAPPED.replace('"state"', '"initial_state"'), 'paused'],
    ['the answer of GET /connectors/orders', 'o.json', WRAPPED.replace('"state": "PAUSED"', '"tasks": []'), undefined],
    ['the name inside the config', 'o.json', JSON.stringify({ config: flat }), undefined],
  ];
  it.each(forms)('%s', async (_form, file, text, state) => {
    const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment });
    expect(findings).toEqual([]);
    expect(connectors.map(({ name, config }) => ({ name, config }))).toEqual([{ name: 'orders', config: CONFIG }]);
    expect(connectors[0]?.state).toBe(state);
  });

  it('reads several YAML documents', async () => {
    const { connectors } = await read(`${stringify(flat)}---\n${stringify({ ...flat, name: 'more' })}`, 'all.yaml');
    expect(connectors.map((connector) => connector.name)).toEqual(['orders', 'more']);
  });

  it.each(['"true"', '1', 'paused', '[true]'])('refuses spec.pause: %s', async (pause) => {
    const { findings } = await read(STRIMZI.replace('state: paused', `pause: ${pause}`), 'o.yaml');
    expect(findings).toMatchObject([{ rule: 'state-unknown', severity: 'error' }]);
  });

  it('takes spec.pause of older Strimzi', async () => {
    const { connectors } = await read(STRIMZI.replace('state: paused', 'pause: true'), 'o.yaml');
    expect(connectors[0]?.state).toBe('paused');
  });

  it('follows anchors and merge keys', async () => {
    const { connectors, findings } = await read(
      'name: a\nconfig: &base\n  connector.class: X\n---\nname: b\nconfig:\n  <<: {connector.class: X}\n  tasks.max: 2\n',
      'o.yaml',
    );
    expect(findings).toEqual([]);
    expect(connectors.map(({ config }) => config)).toEqual([
      { 'connector.class': 'X' },
      { 'connector.class': 'X', 'tasks.max': '2' },
    ]);
  });

  it('keeps the digits of numbers as they were written', async () => {
    const text = '{"name":"a","config":{"connector.class":"X","big":12345678901234567890,"exp":1e3,"zero":-0}}';
    const expected = { 'connector.class': 'X', big: '12345678901234567890', exp: '1e3', zero: '-0' };
    for (const file of ['a.json', 'a.yaml']) expect((await read(text, file)).connectors[0]?.config).toEqual(expected);
  });

  it('any map of texts survives JSON and YAML', async () => {
    const key = fc.string({ minLength: 1 }).filter((one) => !['name', '<<', '$schema'].includes(one));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, fc.string()), async (map) => {
        const config = Object.fromEntries(Object.entries(map).map(([k, v]) => [k, v.replaceAll('${', () => '$${')]));
        for (const [file, text] of [
          ['a.json', JSON.stringify({ name: 'a', config })],
          ['a.yaml', stringify({ name: 'a', config })],
        ] as const) {
          const result = await readText(text, { file, origin: 'named' }, { environment });
          expect(result.findings).toEqual([]);
          expect(Object.entries(result.connectors[0]?.config ?? {})).toEqual(Object.entries(map));
        }
      }),
    );
  });
});

describe('what is wrong with a file is a finding', () => {
  const cases: [what: string, file: string, text: string, expected: string[]][] = [
    ['an open object', 'a.json', '{\n  "name": "a"', ['syntax 2:14']],
    ['a comma too many', 'a.json', '{\n  "name": "a",\n}', ['syntax 3:1']],
    ['a comment in JSON', 'a.json', '{ // no\n}', ['syntax 1:3']],
    ['a control character in a string', 'a.json', '{"a": "x\ty"}', ['syntax 1:7']],
    ['two objects', 'a.json', '{}\n{}', ['syntax 2:1']],
    ['bad indentation', 'a.yaml', 'name: a\n config: b\n', ['syntax 1:7']],
    ['a tab', 'a.yaml', 'config:\n\tname: b\n', ['syntax 2:1']],
    ['an unknown anchor', 'a.yaml', 'config: *base\n', ['syntax 1:9']],
    ['a double key in JSON', 'a.json', '{"name":"a","config":{\n"x":"1",\n"x":"2"}}', ['duplicate-key 3:1']],
    [
      'a double key with a colon inside',
      'a.json',
      '{"name":"a","config":{"a:\\"b":":","a:\\"b":":"}}',
      ['duplicate-key 1:35'],
    ],
    ['a double key in YAML', 'a.yaml', 'name: a\nconfig:\n  "x.y": 1\n  "x.y": 2\n', ['duplicate-key 4:3']],
    ['a list', 'a.json', '[]', ['not-a-connector 1:1']],
    ['a text', 'a.yaml', 'hello', ['not-a-connector 1:1']],
    ['a package.json', 'package.json', '{"name":"a","scripts":{}}', ['not-a-connector 1:1']],
    ['only other resources', 'a.yaml', 'apiVersion: v1\nkind: Pod\n', ['not-a-connector']],
    ['only comments', 'a.yaml', '# nothing\n', ['not-a-connector']],
    ['no name', 'a.json', '{"config":{}}', ['missing-name 1:1']],
    ['two names', 'a.json', '{"name":"a","config":{"name":"b"}}', ['name-mismatch 1:23']],
    ['a list as a value', 'a.json', '{"name":"a","config":{"x":["a"]}}', ['value-not-text 1:23']],
    ['an object as a value', 'a.yaml', 'name: a\nconfig:\n  x:\n    y: 1\n', ['value-not-text 3:3']],
    ['null', 'a.yaml', 'name: a\nconfig:\n  x:\n', ['null-value 3:3']],
    ['a state that does not exist', 'a.json', '{"name":"a","config":{},"state":"gone"}', ['state-unknown 1:25']],
    ['a key beside config', 'a.json', '{"name":"a","config":{},"tasks.max":"1"}', ['stray-key 1:25']],
    ['an unset variable', 'a.json', '{"name":"a","config":{\n"x":"${NOT_SET}"}}', ['unset-variable 2:5']],
    [
      'tasks.max in spec.config too',
      'a.yaml',
      'apiVersion: kafka.strimzi.io/v1\nkind: KafkaConnector\nmetadata: {name: a}\nspec:\n  tasksMax: 1\n  config:\n    tasks.max: 2\n',
      ['stray-key 7:5'],
    ],
  ];
  it.each(cases)('%s', async (_what, file, text, expected) => {
    expect(await found(text, file)).toEqual(expected);
  });

  it('items of a Kubernetes List are read, each with its place', async () => {
    const text = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
  - apiVersion: kafka.strimzi.io/v1
    kind: KafkaConnector
    metadata: { name: a }
    spec:
      class: X
      config:
        k: v
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaConnectorList
items: [{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnector, metadata: { name: b }, spec: { class: Y } }]
`;
    const { connectors, findings } = await readText(text, { file: 'list.yaml', origin: 'named' }, { environment });
    expect(connectors.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(findings).toEqual([]);
    expect((await connectors[0]?.positions())?.key('k')).toMatchObject({ line: 12, column: 9 });
  });

  it.each([
    ['apiVersion: kafka.jikkou.io/v1beta1\nkind: KafkaConnector', /Jikkou/],
    ['apiVersion: platform.confluent.io/v1beta1\nkind: Connector', /Confluent for Kubernetes/],
    ['apiVersion: v1\nkind: Connector', /ns4kafka/],
    ['apiVersion: x/v1\nkind: KafkaConnector', /a KafkaConnector of x\/v1/],
    ['a: { info: { name: a, config: { connector.class: X } } }', /response of GET/],
  ])('%j is named for what it is, not read', async (text, message) => {
    const { connectors, findings } = await readText(text, { file: 'a.yaml', origin: 'named' }, { environment });
    expect(connectors).toEqual([]);
    expect(findings).toMatchObject([
      { rule: 'not-a-connector', severity: 'error', message: expect.stringMatching(message) },
    ]);
  });

  it('a flat config without a name is checked under the name of its file, and not sent', async () => {
    const text = '{"connector.class":"FileStreamSource","topic":"a"}';
    const checked = await readText(text, { file: 'dir/orders.json', origin: 'named' }, { environment });
    expect(checked.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(['warning missing-name']);
    expect(checked.connectors[0]?.name).toBe('orders');
    const sent = await readText(text, { file: 'orders.json', origin: 'named' }, { environment, unset: 'error' });
    expect(sent.findings.map(({ severity }) => severity)).toEqual(['error']);
  });
});

describe('references', () => {
  const cases: [written: string, value: string, unset: string[]][] = [
    ['${DB_PASSWORD}', 'pa$$', []],
    ['a ${DB_PASSWORD} b ${EMPTY}', 'a pa$$ b ', []],
    ['$${DB_PASSWORD}', '${DB_PASSWORD}', []],
    ['${topic}', '${topic}', []],
    ['${source.table}', '${source.table}', []],
    ['${file:/etc/secret:KEY}', '${file:/etc/secret:KEY}', []],
    ['${vault:kv/db:PASSWORD}', '${vault:kv/db:PASSWORD}', []],
    ['${env:NAME}', '${env:NAME}', []],
    ['${NOT_SET}', '${NOT_SET}', ['x']],
    ['${NOT_SET:-x}', 'x', []],
    ['${NOT_SET:-}y', 'y', []],
    ['$NOT_SET ${', '$NOT_SET ${', []],
  ];
  it.each(cases)('%s', async (written, value, unset) => {
    const { connectors } = await read(JSON.stringify({ name: 'a', config: { x: written } }));
    expect(connectors[0]?.config['x']).toBe(value);
    expect(connectors[0]?.written['x']).toBe(written);
    expect([...(connectors[0]?.unset ?? [])]).toEqual(unset);
  });
});

describe('positions', () => {
  const flat = '{\n  "name": "a",\n  "connector.class": "X"}';
  it.each([
    ['orders.json', WRAPPED, 'tasks.max', '5:5', '5:18'],
    ['orders.yaml', WRAPPED, 'tasks.max', '5:5', '5:18'],
    ['orders.json', WRAPPED, 'name', '2:3', '2:11'],
    ['orders.json', WRAPPED, 'state', '10:3', '10:12'],
    ['orders.yaml', STRIMZI, 'connector.class', '11:3', '11:10'],
    ['orders.yaml', STRIMZI, 'name', '9:3', '9:9'],
    ['orders.yaml', STRIMZI, 'ratio', '15:5', '15:12'],
    ['orders.json', flat, 'connector.class', '3:3', '3:22'],
  ])('%s: %#', async (file, text, key, keyAt, valueAt) => {
    const positions = await (await read(text, file)).connectors[0]?.positions();
    const show = (at: { line: number; column: number } | undefined) => at && `${at.line}:${at.column}`;
    expect([show(positions?.key(key)), show(positions?.value(key))]).toEqual([keyAt, valueAt]);
    expect(positions?.key('absent')).toBeUndefined();
  });
});

describe('files, folders and globs', () => {
  let folder: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-files-'));
    mkdirSync(at('all', 'deep'), { recursive: true });
    mkdirSync(at('all', 'overlays', 'dev'), { recursive: true });
    mkdirSync(at('none'));
    const connector = (name: string) => JSON.stringify({ name, config: { 'connector.class': 'X' } });
    writeFileSync(at('all', 'b.json'), connector('b'));
    writeFileSync(at('all', 'deep', 'a.yaml'), connector('a'));
    writeFileSync(at('all', 'overlays', 'dev', 'b.json'), '{"tasks.max": "2"}');
    writeFileSync(at('all', 'package.json'), '{"private": true}');
    writeFileSync(at('all', 'notes.txt'), 'no connector');
    mkdirSync(at('standalone'));
    writeFileSync(at('standalone', 'sink.properties'), 'name=c\nconnector.class=X\nfile.path=a\\\n  b\n');
    writeFileSync(at('standalone', 'db-passwords.properties'), Buffer.from([0x61, 0x3d, 0xe9]));
    writeFileSync(at('empty.json'), ' \n');
    writeFileSync(at('binary.json'), Buffer.from([0x7b, 0, 0x7d]));
    writeFileSync(at('latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    writeFileSync(at('large.json'), Buffer.alloc(MAX_BYTES + 1, ' '));
    symlinkSync(at('gone.json'), at('broken.json'));
    symlinkSync(at('loop.json'), at('loop.json'));
    mkdirSync(at('ring'));
    writeFileSync(at('ring', 'd.json'), connector('d'));
    symlinkSync(at('ring'), at('ring', 'again'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const findingsOf = async (...paths: string[]) => {
    const { connectors, findings } = await readConnectorFiles(
      paths.map((one) => at(one)),
      { environment },
    );
    return [
      connectors.map((connector) => connector.name),
      findings.map(({ rule, severity, file }) => `${severity} ${rule} ${path.relative(folder, file)}`),
    ];
  };

  it('searches folders, without overlays, and each file once', async () => {
    expect(await findingsOf('all', 'all/b.json')).toEqual([['b', 'a'], ['warning not-a-connector all/package.json']]);
  });

  it('follows links that lead in a circle no further', async () => {
    expect(await findingsOf('loop.json', 'ring')).toEqual([['d'], ['error unreadable-file loop.json']]);
  });

  it('finds the properties of a connector in a folder, and no others', async () => {
    expect(await findingsOf('standalone')).toEqual([['c'], []]);
    expect((await readConnectorFiles([at('standalone')], { environment })).connectors[0]).toMatchObject({
      form: 'flat',
      config: { 'connector.class': 'X', 'file.path': 'ab' },
    });
  });

  it('expands globs', async () => {
    expect(await findingsOf('all/{.,deep}/{a,b}.*')).toEqual([['b', 'a'], []]);
  });

  it.each([
    ['none', 'error unreadable-file none'],
    ['gone.json', 'error unreadable-file gone.json'],
    ['broken.json', 'error unreadable-file broken.json'],
    ['*.none', 'error unreadable-file *.none'],
    ['empty.json', 'error empty-file empty.json'],
    ['binary.json', 'error binary-file binary.json'],
    ['latin1.yaml', 'error binary-file latin1.yaml'],
    ['large.json', 'error file-too-large large.json'],
  ])('%s: %s', async (file, expected) => {
    expect(await findingsOf(file)).toEqual([[], [expected]]);
  });

  it('follows links to folders, each folder once, and reports what it could not read', async () => {
    mkdirSync(at('linked', 'own'), { recursive: true });
    symlinkSync(at('all', 'deep'), at('linked', 'elsewhere'));
    symlinkSync(at('linked'), at('linked', 'own', 'circle'));
    symlinkSync(at('linked', 'own'), at('linked', 'twice'));
    symlinkSync(at('gone'), at('linked', 'lost'));
    writeFileSync(at('linked', 'own', 'c.json'), '{"name":"c","config":{"connector.class":"X"}}');
    expect(await findingsOf('linked')).toEqual([['a', 'c'], ['warning unreadable-file linked/lost']]);
    // A glob passes over them, which is said where it would have looked.
    const passed = ['elsewhere', 'own/circle', 'twice'].map((one) => `warning unreadable-file linked/${one}`);
    const [names, findings] = await findingsOf('linked/**/*.json');
    expect([names, findings?.toSorted()]).toEqual([['c'], passed]);
    expect((await findingsOf('linked/own/*.json'))[1]).toEqual([]);
    await expect(loadConnectorFiles([at('linked')], { environment })).resolves.toHaveLength(2);
    await expect(loadConnectorFiles([at('linked')], { environment, whole: true })).rejects.toThrow('is broken');
  });

  it('does not follow a link through a whole disk', () => {
    mkdirSync(at('few'));
    for (const one of ['1', '2', '3', '4']) mkdirSync(at('disk', one, 'deep'), { recursive: true });
    symlinkSync(at('disk'), at('few', 'disk'));
    const said = (most: number) =>
      findFiles([at('few')], most).findings.map(({ severity, message }) => [severity, message]);
    expect(said(9)).toEqual([['error', 'more than 9 folders in it, or in linked ones; the rest was not read']]);
    expect(said(10)).toEqual([['error', 'the folder has no .json, .yaml or .yml file']]);
  });

  it('reads stdin', async () => {
    const { connectors } = await readConnectorFiles(['-'], { environment, stdin: async () => Buffer.from(WRAPPED) });
    expect(connectors[0]?.file).toBe('-');
  });

  it('loading throws what a deploy must not go on with', async () => {
    await expect(loadConnectorFiles([at('empty.json')], { environment })).rejects.toMatchObject({
      code: 'CONNECTOR_FILE_INVALID',
    });
    writeFileSync(at('unset.json'), '{"name":"a","config":{"connector.class":"X",\n"password":"${NOT_SET}"}}');
    await expect(loadConnectorFiles([at('unset.json')], { environment })).rejects.toMatchObject({
      code: 'REFERENCE_UNRESOLVED',
      message: `${at('unset.json')}:2:12: the variable NOT_SET is not set`,
    });
    await expect(loadConnectorFiles([at('all/b.json')], { environment })).resolves.toHaveLength(1);
    // Beside connectors of a folder anything may lie, but not where what is missing is deleted.
    mkdirSync(at('mixed'));
    writeFileSync(at('mixed/a.json'), '{"name":"a","config":{"connector.class":"X"}}');
    writeFileSync(at('mixed/b.yaml'), 'apiVersion: v1\nkind: Connector\n');
    await expect(loadConnectorFiles([at('mixed')], { environment })).resolves.toHaveLength(1);
    await expect(loadConnectorFiles([at('mixed')], { environment, whole: true })).rejects.toMatchObject({
      code: 'CONNECTOR_FILE_INVALID',
      message: expect.stringContaining('ns4kafka'),
    });
  });
});

describe('a document of sluice render', () => {
  const rendered = {
    schemaVersion: 1,
    context: 'production',
    connectors: [
      { name: 'a', config: { 'connector.class': 'X' } },
      { name: 'b', config: { 'connector.class': 'Y', topics: '${UNSET}' }, state: 'paused' },
    ],
    origins: [],
  };

  it.each([
    ['JSON', JSON.stringify(rendered, null, 2), 'r.json', 15],
    ['YAML', stringify(rendered), 'r.yaml', 10],
  ])('is read as the connectors in it, each with its own places: %s', async (_form, text, file, line) => {
    const { connectors, findings } = await read(text, file);
    expect(connectors.map(({ name, state }) => [name, state])).toEqual([
      ['a', undefined],
      ['b', 'paused'],
    ]);
    expect(findings).toMatchObject([{ rule: 'unset-variable', connector: 'b', position: { line } }]);
  });

  it('is not any other list: a connector is one document', async () => {
    const { schemaVersion: _version, ...other } = rendered;
    expect(await found(JSON.stringify(other))).toEqual(['not-a-connector 1:1']);
  });
});
