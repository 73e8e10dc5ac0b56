import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileSchemaCheck } from '../../scripts/schema-checks.ts';
import * as projectModule from '../../src/config/project-check.ts';
import { compileSchema, type SchemaCheck } from '../../src/config/schema-check.ts';
import * as backupModule from '../../src/operate/offsets/backup-check.ts';

const PROJECTS: readonly (readonly [text: string, valid: boolean])[] = [
  ['version: 1', true],
  ['version: 2', false],
  ['contexts: {}', false],
  ['version: 1\ncontexts: { a: { connect: http://localhost:8083, protected: true } }', true],
  ['version: 1\ncontexts: { a: { protected: true } }', false],
  ['version: 1\ntopics: { orders: { partitions: 0 } }', false],
  ['version: 1\nreconcile: { pairs: { shop: { mode: rows, limit: 3 } } }', true],
  ['version: 1\nreconcile: { pairs: { shop: { modes: rows } } }', false],
  ['version: 1\ndatabases: { a: 1 }', false],
];

const BACKUP =
  "kind: sluice offsets backup\nschemaVersion: 1\nat: '2026-11-30T12:00:00.000Z'\ncluster: c\ncontext: dev\n";
const CONNECTOR = 'name: a, class: A, type: sink, group: connect-a';
const BACKUPS: readonly (readonly [text: string, valid: boolean])[] = [
  [`${BACKUP}connectors: []`, true],
  [`${BACKUP}connectors: [{ ${CONNECTOR}, offsets: [{ partition: { a: 1 }, offset: { b: 2 } }] }]`, true],
  [`${BACKUP}connectors: [{ ${CONNECTOR}, offsets: [{ partition: [], offset: { b: 2 } }] }]`, false],
  [`${BACKUP}connectors: [{ ${CONNECTOR}, offsets: [{ partition: {}, offset: null }] }]`, false],
  [`${BACKUP}connectors: [{ ${CONNECTOR} }]`, false],
  [`${BACKUP}connectors: [{ ${CONNECTOR.replace('sink', 'sources')}, offsets: [] }]`, false],
  [`${BACKUP}connectors: {}\n`, false],
  [`${BACKUP.replace('schemaVersion: 1', 'schemaVersion: 2')}connectors: []`, false],
  [`${BACKUP.replace('12:00:00.000Z', 'noon')}connectors: []`, false],
];

async function compiled(file: Parameters<typeof compileSchemaCheck>[0], name: string): Promise<SchemaCheck> {
  const code = Buffer.from(compileSchemaCheck(file)).toString('base64');
  const module = (await import(`data:text/javascript;base64,${code}`)) as Record<string, () => Promise<SchemaCheck>>;
  return (module[name] as () => Promise<SchemaCheck>)();
}

it.each([
  ['project.json', 'projectCheck', PROJECTS],
  ['offsets-backup.json', 'backupCheck', BACKUPS],
] as const)('the compiled check of %s agrees with the schema', async (file, name, documents) => {
  const checks = [await compileSchema(file), await compiled(file, name)];
  const verdicts = documents.map(([text]) =>
    checks.map((check) => ({ valid: check(parse(text)), errors: check.errors ?? [] })),
  );
  for (const [source, built] of verdicts) expect(built).toEqual(source);
  expect(verdicts.map(([source]) => source?.valid)).toEqual(documents.map(([, valid]) => valid));
});

it('the modules that the build replaces export the checks under the same names', () => {
  expect(Object.keys({ ...projectModule, ...backupModule })).toEqual(['projectCheck', 'backupCheck']);
});
