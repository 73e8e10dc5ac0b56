import { describe, expect, it } from 'vitest';
import { type Base, check } from '../check.ts';

const unwrap = { transforms: 't', 'transforms.t.type': 'io.debezium.transforms.ExtractNewRecordState' };
const outbox = { transforms: 't', 'transforms.t.type': 'io.debezium.transforms.outbox.EventRouter' };
const replace = { transforms: 't', 'transforms.t.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value' };

/** Every line of the table of renames; no successor means that the key went away. */
const RENAMES: [base: Base, old: string, successor: string | undefined, around?: Record<string, string>][] = [
  ['postgres', 'database.server.name', 'topic.prefix'],
  ['mongodb', 'mongodb.name', 'topic.prefix'],
  ['mysql', 'database.history', 'schema.history.internal'],
  ['mysql', 'database.history.kafka.topic', 'schema.history.internal.kafka.topic'],
  ['mysql', 'database.whitelist', 'database.include.list'],
  ['mysql', 'database.blacklist', 'database.exclude.list'],
  ['postgres', 'schema.whitelist', 'schema.include.list'],
  ['postgres', 'schema.blacklist', 'schema.exclude.list'],
  ['postgres', 'table.whitelist', 'table.include.list'],
  ['postgres', 'table.blacklist', 'table.exclude.list'],
  ['postgres', 'column.whitelist', 'column.include.list'],
  ['postgres', 'column.blacklist', 'column.exclude.list'],
  ['mongodb', 'collection.whitelist', 'collection.include.list'],
  ['mongodb', 'collection.blacklist', 'collection.exclude.list'],
  ['mongodb', 'field.blacklist', 'field.exclude.list'],
  ['sqlserver', 'database.dbname', 'database.names'],
  [
    'mysql',
    'schema.history.internal.store.only.monitored.tables.ddl',
    'schema.history.internal.store.only.captured.tables.ddl',
  ],
  ['postgres', 'transaction.topic', 'topic.transaction'],
  ['postgres', 'toasted.value.placeholder', 'unavailable.value.placeholder'],
  ['postgres', 'truncate.handling.mode', 'skipped.operations'],
  ['postgres', 'initial.sync.max.threads', 'snapshot.max.threads'],
  ['mongodb', 'mongodb.poll.interval.sec', 'mongodb.poll.interval.ms'],
  ['mysql', 'gtid.new.channel.position', undefined],
  ['postgres', 'source.struct.version', undefined],
  ['mysql', 'database.server.timezone', undefined],
  ['postgres', 'sanitize.field.names', 'field.name.adjustment.mode'],
  ['mongodb', 'mongodb.hosts', 'mongodb.connection.string'],
  ['mongodb', 'members.auto.discover', undefined],
  ['mongodb', 'mongodb.connection.mode', undefined],
  ['postgres', 'snapshot.custom.class', 'snapshot.mode.custom.name'],
  ['mysql', 'snapshot.new.tables', undefined],
  ['sink', 'table.name.format', 'collection.name.format'],
  ['sink', 'table.naming.strategy', 'collection.naming.strategy'],
  ['sink', 'database.time_zone', 'use.time.zone'],
  ['postgres', 'transforms.t.drop.tombstones', 'transforms.t.delete.tombstone.handling.mode', unwrap],
  ['postgres', 'transforms.t.delete.handling.mode', 'transforms.t.delete.tombstone.handling.mode', unwrap],
  ['postgres', 'transforms.t.operation.header', 'transforms.t.add.headers', unwrap],
  ['postgres', 'transforms.t.add.source.fields', 'transforms.t.add.fields', unwrap],
  ['postgres', 'transforms.t.table.field.event.payload.id', 'transforms.t.table.field.event.key', outbox],
  ['postgres', 'transforms.t.debezium.op.invalid.behavior', 'transforms.t.table.op.invalid.behavior', outbox],
  ['sink', 'transforms.t.blacklist', 'transforms.t.exclude', replace],
  ['mysql', 'snapshot.minimal.locks', 'snapshot.locking.mode'],
  ['mysql', 'ddl.parser.mode', undefined],
  ['postgres', 'rows.fetch.size', 'snapshot.fetch.size'],
  ['sqlserver', 'source.timestamp.mode', undefined],
  ['mongodb', 'connect.max.attempts', undefined],
  ['mongodb', 'table.whitelist', 'collection.include.list'],
  ['postgres', 'transforms.t.table.field.schema.version', 'transforms.t.table.field.event.schema.version', outbox],
  ['postgres', 'database.include', undefined],
  ['postgres', 'schema.include', 'schema.include.list'],
  ['postgres', 'table.include', 'table.include.list'],
];

