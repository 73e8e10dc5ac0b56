import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PluginSchema } from '../../../src/schemas/plugin-schema.ts';
import { addSchemas, pulledFolder } from '../../../src/schemas/pulled.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-pulled-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function schema(name: string, version: string): PluginSchema {
  return {
    $schema: '',
    $id: '',
    title: name,
    type: 'object',
    required: [],
    properties: {},
    patternProperties: {},
    additionalProperties: false,
    'x-plugin': { class: name, types: ['source'], version, origin: 'worker' },
  };
}

it('pulled versions coexist, and take precedence over the bundled ones', () => {
  const pulled = pulledFolder(folder);
  const postgres = 'io.debezium.connector.postgresql.PostgresConnector';
  addSchemas(pulled, [schema('com.acme.Acme', '1.9.0'), schema(postgres, '3.6.0.Final')]);
  addSchemas(pulled, [schema('com.acme.Acme', '1.10.0')]);
  const store = new SchemaStore([pulled]);
  expect(store.schema('com.acme.Acme')?.['x-plugin'].version).toBe('1.10.0');
  expect(store.schema('com.acme.Acme', '1.9.0')?.['x-plugin'].version).toBe('1.9.0');
  expect(store.schema(postgres)?.['x-plugin'].version).toBe('3.6.0.Final');
  expect(store.schema(postgres, '3.5.0.Final')?.['x-plugin'].version).toBe('3.5.0.Final');
});

it('a name that would lead out of the folder is refused', () => {
  const result = addSchemas(path.join(folder, 'in'), [
    schema('../../evil', '1'),
    schema('a.B', '../../1'),
    schema('a.C', '1'),
  ]);
  expect(result.refused).toEqual(['../../evil', 'a.B']);
  expect(readdirSync(folder)).toEqual(['in']);
  expect(readdirSync(path.join(folder, 'in')).sort()).toEqual(['a.C', 'index.json']);
});

describe('pulled schemas that somebody changed', () => {
  const NAME = 'com.acme.Acme';
  const write = (index: string, text?: string) => {
    const pulled = pulledFolder(folder);
    mkdirSync(path.join(pulled, NAME), { recursive: true });
    writeFileSync(path.join(pulled, 'index.json'), index);
    if (text !== undefined) writeFileSync(path.join(pulled, NAME, '1.json'), text);
    return pulled;
  };
  const indexOf = (version: string) =>
    JSON.stringify({ plugins: { [NAME]: { types: ['source'], versions: [version], origin: 'worker' } } });
  const refused = { code: 'PROJECT_INVALID', exitCode: 2 };
  const thrown = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it.each(['{', 'null', '{}', '{"plugins":{"a":5}}', indexOf('../../secret')])('index %s', (index) => {
    expect(thrown(() => new SchemaStore([write(index)]))).toMatchObject(refused);
  });

  it.each([
    ['[]'],
    ['{"x-plugin":{}}'],
    [JSON.stringify({ ...schema(NAME, '1'), properties: { a: 5 } })],
    [JSON.stringify({ ...schema(NAME, '1'), patternProperties: { '(': { description: '' } } })],
    [JSON.stringify({ ...schema(NAME, '1'), 'x-rules': [{ when: 'x' }] })],
    [undefined],
  ])('schema %s', (text) => {
    const store = new SchemaStore([write(indexOf('1'), text)]);
    expect(thrown(() => store.schema(NAME))).toMatchObject(refused);
  });

  it('run no expression that could take forever', () => {
    const slow = '^(a+)+$';
    const key = { 'x-type': 'STRING', 'x-kind': 'text' };
    for (const part of [
      { patternProperties: { [slow]: { description: '' } } },
      { properties: { a: { ...key, pattern: slow } } },
      { properties: { a: { ...key, 'x-item-pattern': slow } } },
      { properties: { a: { ...key, 'x-renamed': { forms: [[slow, '']] } } } },
      { 'x-rules': [{ id: 'r', when: [['a', 'matches', slow]], expect: [], at: 'a', message: '' }] },
    ]) {
      const store = new SchemaStore([write(indexOf('1'), JSON.stringify({ ...schema(NAME, '1'), ...part }))]);
      expect(thrown(() => store.schema(NAME))).toMatchObject({
        ...refused,
        message: expect.stringContaining(`the expression ${slow} is not one that this sluice writes`),
      });
    }
  });

  it('are not waited for where they are a pipe', () => {
    const pulled = pulledFolder(folder);
    mkdirSync(pulled, { recursive: true });
    execFileSync('mkfifo', [path.join(pulled, 'index.json')]);
    expect(thrown(() => new SchemaStore([pulled]))).toMatchObject(refused);
  });

  it('are read if a bundled schema has them', () => {
    const bundled = new SchemaStore();
    const all = bundled.list().flatMap(({ class: name }) => bundled.schema(name) ?? []);
    addSchemas(pulledFolder(folder), all);
    const store = new SchemaStore([pulledFolder(folder)]);
    for (const one of all) expect(store.schema(one['x-plugin'].class)).toEqual(one);
  });
});
