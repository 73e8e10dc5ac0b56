import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine, sequence, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  tables: { verdict: string; different: number; live?: { undetermined: number } }[];
}

/** A fence of a source that commits nothing by itself takes 120 s otherwise, and says undetermined. */
const AT_ONCE_MS = 60_000;

describe.skipIf(sandbox.mariadb === undefined)(`a fence on a quiet ${engine} (${WITHOUT_MARIADB})`, () => {
  const pipeline = new Pipeline(sandbox, `recmarkm${Date.now().toString(36)}`);
  const { prefix } = pipeline;
  let mariadb: Connection;

  beforeAll(async () => {
    mariadb = await pipeline.mariadb();
    await pipeline.schema(pipeline.target);
    await mariadb.query(
      `USE ${prefix}; CREATE TABLE items (id int PRIMARY KEY, v varchar(20)); INSERT INTO items SELECT seq, concat('v', seq) FROM ${sequence(1, 200)};
       CREATE TABLE sluice_marker (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL)`,
    );
    await pipeline.deployMysqlSource({
      'server-id': '7351',
      tables: `${prefix}\\.(items|sluice_marker)`,
      'heartbeat-ms': '0',
    });
    await pipeline.deploy('debezium-jdbc-sink-postgres', {
      name: `${prefix}-sink`,
      ...pipeline.connection('target'),
      'topics-regex': `${prefix}\\.${prefix}\\.items`,
      schema: prefix,
    });
    await pipeline.arrives<{ n: string }>(`SELECT count(*) AS n FROM ${prefix}.items`, (row) => row?.n === '200');
    await pipeline.target.query(`UPDATE ${prefix}.items SET v = 'damaged' WHERE id = 7`);
  });

  afterAll(() => pipeline.remove());

  it('is passed at once by a row of the marker table', async () => {
    const began = Date.now();
    const result = await sluiceOnSandbox([
      ...['reconcile', 'items', '--connector', `${prefix}-sink`],
      ...['--marker-table', `${prefix}.sluice_marker`, '--json'],
    ]);
    expect(result.code, result.stderr).toBe(10);
    expect(parseDocument<Document>(result.stdout, 'reconcile').tables[0]).toMatchObject({
      verdict: 'different',
      different: 1,
      live: { fence: 'connector', undetermined: 0 },
    });
    expect(Date.now() - began).toBeLessThan(AT_ONCE_MS);
    const [rows] = await mariadb.query(`SELECT id FROM ${prefix}.sluice_marker`);
    expect(rows).toEqual([{ id: 'sluice' }]);
  });
});
