import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import { readText } from '../../src/connectors/files.ts';
import { editorFolder, writeEditorSchemas } from '../../src/schemas/editor.ts';
import { SchemaStore } from '../../src/schemas/store.ts';
import { workFolder } from '../helpers/connectors.ts';
import { YamlLanguageServer } from '../helpers/language-server.ts';

const folder = workFolder('editors');
const server = new YamlLanguageServer();
beforeAll(async () => {
  writeEditorSchemas(editorFolder(folder.path()), new SchemaStore());
  await server.start(folder.path());
});
afterAll(() => {
  server.stop();
  folder.remove();
});

const POSTGRES = 'io.debezium.connector.postgresql.PostgresConnector';
const CONNECTOR = './.sluice/editor/connector.json';
const MODELINE = `# yaml-language-server: $schema=${CONNECTOR}`;
const FLAT = `${MODELINE}
name: orders
connector.class: ${POSTGRES}
topic.prefix: shop
database.hostname: \${file:/secrets/db.properties:host}
database.port: 5432
database.user: debezium
database.dbname: shop
snapshot.mode: NO_DATA
transforms: unwrap
transforms.unwrap.type: io.debezium.transforms.ExtractNewRecordState
`;
const STRIMZI = `${MODELINE}
apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata:
  name: orders
spec:
  class: ${POSTGRES}
  tasksMax: 1
  config:
    topic.prefix: shop
    database.hostname: db
    database.user: debezium
    database.dbname: shop
`;
const PROJECT = `# yaml-language-server: $schema=./.sluice/editor/project.json
version: 1
contexts:
  dev:
    connect:
      url: http://localhost:8083
`;

