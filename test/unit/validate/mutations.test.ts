import { describe, expect, it } from 'vitest';
import { MASK } from '../../../src/text/redact.ts';
import { BASES, type Base, check } from './check.ts';

type Changes = Record<string, string | undefined>;

async function rules(base: Base, changes: Changes): Promise<string[]> {
  return (await check(base, changes)).map(({ severity, rule, key }) => `${severity} ${rule} ${key}`);
}

const unwrap = { transforms: 'u', 'transforms.u.type': 'io.debezium.transforms.ExtractNewRecordState' };
const transform = (type: string, keys: Changes = {}): Changes => ({
  transforms: 't',
  'transforms.t.type': type,
  ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`transforms.t.${key}`, value])),
});

describe('complete configs', () => {
  it.each(Object.keys(BASES) as Base[])('%s: nothing is found', async (base) => {
    expect(await check(base)).toEqual([]);
  });
});

describe("what the worker's validate misses", () => {
  const cases: [mutation: string, base: Base, changes: Changes, found: string[]][] = [
    ['unknown key', 'postgres', { 'snapshot.mod': 'initial' }, ['warning unknown-key snapshot.mod']],
    ['table.include.lst', 'postgres', { 'table.include.lst': 'a' }, ['warning unknown-key table.include.lst']],
    [
      'unknown key of a transform',
      'postgres',
      { ...unwrap, 'transforms.u.add.feilds': 'op' },
      ['warning unknown-key transforms.u.add.feilds'],
    ],
    [
      'unknown key of a converter',
      'postgres',
      { 'key.converter': 'JsonConverter', 'key.converter.schema.enable': 'true' },
      ['warning unknown-key key.converter.schema.enable'],
    ],
    ['unknown errors.*', 'sink', { 'errors.tolerence': 'all' }, ['warning unknown-key errors.tolerence']],
    [
      'enumeration of a Debezium transform',
      'postgres',
      { ...unwrap, 'transforms.u.delete.tombstone.handling.mode': 'bogus' },
      ['error invalid-value transforms.u.delete.tombstone.handling.mode'],
    ],
    [
      'ByLogicalTableRouter without topic.regex',
      'postgres',
      transform('io.debezium.transforms.ByLogicalTableRouter', { 'topic.replacement': 'a' }),
      ['error missing-key transforms.t.topic.regex'],
    ],
    [
      'PartitionRouting without its fields',
      'postgres',
      transform('io.debezium.transforms.partitions.PartitionRouting'),
      ['error missing-key transforms.t.partition.payload.fields', 'error missing-key transforms.t.partition.topic.num'],
    ],
    [
      'TimestampConverter to string without format',
      'sink',
      transform('org.apache.kafka.connect.transforms.TimestampConverter$Value', { 'target.type': 'string' }),
      ['error string-timestamp-without-format transforms.t.target.type'],
    ],
    [
      'undefined predicate',
      'postgres',
      { ...unwrap, 'transforms.u.predicate': 'p' },
      ['error undefined-predicate transforms.u.predicate'],
    ],
    [
      'aliases with dots',
      'postgres',
      {
        transforms: 'a.b',
        'transforms.a.b.type': 'io.debezium.transforms.ExtractNewRecordState',
        'transforms.a.b.predicate': 'p.q',
        'transforms.a.c.type': 'X',
        predicates: 'p.q',
        'predicates.p.q.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
        'topic.creation.groups': 'g.h',
        'topic.creation.g.h.include': '.*',
        'topic.creation.default.replication.factor': '1',
        'topic.creation.default.partitions': '1',
      },
      ['warning orphan-alias transforms.a.c.type'],
    ],
    ['orphan transform', 'postgres', { 'transforms.z.type': 'X' }, ['warning orphan-alias transforms.z.type']],
    [
      'converter key without converter',
      'postgres',
      { 'key.converter.schemas.enable': 'maybe' },
      ['warning converter-keys-without-class key.converter.schemas.enable'],
    ],
    [
      'unknown producer override',
      'postgres',
      { 'producer.override.lingr.ms': '5' },
      ['warning unknown-key producer.override.lingr.ms'],
    ],
    [
      'bad consumer override',
      'sink',
      { 'consumer.override.max.poll.records': 'many' },
      ['error invalid-value consumer.override.max.poll.records'],
    ],
    ['bad admin override', 'sink', { 'admin.override.retries': '-7' }, ['error invalid-value admin.override.retries']],
    [
      'topic.creation incomplete',
      'postgres',
      { 'topic.creation.default.partitions': '3' },
      ['error missing-key topic.creation.default.replication.factor'],
    ],
    [
      'topic.creation group without include',
      'postgres',
      {
        'topic.creation.default.partitions': '3',
        'topic.creation.default.replication.factor': '-1',
        'topic.creation.groups': 'big',
        'topic.creation.big.partitions': '30',
      },
      ['error missing-key topic.creation.big.include'],
    ],
    ['converters without type', 'postgres', { converters: 'isbn' }, ['error alias-without-type isbn.type']],
    [
      'post.processors without type',
      'postgres',
      { 'post.processors': 'reselect' },
      ['error alias-without-type reselect.type'],
    ],
    [
      'MySQL without schema history',
      'mysql',
      { 'schema.history.internal.kafka.topic': undefined },
      ['error schema-history-incomplete schema.history.internal.kafka.topic'],
    ],
    [
      'SQL Server without schema history',
      'sqlserver',
      { 'schema.history.internal.kafka.bootstrap.servers': undefined },
      ['error schema-history-incomplete schema.history.internal.kafka.bootstrap.servers'],
    ],
    [
      'bogus signal channel',
      'postgres',
      { 'signal.enabled.channels': 'bogus' },
      ['warning invalid-value signal.enabled.channels'],
    ],
    ['sink without URL', 'sink', { 'connection.url': undefined }, ['error missing-key connection.url']],
    ['sink with a garbage URL', 'sink', { 'connection.url': 'postgres' }, ['error invalid-value connection.url']],
    ['bad insert.mode', 'sink', { 'insert.mode': 'bogus' }, ['error invalid-value insert.mode']],
    ['bad primary.key.mode', 'sink', { 'primary.key.mode': 'bogus' }, ['error invalid-value primary.key.mode']],
    ['bad schema.evolution', 'sink', { 'schema.evolution': 'bogus' }, ['error invalid-value schema.evolution']],
    ['upsert without key mode', 'sink', { 'insert.mode': 'upsert' }, ['error upsert-without-key insert.mode']],
    [
      'delete without record key',
      'sink',
      { 'delete.enabled': 'true', 'primary.key.mode': 'record_value' },
      ['error delete-without-record-key delete.enabled'],
    ],
    [
      'include and exclude',
      'sink',
      { 'field.include.list': 'a', 'field.exclude.list': 'b' },
      ['error exclusive-keys field.exclude.list'],
    ],
    ['batch.size=-1', 'sink', { 'batch.size': '-1' }, ['warning invalid-value batch.size']],
    ["Confluent's pk.mode", 'sink', { 'pk.mode': 'record_key' }, ['warning foreign-key pk.mode']],
    ["Confluent's auto.create", 'sink', { 'auto.create': 'true' }, ['warning foreign-key auto.create']],
    ['more tasks than one', 'postgres', { 'tasks.max': '5' }, ['warning idle-tasks tasks.max']],
    ['more tasks than databases', 'sqlserver', { 'tasks.max': '2' }, ['warning idle-tasks tasks.max']],
    ['no connector.class', 'postgres', { 'connector.class': undefined }, ['error missing-key connector.class']],
  ];
  it.each(cases)('%s', async (_mutation, base, changes, found) => {
    expect(await rules(base, changes)).toEqual(found);
  });
});

