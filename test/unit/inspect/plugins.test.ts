import { describe, expect, it } from 'vitest';
import type { ConfigKey, PluginInfo } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { describePlugin, findPlugin, listPlugins } from '../../../src/inspect/plugins.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import { MASK } from '../../../src/text/redact.ts';

const POSTGRES = 'io.debezium.connector.postgresql.PostgresConnector';
const PLUGINS: PluginInfo[] = [
  { class: POSTGRES, type: 'source', version: '3.5.0.Final' },
  { class: 'a.JdbcSinkConnector', type: 'sink', version: '1' },
  { class: 'b.JdbcSinkConnector', type: 'sink', version: '2' },
  { class: 'c.Field$Value', type: 'transformation' },
  { class: 'c.StringConverter', type: 'converter', version: '1' },
  { class: 'c.StringConverter', type: 'header_converter', version: '1' },
  { class: 'c.Odd', type: 'of the future' },
];

describe('the plugin that a name means', () => {
  it.each([
    [POSTGRES, POSTGRES],
    ['PostgresConnector', POSTGRES],
    ['Postgres', POSTGRES],
    ['Field$Value', 'c.Field$Value'],
    ['Field', 'c.Field$Value'],
    ['String', 'c.StringConverter'],
    ['Odd', 'c.Odd'],
  ])('%s', (name, expected) => expect(findPlugin(name, PLUGINS)).toBe(expected));

  it.each([
    ['JdbcSink', 'REQUEST_INVALID', 'Give one in full: a.JdbcSinkConnector, b.JdbcSinkConnector.'],
    ['Postgers', 'PLUGIN_NOT_FOUND', 'Did you mean Postgres?'],
    ['toString', 'PLUGIN_NOT_FOUND', expect.any(String)],
    ['quux', 'PLUGIN_NOT_FOUND', 'List those it has: sluice plugins list'],
  ])('%s is an error', (name, code, hint) => {
    expect(() => findPlugin(name, PLUGINS)).toThrow(expect.objectContaining({ code, hint }));
  });
});

function worker(plugins: readonly PluginInfo[], version = '4.3.1') {
  return {
    plugins: async ({ connectorsOnly } = { connectorsOnly: true }) =>
      plugins.filter(({ type }) => !connectorsOnly || type === 'source' || type === 'sink'),
    supports: async () => version !== '3.1.0',
    server: async () => ({ version, commit: '', kafka_cluster_id: '' }),
    pluginDefinition: async (): Promise<ConfigKey[]> => [],
  };
}

const store = new SchemaStore();
const signal = new AbortController().signal;

describe('plugins list', () => {
  const list = (workers: Record<string, ReturnType<typeof worker> | SluiceError>, type?: 'sink') =>
    listPlugins({
      context: 'x',
      urls: Object.keys(workers),
      connectTo: (url) => {
        const found = workers[url];
        if (found instanceof SluiceError) throw found;
        return found as ReturnType<typeof worker>;
      },
      signal,
      store,
      type,
    });
  const away = new SluiceError('CONNECT_UNREACHABLE', 'away');

  it('has each class once, with the schema that fits its version or another', async () => {
    const old: PluginInfo = {
      class: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      type: 'sink',
      version: '2.0',
    };
    const { plugins, complete } = await list({ a: worker([...PLUGINS, old]) });
    expect(complete).toBe(true);
    expect(plugins.map((one) => one.class)).toHaveLength(7);
    const of = (name: string) => plugins.find((one) => one.class === name);
    expect(of(POSTGRES)?.schema).toMatchObject({ matches: true });
    expect(of(old.class)?.schema).toMatchObject({ matches: false });
    expect(of('a.JdbcSinkConnector')?.schema).toBeNull();
    expect(of('c.StringConverter')?.types).toEqual(['converter', 'header_converter']);
    expect(of('c.Field$Value')?.versions).toEqual([]);
  });

  it('says what differs between workers, and which were not read', async () => {
    const { plugins, asked } = await list({
      a: worker([
        { class: 'x.Both', type: 'sink', version: '1' },
        { class: 'x.One', type: 'sink', version: '1' },
      ]),
      b: worker([
        { class: 'x.Both', type: 'sink', version: '10' },
        { class: 'x.Both', type: 'sink', version: '9' },
      ]),
      c: away,
    });
    expect(plugins).toMatchObject([
      { class: 'x.Both', versions: ['1', '9', '10'], missingOn: ['a', 'b'] },
      { class: 'x.One', versions: ['1'], missingOn: ['b'] },
    ]);
    expect(asked).toMatchObject([
      { url: 'a', version: '4.3.1', error: null },
      { url: 'b', error: null },
      { url: 'c', version: null, error: { code: 'CONNECT_UNREACHABLE' } },
    ]);
  });

  it('fails if no worker answers', async () => {
    await expect(list({ a: away, b: away })).rejects.toBe(away);
  });

  it('has only connectors of an old worker, and says so', async () => {
    const { plugins, complete } = await list({ a: worker(PLUGINS, '3.1.0') });
    expect(complete).toBe(false);
    expect(plugins.map((one) => one.types[0])).toEqual(['sink', 'sink', 'source']);
  });

  it('keeps only one type', async () => {
    expect((await list({ a: worker(PLUGINS) }, 'sink')).plugins).toHaveLength(2);
  });
});

