import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from '../helpers/pipeline.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  verdict: string;
  repair: {
    mode: string;
    inserted: number;
    updated: number;
    deleted: number;
    left: { rows: number; reason: string }[];
  };
}

const SIGNALS = '(id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048))';

function repair(pipeline: Pipeline, args: string[], mode = 'signal') {
  return sluiceOnSandbox([
    'reconcile',
    '--connector',
    `${pipeline.prefix}-sink`,
    '--repair',
    mode,
    '--yes',
    '--json',
    ...args,
  ]);
}

describe('--repair signal on PostgreSQL', () => {
  const pipeline = new Pipeline(sandbox, `recsig${Date.now().toString(36)}`);
  const { prefix } = pipeline;

  beforeAll(async () => {
    await pipeline.schema(pipeline.source);
    await pipeline.schema(pipeline.target);
    await pipeline.source.query(
      `CREATE TABLE ${prefix}.items (code text, n int, v text, PRIMARY KEY (code, n));
       INSERT INTO ${prefix}.items SELECT E'it''s \\\\ "é" ' || g % 7, g, 'v' || g FROM generate_series(1, 1000) g;
       CREATE TABLE ${prefix}.signals ${SIGNALS}`,
    );
    await pipeline.deploy('debezium-postgres-source', {
      name: `${prefix}-source`,
      ...pipeline.connection('source'),
      tables: `${prefix}\\.(items|signals)`,
      'signal-table': `${prefix}.signals`,
      'heartbeat-ms': '500',
    });
    await pipeline.itemsArrive(1000);
  });

  afterAll(() => pipeline.remove());

  it('has the rows sent again in signals that fit the table, and leaves extra ones unless they may be deleted', async () => {
    await pipeline.target.query(
      `DELETE FROM ${prefix}.items WHERE n <= 90; UPDATE ${prefix}.items SET v = 'damaged' WHERE n BETWEEN 500 AND 560;
       INSERT INTO ${prefix}.items VALUES ('extra', 1, 'x')`,
    );
    const kept = await repair(pipeline, []);
    expect(kept.code, kept.stderr).toBe(10);
    const counts = { inserted: 90, updated: 61, deleted: 0, settled: 0 };
    const table = `${prefix}.items`;
    expect(parseDocument<Document>(kept.stdout, 'reconcile').repair).toEqual({
      mode: 'signal',
      ...counts,
      tables: [{ source: table, table, ...counts, left: 1, after: expect.objectContaining({ extra: 1, missing: 0 }) }],
      left: [
        {
          table,
          rows: 1,
          reason: 'extra rows are only deleted with --allow-delete',
          keys: [{ code: 'extra', n: '1' }],
        },
      ],
    });
    const { rows } = await pipeline.source.query(
      `SELECT count(*)::int AS n, max(length(data)) AS longest FROM ${prefix}.signals WHERE type = 'execute-snapshot'`,
    );
    expect(rows[0].n).toBeGreaterThan(2);
    expect(rows[0].longest).toBeLessThanOrEqual(2048);

    const removed = await repair(pipeline, ['--allow-delete']);
    expect(removed.code, removed.stderr).toBe(0);
    expect(parseDocument<Document>(removed.stdout, 'reconcile').repair).toMatchObject({ deleted: 1, left: [] });
    const equal = await sluiceOnSandbox(['reconcile', '--connector', `${prefix}-sink`]);
    expect(equal).toMatchObject({ code: 0 });
  });

  it('rows that do not arrive are left, with what to look at', async () => {
    await pipeline.target.query(`UPDATE ${prefix}.items SET v = 'damaged' WHERE n = 7`);
    // A target that puts the damage back each time: the pipeline writes, and the row stays as it is.
    await pipeline.target.query(
      `CREATE FUNCTION ${prefix}.damage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := 'damaged'; RETURN NEW; END $$;
       CREATE TRIGGER damage BEFORE INSERT OR UPDATE ON ${prefix}.items FOR EACH ROW EXECUTE FUNCTION ${prefix}.damage()`,
    );
    try {
      const result = await repair(pipeline, ['--fence-timeout', '4s']);
      // Some rows could not be repaired.
      expect(result.code, result.stderr).toBe(14);
      expect(parseDocument<Document>(result.stdout, 'reconcile').repair.left).toMatchObject([
        { rows: 1, reason: expect.stringContaining('did not arrive within 4 s of a signal') },
      ]);
    } finally {
      await pipeline.target.query(
        `DROP TRIGGER damage ON ${prefix}.items; UPDATE ${prefix}.items SET v = 'v7' WHERE n = 7`,
      );
    }
  });

  it('rows that the pipeline writes in its own way are not waited for', async () => {
    const { items, config } = {
      items: `${prefix}.items`,
      config: await pipeline.connectors.config(`${prefix}-source`),
    };
    const cut = { 'column.truncate.to.3.chars': `${prefix}\\.items\\.v` };
    await pipeline.connectors.put(`${prefix}-source`, { ...config, ...cut });
    for (const side of [pipeline.source, pipeline.target])
      await side.query(`ALTER TABLE ${items} ADD COLUMN d int DEFAULT 5`);
    await pipeline.source.query(`UPDATE ${items} SET d = NULL, v = 'new' WHERE n = 103`);
    await pipeline.arrives<{ n: string }>(
      `SELECT count(*) AS n FROM ${items} WHERE n = 103 AND v = 'new'`,
      (row) => row?.n === '1',
    );
    await pipeline.target.query(
      `DELETE FROM ${items} WHERE n IN (100, 101); UPDATE ${items} SET v = 'v10' WHERE n = 102`,
    );
    try {
      const left = ['column.truncate.to', 'replace.null.with.default'].map((reason) =>
        expect.objectContaining({ rows: 1, reason: expect.stringContaining(reason) }),
      );
      const signalled = await repair(pipeline, ['--fence-timeout', '30s']);
      expect(signalled.code, signalled.stdout).toBe(14);
      const document = parseDocument<Document>(signalled.stdout, 'reconcile');
      expect(document.repair).toMatchObject({ inserted: 2, updated: 0 });
      expect(document.repair.left).toHaveLength(2);
      expect(document.repair.left).toEqual(expect.arrayContaining(left));
      // Nor are they undone.
      const applied = await repair(pipeline, [], 'apply');
      expect(applied.code, applied.stdout).toBe(14);
      expect(parseDocument<Document>(applied.stdout, 'reconcile').repair).toMatchObject({ inserted: 0, updated: 0 });
      const { rows } = await pipeline.target.query(
        `SELECT n, v, d FROM ${items} WHERE n BETWEEN 100 AND 103 ORDER BY n`,
      );
      expect(rows).toEqual([100, 101, 102].map((n) => ({ n, v: 'v10', d: 5 })).concat({ n: 103, v: 'new', d: 5 }));
    } finally {
      await pipeline.connectors.put(`${prefix}-source`, config);
      // The first may still be read by the task of before, which cuts them.
      await eventually(
        async () => {
          await pipeline.source.query(`UPDATE ${items} SET d = 5, v = v || '' WHERE n BETWEEN 100 AND 103`);
          const { rows } = await pipeline.target.query(`SELECT n FROM ${items} WHERE v = 'v102'`);
          return rows.length === 1 ? true : undefined;
        },
        () => 'the rows are not as they were',
      );
    }
  });

  it('a source that only reads is sent its signals through a topic', { timeout: 240_000 }, async () => {
    const config = await pipeline.connectors.config(`${prefix}-source`);
    const { 'signal.data.collection': _table, ...without } = config;
    await pipeline.topics.create(`${prefix}.signals`, 1);
    await pipeline.connectors.put(`${prefix}-source`, {
      ...without,
      'read.only': 'true',
      'signal.enabled.channels': 'kafka',
      'signal.kafka.topic': `${prefix}.signals`,
      'signal.kafka.bootstrap.servers': sandbox.bootstrapServers,
      // At the default of 5 s, the first signal is read some 20 s after the start: each poll waits for 100 ms only, and
      // it takes several until the consumer knows where the topic ends.
      'signal.poll.interval.ms': '200',
      // Debezium 3.5 fails at a heartbeat in such a snapshot; without one, traffic must move it on.
      'heartbeat.interval.ms': '0',
    });
    // The connector reads signals that are sent while it runs.
    await pipeline.source.query(`INSERT INTO ${prefix}.items VALUES ('running', 1, 'again')`);
    await pipeline.arrives<{ n: string }>(
      `SELECT count(*) AS n FROM ${prefix}.items WHERE code = 'running'`,
      (row) => row?.n === '1',
    );
    await pipeline.target.query(`DELETE FROM ${prefix}.items WHERE n BETWEEN 700 AND 709`);
    let n = 2;
    const traffic = setInterval(() => {
      void pipeline.source.query(`INSERT INTO ${prefix}.items VALUES ('running', ${n++}, 'again')`);
    }, 200);
    try {
      const result = await repair(pipeline, []);
      expect(result.code, result.stdout).toBe(0);
      expect(parseDocument<Document>(result.stdout, 'reconcile').repair).toMatchObject({ inserted: 10, left: [] });
    } finally {
      clearInterval(traffic);
    }
    await pipeline.connectors.put(`${prefix}-source`, config);
  });

  it('a source without a channel says which keys to add; without a pipeline there is none', async () => {
    const config = await pipeline.connectors.config(`${prefix}-source`);
    const { 'signal.data.collection': _table, ...without } = config;
    await pipeline.connectors.put(`${prefix}-source`, without);
    const result = await repair(pipeline, []);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('signal.data.collection=SCHEMA.TABLE');
    const none = await sluiceOnSandbox([
      'reconcile',
      'items',
      '--source',
      sandbox.source.url,
      '--target',
      sandbox.target.url,
      '--repair',
      'signal',
    ]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('--repair signal needs a connector');
  });
});