describe('what the worker finds, we find', () => {
  const cases: [mutation: string, base: Base, changes: Changes, found: string[]][] = [
    ['enumeration', 'postgres', { 'snapshot.mode': 'bogus' }, ['error invalid-value snapshot.mode']],
    ['integer', 'postgres', { 'max.batch.size': 'abc' }, ['error invalid-value max.batch.size']],
    ['spaces that Debezium refuses', 'postgres', { 'max.batch.size': ' 7 ' }, ['error invalid-value max.batch.size']],
    ['range', 'postgres', { 'poll.interval.ms': '0' }, ['error invalid-value poll.interval.ms']],
    ['boolean', 'postgres', { 'slot.drop.on.stop': 'yes' }, ['error invalid-value slot.drop.on.stop']],
    ['required', 'postgres', { 'topic.prefix': undefined }, ['error missing-key topic.prefix']],
    ['required but empty', 'postgres', { 'database.dbname': '' }, ['error invalid-value database.dbname']],
    ['slot name', 'postgres', { 'slot.name': 'My-Slot' }, ['error invalid-value slot.name']],
    ['topic prefix', 'postgres', { 'topic.prefix': 'a b' }, ['error invalid-value topic.prefix']],
    ['regular expression', 'postgres', { 'table.include.list': '*.a' }, ['error invalid-value table.include.list']],
    ['key columns', 'postgres', { 'message.key.columns': 'a' }, ['error invalid-value message.key.columns']],
    ['skipped operation', 'postgres', { 'skipped.operations': 'c,x' }, ['error invalid-value skipped.operations']],
    [
      'include with exclude',
      'postgres',
      { 'table.include.list': 's.a', 'table.exclude.list': 's.b' },
      ['error exclusive-keys table.exclude.list'],
    ],
    [
      'queue not above batch',
      'postgres',
      { 'max.queue.size': '100', 'max.batch.size': '100' },
      ['error queue-not-larger-than-batch max.queue.size'],
    ],
    [
      'batch above the default queue',
      'postgres',
      { 'max.batch.size': '9000' },
      ['error queue-not-larger-than-batch max.queue.size'],
    ],
    [
      'custom mode without a name',
      'postgres',
      { 'snapshot.mode': 'custom' },
      ['error custom-mode-name snapshot.mode.custom.name'],
    ],
    [
      'MySQL refuses adaptive',
      'mysql',
      { 'time.precision.mode': 'adaptive' },
      ['error invalid-value time.precision.mode'],
    ],
    ['alias without type', 'postgres', { transforms: 'a' }, ['error alias-without-type transforms.a.type']],
    ['alias twice', 'postgres', { ...unwrap, transforms: 'u,u' }, ['error duplicate-alias transforms']],
    [
      'negate without predicate',
      'postgres',
      { ...unwrap, 'transforms.u.negate': 'true' },
      ['error negate-without-predicate transforms.u.type'],
    ],
    ['topics and topics.regex', 'sink', { 'topics.regex': 'b.*' }, ['error exclusive-keys topics']],
    ['neither topics', 'sink', { topics: undefined }, ['error missing-key topics']],
    [
      'dead letter queue among the topics',
      'sink',
      { 'errors.deadletterqueue.topic.name': 'shop.orders' },
      ['error queue-among-topics topics'],
    ],
    [
      'dead letter queue matched by topics.regex',
      'sink',
      { topics: undefined, 'topics.regex': 'shop\\..*', 'errors.deadletterqueue.topic.name': 'shop.dead' },
      ['error queue-among-topics topics.regex'],
    ],
    ['a topic twice', 'sink', { topics: 'a,a' }, ['error invalid-value topics']],
    ['tasks.max=0', 'sink', { 'tasks.max': '0' }, ['error invalid-value tasks.max']],
    [
      'short',
      'sink',
      { 'errors.deadletterqueue.topic.replication.factor': '70000' },
      ['error invalid-value errors.deadletterqueue.topic.replication.factor'],
    ],
  ];
  it.each(cases)('%s', async (_mutation, base, changes, found) => {
    expect(await rules(base, changes)).toEqual(found);
  });
});

