import { describe, expect, it } from 'vitest';
import { allRules } from '../../../../src/validate/rules/catalog.ts';
import { type Base, check } from '../check.ts';

type Changes = Record<string, string | undefined>;

/** Every operator's rule with a config that breaks it: rule, base, what is set. */
const CASES: [rule: string, base: Base | 'maria', changes: Changes][] = [
  ['no-dead-letter-queue', 'sink', { 'errors.tolerance': 'all' }],
  ['dead-letters-without-context', 'sink', { 'errors.deadletterqueue.topic.name': 'dead' }],
  [
    'dead-letters-on-one-broker',
    'sink',
    { 'errors.deadletterqueue.topic.name': 'dead', 'errors.deadletterqueue.topic.replication.factor': '1' },
  ],
  ['queue-without-tolerance', 'sink', { 'errors.deadletterqueue.topic.name': 'dead' }],
  ['source-drops-records', 'postgres', { 'errors.tolerance': 'all' }],
  ['tolerated-errors-unlogged', 'sink', { 'errors.tolerance': 'all' }],
  ['records-in-log', 'sink', { 'errors.log.include.messages': 'true' }],
  ['retries-off', 'sink', { 'flush.max.retries': '0' }],
  ['retries-off', 'postgres', { 'errors.max.retries': '0' }],
  ['no-heartbeat', 'postgres', {}],
  ['heartbeat-without-query', 'postgres', { 'heartbeat.interval.ms': '10000' }],
  ['text-into-jdbc', 'sink', { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' }],
  ['sink-creates-tables', 'sink', { 'schema.evolution': 'basic' }],
  ['publication-of-all-tables', 'postgres', { 'table.include.list': 'public.a' }],
  ['decoderbufs-by-default', 'postgres', { 'plugin.name': undefined }],
  ['default-slot', 'postgres', {}],
  ['snapshot-at-every-start', 'postgres', { 'snapshot.mode': 'always' }],
  ['slot-dropped-on-stop', 'postgres', { 'slot.drop.on.stop': 'true' }],
  ['everything-captured', 'postgres', {}],
  ['everything-captured', 'mongodb', {}],
  ['tls-off', 'postgres', { 'database.sslmode': 'disable' }],
  ['tls-off', 'mysql', { 'database.ssl.mode': 'DISABLED' }],
  ['any-hostname', 'mongodb', { 'mongodb.ssl.invalid.hostname.allowed': 'true' }],
  ['decimals-as-double', 'postgres', { 'decimal.handling.mode': 'double' }],
  ['microseconds-lost', 'postgres', { 'time.precision.mode': 'connect' }],
  ['no-tombstones', 'postgres', { 'tombstones.on.delete': 'false' }],
  ['deletes-not-applied', 'sink', { 'insert.mode': 'upsert', 'primary.key.mode': 'record_key' }],
  ['short-queue', 'postgres', { 'max.queue.size': '3000', 'max.batch.size': '2048' }],
  ['unnest-inserts', 'sink', { 'dialect.postgres.unnest.insert.enabled': 'true' }],
  ['new-topics-late', 'sink', { topics: undefined, 'topics.regex': 'shop\\..*' }],
  [
    'topics-on-one-broker',
    'postgres',
    { 'topic.creation.default.replication.factor': '1', 'topic.creation.default.partitions': '3' },
  ],
  ['snapshot-locks-tables', 'mysql', { 'snapshot.locking.mode': 'extended' }],
  ['ddl-skipped', 'mysql', { 'schema.history.internal.skip.unparseable.ddl': 'true' }],
  ['history-of-all-tables', 'mysql', { 'table.include.list': 'shop.a' }],
  ['events-skipped', 'postgres', { 'event.processing.failure.handling.mode': 'skip' }],
  ['weak-acks', 'postgres', { 'producer.override.acks': '1' }],
  ['no-idempotence', 'postgres', { 'producer.override.enable.idempotence': 'false' }],
  ['starts-at-the-end', 'sink', { 'consumer.override.auto.offset.reset': 'latest' }],
  ['polls-all-rows', 'confluentSource', {}],
  ['numeric-as-bytes', 'confluentSource', {}],
  ['secret-in-clear', 'postgres', { 'database.password': 'hunter2' }],
  ['secret-in-clear', 'postgres', { 'driver.sslpassword': 'hunter2' }],
  ['credentials-in-url', 'sink', { 'connection.url': 'jdbc:postgresql://h/d?user=u&password=hunter2' }],
];

describe("operator's rules", () => {
  it.each(CASES)('%s: %s', async (rule, base, changes) => {
    const findings = await check(base as Base, changes, { advice: true });
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    // Without advice only what a worker refuses or ignores is told.
    const plain = await check(base as Base, changes);
    expect(plain.map((finding) => finding.rule)).not.toContain(rule);
  });

  it('are all tried above, are at least 25, and are no errors', () => {
    const rules = allRules().filter((rule) => rule.group === 'operation');
    expect(rules.length).toBeGreaterThanOrEqual(25);
    expect([...new Set(CASES.map(([rule]) => rule))].sort()).toEqual(rules.map((rule) => rule.id).sort());
    expect(rules.filter((rule) => rule.severity === 'error')).toEqual([]);
  });

  it('say nothing of secrets that are references, masks or no secrets', async () => {
    const findings = await check(
      'postgres',
      {
        'database.password': '${DB_PASSWORD}',
        'database.sslpassword': '${vault:kv:ssl}',
        'driver.password': '{{ db_password }}',
        'value.converter': 'io.confluent.connect.avro.AvroConverter',
        'value.converter.schema.registry.url': 'http://registry:8081',
        'value.converter.basic.auth.credentials.source': 'USER_INFO',
      },
      { advice: true },
    );
    expect(findings.filter(({ rule }) => /secret|credentials/.test(rule))).toEqual([]);
  });

  it('say nothing of a careful source', async () => {
    const findings = await check(
      'postgres',
      {
        'slot.name': 'shop',
        'publication.autocreate.mode': 'filtered',
        'table.include.list': 'public\\.orders',
        'heartbeat.interval.ms': '10000',
        'heartbeat.action.query': 'UPDATE beat SET at = now()',
      },
      { advice: true },
    );
    expect(findings).toEqual([]);
  });
});
