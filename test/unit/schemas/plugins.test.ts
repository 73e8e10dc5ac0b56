import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { choices, type PluginSchema, schemaPath } from '../../../src/schemas/plugin-schema.ts';
import { aliasesOf, SchemaStore } from '../../../src/schemas/store.ts';
import { checkValue } from '../../../src/validate/rules/values.ts';

const store = new SchemaStore();
const schemas = store.list().map((plugin) => store.schema(plugin.class) as PluginSchema);
const ajv = new Ajv2020({ strict: false, allErrors: true });

describe('schemas/plugins', () => {
  it('is what its index says, no more and no less', () => {
    const listed = store.list().flatMap(({ class: name, versions }) => versions.map((one) => schemaPath(name, one)));
    const folder = packagePath('schemas', 'plugins');
    const there = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
    expect(there.filter((file) => file !== 'index.json').sort()).toEqual(listed.sort());
  });

  it.each(schemas.map((schema) => [schema.title, schema] as const))('%s is JSON Schema 2020-12', (_title, schema) => {
    expect(ajv.validateSchema(schema)).toBe(true);
    for (const pattern of Object.keys(schema.patternProperties)) expect(() => new RegExp(pattern)).not.toThrow();
  });

  it('has every default among its choices and of its type', () => {
    const wrong = schemas.flatMap((schema) =>
      Object.entries(schema.properties).flatMap(([key, known]) => {
        const fallback = known.default;
        if (fallback === undefined || fallback === '' || fallback.includes('${')) return [];
        const problem = checkValue(key, fallback, known, () => fallback);
        return problem ? [`${schema.title}: ${problem.message}`] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('has a successor of every renamed key, and the keys of every rule', () => {
    for (const { title, properties, ...schema } of schemas) {
      for (const [key, { 'x-renamed': renamed }] of Object.entries(properties)) {
        if (renamed?.to !== undefined) expect(properties, `${title}: ${key}`).toHaveProperty([renamed.to]);
      }
      for (const rule of schema['x-rules'] ?? []) expect(properties, `${title}: ${rule.id}`).toHaveProperty([rule.at]);
    }
  });

  it('describes the plugins of the sandbox and the common ones that it cannot have', () => {
    const origins = Map.groupBy(store.list(), (plugin) => plugin.origin);
    expect(origins.get('worker')?.length).toBeGreaterThan(60);
    expect(origins.get('documentation')?.map((plugin) => plugin.class)).toContain(
      'io.confluent.connect.jdbc.JdbcSinkConnector',
    );
  });
});

describe('the schemas and the checker agree', () => {
  const keys = schemas.flatMap((schema) =>
    Object.entries(schema.properties).map(([key, known]) => ({ title: schema.title, key, known })),
  );
  // JSON Schema itself has no word for formats, items and spaces.
  const plain = keys.filter(
    ({ known }) =>
      !known['x-format'] && !known['x-items'] && !known['x-item-pattern'] && !known['x-max-items'] && !choices(known),
  );

  it('on any whole number of any numeric key', () => {
    const numeric = plain.filter(({ known }) => known['x-type'] === 'INT' || known['x-type'] === 'SHORT');
    expect(numeric.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.constantFrom(...numeric), fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), ({ key, known }, n) => {
        expect(ajv.validate(known, n)).toBe(checkValue(key, String(n), known, () => '') === undefined);
      }),
    );
  });

  it('on any text of a boolean', () => {
    const booleans = plain.filter(({ known }) => known['x-type'] === 'BOOLEAN');
    const text = fc.oneof(fc.constantFrom('true', 'FALSE', ' true ', 'yes', '1', ''), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...booleans), text, ({ key, known }, value) => {
        fc.pre(!value.includes('${'));
        expect(ajv.validate(known, value)).toBe(checkValue(key, value, known, () => '') === undefined);
      }),
    );
  });

  it('on every choice', () => {
    for (const { key, known } of keys) {
      for (const choice of choices(known) ?? []) {
        expect(checkValue(key, choice, known, () => choice)).toBeUndefined();
        expect(ajv.validate(known, choice)).toBe(true);
      }
    }
  });
});

describe('short names', () => {
  it.each([
    ['io.debezium.connector.postgresql.PostgresConnector', ['source'], ['PostgresConnector', 'Postgres']],
    ['org.apache.kafka.connect.json.JsonConverter', ['converter', 'header_converter'], ['JsonConverter', 'Json']],
    ['org.apache.kafka.connect.transforms.Cast$Value', ['transformation'], ['Value']],
  ] as const)('%s', (name, types, aliases) => {
    expect(aliasesOf(name, types)).toEqual(aliases);
  });

  it('lead to the version that was asked for, and to the newest else', () => {
    const name = 'io.debezium.connector.postgresql.PostgresConnector';
    expect(store.schema(name, '3.5.0.Final')?.['x-plugin'].version).toBe('3.5.0.Final');
    expect(store.schema(name, '99')?.['x-plugin'].version).toBe('3.5.0.Final');
    expect(store.schema('none')).toBeUndefined();
  });
});

describe('schemas/supplements', () => {
  const folder = packagePath('schemas', 'supplements');
  const known = store.list().map((plugin) => plugin.class);
  it.each(readdirSync(folder))('%s names only classes and groups that exist', (name) => {
    const file = JSON.parse(readFileSync(packagePath('schemas', 'supplements', name), 'utf8'));
    for (const one of (file.entries as { classes: string[] }[]).flatMap((entry) => entry.classes)) {
      if (one.startsWith('@')) expect(file.groups).toHaveProperty([one.slice(1)]);
      else expect(known).toContain(one);
    }
  });
});
