import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine, sequence, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  repair: { inserted: number; updated: number; left: { rows: number; reason: string }[] };
}

const SIGNALS = '(id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048))';

describe.skipIf(sandbox.mariadb === undefined)(`--repair signal on ${engine} (${WITHOUT_MARIADB})`, () => {
  const pipeline = new Pipeline(sandbox, `recsigm${Date.now().toString(36)}`);
  const { prefix } = pipeline;
  let mariadb: Connection;

  beforeAll(async () => {
    mariadb = await pipeline.mariadb();
    await pipeline.schema(pipeline.target);
    await mariadb.query(
      `USE ${prefix}; SET sql_mode = 'NO_BACKSLASH_ESCAPES';
       CREATE TABLE items (code varchar(40) PRIMARY KEY, v varchar(20)) CHARACTER SET utf8mb4;
       INSERT INTO items SELECT concat('it''s \\ é ', seq), concat('v', seq) FROM ${sequence(1, 300)}; CREATE TABLE signals ${SIGNALS}`,
    );
    await pipeline.deployMysqlSource({
      'server-id': '7352',
      tables: `${prefix}\\.(items|signals)`,
      'signal-table': `${prefix}.signals`,
      'heartbeat-ms': '500',
    });
    await pipeline.itemsArrive(300);
  });

  afterAll(() => pipeline.remove());

  it('has the rows sent again', async () => {
    await pipeline.target.query(
      `DELETE FROM ${prefix}.items WHERE v IN ('v1', 'v2'); UPDATE ${prefix}.items SET v = 'damaged' WHERE v = 'v3'`,
    );
    const result = await sluiceOnSandbox([
      'reconcile',
      '--connector',
      `${prefix}-sink`,
      '--repair',
      'signal',
      '--yes',
      '--json',
    ]);
    expect(result.code, result.stdout).toBe(0);
    expect(parseDocument<Document>(result.stdout, 'reconcile').repair).toMatchObject({
      inserted: 2,
      updated: 1,
      left: [],
    });
  });
});
