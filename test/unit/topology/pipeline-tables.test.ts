import { describe, expect, it } from 'vitest';
import type { TableKind } from '../../../src/databases/table-kinds.ts';
import { tableText } from '../../../src/databases/table-names.ts';
import { otherSinkTopics, type PipelineConnector, readPipeline, topicsRead } from '../../../src/topology/pipeline.ts';
import {
  chooseSource,
  parseArgument,
  type ReadTopic,
  type ResolveInput,
  resolveTables,
  silentTables,
} from '../../../src/topology/pipeline-tables.ts';
import { failure } from '../../helpers/failure.ts';

const ODD: PipelineConnector = {
  name: 'odd-source',
  config: {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': 'odd',
    'schema.include.list': 'odd',
  },
};
const TWO: PipelineConnector = {
  name: 'two-databases',
  config: {
    'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
    'topic.prefix': 'two',
    'database.names': 'db1,db2',
  },
};
const SINK: PipelineConnector = {
  name: 'odd-sink',
  config: {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'topics.regex': '(odd|two)\\..*',
    'connection.url': 'jdbc:postgresql://127.0.0.1:15534/sluice',
    transforms: 'route',
    'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.route.regex': '(?:.*\\.)?([^.]+)\\.([^.]+)',
    'transforms.route.replacement': '$2',
  },
};

const table = (schema: string, name: string, kind: TableKind = 'table') => ({
  schema,
  name,
  kind,
  visible: schema === 'public',
});
const SOURCE_TABLES = [
  table('odd', 'orders'),
  table('odd', 'Order Items'),
  table('odd', 'größe'),
  table('odd', 'dotted.name'),
  table('odd', 'a view', 'view'),
  table('public', 'orders'),
];
const TARGET_TABLES = ['orders', 'order_items', 'gr__e', 'Order_Items', 'name'].map((name) => table('public', name));
const TOPICS = ['odd.odd.orders', 'odd.odd.Order_Items', 'odd.odd.gr__e', 'odd.odd.dotted.name', 'odd.transaction'];

const routing = (regex: string, replacement: string) => ({
  transforms: 'r',
  'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.r.regex': regex,
  'transforms.r.replacement': replacement,
});

const args = (texts: readonly string[]) => texts.map(parseArgument);

function resolve(
  texts: readonly string[],
  more: Partial<ResolveInput> & { all?: string[]; sources?: PipelineConnector[]; beside?: ReadTopic[] } = {},
) {
  const sink = more.sink ?? SINK;
  const pipeline = readPipeline(sink, more.sources ?? [ODD], more.all ?? TOPICS);
  const wanted = args(texts);
  return resolveTables({
    ...chooseSource(pipeline, wanted),
    sink,
    read: [...topicsRead(pipeline).map((topic) => ({ topic, sink })), ...(more.beside ?? [])],
    from: SOURCE_TABLES,
    to: TARGET_TABLES,
    targetEngine: 'postgresql',
    targetSchema: 'public',
    wanted,
    ...more,
  });
}
const pairs = (resolved: ReturnType<typeof resolve>) =>
  resolved.tables.map(({ topic, from, to }) => `${topic}: ${tableText(from)} → ${tableText(to)}`).sort();

