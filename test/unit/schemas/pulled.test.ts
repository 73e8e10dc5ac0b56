import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('pulled versions stand side by side, and before the bundled ones', () => {
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
