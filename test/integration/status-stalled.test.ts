import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/monitor/status.ts';
import { eventually } from '../helpers/connectors.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/** On a busy machine each look takes seconds, and the records take their time to arrive. */
const PATIENCE_MS = 120_000;

describe('a sink whose target table is locked', () => {
  const pipeline = new Pipeline(sandbox, `stalled${Date.now().toString(36)}`);
  const { prefix } = pipeline;
  const sink = `${prefix}-sink`;

  beforeAll(async () => {
    await pipeline.schema(pipeline.source);
    await pipeline.schema(pipeline.target);
    await pipeline.source.query(
      `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v text); INSERT INTO ${prefix}.items VALUES (1, 'first')`,
    );
    await pipeline.deploy('debezium-postgres-source', {
      name: `${prefix}-source`,
      ...pipeline.connection('source'),
      tables: `${prefix}\\.items`,
      'heartbeat-ms': '0',
    });
    await pipeline.itemsArrive(1);
  });

  afterAll(() => pipeline.remove());

  async function status(...args: string[]) {
    const { code, stdout } = await sluiceOnSandbox(['status', sink, ...args, '--json']);
    const [one] = parseDocument<StatusReport & Record<string, unknown>>(stdout, 'status').connectors;
    return { code, one };
  }

  async function lock(): Promise<() => Promise<void>> {
    const session = await pipeline.target.connect();
    await session.query(`BEGIN; LOCK TABLE ${prefix}.items IN ACCESS EXCLUSIVE MODE`);
    return async () => {
      await session.query('COMMIT');
      session.release();
    };
  }

  it('is degraded though everything runs, exit 10, and healthy again afterwards', { timeout: 300_000 }, async () => {
    const unlock = await lock();
    try {
      await pipeline.source.query(`INSERT INTO ${prefix}.items SELECT g, 'v' FROM generate_series(2, 3000) g`);
      const stalled = await eventually(
        () => status(),
        ({ one }) => one?.health === 'degraded',
        PATIENCE_MS,
      );
      expect(stalled).toMatchObject({ code: 10, one: { state: 'RUNNING', tasks: { running: 3, total: 3 } } });
      expect(stalled.one?.reasons).toEqual([
        expect.stringMatching(/^stalled: [\d,]+ records? waits?, and the committed offset has not moved for \d s$/),
      ]);
      const text = await sluiceOnSandbox(['status', sink]);
      expect(text).toMatchObject({ code: 10, stdout: expect.stringContaining('stalled') });
      for (const args of [['--once'], ['--fail-on', 'degraded']]) {
        const once = await sluiceOnSandbox(['monitor', sink, ...args]);
        expect(once).toMatchObject({ code: 10, stdout: expect.stringContaining('stalled') });
      }
    } finally {
      await unlock();
    }
    await eventually(
      () => status(),
      ({ code, one }) => code === 0 && one?.health === 'healthy',
      PATIENCE_MS,
    );
  });

  it('is degraded where it is behind by more than allowed', { timeout: 300_000 }, async () => {
    const unlock = await lock();
    try {
      await pipeline.source.query(`INSERT INTO ${prefix}.items SELECT g, 'v' FROM generate_series(3001, 3050) g`);
      const behind = await eventually(
        () => status('--max-lag', '49'),
        ({ one }) => (one?.group?.lag ?? 0) > 49,
        PATIENCE_MS,
      );
      expect(behind).toMatchObject({ code: 10, one: { health: 'degraded' } });
      expect(behind.one?.reasons[0]).toBe('more than 49 records behind');
      const late = await eventually(
        () => status('--max-lag', '4s'),
        ({ one }) => one?.reasons.some((reason) => reason.startsWith('a record has waited')) === true,
        PATIENCE_MS,
      );
      expect(late.one?.reasons[0]).toBe('a record has waited for more than 4s');
      expect((await status('--max-lag', '1h')).one?.reasons[0]).toMatch(/^stalled: /);
    } finally {
      await unlock();
    }
  });
});
