import { describe, expect, it } from 'vitest';
import { type PipelineConnector, readPipeline, sinkUrl, sourceUrl } from '../../../src/reconcile/pipeline.ts';

const source = (name: string, prefix: string, more: Record<string, string> = {}): PipelineConnector => ({
  name,
  config: {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': prefix,
    'database.hostname': 'db1',
    'database.port': '5433',
    'database.user': 'app',
    'database.password': 'p@ss',
    'database.dbname': 'shop',
    ...more,
  },
});
const sink = (more: Record<string, string>): PipelineConnector => ({
  name: 'sink',
  config: {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'connection.url': 'jdbc:postgresql://db2/warehouse?sslmode=prefer',
    'connection.username': 'w',
    'connection.password': 'x',
    ...more,
  },
});
const ROUTED = {
  'topics.regex': 'shop\\..+',
  transforms: 'table',
  'transforms.table.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.table.regex': '(?:.*\\.)?([^.]+)',
  'transforms.table.replacement': '$1',
  'collection.name.format': 'public.${topic}',
};
const TOPICS = [
  'shop.public.orders',
  'shop.public.lines',
  'shop',
  '__debezium-heartbeat.shop',
  'shop.transaction',
  'other.public.x',
];

const tables = (pipeline: { tables: { from: object; to: object }[] }) =>
  pipeline.tables.map(({ from, to }) => ({ from, to }));

describe('readPipeline', () => {
  it('knows tables by topics, transforms and the name format, and leaves what is no table', () => {
    const pipeline = readPipeline(sink(ROUTED), [source('src', 'shop')], TOPICS);
    expect(tables(pipeline)).toEqual([
      { from: { schema: 'public', name: 'lines' }, to: { schema: 'public', name: 'lines' } },
      { from: { schema: 'public', name: 'orders' }, to: { schema: 'public', name: 'orders' } },
    ]);
    expect(pipeline.unknown).toEqual([]);
  });

  it.each<[string, Record<string, string>, object]>([
    ['Debezium writes underscores for dots', {}, { name: 'shop_public_orders' }],
    [
      'Confluent takes the dots for schema and table',
      { 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' },
      { schema: 'public', name: 'orders' },
    ],
    ['a constant name', { 'collection.name.format': 'all_orders' }, { name: 'all_orders' }],
    ['the old key', { 'table.name.format': 'copy_${topic}' }, { name: 'copy_shop_public_orders' }],
  ])('%s', (_name, config, to) => {
    const pipeline = readPipeline(sink({ topics: 'shop.public.orders', ...config }), [source('src', 'shop')], TOPICS);
    expect(pipeline.tables[0]?.to).toEqual(to);
  });

  it('a topic whose table only its records tell is named with the reason', () => {
    const pipeline = readPipeline(
      sink({ topics: 'shop.public.orders', 'collection.name.format': '${source.table}' }),
      [source('src', 'shop')],
      TOPICS,
    );
    expect(pipeline.unknown).toEqual([
      { topic: 'shop.public.orders', reason: 'the name format ${source.table} needs the records themselves' },
    ]);
  });

  it('reads which columns the pipeline drops, adds and renames', () => {
    const pipeline = readPipeline(
      sink({
        ...ROUTED,
        transforms: 'table,fields',
        'transforms.fields.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
        'transforms.fields.exclude': 'secret',
        'transforms.fields.renames': 'note:remark',
        'field.exclude.list': 'a,shop.public.orders:b,shop.public.lines:c',
      }),
      [
        source('src', 'shop', {
          transforms: 'unwrap',
          'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
          'transforms.unwrap.add.fields': 'op,source.ts_ms',
          'column.exclude.list': 'public\\.orders\\.hidden',
        }),
      ],
      ['shop.public.orders'],
    );
    expect(pipeline.tables[0]).toMatchObject({
      ignore: ['__op', '__source_ts_ms', 'secret', 'a', 'b', 'hidden'],
      rename: { note: 'remark' },
    });
  });

  it('takes the source with the longest prefix', () => {
    const pipeline = readPipeline(
      sink({ topics: 'shop.eu.public.orders' }),
      [source('a', 'shop'), source('b', 'shop.eu')],
      ['shop.eu.public.orders'],
    );
    expect(pipeline.tables[0]).toMatchObject({ source: 'b', from: { schema: 'public', name: 'orders' } });
  });
});

describe('URLs', () => {
  it('of a source and a sink', () => {
    expect(sourceUrl(source('s', 'p').config)).toBe('postgres://app:p%40ss@db1:5433/shop');
    expect(sinkUrl(sink({}).config)).toBe('postgres://w:x@db2/warehouse');
    expect(sinkUrl(sink({ 'connection.url': 'jdbc:sqlserver://db:1433;databaseName=d' }).config)).toBe(
      'jdbc:sqlserver://db:1433;databaseName=d;user=w;password=x',
    );
  });

  it.each(['****', '${file:/secrets:pw}'])('none where the password is %s', (password) => {
    expect(sourceUrl(source('s', 'p', { 'database.password': password }).config)).toBeUndefined();
    expect(sinkUrl(sink({ 'connection.password': password }).config)).toBeUndefined();
  });
});
