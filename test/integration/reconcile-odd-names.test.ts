import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  verdict: string;
  tables: {
    source: string;
    target: string;
    verdict: string;
    rows: { source: number; target: number };
    missing: number;
  }[];
  skipped?: { table: string; kind: string; reason: string }[];
}

describe('reconcile --connector, with tables whose names no topic can have', () => {
  const prefix = `recodd${Date.now().toString(36)}`;
  const names = { source: `${prefix}-source`, sink: `${prefix}-sink` };
  let pipeline: Pipeline;
  const TABLES = ['"Order Items"', 'größe', '"with.dot"', 'plain'];

  beforeAll(async () => {
    pipeline = new Pipeline(sandbox, prefix);
    await pipeline.schema(pipeline.source);
    for (const name of TABLES) {
      await pipeline.source.query(`CREATE TABLE ${prefix}.${name} (id int PRIMARY KEY, note text);
        INSERT INTO ${prefix}.${name} SELECT g, 'note ' || g FROM generate_series(1, 5) g`);
    }
    const { source, target } = sandbox;
    await pipeline.connectors.put(names.source, {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'tasks.max': '1',
      'plugin.name': 'pgoutput',
      'slot.name': prefix,
      'publication.name': prefix,
      'publication.autocreate.mode': 'filtered',
      'heartbeat.interval.ms': '500',
      'database.hostname': source.host,
      'database.port': String(source.port),
      'database.user': source.user,
      'database.password': source.password,
      'database.dbname': source.database,
      'topic.prefix': prefix,
      'schema.include.list': prefix,
    });
    await pipeline.connectors.put(names.sink, {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': '1',
      'topics.regex': `${prefix}\\.${prefix}\\..*`,
      'connection.url': `jdbc:postgresql://${target.host}:${target.port}/${target.database}`,
      'connection.username': target.user,
      'connection.password': target.password,
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_key',
      'schema.evolution': 'basic',
      'delete.enabled': 'true',
      transforms: 'route',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': '([^.]+)\\.([^.]+)\\.(.+)',
      'transforms.route.replacement': '$1_$3',
      'consumer.override.metadata.max.age.ms': '2000',
      'consumer.override.auto.offset.reset': 'earliest',
    });
    for (const name of ['order_items', 'gr__e', 'with_dot', 'plain']) {
      await pipeline.arrives<{ n: string }>(`SELECT count(*) AS n FROM ${prefix}_${name}`, (row) => row?.n === '5', 90);
    }
    // Alike but for case: what the sink writes is the one in small letters.
    await pipeline.target.query(`CREATE TABLE "${prefix}_Order_Items" (id int PRIMARY KEY, note text)`);
  });

  afterAll(async () => {
    for (const name of ['order_items', 'gr__e', 'with_dot', 'plain', 'Order_Items'])
      await pipeline.target.query(`DROP TABLE IF EXISTS "${prefix}_${name}"`);
    await pipeline.remove();
  });

  /** The source is quiet: a marker moves it on. */
  const run = (...args: string[]) =>
    sluiceOnSandbox(['reconcile', '--connector', names.sink, '--marker', '--fence-timeout', '60s', '--json', ...args]);
  const reconcile = async (...args: string[]) => {
    const result = await run(...args);
    return { ...result, document: parseDocument<Document>(result.stdout, 'reconcile') };
  };

  it('compares each of them with what the sink has made of it', async () => {
    const { code, document, stderr } = await reconcile();
    expect(
      document.tables
        .map(({ source, target, verdict, rows }) => `${source} → ${target}: ${verdict}, ${rows.source}`)
        .sort(),
      stderr,
    ).toEqual(
      [
        `${prefix}."with.dot" → public.${prefix}_with_dot: equal, 5`,
        `${prefix}.Order Items → public.${prefix}_order_items: equal, 5`,
        `${prefix}.größe → public.${prefix}_gr__e: equal, 5`,
        `${prefix}.plain → public.${prefix}_plain: equal, 5`,
      ].sort(),
    );
    expect([code, document.skipped]).toEqual([0, undefined]);
  });

  it('finds a row that is missing in one of them', async () => {
    await pipeline.target.query(`DELETE FROM ${prefix}_gr__e WHERE id = 3`);
    const { code, document } = await reconcile('größe');
    expect([code, document.tables[0]?.missing]).toEqual([10, 1]);
    await pipeline.target.query(`INSERT INTO ${prefix}_gr__e VALUES (3, 'note 3')`);
  });

  it('says how to name the pair where a topic may be of two tables, and takes it', async () => {
    await pipeline.source.query(`CREATE TABLE ${prefix}."Order$Items" (id int PRIMARY KEY, note text)`);
    try {
      const unclear = await run();
      expect(unclear.code).toBe(2);
      const { error } = parseDocument<{ error: { code: string; hint: string } }>(unclear.stdout, 'error');
      expect(error).toMatchObject({
        code: 'REQUEST_INVALID',
        hint: expect.stringContaining(`'${prefix}.Order Items=${prefix}_Order_Items'`),
      });
      const taken = await reconcile(`${prefix}.Order Items=${prefix}_order_items`);
      expect([taken.code, taken.document.tables.map(({ source }) => source)]).toEqual([0, [`${prefix}.Order Items`]]);
    } finally {
      await pipeline.source.query(`DROP TABLE ${prefix}."Order$Items"`);
    }
  });

  it('names the topic whose table is gone and the table that has no topic, and compares the others', async () => {
    await pipeline.source.query(`ALTER TABLE ${prefix}.plain RENAME TO renamed`);
    try {
      const { code, document, stderr } = await reconcile();
      // The source captures the table under its new name, too, and no sink has written it.
      expect(code).toBe(14);
      expect(document.tables.map(({ source: name, verdict }) => `${name} ${verdict}`).sort()).toEqual(
        ['Order Items equal', '"with.dot" equal', 'größe equal', 'renamed failed']
          .map((one) => `${prefix}.${one}`)
          .sort(),
      );
      expect(document.skipped).toEqual([
        { table: `${prefix}.${prefix}.plain`, kind: 'topic', reason: expect.stringContaining("'SCHEMA.TABLE=TARGET'") },
      ]);
      expect(stderr).toContain(`Warning: topic ${prefix}.${prefix}.plain is skipped`);
      const pair = await reconcile(`${prefix}.renamed=${prefix}_plain`);
      expect([pair.code, pair.document.tables[0]?.verdict]).toEqual([0, 'equal']);
    } finally {
      await pipeline.source.query(`ALTER TABLE ${prefix}.renamed RENAME TO plain`);
    }
  });

  it('names a table that has no topic and that others inherit from, if it has rows of its own', async () => {
    const run = async () => {
      const { code, document } = await reconcile();
      return [
        code,
        document.tables.map(({ source: name, verdict }) => `${name} ${verdict}`).filter((one) => /parent/.test(one)),
      ];
    };
    // The publication does not have it: its rows are never sent.
    await pipeline.source.query(
      `CREATE TABLE ${prefix}.parent (id int PRIMARY KEY, note text);
       ALTER TABLE ${prefix}.plain INHERIT ${prefix}.parent`,
    );
    try {
      expect(await run()).toEqual([0, []]);
      await pipeline.source.query(`INSERT INTO ${prefix}.parent VALUES (100, 'its own')`);
      expect(await run()).toEqual([14, [`${prefix}.parent failed`]]);
    } finally {
      await pipeline.source.query(
        `ALTER TABLE ${prefix}.plain NO INHERIT ${prefix}.parent; DROP TABLE ${prefix}.parent`,
      );
    }
  });
});