describe('renamed and removed keys', () => {
  it.each(RENAMES)('%s: %s → %s', async (base, old, successor, around = {}) => {
    const about = (await check(base, { ...around, [old]: 'x' })).filter((finding) => finding.key === old);
    expect(about.map(({ severity }) => severity)).toEqual(['warning']);
    const [finding] = about;
    if (successor !== undefined) expect(`${finding?.message} ${finding?.hint}`).toContain(successor);
    expect(finding?.position).toMatchObject({ column: 5 });
  });

  it('is an error with --strict', async () => {
    const findings = await check('postgres', { 'database.server.name': 'x' }, { strict: true });
    expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(['error superseded-key']);
  });

  it.each([
    ['postgres', 'plugin.name', 'wal2json', 'pgoutput'],
    ['postgres', 'snapshot.mode', 'never', 'no_data'],
    ['mysql', 'snapshot.mode', 'schema_only', 'no_data'],
    ['mysql', 'snapshot.mode', 'schema_only_recovery', 'recovery'],
  ] as const)('%s: the value %s=%s is called %s', async (base, key, old, successor) => {
    const [finding] = await check(base, { [key]: old });
    expect(finding).toMatchObject({ rule: 'renamed-value', severity: 'error', hint: `Write ${successor}.` });
  });

  it.each([
    ['mysql', 'database.names', 'SQL Server'],
    ['postgres', 'database.server.id', 'MySQL'],
  ] as const)("%s: %s is another connector's key", async (base, key, owner) => {
    const [finding] = await check(base, { [key]: '1' });
    expect(finding).toMatchObject({ rule: 'foreign-key', severity: 'warning' });
    expect(finding?.message).toContain(owner);
  });

  it('a removed class is resolved to its successor, which knows its keys', async () => {
    const findings = await check('postgres', {
      transforms: 't',
      'transforms.t.type': 'io.debezium.transforms.UnwrapFromEnvelope',
      'transforms.t.drop.tombstones': 'false',
    });
    expect(findings.map(({ rule, key }) => `${rule} ${key}`)).toEqual([
      'renamed-class transforms.t.type',
      'renamed-key transforms.t.drop.tombstones',
    ]);
    expect(findings[0]?.hint).toBe('Write io.debezium.transforms.ExtractNewRecordState.');
  });

  it('a nested class has no alias, and is asked for in full', async () => {
    const [finding] = await check('file', { transforms: 't', 'transforms.t.type': 'HoistField$Value' });
    expect(finding).toMatchObject({
      rule: 'unknown-class',
      severity: 'error',
      hint: 'Did you mean org.apache.kafka.connect.transforms.HoistField$Value?',
    });
  });

  it.each([
    ['org.apache.kafka.connect.transforms.ReplaceField', 'org.apache.kafka.connect.transforms.ReplaceField$Value'],
    ['org.apache.kafka.connect.transforms.Filter$Value', 'org.apache.kafka.connect.transforms.Filter'],
    ['org.apache.kafka.connect.smt.RegexRouter', 'org.apache.kafka.connect.transforms.RegexRouter'],
  ])('the class %s is a slip', async (written, meant) => {
    const [finding] = await check('file', { transforms: 't', 'transforms.t.type': written });
    expect(finding).toMatchObject({ rule: 'unknown-class', hint: `Did you mean ${meant}?` });
  });

  it.each([
    'org.apache.camel.kafkaconnector.transforms.RegexRouter',
    'io.confluent.connect.transforms.ReplaceField$Value',
  ])("the class %s is another house's, and only not described", async (written) => {
    const findings = await check('file', { transforms: 't', 'transforms.t.type': written });
    expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(['note undescribed-class']);
  });

  it("a producer's setting without its prefix gets the right key", async () => {
    const [finding] = await check('file', { 'linger.ms': '50' });
    expect(finding).toMatchObject({ rule: 'unknown-key', hint: 'Write producer.override.linger.ms.' });
  });

  it('a missing key whose old name is set points at the old name', async () => {
    const findings = await check('postgres', { 'topic.prefix': undefined, 'database.server.name': 'shop' });
    const missing = findings.find((finding) => finding.rule === 'missing-key');
    expect(missing?.hint).toBe('Write topic.prefix instead of database.server.name, its old name.');
  });
});