describe('plugins describe', () => {
  const key = (name: string, more: Partial<ConfigKey> = {}): ConfigKey => ({
    name,
    type: 'STRING',
    required: false,
    default_value: null,
    importance: 'HIGH',
    documentation: '',
    ...more,
  });
  const define = (keys: readonly unknown[], query: { search?: string; requiredOnly?: boolean } = {}) =>
    describePlugin({ ...worker(PLUGINS), pluginDefinition: async () => keys as ConfigKey[] }, 'x', {
      name: 'Postgres',
      ...query,
    });

  it('has the keys group by group, each with its facts, and no default of a secret', async () => {
    const { keys, total, versions } = await define([
      key('b', { group: 'Second', documentation: ' two\n  lines ' }),
      key('a', { group: 'First', required: true, default_value: '1', type: 'INT' }),
      key('c', { group: 'Second', type: 'PASSWORD', default_value: 'geheim' }),
      key('url', { default_value: 'http://u:geheim@h' }),
    ]);
    expect({ total, versions }).toEqual({ total: 4, versions: ['3.5.0.Final'] });
    expect(keys.map(({ name, group }) => [name, group])).toEqual([
      ['b', 'Second'],
      ['c', 'Second'],
      ['a', 'First'],
      ['url', null],
    ]);
    expect(keys.map((one) => one.default)).toEqual([null, MASK, '1', `http://u:${MASK}@h`]);
    expect(keys[0]?.documentation).toBe('two lines');
    expect(keys[2]).toMatchObject({ required: true, importance: 'high', type: 'INT' });
  });

  it.each([
    ['BATCH', ['batch.size', 'x']],
    ['size', ['batch.size']],
    ['nothing', []],
  ])('finds %s in names and documentation', async (search, names) => {
    const keys = [key('batch.size'), key('x', { documentation: 'The Batch.' }), key('y')];
    const found = await define(keys, { search });
    expect(found.keys.map(({ name }) => name)).toEqual(names);
    expect(found.total).toBe(3);
  });

  it('keeps only required keys', async () => {
    const found = await define([key('a'), key('b', { required: true })], { requiredOnly: true });
    expect(found.keys.map(({ name }) => name)).toEqual(['b']);
  });

  it('takes a worker that answers with other things than text', async () => {
    const { keys } = await define([
      { name: 'a', type: 'STRING', required: 'yes', group: { x: 1 }, importance: null, documentation: null },
    ]);
    expect(keys).toEqual([
      { name: 'a', type: 'STRING', required: false, default: null, importance: null, group: null, documentation: '' },
    ]);
  });
});
