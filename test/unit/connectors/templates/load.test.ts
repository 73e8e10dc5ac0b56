import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packagePath } from '../../../../src/config/package-root.ts';
import { listTemplates, loadTemplate } from '../../../../src/connectors/templates/load.ts';
import type { Template } from '../../../../src/connectors/templates/model.ts';
import { connectorConfig, renderTemplate } from '../../../../src/connectors/templates/render.ts';
import { parseDocument } from '../../../helpers/schema.ts';

const names = listTemplates().map((template) => template.name);

/** The least values that a template takes. */
function leastValues(template: Template): Map<string, string> {
  const required = Object.entries(template.placeholders).filter(([, placeholder]) => placeholder.required);
  return new Map(required.map(([name, placeholder]) => [name, placeholder.example ?? `some-${name}`]));
}

test('there is a template for each connector that is promised', () => {
  expect(names).toEqual([
    'confluent-jdbc-sink',
    'confluent-jdbc-source',
    'debezium-cosmosdb-source',
    'debezium-jdbc-sink-mysql',
    'debezium-jdbc-sink-postgres',
    'debezium-jdbc-sink-sqlserver',
    'debezium-mariadb-source',
    'debezium-mongodb-source',
    'debezium-mysql-source',
    'debezium-postgres-source',
    'debezium-sqlserver-source',
  ]);
});

test('the header that a list reads says what the YAML says', () => {
  for (const { name, ...header } of listTemplates()) {
    const file = parse(readFileSync(packagePath('connectors', `${name}.yaml`), 'utf8'));
    expect(file, name).toMatchObject(header);
  }
});

describe.each(names)('%s', (name) => {
  let template: Template;
  beforeAll(async () => {
    template = await loadTemplate(name);
  });

  test('has the form that schemas/output/template-show.json describes', () => {
    parseDocument(JSON.stringify({ schemaVersion: 1, ...template }), 'template-show');
  });

  test('explains every setting in a sentence', () => {
    for (const setting of template.sections.flatMap((section) => section.settings)) {
      expect(setting.explain, setting.key).toMatch(/[.,]$/);
    }
  });

  test('uses each of its placeholders, and no other', () => {
    const texts = [
      ...template.sections.flatMap((section) => section.settings.flatMap((one) => [one.value, `{{${one.when ?? ''}`])),
      ...Object.values(template.placeholders).map((placeholder) => String(placeholder.default ?? '')),
    ].join('\n');
    const used = new Set([...`${texts}{{name}}`.matchAll(/\{\{([a-z0-9-]+)/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(template.placeholders).sort());
  });

  test('renders with its required placeholders alone, no key twice, nothing left open, no secret in clear', () => {
    const rendered = renderTemplate(template, leastValues(template));
    const keys = rendered.sections.flatMap((section) => section.settings.map((setting) => setting.key));
    expect(new Set(keys).size).toBe(keys.length);
    const config = connectorConfig(rendered);
    expect(config['connector.class']).toBe(template.class);
    for (const [key, value] of Object.entries(config)) {
      expect(value, key).not.toMatch(/\{\{[a-z]/);
      expect(value, key).not.toBe('');
      if (/password/.test(key)) expect(value, key).toMatch(/^\$\{[A-Z_]+\}$/);
    }
    expect(rendered.variables).toEqual([expect.stringMatching(/^(SOURCE|TARGET)_PASSWORD$/)]);
  });

  test('renders with each choice of each placeholder', () => {
    for (const [placeholder, { values = [] }] of Object.entries(template.placeholders)) {
      for (const value of values) {
        const given = leastValues(template).set(placeholder, value);
        const rendered = renderTemplate(template, given);
        const keys = rendered.sections.flatMap((section) => section.settings.map((setting) => setting.key));
        expect(new Set(keys).size, `${placeholder}=${value}`).toBe(keys.length);
      }
    }
  });
});

test.each(names.filter((name) => name.includes('sink')))('%s keeps dead letters with their context', async (name) => {
  const template = await loadTemplate(name);
  expect(connectorConfig(renderTemplate(template, leastValues(template)))).toMatchObject({
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': expect.stringMatching(/^dlq\./),
    'errors.deadletterqueue.context.headers.enable': 'true',
    'delete.enabled': 'true',
    'insert.mode': 'upsert',
    'consumer.override.metadata.max.age.ms': '10000',
  });
});

test.each(names.filter((name) => name.startsWith('debezium-jdbc-sink')))(
  '%s says plainly that failed writes are no dead letters',
  async (name) => {
    expect((await loadTemplate(name)).notes.join(' ')).toContain('does not report failed writes there');
  },
);

test('the template of Cosmos DB says that there are no deletes', async () => {
  const template = await loadTemplate('debezium-cosmosdb-source');
  expect(template.summary).toContain('without deletes');
  expect(template.notes.join(' ')).toContain('No deletes');
});

test.each(names.filter((name) => name.includes('source')))('%s makes three partitions a table topic', async (name) => {
  const template = await loadTemplate(name);
  expect(connectorConfig(renderTemplate(template, leastValues(template)))).toMatchObject({
    'topic.creation.default.partitions': '3',
    'errors.tolerance': 'none',
  });
});

describe('an unknown template', () => {
  test('is an error with the nearest name', async () => {
    await expect(loadTemplate('debezium-postgress-source')).rejects.toMatchObject({
      code: 'TEMPLATE_UNKNOWN',
      exitCode: 2,
      hint: 'Did you mean debezium-postgres-source? See them all: sluice template list',
    });
  });
  test('is an error with those that have the word in them', async () => {
    await expect(loadTemplate('postgres')).rejects.toMatchObject({
      details: { alike: ['debezium-jdbc-sink-postgres', 'debezium-postgres-source'] },
    });
  });
  test('is never a path out of the folder', async () => {
    await expect(loadTemplate('parts/source-json')).rejects.toMatchObject({ code: 'TEMPLATE_UNKNOWN' });
    await expect(loadTemplate('../package')).rejects.toMatchObject({ code: 'TEMPLATE_UNKNOWN' });
  });
});

describe('a folder of templates', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-templates-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a setting before any section is a defect that names it', async () => {
    writeFileSync(
      path.join(folder, 'odd.yaml'),
      'summary: s\nkind: sink\nplugin: p\nchecked: run\nplaceholders: {}\nsettings:\n  - { key: a.b, value: 1, explain: e }\n',
    );
    await expect(loadTemplate('odd', folder)).rejects.toThrow('a.b is before any section');
  });
});