describe('tables that a source is to capture, and of which nothing has come', () => {
  const listed = (list: string): PipelineConnector => ({
    name: ODD.name,
    config: { ...ODD.config, 'table.include.list': list },
  });
  const silent = (list: string, topics: readonly string[], sink = SINK) =>
    silentTables({ source: listed(list), sink, database: undefined, from: SOURCE_TABLES, topics }).map(
      ({ topic }) => topic,
    );

  it('are those that it captures and whose topics the sink would read', () => {
    expect(silent('odd\\..*', ['odd.odd.orders', 'odd.odd.dotted.name'])).toEqual([
      'odd.odd.Order_Items',
      'odd.odd.gr__e',
    ]);
    expect(silent('odd\\.orders', [])).toEqual(['odd.odd.orders']);
    // What only the worker can evaluate may let any table through.
    for (const list of ['(?i)odd\\..*', '${file:/lists:tables}']) expect(silent(list, [])).toEqual(silent('', []));
    // Without a list it captures all tables of its schemas.
    expect(silent('', ['odd.odd.orders', 'odd.odd.dotted.name'])).toEqual(
      silent('odd\\..*', ['odd.odd.orders', 'odd.odd.dotted.name']),
    );
    const kinds = (
      ['table', 'system-versioned table', 'unlogged table', 'partition', 'inheritance parent', 'view'] as const
    ).map((kind) => ({
      ...table('odd', kind),
      kind,
    }));
    expect(
      silentTables({ source: ODD, sink: SINK, database: undefined, from: kinds, topics: [] }).map((one) => [
        one.table.name,
        one.inherited,
      ]),
    ).toEqual([
      ['table', false],
      ['system-versioned table', false],
      ['partition', false],
      ['inheritance parent', true],
    ]);
    const excluding = { ...listed(''), config: { ...ODD.config, 'table.exclude.list': 'odd\\.(?!orders).*' } };
    expect(
      silentTables({ source: excluding, sink: SINK, database: undefined, from: SOURCE_TABLES, topics: [] }),
    ).toMatchObject([{ topic: 'odd.odd.orders' }]);
    const signalled = { ...listed('odd\\.orders'), name: 'signalled' };
    signalled.config = { ...signalled.config, 'signal.data.collection': 'odd.orders' };
    expect(
      silentTables({ source: signalled, sink: SINK, database: undefined, from: SOURCE_TABLES, topics: [] }),
    ).toEqual([]);
    const other = { ...SINK, config: { ...SINK.config, 'topics.regex': 'odd\\.odd\\.lines' } };
    expect(silent('odd\\..*', [], other)).toEqual([]);
  });

  it.each<[string, string[], string[]]>([
    ['the partitioned table, for all of its rows', [], ['whole']],
    ['none if its own topic is there', ['odd.odd.whole'], []],
    ['the partitions without a topic if another has one', ['odd.odd.a1'], ['a2', 'b']],
    ['none if each partition has one, or a part of it', ['odd.odd.a1', 'odd.odd.a2', 'odd.odd.b'], []],
  ])('of partitions: %s', (_what, topics, expected) => {
    const part = (name: string, parent: string) => ({
      ...table('odd', name, 'partition'),
      parent: { schema: 'odd', name: parent },
    });
    const from = [
      table('odd', 'whole', 'partitioned table'),
      part('a', 'whole'),
      part('a1', 'a'),
      part('a2', 'a'),
      part('b', 'whole'),
    ];
    const found = (source: PipelineConnector) =>
      silentTables({ source, sink: SINK, database: undefined, from, topics }).map((one) => one.table.name);
    expect(found(ODD)).toEqual(expected);
    // Without the table itself, its partitions are awaited one by one.
    if (topics.length === 0) expect(found(listed('odd\\.(a1|b)'))).toEqual(['a1', 'b']);
  });

  it('are compared, unless they are empty and the sink has made no table for them', () => {
    const topics = ['odd.odd.orders', 'odd.odd.Order_Items'];
    const to = [table('public', 'orders')];
    expect(pairs(resolve([], { topics, to }))).toContain('odd.odd.Order_Items: odd.Order Items → public.Order_Items');
    const empty = new Set(['odd.odd.Order_Items']);
    const left = resolve([], { topics, to, empty });
    expect(pairs(left)).toEqual(['odd.odd.orders: odd.orders → public.orders']);
    expect(left.unknown).toMatchObject([{ topic: 'odd.odd.Order_Items' }]);
    expect(pairs(resolve([], { topics, empty }))).toHaveLength(2);
    expect(pairs(resolve(['Order Items'], { topics, to, empty }))).toHaveLength(1);
    // All rows of the other would be extra for it.
    const together = { ...SINK, config: { ...SINK.config, 'collection.name.format': 'orders' } };
    expect(pairs(resolve([], { topics, to, empty, sink: together }))).toHaveLength(1);
  });
});

