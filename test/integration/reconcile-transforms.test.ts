import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxClient } from '../helpers/connectors.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';
import { postgresOf, type TestDatabase } from './reconcile-support.ts';

interface Document {
  tables: {
    target: string;
    verdict: string;
    narrowed?: { leftOut: string[] };
    differences: { key: object; columns: { column: string }[] }[];
  }[];
}

/** What Connect and Debezium really do to columns, and that it is followed. */
describe('reconcile --connector, behind transforms', () => {
  let source: TestDatabase;
  let target: TestDatabase;
  const id = Date.now().toString(36);
  const names = { source: `rec-smt-${id}`, sink: `rec-smt-sink-${id}` };
  const [slot, prefix] = [`rec_smt_${id}`, `recsmt${id}`];
  const copy = `_copyrec_smt_${id}`;
  const REPLACE = 'org.apache.kafka.connect.transforms.ReplaceField$Value';
  const JSON_CONVERTERS = {
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  };

  const client = sandboxClient();
  const put = (name: string, config: Record<string, string>) =>
    client.putConfig(name, { 'tasks.max': '1', ...JSON_CONVERTERS, ...config });

  beforeAll(async () => {
    source = await postgresOf('source');
    target = await postgresOf('target');
    await source.run(`CREATE TABLE rec_smt_${id} (id int PRIMARY KEY, note text, qty int, secret text, "Hidden" text);
      INSERT INTO rec_smt_${id} SELECT g, 'n' || g, g, 's', 'h' FROM generate_series(1, 20) g`);
    const { host, port, database, user } = sandbox.source;
    await put(names.source, {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'database.hostname': host,
      'database.port': String(port),
      'database.dbname': database,
      'database.user': user,
      'database.password': 'sluice',
      'topic.prefix': prefix,
      'table.include.list': `public\\.rec_smt_${id}`,
      'plugin.name': 'pgoutput',
      'slot.name': slot,
      'publication.name': slot,
      'publication.autocreate.mode': 'filtered',
      'heartbeat.interval.ms': '500',
      'heartbeat.action.query': "SELECT pg_logical_emit_message(false, 'sluice.heartbeat', now()::text)",
      'message.prefix.exclude.list': 'sluice\\.heartbeat',
      'column.exclude.list': `public\\.rec_smt_${id}\\.hidden`,
    });
    const to = sandbox.target;
    await put(names.sink, {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'connection.url': `jdbc:postgresql://${to.host}:${to.port}/${to.database}`,
      'connection.username': to.user,
      'connection.password': 'sluice',
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_key',
      'schema.evolution': 'basic',
      topics: `${prefix}.public.rec_smt_${id}`,
      'collection.name.format': '${topic}',
      // No such field, since the columns have other names.
      'field.exclude.list': 'QTY',
      transforms: 'early,unwrap,drop,route',
      // An envelope has no fields of columns.
      'transforms.early.type': REPLACE,
      'transforms.early.exclude': 'note',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
      'transforms.drop.type': REPLACE,
      // The sink writes the id that the key has.
      'transforms.drop.exclude': 'NOTE,secret,id',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': `${prefix}\\.public\\.(.*?)`,
      'transforms.route.replacement': '$1_copy',
      'consumer.override.metadata.max.age.ms': '1000',
      'consumer.override.auto.offset.reset': 'earliest',
    });
    await eventually(
      async () => {
        if ((await target.run(`SELECT to_regclass('public.${copy}')`))[0]?.[0] === null) return undefined;
        return Number((await target.run(`SELECT count(*) FROM ${copy}`))[0]?.[0]) === 20 ? true : undefined;
      },
      () => 'the snapshot',
      90,
    );
  });

  afterAll(async () => {
    for (const name of [names.sink, names.source]) await client.delete(name);
    await dropReplication(sandbox.source, slot);
    await source.run(`DROP TABLE IF EXISTS rec_smt_${id}`);
    await target.run(`DROP TABLE IF EXISTS ${copy}`);
    await source.close();
    await target.close();
  });

  it('compares all columns that they bring, in the table to which they bring them', { timeout: 120_000 }, async () => {
    const compare = async () => {
      const result = await sluiceOnSandbox([
        'reconcile',
        '--connector',
        names.sink,
        '--fence-timeout',
        '60s',
        '--json',
      ]);
      return { code: result.code, table: parseDocument<Document>(result.stdout, 'reconcile').tables[0] };
    };
    expect(await compare()).toMatchObject({
      code: 0,
      table: { target: `public.${copy}`, verdict: 'equal', narrowed: { leftOut: ['secret', 'Hidden'] } },
    });
    await target.run(`UPDATE ${copy} SET note = 'wrong', qty = -1 WHERE id = 7;
      UPDATE ${copy} SET id = 1008 WHERE id = 8`);
    const { code, table } = await compare();
    expect(code).toBe(10);
    expect(
      table?.differences.map(({ key, columns }) => ({ key, columns: columns.map(({ column }) => column) })),
    ).toEqual([
      { key: { id: '7' }, columns: ['note', 'qty'] },
      { key: { id: '8' }, columns: ['id', 'note', 'qty'] },
      { key: { id: '1008' }, columns: ['id', 'note', 'qty'] },
    ]);
  });
});
