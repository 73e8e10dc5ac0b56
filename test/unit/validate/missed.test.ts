import { describe, expect, it } from 'vitest';
import { type Base, check } from './check.ts';

type Changes = Record<string, string | undefined>;
const rulesOf = async (base: Base, changes: Changes) =>
  (await check(base, changes)).map(({ severity, rule, key }) => `${severity} ${rule} ${key}`);

const router = (regex: string, replacement: string): Changes => ({
  transforms: 'r',
  'transforms.r.type': 'RegexRouter',
  'transforms.r.regex': regex,
  'transforms.r.replacement': replacement,
});
const outbox = (keys: Changes): Changes => ({
  transforms: 'o',
  'transforms.o.type': 'io.debezium.transforms.outbox.EventRouter',
  ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`transforms.o.${key}`, value])),
});

describe('replacements', () => {
  it.each([
    ['file', router('(.*)', 'x-$2'), 'error replacement-without-group transforms.r.replacement'],
    ['file', router('(.*)', 'x-$'), 'error replacement-without-group transforms.r.replacement'],
    ['file', router('(.*)', 'x $1'), 'error illegal-topic-name transforms.r.replacement'],
    [
      'postgres',
      outbox({ 'route.topic.replacement': '${table}' }),
      'error replacement-without-group transforms.o.route.topic.replacement',
    ],
  ] as [Base, Changes, string][])('%s %j', async (base, changes, found) => {
    expect(await rulesOf(base, changes)).toEqual([found]);
  });

  it.each([
    ['file', router('([^.]+)\\.([^.]+)', '$2-$1')],
    ['file', router('(?<all>.*)', '${all}_x')],
    ['file', router('.*', 'fixed')],
    ['postgres', outbox({ 'route.topic.replacement': 'outbox.${routedByValue}' })],
  ] as [Base, Changes][])('%s %j is right', async (base, changes) => expect(await check(base, changes)).toEqual([]));
});

describe('a format of TimestampRouter', () => {
  const format = (value: string): Changes => ({
    transforms: 't',
    'transforms.t.type': 'TimestampRouter',
    'transforms.t.topic.format': value,
  });
  it('makes names of topics', async () => {
    expect(await rulesOf('file', format('${topic}/${timestamp}'))).toEqual([
      'error illegal-topic-name transforms.t.topic.format',
    ]);
    expect(await check('file', format('${topic}-${timestamp}'))).toEqual([]);
  });
});

describe('a placeholder that the worker refuses', () => {
  it.each(['${file}', '$DB_HOST', '{{ host }}', '${topic}'])('is one error: %s', async (value) => {
    const [finding, ...more] = await check('postgres', { 'database.hostname': value });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', key: 'database.hostname' });
    expect(finding?.rule).toBe(value === '${topic}' ? 'invalid-value' : 'unfilled-placeholder');
  });
});

describe('tasks of an Oracle source', () => {
  it('are one, of other plugins that are not described any number', async () => {
    const oracle = { 'connector.class': 'io.debezium.connector.oracle.OracleConnector', 'tasks.max': '3' };
    expect(await rulesOf('file', { ...oracle, file: undefined, topic: undefined })).toContain(
      'warning idle-tasks tasks.max',
    );
    expect(await rulesOf('file', { 'connector.class': 'com.acme.Source', 'tasks.max': '3' })).not.toContain(
      'warning idle-tasks tasks.max',
    );
  });
});

describe("Confluent's JDBC source", () => {
  it.each([
    ['query', 'table.whitelist'],
    ['query', 'table.blacklist'],
    ['table.whitelist', 'table.blacklist'],
  ])('takes no %s beside %s', async (one, other) => {
    const rules = await rulesOf('confluentSource', { [one]: 'orders', [other]: 'orders' });
    expect(rules.filter((rule) => rule.startsWith('error exclusive-keys'))).toHaveLength(1);
  });
});

