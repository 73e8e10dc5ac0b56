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

async function ms(run: () => unknown): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function validate(text: string, file: string) {
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: {} });
  return [...findings, ...(await validateConnectors(connectors, store, {}))];
}

const json = (config: object) => JSON.stringify({ name: 'a', config: { ...CONFIG, ...config } });
const names = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);

/** Each took minutes, which a busy machine does not need: by reading all of a file again for each finding, brace or key. */
describe('files of a size that nobody writes', () => {
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
    'are checked in time: %s',
    async (_what, file, text) => {
      expect(await ms(() => validate(text, file))).toBeLessThan(30_000);
    },
    60_000,
  );

  it('has its references read in one pass', async () => {
    const written = '${A:-'.repeat(100_000);
    const sources = { environment: {}, baseFolder: '.', vault: { read: async () => '' } };
    expect(await ms(() => resolveValue(written, {}))).toBeLessThan(15_000);
    expect(await ms(() => resolveReferences(written, { file: 'f', key: 'k' }, sources))).toBeLessThan(15_000);
  });

  it('reads what follows the last brace', () => {
    expect(resolveValue('${A} $${b $${', { A: '1' }).value).toBe('1 ${b ${');
  });
});