describe('what must not be called wrong', () => {
  const cases: [what: string, base: Base, changes: Changes][] = [
    ['enumerations and booleans in capitals', 'postgres', { 'snapshot.mode': 'INITIAL', 'slot.drop.on.stop': 'TRUE' }],
    ['short class names', 'postgres', { 'connector.class': 'Postgres', 'key.converter': 'JsonConverter' }],
    ['a short transform name', 'sink', transform('RegexRouter', { regex: 'a', replacement: 'b' })],
    ['keys absent from the definition', 'postgres', { 'skip.messages.without.change': 'true', 'read.only': 'true' }],
    ['driver properties', 'postgres', { 'driver.ApplicationName': 'x' }],
    ['comments', 'postgres', { _comment: 'for the shop' }],
    ['masks', 'postgres', { 'column.mask.with.12.chars': 'a.b', 'column.truncate.to.20.chars': 'a.c' }],
    ['salted masks', 'postgres', { 'column.mask.hash.v2.SHA-256.with.salt.xyz': 'a.b' }],
    ['snapshot overrides', 'postgres', { 'snapshot.select.statement.overrides.public.a': 'SELECT 1' }],
    ['keys of a custom converter', 'postgres', { converters: 'isbn', 'isbn.type': 'a.B', 'isbn.schema.name': 'x' }],
    [
      'keys of a post processor',
      'postgres',
      {
        'post.processors': 'reselector',
        'reselector.type': 'io.debezium.processors.reselect.ReselectColumnsPostProcessor',
        'reselector.reselect.null.values': 'true',
      },
    ],
    ['clients of the schema history', 'mysql', { 'schema.history.internal.producer.security.protocol': 'SASL_SSL' }],
    [
      'references that the worker resolves',
      'postgres',
      { 'database.port': '${file:/x:PORT}', 'snapshot.mode': '${env:MODE}' },
    ],
    ['a whole client', 'postgres', { 'producer.override.compression.type': 'lz4', 'producer.override.acks': 'all' }],
    [
      'topic creation',
      'postgres',
      {
        'topic.creation.default.replication.factor': '-1',
        'topic.creation.default.partitions': '3',
        'topic.creation.default.cleanup.policy': 'compact',
      },
    ],
    ['escaped commas in expressions', 'postgres', { 'table.include.list': 'public\\.(a|b){1\\,2},public\\.c' }],
  ];
  it.each(cases)('%s', async (_what, base, changes) => {
    expect(await check(base, changes)).toEqual([]);
  });

  it('a class that is not described here is a note, and the rest is still checked', async () => {
    const found = await rules('postgres', {
      'connector.class': 'com.acme.Connector',
      'tasks.max': 'x',
      'acme.key': '1',
    });
    expect(found).toEqual(['note undescribed-class connector.class', 'error invalid-value tasks.max']);
  });

  it('a class name that is off by a letter is an error with the right one', async () => {
    const [finding] = await check('postgres', {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConector',
    });
    expect(finding).toMatchObject({
      rule: 'unknown-class',
      severity: 'error',
      hint: 'Did you mean io.debezium.connector.postgresql.PostgresConnector?',
    });
  });

  it.each([
    ['connector.class', ' FileStreamSource', 'FileStreamSource'],
    ['connector.class', 'FileStreamSource\t', 'FileStreamSource'],
    ['value.converter', 'org.apache.kafka.connect.json.JsonConverter ', 'org.apache.kafka.connect.json.JsonConverter'],
    ['header.converter', ' SimpleHeaderConverter', 'SimpleHeaderConverter'],
  ])('%s with a trailing blank is a class that no worker finds', async (key, written, meant) => {
    expect(await check('file', { [key]: written })).toMatchObject([
      { rule: 'unknown-class', severity: 'error', key, hint: `Write ${meant}.`, fix: { value: meant, safe: true } },
    ]);
  });

  it('a transform with a trailing space is still found', async () => {
    const router = { transforms: 't', 'transforms.t.regex': 'x', 'transforms.t.replacement': 'y' };
    expect(await rules('file', { ...router, 'transforms.t.type': ' RegexRouter ' })).toEqual([]);
  });

  it('a short name that two classes have is a warning: only a worker with both refuses it', async () => {
    const findings = await check('sink', { 'connector.class': 'JdbcSink' });
    expect(findings[0]).toMatchObject({ rule: 'ambiguous-class', severity: 'warning' });
  });
});

