import { describe, expect, it } from 'vitest';
import type { ConfigKey, ConnectorConfig } from '../../../src/connect/types.ts';
import { describeEntries, isSame } from '../../../src/inspect/entries.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import { workerSchema } from '../../../src/schemas/worker-schema.ts';
import { MASK } from '../../../src/text/redact.ts';

const SINK = 'org.apache.kafka.connect.file.FileStreamSinkConnector';
const JDBC = 'io.debezium.connector.jdbc.JdbcSinkConnector';
const packaged = new SchemaStore();

function entries(config: ConnectorConfig, store = packaged) {
  return describeEntries('orders', config, store, configSecrets({ config }, store));
}

describe('what a configuration sets', () => {
  const key = (name: string, value: string, more: ConnectorConfig = {}, connectorClass = SINK) =>
    entries({ 'connector.class': connectorClass, topics: 't', [name]: value, ...more }).find((one) => one.key === name);

  it.each<[why: string, key: string, value: string, more: ConnectorConfig, kind: string, fallback: string | null]>([
    ['differs from the default', 'tasks.max', '2', {}, 'set', '1'],
    ['equals the default', 'tasks.max', ' 1 ', {}, 'default', '1'],
    ['has no default', 'file', '/tmp/x', {}, 'set', null],
    ['equals a default that is empty', 'topics.regex', '', {}, 'default', ''],
    ['is the class', 'connector.class', SINK, {}, 'set', null],
    ['is unknown', 'taks.max', '1', {}, 'unused', null],
    [
      'belongs to a converter that is set',
      'value.converter.schemas.enable',
      'TRUE',
      { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter' },
      'default',
      'true',
    ],
    ['belongs to a converter that is not set', 'value.converter.schemas.enable', 'false', {}, 'unused', null],
    [
      'belongs to a transform',
      'transforms.a.replace.null.with.default',
      'false',
      { transforms: 'a', 'transforms.a.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value' },
      'set',
      'true',
    ],
    [
      'is unknown to its transform',
      'transforms.a.exlude',
      'x',
      { transforms: 'a', 'transforms.a.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value' },
      'unused',
      null,
    ],
    ['belongs to no transform', 'transforms.b.regex', 'x', { 'transforms.b.type': 'x' }, 'unused', null],
    [
      'belongs to a predicate',
      'predicates.p.pattern',
      'x',
      { predicates: 'p', 'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches' },
      'set',
      null,
    ],
    // What the worker sets itself is not known, so no client setting is called a default.
    ['is for a client', 'consumer.override.max.poll.records', '500', {}, 'set', null],
    ['is unknown to a client', 'consumer.override.max.pol.records', '500', {}, 'unused', null],
  ])('%s', (_why, name, value, more, kind, fallback) => {
    expect(key(name, value, more)).toMatchObject({ kind, default: fallback });
  });

  it('notes why nothing reads a key, also for the others of an alias', () => {
    const found = entries({
      'connector.class': SINK,
      topics: 't',
      'transforms.b.type': 'x',
      'transforms.b.regex': 'x',
      'transforms.b.other': 'x',
    });
    const unused = found.filter(({ kind }) => kind === 'unused');
    expect(unused.map((one) => one.key)).toEqual(['transforms.b.other', 'transforms.b.regex', 'transforms.b.type']);
    for (const { note } of unused) expect(note).toContain('transforms does not name "b"');
  });

  it('masks secrets of any kind, and never calls one a default', () => {
    const config = {
      'connector.class': JDBC,
      topics: 't',
      'connection.url': 'jdbc:postgresql://u:geheim@h/d',
      'connection.password': 'geheim',
      'my.pasword': 'geheim',
      'consumer.override.sasl.jaas.config': 'x required username="u" password="geheim";',
      note: 'http://u:geheim@h',
    };
    const found = entries(config);
    expect(JSON.stringify(found)).not.toContain('geheim');
    expect(found.find((one) => one.key === 'connection.password')).toMatchObject({ value: MASK, kind: 'set' });
    const definition = { name: 'connection.password', type: 'PASSWORD', default_value: 'geheim' } as ConfigKey;
    const live = packaged.withLive([
      workerSchema({ class: JDBC, types: ['sink'], version: '9' }, [definition], packaged.schema(JDBC)),
    ]);
    expect(entries(config, live).find((one) => one.key === 'connection.password')).toEqual({
      key: 'connection.password',
      value: MASK,
      kind: 'set',
      default: MASK,
      note: null,
    });
  });

  it('has no defaults if the plugin is not known', () => {
    const found = entries({ 'connector.class': 'x.Y', some: 'z', name: 'orders' });
    expect(found).toEqual([
      { key: 'connector.class', value: 'x.Y', kind: 'set', default: null, note: null },
      { key: 'some', value: 'z', kind: 'set', default: null, note: null },
    ]);
  });

  it('may have any key', () => {
    const config = Object.fromEntries(['__proto__', 'constructor', 'toString', ''].map((one) => [one, 'x']));
    for (const one of entries({ 'connector.class': SINK, ...config }))
      expect(one.note ?? '').not.toMatch(/function|native code/);
  });
});

describe("a worker's definition", () => {
  const define = (key: Partial<ConfigKey> & { name: string }) => {
    const full = { type: 'STRING', required: false, default_value: null, importance: '', documentation: '', ...key };
    return workerSchema({ class: SINK, types: ['sink'], version: '9' }, [full], packaged.schema(SINK));
  };
  const store = (key: Partial<ConfigKey> & { name: string }) => packaged.withLive([define(key)]);
  const one = (name: string, value: string, given: SchemaStore) =>
    entries({ 'connector.class': SINK, [name]: value }, given).find((entry) => entry.key === name);

  it('overrides defaults and types', () => {
    const other = store({ name: 'tasks.max', type: 'INT', default_value: '7' });
    expect(one('tasks.max', '7', other)).toMatchObject({ kind: 'default', default: '7' });
    expect(one('tasks.max', '1', other)).toMatchObject({ kind: 'set', default: '7' });
    expect(one('tasks.max', '1', store({ name: 'tasks.max', type: 'INT' }))).toMatchObject({
      kind: 'set',
      default: null,
    });
  });

  it('adds keys, and makes keys secret', () => {
    expect(one('brand.new', 'x', packaged)).toMatchObject({ kind: 'unused' });
    expect(one('brand.new', 'x', store({ name: 'brand.new' }))).toMatchObject({ kind: 'set', value: 'x' });
    expect(one('file', '/x', store({ name: 'file', type: 'PASSWORD' }))).toMatchObject({ value: MASK });
  });

  it('never makes a secret plain', () => {
    const plain = { name: 'connection.password', type: 'STRING', default_value: null } as ConfigKey;
    const schema = workerSchema({ class: JDBC, types: ['sink'], version: '9' }, [plain], packaged.schema(JDBC));
    expect(schema.properties['connection.password']?.['x-type']).toBe('PASSWORD');
  });

  it('describes a plugin that no schema is packaged for, by its short name, too', () => {
    const given = { class: 'x.OwnSinkConnector', types: ['sink' as const], version: '1' };
    const key = { name: 'own.key', type: 'BOOLEAN', default_value: 'false' } as ConfigKey;
    const live = packaged.withLive([workerSchema(given, [key, { ...key, name: 'connector.class' }], undefined)]);
    const found = entries({ 'connector.class': 'OwnSink', 'own.key': 'False', 'own.kye': '1' }, live);
    expect(found.map(({ kind }) => kind)).toEqual(['set', 'default', 'unused']);
  });
});

describe('values that Connect reads alike', () => {
  it.each([
    ['BOOLEAN', 'True ', 'true', true],
    ['INT', '010', '10', true],
    ['LONG', '9223372036854775807', '9223372036854775806', false],
    ['LONG', '9223372036854775807', ' 9223372036854775807', true],
    ['DOUBLE', '1.0', '1', true],
    ['INT', '', '0', false],
    ['INT', '${env:X}', '0', false],
    ['LIST', 'a, b', 'a,b', true],
    ['LIST', 'b,a', 'a,b', false],
    ['STRING', 'A', 'a', false],
    [undefined, 'a ', 'a', false],
  ] as const)('%s: %j and %j', (type, a, b, same) => expect(isSame(type, a, b)).toBe(same));
});
