import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LagDocument } from '../../src/cli/views/lag.ts';
import { engine, sequence, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  tables: { verdict: string; different: number; live?: { undetermined: number } }[];
}

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
    await pipeline.itemsArrive(200, { 'topics-regex': `${prefix}\\.[^.]+\\.[^.]+` });
    await pipeline.target.query(`UPDATE ${prefix}.items SET v = 'damaged' WHERE id = 7`);
  });

  afterAll(() => pipeline.remove());

  it('is passed by a row of the marker table', async () => {
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
    const [rows] = await mariadb.query(`SELECT id FROM ${prefix}.sluice_marker`);
    expect(rows).toEqual([{ id: 'sluice' }]);
  });

  it('carries the row of a probe', async () => {
    const result = await sluiceOnSandbox([
      ...['lag', `${prefix}-sink`, '--probe', '--marker-table', `${prefix}.sluice_marker`, '--yes', '--json'],
    ]);
    expect(result.code, result.stderr).toBe(0);
    const { probe } = parseDocument<LagDocument & Record<string, unknown>>(result.stdout, 'lag');
    expect(probe).toMatchObject({ connector: `${prefix}-source`, to: `${prefix}.sluice_marker` });
    const left = `SELECT id FROM ${prefix}.sluice_marker WHERE id <> 'sluice'`;
    expect([(await mariadb.query(left))[0], (await pipeline.target.query(left)).rows]).toEqual([[], []]);
  });
});