describe('the time zone of a JDBC sink', () => {
  it.each(['Europe/Berlin', '+02:00', 'UTC', '${ZONE}'])('may be %s', async (zone) => {
    expect(await rules('sink', { 'use.time.zone': zone })).toEqual([]);
  });

  it('is refused if Java has no such zone: its task would fail', async () => {
    expect(await check('sink', { 'use.time.zone': 'europe/berlin' })).toMatchObject([
      {
        severity: 'error',
        key: 'use.time.zone',
        message: 'use.time.zone must be a time zone, not "europe/berlin"',
        hint: 'Did you mean Europe/Berlin? Write a name such as Europe/Berlin, or an offset such as +02:00.',
      },
    ]);
  });

  describe.each(['confluentSink', 'confluentSource'] as const)("of Confluent's: %s", (base) => {
    it.each(['Europe/Berlin', 'UTC', 'PST', '${ZONE}'])('may be %s', async (zone) => {
      expect(await rules(base, { 'db.timezone': zone })).toEqual([]);
    });

    it.each(['+02:00', 'GMT+2', 'europe/berlin'])('is refused if Java has no such name: %s', async (zone) => {
      expect(await rules(base, { 'db.timezone': zone })).toEqual(['error invalid-value db.timezone']);
    });
  });

  it("of Confluent's dates is one of two", async () => {
    expect(await rules('confluentSink', { 'date.timezone': 'UTC' })).toEqual([]);
    expect(await rules('confluentSink', { 'date.timezone': 'Europe/Berlin' })).toEqual([
      'error invalid-value date.timezone',
    ]);
  });
});

describe('secrets', () => {
  it('are never in a message, not even a wrong one', async () => {
    const findings = await check('mongodb', { 'mongodb.connection.string': 'http://user:hunter2@db' });
    expect(findings).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  it.each([
    ['http://user:hunter2@db1,db2/?x=y', `"http://user:${MASK}@db1,db2/?x=y"`],
    ['http://user:hun,:@hunter2@db', `"http://user:${MASK}@db"`],
    ['http://user:hun>ter hunter2@db', `"http://user:${MASK}@db"`],
    // Written with escapes, it cannot be told where they are.
    ['http://user:hun"hunter2@db', MASK],
    ['user:hunter2', MASK],
  ])('of a connection string, %s, are masked in the quoted line, and its hosts are not', async (value, shown) => {
    const findings = await check('mongodb', { 'mongodb.connection.string': value });
    const quoted = findings
      .map(({ excerpt }) => excerpt?.text ?? '')
      .filter((text) => text.includes('connection.string'));
    expect(quoted.length).toBeGreaterThan(0);
    for (const text of quoted) expect(text).toContain(`"mongodb.connection.string": ${shown}`);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});
