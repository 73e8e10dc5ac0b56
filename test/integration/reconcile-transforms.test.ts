import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxClient } from '../helpers/connectors.ts';
import { usePostgres } from '../helpers/databases.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  tables: {
    target: string;
    verdict: string;
    narrowed?: { leftOut: string[] };
    uncompared: { column: string; reason: string }[];
    differences: { key: object; columns: { column: string }[] }[];
  }[];
}

/** What Connect and Debezium really do to columns, and that it is followed. */
describe('reconcile --connector, behind transforms', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
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
    await source.run(`CREATE TABLE rec_smt_${id} (id int PRIMARY KEY, note text, qty int, secret text, "Hidden" text, mail text);
      INSERT INTO rec_smt_${id} SELECT g, 'n' || g, g, 's', 'h', g || '@example.org' FROM generate_series(1, 20) g`);
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
      transforms: 'early,unwrap,drop,mask,route',
      // An envelope has no fields of columns.
      'transforms.early.type': REPLACE,
      'transforms.early.exclude': 'note',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
      'transforms.drop.type': REPLACE,
      // The sink writes the id that the key has.
      'transforms.drop.exclude': 'NOTE,secret,id',
      'transforms.mask.type': 'org.apache.kafka.connect.transforms.MaskField$Value',
      'transforms.mask.fields': 'mail',
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
  });

  const compare = async (...more: string[]) => {
    const { code, stdout } = await sluiceOnSandbox([
      'reconcile',
      '--connector',
      names.sink,
      '--fence-timeout',
      '60s',
      '--json',
      ...more,
    ]);
    const document = parseDocument<Document & { repair: { updated: number } }>(stdout, 'reconcile');
    return { code, table: document.tables[0], repair: document.repair };
  };

  it('compares all columns that they bring, in the table to which they bring them', { timeout: 120_000 }, async () => {
    expect(await compare('--ignore-columns', 'mail')).toMatchObject({
      code: 0,
      table: { target: `public.${copy}`, verdict: 'equal', narrowed: { leftOut: ['secret', 'Hidden', 'mail'] } },
    });
    expect((await target.run(`SELECT DISTINCT mail FROM ${copy}`)).flat()).toEqual(['']);
    expect(await compare()).toMatchObject({
      code: 14,
      table: { verdict: 'incomplete', uncompared: [{ column: 'mail' }] },
    });
    await target.run(`UPDATE ${copy} SET note = 'wrong', qty = -1 WHERE id = 7;
      UPDATE ${copy} SET id = 1008 WHERE id = 8`);
    const { code, table } = await compare('--ignore-columns', 'mail');
    expect(code).toBe(10);
    expect(
      table?.differences.map(({ key, columns }) => ({ key, columns: columns.map(({ column }) => column) })),
    ).toEqual([
      { key: { id: '7' }, columns: ['note', 'qty'] },
      { key: { id: '8' }, columns: ['id', 'note', 'qty'] },
      { key: { id: '1008' }, columns: ['id', 'note', 'qty'] },
    ]);
  });

  it('a repair writes no value that they would have masked', { timeout: 120_000 }, async () => {
    const { code, repair } = await compare('--repair', 'apply', '--yes');
    expect({ code, updated: repair.updated }).toEqual({ code: 14, updated: 1 });
    expect((await target.run(`SELECT DISTINCT mail FROM ${copy}`)).flat()).toEqual(['']);
    expect((await target.run(`SELECT note, qty FROM ${copy} WHERE id = 7`))[0]).toEqual(['n7', 7]);
  });
});