describe('tables of a pipeline, by the catalogs', () => {
  it('whose names no topic can have, or have dots in them', () => {
    const resolved = resolve([]);
    expect(pairs(resolved)).toEqual([
      'odd.odd.Order_Items: odd.Order Items → public.order_items',
      'odd.odd.dotted.name: odd."dotted.name" → public.name',
      'odd.odd.gr__e: odd.größe → public.gr__e',
      'odd.odd.orders: odd.orders → public.orders',
    ]);
    expect(resolved.unknown).toEqual([]);
    // Never by case alone: two tables may differ in nothing else.
    expect(resolved.tables[0]?.to.quoted).toEqual({ schema: true, name: true });
  });

  it.each([
    [['odd.größe'], ['odd.odd.gr__e: odd.größe → public.gr__e']],
    [['Order Items'], ['odd.odd.Order_Items: odd.Order Items → public.order_items']],
    [['"Order Items"'], ['odd.odd.Order_Items: odd.Order Items → public.order_items']],
    [['Order_Items'], ['odd.odd.Order_Items: odd.Order Items → public.order_items']],
    [['odd."dotted.name"'], ['odd.odd.dotted.name: odd."dotted.name" → public.name']],
    [
      ['ord*'],
      ['odd.odd.Order_Items: odd.Order Items → public.order_items', 'odd.odd.orders: odd.orders → public.orders'],
    ],
    [['odd."Order Items"=public.copy'], ['odd.odd.Order_Items: odd.Order Items → public.copy']],
  ])('%j', (texts, expected) => {
    expect(pairs(resolve(texts))).toEqual(expected);
  });

  it('a topic without a table is named, with how to give the pair, and the others are compared', () => {
    const resolved = resolve([], { all: [...TOPICS, 'odd.odd.gone'] });
    expect(resolved.tables).toHaveLength(4);
    expect(resolved.unknown).toEqual([
      {
        topic: 'odd.odd.gone',
        reason: "no table of odd-source has this topic; name the pair if there is one: 'SCHEMA.TABLE=TARGET'",
      },
    ]);
  });

  it('a topic that two tables have is an error, with the pair as it can be typed', () => {
    const from = [...SOURCE_TABLES, table('odd', 'Order$Items')];
    const error = failure(() => resolve([], { from }));
    expect(error).toMatchObject({
      code: 'REQUEST_INVALID',
      message: 'the topic odd.odd.Order_Items may hold the rows of odd.Order Items or odd.Order$Items',
      hint: "Name the pair, the source's table first, such as 'odd.Order Items=Order_Items'.",
    });
    expect(pairs(resolve(['odd.Order Items=order_items'], { from }))).toEqual([
      'odd.odd.Order_Items: odd.Order Items → order_items',
    ]);
    expect(pairs(resolve(['odd.Order$Items'], { from }))).toEqual([
      'odd.odd.Order_Items: odd.Order$Items → public.order_items',
    ]);
    // Not where the connector captures one of them only.
    const config = { ...ODD.config, 'table.exclude.list': 'odd\\.Order\\$Items' };
    expect(pairs(resolve(['order?items'], { from, sources: [{ ...ODD, config }] }))).toEqual([
      'odd.odd.Order_Items: odd.Order Items → public.order_items',
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['Debezium without quotes, small letters', {}, 'public.order_items'],
    ['Debezium with quotes', { 'quote.identifiers': 'true' }, 'public.Order_Items'],
    [
      'Confluent, which quotes',
      { 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' },
      'public.Order_Items',
    ],
    [
      'Confluent without quotes',
      { 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector', 'quote.sql.identifiers': 'never' },
      'public.order_items',
    ],
    ['a format with a schema', { 'collection.name.format': 'other.${topic}' }, 'other.Order_Items'],
    [
      'a schema in the URL',
      { 'connection.url': 'jdbc:postgresql://h/d?ssl=true&currentSchema=elsewhere' },
      'elsewhere.Order_Items',
    ],
  ])('the target of %s', (_sink, config, expected) => {
    const sink = { ...SINK, config: { ...SINK.config, ...config } };
    const [only] = resolve(['Order Items'], { sink }).tables;
    expect(only && tableText(only.to)).toBe(expected);
  });

  it('a missing target is expected where the sink writes, never in a schema with the source’s name', () => {
    const [only] = resolve(['odd.orders'], { to: [table('odd', 'orders')] }).tables;
    expect(only?.to).toEqual({ schema: 'public', name: 'orders' });
  });

  it('a pair whose topic the naming strategy leaves open waits for all topics', () => {
    const config = { ...ODD.config, 'topic.naming.strategy': 'com.acme.Own' };
    const resolved = resolve(['odd.größe=gr__e'], { sources: [{ ...ODD, config }] });
    expect(pairs(resolved)).toEqual([': odd.größe → gr__e']);
  });

  it('a topic whose table the records themselves name can be compared as a pair', () => {
    const sink = { ...SINK, config: { ...SINK.config, 'collection.name.format': '${source.table}' } };
    expect(failure(() => resolve([], { sink })).hint).toContain("name the pair: 'odd.orders=TARGET'");
    expect(pairs(resolve(['odd.orders=orders'], { sink }))).toEqual(['odd.odd.orders: odd.orders → orders']);
  });

  it.each([
    ['a table that it does not write', ['nope'], 'odd-sink writes no table nope', 'It writes:'],
    ['a view', ['a view'], 'odd-sink writes no table a view', ''],
    ['a pair whose source is not there', ['odd.nope=x'], 'odd-source: there is no table "odd.nope"', ''],
  ])('%s', (_what, texts, message, hint) => {
    const error = failure(() => resolve([...texts, 'odd.orders']));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it.each(['', 'a.b.c.d', 'a=b=c', 'a=', '"a'])('"%s" is not a valid argument', (text) => {
    expect(failure(() => parseArgument(text)).code).toBe('REQUEST_INVALID');
  });
});

describe('the source that is meant', () => {
  const choose = (texts: readonly string[], topics: readonly string[], sources = [ODD, TWO]) =>
    chooseSource(readPipeline(SINK, sources, topics), args(texts));
  const BOTH = [...TOPICS, 'two.db1.dbo.orders', 'two.db1.dbo.Odd_Name', 'two.db2.dbo.orders', 'two.db2.dbo.lines'];

  it('is the one whose topics fit the names, in their characters', () => {
    expect(choose(['größe'], BOTH).source.name).toBe('odd-source');
    expect(choose(['Odd Name'], BOTH)).toMatchObject({
      source: { name: 'two-databases' },
      database: 'db1',
      topics: ['two.db1.dbo.Odd_Name', 'two.db1.dbo.orders'],
    });
  });

  it.each([
    [[], 'odd-sink is fed by several sources: odd-source, two-databases'],
    [['orders'], 'odd-sink is fed by several sources: odd-source, two-databases'],
  ])('%j fits several', (texts, message) => {
    expect(() => choose(texts, BOTH)).toThrow(message);
  });

  it('of several databases one is compared, never the first for all', () => {
    const topics = BOTH.filter((topic) => topic.startsWith('two.'));
    const error = failure(() => choose([], topics));
    expect(error.message).toBe('the tables are in several databases of two-databases: db1, db2');
    expect(error.hint).toContain("'db1.*'");
    expect(failure(() => choose(['dbo.orders'], topics)).message).toContain('several databases');
    expect(choose(['db2.*'], topics)).toMatchObject({
      database: 'db2',
      topics: ['two.db2.dbo.lines', 'two.db2.dbo.orders'],
    });
    expect(choose(['db1.dbo.orders'], topics).database).toBe('db1');
    expect(choose(['lines'], topics).database).toBe('db2');
  });

  it('keeps the database with each table', () => {
    const topics = BOTH.filter((topic) => topic.startsWith('two.'));
    const wanted = args(['db2.dbo.orders']);
    const pipeline = readPipeline(SINK, [TWO], topics);
    const resolved = resolveTables({
      ...chooseSource(pipeline, wanted),
      sink: SINK,
      read: topicsRead(pipeline).map((topic) => ({ topic, sink: SINK })),
      from: [table('dbo', 'orders'), table('dbo', 'lines')],
      to: TARGET_TABLES,
      targetEngine: 'postgresql',
      targetSchema: 'public',
      wanted,
    });
    expect(resolved.tables.map(({ topic, from }) => [topic, from])).toEqual([
      ['two.db2.dbo.orders', { database: 'db2', schema: 'dbo', name: 'orders' }],
    ]);
  });

  it('a topic of no database that the connector names is an error', () => {
    expect(() => choose([], ['two.db3.dbo.orders'])).toThrow('no topic contains a database name of two-databases');
  });

  it('none where no topic is there', () => {
    expect(() => choose([], [])).toThrow('no table of a Debezium source feeds odd-sink');
  });
});

describe('rows of others in the same target table', () => {
  const shared = (resolved: ReturnType<typeof resolve>) =>
    Object.fromEntries(
      resolved.tables.map(({ from, sharedWith = [] }) => [tableText(from), sharedWith.map(({ name }) => name)]),
    );

  it('are of topics that the sink routes there, of another source or of none, also of those that were not named', () => {
    const topics = ['odd.odd.orders', 'two.db1.dbo.Orders', 'odd.odd.Order_Items'];
    const all = { all: topics, sources: [ODD, TWO] };
    expect(shared(resolve(['odd.orders'], all))).toEqual({ 'odd.orders': ['two.db1.dbo.Orders'] });
    expect(shared(resolve(['odd.*'], all))).toMatchObject({ 'odd.Order Items': [] });
    expect(shared(resolve(['odd.orders'], { ...all, sources: [ODD] }))).toEqual({
      'odd.orders': ['two.db1.dbo.Orders'],
    });
  });

  it('are of pairs with one target', () => {
    expect(shared(resolve(['"odd"."größe"=x', 'odd.orders=X'], { all: ['odd.odd.gr__e', 'odd.other'] }))).toEqual({
      'odd.größe': ['odd.orders'],
      'odd.orders': ['odd.größe'],
    });
  });

  it('are of tables whose changes are in one topic', () => {
    const from = [table('odd', 'a b'), table('odd', 'a_b')];
    const resolved = resolve(['"odd"."a b"=a_b'], { all: ['odd.odd.a_b'], from });
    expect(shared(resolved)).toEqual({ 'odd.a b': ['odd.a_b'] });
  });

  it('are of topics whose table the settings do not tell, where the pair was named', () => {
    const sink = { ...SINK, config: { ...SINK.config, 'collection.name.format': '${source.table}' } };
    const [only] = resolve(['odd.orders=orders'], { sink, all: ['odd.odd.orders', 'odd.odd.gr__e'] }).tables;
    expect(only?.sharedWith).toEqual([{ name: 'odd.odd.gr__e', known: false }]);
    expect(shared(resolve(['odd.orders=orders'], { sink, all: ['odd.odd.orders'] }))).toEqual({ 'odd.orders': [] });
  });

  it('are of other sinks of the same database', () => {
    const other = (config: Record<string, string>) => ({
      name: 'other-sink',
      config: { ...SINK.config, topics: 'x.public.orders,x.public.lines', 'topics.regex': '', ...config },
    });
    const here = { ...SINK, config: { ...SINK.config, 'connection.url': 'jdbc:postgresql://DB2/w?sslmode=prefer' } };
    const beside = (config: Record<string, string>) => otherSinkTopics(here, [here, ODD, other(config)], []);
    const near = beside({ 'connection.url': 'jdbc:postgresql://db2:5432/w' });
    expect(near.map(({ topic }) => topic)).toEqual(['x.public.orders', 'x.public.lines']);
    expect(shared(resolve(['odd.orders'], { all: ['odd.odd.orders'], beside: near }))).toEqual({
      'odd.orders': ['x.public.orders (by other-sink)'],
    });
    expect(beside({ 'connection.url': 'jdbc:postgresql://db2:5432/other' })).toEqual([]);
    expect(beside({ 'connection.url': 'jdbc:postgresql://db3/w' })).toEqual([]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['with the same prefix', { 'topic.prefix': 'odd' }, ['odd.orders (of second)']],
    ['with the same prefix and other tables', { 'topic.prefix': 'odd', 'table.include.list': 'odd.lines' }, []],
    ['with another prefix', {}, []],
    ['of the same database', { 'topic.prefix': 'odd', 'database.hostname': 'a' }, []],
    ['routed here by the table', routing('second\\.(.*)', 'odd.$1'), ['odd.orders (of second)']],
    [
      'whose table of another name is routed here',
      { ...routing('.*', 'odd.odd.orders'), 'schema.include.list': '', 'table.include.list': 'shop\\.sales' },
      ['shop.sales (of second)'],
    ],
    [
      'whose tables are routed here perhaps',
      { ...routing('second\\.x\\.(.*)', 'odd.odd.$1'), 'table.include.list': 'x\\.o.*' },
      ['tables of second'],
    ],
    ['whose router cannot be read', routing('(?i)second.*', 'x'), ['tables of second']],
    ['that cuts its prefix off', routing('second\\.odd\\.(.*)', '$1'), []],
    [
      'whose topics are named by records',
      { transforms: 'r', 'transforms.r.type': 'io.debezium.transforms.ContentBasedRouter' },
      ['tables of second'],
    ],
    [
      'whose topics get the day behind them',
      { transforms: 'r', 'transforms.r.type': 'org.apache.kafka.connect.transforms.TimestampRouter' },
      [],
    ],
    ['that is an outbox', { transforms: 'r', 'transforms.r.type': 'io.debezium.transforms.outbox.EventRouter' }, []],
  ])('are of another source %s', (_what, config, names) => {
    const second = {
      name: 'second',
      config: { ...ODD.config, 'topic.prefix': 'second', 'database.hostname': 'b', ...config },
    };
    const own = { ...ODD, config: { ...ODD.config, 'database.hostname': 'a' } };
    const resolved = resolve(['odd.orders'], { all: ['odd.odd.orders'], sources: [own], others: [second, SINK] });
    expect(shared(resolved)).toEqual({ 'odd.orders': names });
  });

  it('do not exist in an ordinary pipeline', () => {
    expect(new Set(resolve([]).tables.flatMap(({ sharedWith }) => sharedWith))).toEqual(new Set());
  });
});

describe('a pair whose topic is not known', () => {
  const dropping = (negate: string): PipelineConnector => ({
    ...SINK,
    config: {
      ...SINK.config,
      transforms: 'unwrap,drop',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
      'transforms.drop.exclude': 'secret',
      'transforms.drop.predicate': 'p',
      'transforms.drop.negate': negate,
      'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
      'predicates.p.pattern': negate === 'true' ? 'odd\\.all.*' : '.*',
    },
  });
  const logical: PipelineConnector = {
    ...ODD,
    config: {
      ...ODD.config,
      transforms: 'all',
      'transforms.all.type': 'io.debezium.transforms.ByLogicalTableRouter',
    },
  };

  it.each(['true', 'false'])('has no column left out for a predicate on topics (negated: %s)', (negate) => {
    const { tables } = resolve(['odd.orders=orders'], {
      sink: dropping(negate),
      source: logical,
      sources: [logical],
      all: ['odd.all_orders'],
    });
    expect(tables.map(({ topic, changes }) => [topic, changes.drops('secret')])).toEqual([['', false]]);
  });
});
