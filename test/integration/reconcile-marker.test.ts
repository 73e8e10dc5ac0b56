import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from '../helpers/pipeline.ts';
import type { RunResult } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

interface Document {
  tables: { verdict: string; different: number; live?: { undetermined: number } }[];
}

function reconcile(pipeline: Pipeline, args: string[]): Promise<RunResult> {
  return sluiceOnSandbox(['reconcile', '--connector', `${pipeline.prefix}-sink`, ...args]);
}

describe('a fence on a quiet source without a heartbeat', () => {
  const pipeline = new Pipeline(sandbox, `recmark${Date.now().toString(36)}`);
  const { prefix } = pipeline;

  beforeAll(async () => {
    await pipeline.schema(pipeline.source);
    await pipeline.schema(pipeline.target);
    await pipeline.source.query(
      `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v text); INSERT INTO ${prefix}.items SELECT g, 'v' || g FROM generate_series(1, 200) g`,
    );
    await pipeline.deploy('debezium-postgres-source', {
      name: `${prefix}-source`,
      ...pipeline.connection('source'),
      tables: `${prefix}\\.items`,
      'heartbeat-ms': '0',
    });
    await pipeline.itemsArrive(200, { 'topics-regex': `${prefix}\\.[^.]+\\.[^.]+` });
    await pipeline.target.query(`UPDATE ${prefix}.items SET v = 'damaged' WHERE id = 7`);
  });

  afterAll(() => pipeline.remove());

  it('is not passed by itself, and the result says what would help', async () => {
    const result = await reconcile(pipeline, ['--fence-timeout', '3s']);
    expect(result.code, result.stderr).toBe(16);
    expect(result.stdout).toContain('use --marker');
  });

  it('is passed by a message in the log', async () => {
    const result = await reconcile(pipeline, ['--marker', '--json']);
    expect(result.code, result.stderr).toBe(10);
    expect(parseDocument<Document>(result.stdout, 'reconcile').tables[0]).toMatchObject({
      verdict: 'different',
      different: 1,
      live: { fence: 'connector', undetermined: 0 },
    });
    expect(await pipeline.topics.list()).toContain(`${prefix}.message`);
  });

  it('a missing marker table is that error, and not a verdict', async () => {
    const result = await reconcile(pipeline, ['--marker-table', 'nowhere.marker']);
    expect(result.code).toBe(13);
    expect(result.stdout).toContain('there is no table "nowhere.marker"');
  });
});