describe('a number beyond its type', () => {
  it('is one finding: nothing follows from it', async () => {
    for (const key of ['max.batch.size', 'max.queue.size']) {
      expect(await rulesOf('postgres', { [key]: '99999999999' })).toEqual([`error invalid-value ${key}`]);
      expect(await rulesOf('postgres', { [key]: '-99999999999' })).toEqual([`error invalid-value ${key}`]);
    }
  });
});

describe('the id of a binlog reader', () => {
  const SOURCES = ['io.debezium.connector.mysql.MySqlConnector', 'io.debezium.connector.mariadb.MariaDbConnector'];
  it.each(SOURCES)(
    'of %s has 32 bits: the worker accepts larger ones, and the reader cuts them off',
    async (source) => {
      const rules = (id: string) => rulesOf('mysql', { 'connector.class': source, 'database.server.id': id });
      const before = await rules('5400');
      expect(await rules('4294967295')).toEqual(before);
      for (const id of ['4294967296', '99999999999', '0', '-1'])
        expect(await rules(id)).toEqual([...before, 'error invalid-value database.server.id']);
    },
  );
});

describe('ports', () => {
  const port = 'error invalid-value';
  it.each([
    ['mysql', 'database.port', '70000'],
    ['sqlserver', 'database.port', '-1'],
    ['sink', 'connection.url', 'jdbc:postgresql://db:70000/shop'],
    ['sink', 'connection.url', 'jdbc:sqlserver://db:70000;databaseName=shop'],
    ['mongodb', 'mongodb.connection.string', 'mongodb://u:99999@a:27017,b:99999/?replicaSet=rs0'],
    ['mysql', 'schema.history.internal.kafka.bootstrap.servers', 'a:9092,b:99999'],
    ['mysql', 'schema.history.internal.kafka.bootstrap.servers', 'kafka'],
    ['file', 'producer.override.bootstrap.servers', 'kafka:65536'],
  ] as [Base, string, string][])('%s %s=%s', async (base, key, value) => {
    expect(await rulesOf(base, { [key]: value })).toContain(`${port} ${key}`);
  });

  it.each([
    ['sink', 'connection.url', 'jdbc:postgresql://a:5432,b:65535/shop?x=99999'],
    ['mongodb', 'mongodb.connection.string', 'mongodb://u:99999@a:27017/'],
    ['mysql', 'schema.history.internal.kafka.bootstrap.servers', 'SASL_SSL://kafka:9092, [::1]:9093'],
    ['mysql', 'schema.history.internal.kafka.bootstrap.servers', '${file:/a:b}'],
  ] as [Base, string, string][])('%s %s=%s is right', async (base, key, value) => {
    expect(await check(base, { [key]: value })).toEqual([]);
  });
});

describe('keys that have no effect', () => {
  it.each([
    ['postgres', { 'schema.history.internal.kafka.bootstrap.servers': 'kafka' }],
    ['postgres', { 'schema.history.internal.kafka.topic': 'a b' }],
    ['file', { 'connection.url': 'jdbc:postgresql://db:70000/a' }],
    ['postgres', { topics: 'a b' }],
  ] as [Base, Changes][])('%s %j are no error', async (base, changes) => {
    expect((await check(base, changes)).map(({ severity }) => severity)).toEqual(['warning']);
  });
});

