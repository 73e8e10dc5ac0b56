import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/connectors/files.ts';
import { resolveValue } from '../../../src/connectors/references.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import { resolveReferences } from '../../../src/secrets/references.ts';
import { validateConnectors } from '../../../src/validate/validate.ts';

const store = new SchemaStore();
const CONFIG = {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'shop',
  'database.hostname': 'db',
  'database.user': 'debezium',
  'database.password': '${file:/secrets:PASSWORD}',
  'database.dbname': 'shop',
};

async function validate(text: string, file: string) {
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: {} });
  return [...findings, ...(await validateConnectors(connectors, store, {}))];
}

const json = (config: object) => JSON.stringify({ name: 'a', config: { ...CONFIG, ...config } });
const names = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);

/** Reading all of a file again for each finding, brace or key took minutes: what ends before the test times out does not. */
describe('files of unrealistic size', () => {
  it.each([
    ['braces that never close', 'a.json', json({ 'database.hostname': '${'.repeat(200_000) })],
    ['references that never close', 'a.json', json({ 'database.hostname': '${a:'.repeat(100_000) })],
    ['defaults that never close', 'a.json', json({ 'database.hostname': '${A:-'.repeat(100_000) })],
    ['one line with thousands of findings', 'a.json', json(Object.fromEntries(names(5000).map((one) => [one, 'x'])))],
    ['one line with thousands of doubles', 'a.json', `{"name":"a","config":{${'"b":"c",'.repeat(5000)}"d":"e"}}`],
    [
      'thousands of keys in YAML',
      'a.yaml',
      `name: a\nconfig:\n${names(20_000)
        .map((one) => `  ${one}: !!str v\n`)
        .join('')}`,
    ],
  ])(
    'are checked: %s',
    async (_what, file, text) => {
      expect(await validate(text, file)).not.toEqual([]);
    },
    60_000,
  );

  it('has its references read in one pass', async () => {
    const written = '${A:-'.repeat(100_000);
    const sources = { environment: {}, baseFolder: '.', vault: { read: async () => '' } };
    expect(resolveValue(written, {}).value).toBe(written);
    await expect(resolveReferences(written, { file: 'f', key: 'k' }, sources)).resolves.toBe(written);
  });

  it('reads what follows the last brace', () => {
    expect(resolveValue('${A} $${b $${', { A: '1' }).value).toBe('1 ${b ${');
  });
});