describe('YAML, in the language server that VS Code uses', () => {
  const messages = async (name: string, text: string) =>
    (await server.open(folder.path(name), text)).map(({ message }) => message).join('\n');

  it.each([
    ['flat.yaml', FLAT],
    ['strimzi.yaml', STRIMZI],
    ['wrapped.yaml', FLAT.replace(/^(?!#|name)(?=.)/gm, '  ').replace('orders\n', 'orders\nstate: paused\nconfig:\n')],
    ['sluice.yaml', PROJECT],
    ['other.yaml', `${MODELINE}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n`],
  ])('has nothing against %s', async (name, text) => {
    expect(await messages(name, text)).toBe('');
  });

  it('marks unknown, wrong and missing keys', async () => {
    expect(await messages('unknown.yaml', `${FLAT}snapshot.mod: initial\n`)).toContain('snapshot.mod');
    const wrong = await server.open(folder.path('wrong.yaml'), FLAT.replace('NO_DATA', 'sometimes'));
    expect(wrong.map(({ range }) => range.start.line)).toEqual([8]);
    expect(await messages('missing.yaml', FLAT.replace('topic.prefix: shop\n', ''))).toContain('topic.prefix');
    expect(await messages('strimzi-wrong.yaml', STRIMZI.replace('tasksMax: 1', 'tasksMax: 1\n  state: gone'))).not.toBe(
      '',
    );
    expect(await messages('strimzi-key.yaml', `${STRIMZI}    slot.nam: a\n`)).toContain('slot.nam');
    expect(await messages('sluice-wrong.yaml', `${PROJECT}conectors: []\n`)).toContain('conectors');
  });

  it('completes keys and values', async () => {
    const last = FLAT.split('\n').length - 1;
    const completions = async (name: string, line: string) => {
      await server.open(folder.path(name), `${FLAT}${line}\n`);
      return server.complete(folder.path(name), last, line.length);
    };
    expect(await completions('complete-key.yaml', 'slot.')).toContain('slot.name');
    expect(await completions('complete-value.yaml', 'plugin.name: ')).toEqual(
      expect.arrayContaining(['pgoutput', 'decoderbufs']),
    );
    expect(await completions('complete-class.yaml', 'key.converter: ')).toContain(
      'org.apache.kafka.connect.json.JsonConverter',
    );
    const project = folder.path('complete-sluice.yaml');
    await server.open(project, `${PROJECT}    \n`);
    expect(await server.complete(project, PROJECT.split('\n').length - 1, 4)).toContain('kafka');
  });

  it('completes keys of a Strimzi resource', async () => {
    const file = folder.path('complete-strimzi.yaml');
    await server.open(file, `${STRIMZI}    slot.\n`);
    expect(await server.complete(file, STRIMZI.split('\n').length - 1, 9)).toContain('slot.name');
  });

  it('shows what a key means', async () => {
    await server.open(folder.path('hover.yaml'), FLAT);
    expect(await server.hover(folder.path('hover.yaml'), 3, 3)).toContain('Topic prefix');
    await server.open(folder.path('hover-sluice.yaml'), PROJECT);
    expect(await server.hover(folder.path('hover-sluice.yaml'), 2, 3)).toContain('Connect clusters');
  });
});

describe('JSON, in the language service that VS Code uses', () => {
  const service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
    workspaceContext: { resolveRelativePath: (relative, resource) => new URL(relative, resource).href },
  });
  const config = {
    'connector.class': POSTGRES,
    'topic.prefix': 'shop',
    'database.hostname': '${DB_HOST}',
    'database.port': 5432,
    'database.user': 'debezium',
    'database.dbname': 'shop',
  };
  const open = (content: object) => {
    const uri = pathToFileURL(folder.path('orders.json')).href;
    const document = TextDocument.create(uri, 'json', 1, JSON.stringify({ $schema: CONNECTOR, ...content }, null, 2));
    return { document, json: service.parseJSONDocument(document) };
  };
  const messages = async (content: object) => {
    const { document, json } = open(content);
    return (await service.doValidation(document, json)).map(({ message }) => message).join('\n');
  };

  it.each([
    ['flat', { name: 'orders', ...config }],
    ['wrapped', { name: 'orders', state: 'PAUSED', config }],
    ['converting', { name: 'orders', config: { ...config, converters: 'isbn', 'isbn.type': 'com.acme.Isbn' } }],
  ])('has nothing against a %s connector', async (_form, content) => {
    expect(await messages(content)).toBe('');
  });

  it('marks unknown, wrong, renamed and missing keys', async () => {
    expect(await messages({ name: 'orders', config: { ...config, 'snapshot.mod': 'initial' } })).toContain(
      'snapshot.mod',
    );
    expect(await messages({ name: 'orders', ...config, 'max.batch.size': 'many' })).not.toBe('');
    expect(await messages({ name: 'orders', config: { ...config, 'database.server.name': 'x' } })).toContain(
      'Renamed to topic.prefix in 2.0.',
    );
    expect(await messages({ name: 'orders', config: { 'connector.class': POSTGRES } })).toContain('topic.prefix');
  });

  it('completes keys and shows what they mean', async () => {
    const { document, json } = open({ name: 'orders', config });
    const text = document.getText();
    const items = await service.doComplete(document, document.positionAt(text.indexOf('"topic.prefix"')), json);
    expect(items?.items.map(({ label }) => label)).toContain('slot.name');
    const hover = await service.doHover(document, document.positionAt(text.indexOf('topic.prefix')), json);
    expect(JSON.stringify(hover?.contents)).toContain('Topic prefix');
  });

  it.each([
    ['flat', { name: 'orders', ...config }],
    ['wrapped', { name: 'orders', config: { $schema: CONNECTOR, ...config } }],
  ])('the $schema of a %s connector is no finding and is never sent', async (_form, content) => {
    const text = JSON.stringify({ $schema: CONNECTOR, ...content });
    const read = await readText(text, { file: 'a.json', origin: 'named' }, { environment: { DB_HOST: 'db' } });
    expect(read.findings).toEqual([]);
    expect(read.connectors[0]?.config).toEqual(
      Object.fromEntries(Object.entries(config).map(([k, v]) => [k, k === 'database.hostname' ? 'db' : String(v)])),
    );
  });
});