describe('lists of tables', () => {
  it.each([
    ['postgres', 'table.include.list', 'orders'],
    ['postgres', 'table.include.list', 'public.a,orders'],
    ['postgres', 'table.include.list', '(orders|items)'],
    ['postgres', 'table.include.list', 'shop.public.orders'],
    ['postgres', 'table.exclude.list', 'public:orders'],
    ['postgres', 'column.include.list', 'orders.name'],
    ['postgres', 'schema.include.list', 'shop.public'],
    ['mysql', 'table.include.list', 'orders'],
    ['mysql', 'column.exclude.list', 'shop.orders.name.x'],
    ['sqlserver', 'table.include.list', 'shop.dbo.orders'],
    ['mongodb', 'collection.include.list', 'orders'],
  ] as [Base, string, string][])('%s %s=%s fits nothing', async (base, key, value) => {
    expect(await rulesOf(base, { [key]: value })).toEqual([`warning fits-nothing ${key}`]);
  });

  it.each([
    ['postgres', 'table.include.list', 'public.orders, public\\.items,public[.]x'],
    ['postgres', 'table.include.list', '.*'],
    ['postgres', 'table.include.list', 'public.(a|b)'],
    ['postgres', 'table.include.list', '[^.]+[.]orders'],
    ['postgres', 'table.include.list', '(?i)public\\.ORDERS'],
    ['postgres', 'table.include.list', 'public\\..*'],
    ['postgres', 'table.include.list', ''],
    ['postgres', 'column.include.list', 'public.orders.name,.*\\.id'],
    ['mongodb', 'collection.include.list', 'shop.orders.archive'],
    ['sqlserver', 'table.include.list', 'dbo.orders'],
    ['postgres', 'table.include.list', '${file:/a:b}'],
  ] as [Base, string, string][])('%s %s=%s may', async (base, key, value) => {
    expect(await check(base, { [key]: value })).toEqual([]);
  });

  it('without any table a filtered publication fails', async () => {
    const filtered = { 'publication.autocreate.mode': 'filtered' };
    expect(await rulesOf('postgres', { ...filtered, 'table.include.list': 'orders' })).toEqual([
      'error fits-nothing table.include.list',
    ]);
    expect(await rulesOf('postgres', { ...filtered, 'table.include.list': 'orders,public.a' })).toEqual([
      'warning fits-nothing table.include.list',
    ]);
  });

  it('are shown with a name of the right form', async () => {
    const [finding] = await check('postgres', { 'table.include.list': 'orders' });
    expect(finding?.hint).toBe('Write schema.table, such as public.orders.');
  });
});

describe('JSON without schemas into a JDBC sink', () => {
  const json = { 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'false' };
  it('is an error', async () => {
    expect(await rulesOf('sink', json)).toEqual(['error json-without-schemas value.converter.schemas.enable']);
  });

  it('is a warning if an unknown transform may add one', async () => {
    expect(await rulesOf('sink', { ...json, transforms: 't', 'transforms.t.type': 'com.acme.WithSchema' })).toContain(
      'warning json-without-schemas value.converter.schemas.enable',
    );
  });

  it('is right for other connectors, and with schemas', async () => {
    expect(await check('postgres', json)).toEqual([]);
    expect(await check('sink', { 'value.converter': 'JsonConverter' })).toEqual([]);
  });
});

describe('the version of a plugin', () => {
  it.each(['9.9.9', '[1,', '1,2', '(1)'])('%s', async (version) => {
    const [finding] = await check('postgres', { 'connector.plugin.version': version });
    expect(finding?.rule).toBe(version === '9.9.9' ? 'undescribed-version' : 'invalid-value');
    expect(finding?.severity).toBe(version === '9.9.9' ? 'warning' : 'error');
  });

  it.each(['3.5.0.Final', '3.5', 'latest', '[3.0,4.0)', '[3.5.0.Final]', '(,3],[5,)'])(
    '%s is right',
    async (version) => {
      expect(await check('postgres', { 'connector.plugin.version': version })).toEqual([]);
    },
  );

  it('is also checked with transforms', async () => {
    expect(await rulesOf('file', { ...router('.*', 'a'), 'transforms.r.plugin.version': '77' })).toEqual([
      'warning undescribed-version transforms.r.plugin.version',
    ]);
  });
});

describe('where the outbox router puts more fields', () => {
  const placed = (value: string) => outbox({ 'table.fields.additional.placement': value });
  it.each(['a', 'a:header:x:y', 'a:headers', 'a:header,b'])('refuses %s', async (value) => {
    expect(await rulesOf('postgres', placed(value))).toEqual([
      'error invalid-value transforms.o.table.fields.additional.placement',
    ]);
  });
  it.each(['a:header', 'a:Header:x, b: envelope', 'a:partition,'])('takes %s', async (value) => {
    expect(await check('postgres', placed(value))).toEqual([]);
  });
});
