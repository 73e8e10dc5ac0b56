import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { timeFence } from '../../src/reconcile/live/fence.ts';
import type { Fence } from '../../src/reconcile/model.ts';
import { compareOne, found, postgresOf, type TestDatabase, usePostgres } from '../helpers/databases.ts';

describe('tables that are being written to', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP TABLE IF EXISTS rec_live');
    }
  });

  beforeEach(async () => {
    for (const side of [source, target]) {
      await side.run(`DROP TABLE IF EXISTS rec_live; CREATE TABLE rec_live (id int PRIMARY KEY, v int);
        INSERT INTO rec_live SELECT g, 0 FROM generate_series(1, 500) g`);
    }
  });

  /** A pipeline that does `steps` one after the other, one each time it is waited for. */
  function pipeline(...steps: (() => Promise<unknown>)[]): Fence {
    let next = 0;
    return {
      kind: 'connector',
      async pass() {
        await steps[next++]?.();
        return undefined;
      },
    };
  }

  it('a row that was on its way is no difference, one that stayed behind is', async () => {
    await source.run(
      'UPDATE rec_live SET v = 1 WHERE id IN (7, 8); DELETE FROM rec_live WHERE id = 9; INSERT INTO rec_live VALUES (501, 1)',
    );
    await target.run('UPDATE rec_live SET v = 99 WHERE id = 100');
    const report = await compareOne(source, target, 'rec_live', {
      fence: pipeline(() =>
        target.run(
          'UPDATE rec_live SET v = 1 WHERE id IN (7, 8); DELETE FROM rec_live WHERE id = 9; INSERT INTO rec_live VALUES (501, 1)',
        ),
      ),
    });
    expect(found(report)).toEqual(['different 100 v']);
    expect(report).toMatchObject({
      verdict: 'different',
      live: { fence: 'connector', inFlight: { missing: 1, extra: 1, different: 2 }, undetermined: 0, rounds: 1 },
    });
  });

  it('a row that changes again is checked again', async () => {
    await source.run('UPDATE rec_live SET v = 1 WHERE id = 7');
    const report = await compareOne(source, target, 'rec_live', {
      fence: pipeline(
        async () => {
          await target.run('UPDATE rec_live SET v = 1 WHERE id = 7');
          await source.run('UPDATE rec_live SET v = 2 WHERE id = 7');
        },
        () => target.run('UPDATE rec_live SET v = 2 WHERE id = 7'),
      ),
    });
    expect(report).toMatchObject({
      verdict: 'equal',
      differences: [],
      live: { inFlight: { different: 1 }, rounds: 2 },
    });
  });

  it('a row that goes to and fro is not taken for one that stayed behind', async () => {
    await source.run('UPDATE rec_live SET v = 1 WHERE id = 7');
    const report = await compareOne(source, target, 'rec_live', {
      // The source was 1, became 2 and is 1 again; the target has come as far as 2.
      fence: pipeline(
        () => target.run('UPDATE rec_live SET v = 2 WHERE id = 7'),
        () => target.run('UPDATE rec_live SET v = 1 WHERE id = 7'),
      ),
    });
    expect(report).toMatchObject({ verdict: 'equal', differences: [] });
  });

  it('a row that never rests is undetermined, and never called equal or different', async () => {
    await source.run('UPDATE rec_live SET v = 1 WHERE id = 7');
    const restless = () => source.run('UPDATE rec_live SET v = v + 1 WHERE id = 7');
    const report = await compareOne(source, target, 'rec_live', {
      fence: { kind: 'time', pass: async () => void (await restless()) },
    });
    expect(report).toMatchObject({ verdict: 'undetermined', differences: [], different: 0, live: { undetermined: 1 } });
  });

  it('nothing is called different behind a fence that was not passed', async () => {
    await source.run('UPDATE rec_live SET v = 1 WHERE id = 7');
    const report = await compareOne(source, target, 'rec_live', {
      fence: { kind: 'connector', pass: async () => 'the sink is 12 records behind' },
    });
    expect(report).toMatchObject({ verdict: 'undetermined', different: 0, live: { undetermined: 1, rounds: 1 } });
    expect(report.notes).toContain('the sink is 12 records behind');
  });

  it('missing and extra rows are confirmed, too, by a wait', async () => {
    await source.run('DELETE FROM rec_live WHERE id = 1');
    await target.run('DELETE FROM rec_live WHERE id = 2');
    const report = await compareOne(source, target, 'rec_live', { fence: timeFence(10, { clock: systemClock }) });
    expect(found(report)).toEqual(['extra 1', 'missing 2']);
    expect(report.live).toMatchObject({ fence: 'time', inFlight: { missing: 0, extra: 0, different: 0 } });
  });

  it.each([
    ['counts', 'UPDATE rec_live SET v = 5 WHERE id = 1', 'equal'],
    ['counts', 'DELETE FROM rec_live WHERE id = 1', 'different'],
    ['checksums', 'UPDATE rec_live SET v = 5 WHERE id = 1', 'different'],
    ['checksums', 'SELECT 1', 'equal'],
    ['schema', 'DELETE FROM rec_live', 'equal'],
    ['schema', 'ALTER TABLE rec_live ADD w int', 'different'],
    ['schema', 'ALTER TABLE rec_live ALTER v TYPE smallint', 'different'],
    ['schema', 'ALTER TABLE rec_live ALTER v SET NOT NULL', 'different'],
    ['schema', 'ALTER TABLE rec_live DROP CONSTRAINT rec_live_pkey', 'different'],
    ['schema', 'ALTER TABLE rec_live ALTER v TYPE numeric(20,2)', 'equal'],
  ] as const)('mode %s after %s: %s', async (mode, sql, verdict) => {
    await target.run(sql);
    expect(await compareOne(source, target, 'rec_live', { mode })).toMatchObject({ verdict, differences: [] });
  });

  it('rows in a column that is NOT NULL no more have no hash, and are not called equal', async () => {
    for (const [side, note] of [
      [source, 'here'],
      [target, 'there'],
    ] as const)
      await side.run(
        `ALTER TABLE rec_live ALTER v SET NOT NULL, ADD note text; UPDATE rec_live SET note = '${note}' WHERE id = 7`,
      );
    const others = [await postgresOf('source'), await postgresOf('target')] as const;
    const redefined: Promise<unknown>[] = [];
    const redefine = async (side: TestDatabase, other: TestDatabase) => {
      await side.run("UPDATE rec_live SET note = note || '!' WHERE id = 7");
      redefined.push(
        other.run('ALTER TABLE rec_live ALTER v DROP NOT NULL; UPDATE rec_live SET v = NULL WHERE id = 7'),
      );
      // It waits until the comparison lets the table go for a moment.
      await expect
        .poll(() => side.run("SELECT FROM pg_locks WHERE relation = 'rec_live'::regclass AND NOT granted"))
        .toHaveLength(1);
    };
    const run = compareOne(source, target, 'rec_live', {
      fence: pipeline(
        () => Promise.all([redefine(source, others[0]), redefine(target, others[1])]),
        () => Promise.all(redefined),
      ),
    });
    await expect(run).rejects.toMatchObject({
      code: 'TABLE_NOT_COMPARABLE',
      message: expect.stringContaining('redefined'),
    });
    for (const other of others) await other.close();
  });

  it('a row that was changed and changed back is no difference: the soak found one that was called so', async () => {
    await source.run('UPDATE rec_live SET v = 1 WHERE id = 7');
    // Behind the fence both rows are as they were, though the source went to and fro and the target is one step behind.
    const report = await compareOne(source, target, 'rec_live', {
      fence: pipeline(
        () => source.run('UPDATE rec_live SET v = 0 WHERE id = 7; UPDATE rec_live SET v = 1 WHERE id = 7'),
        () => target.run('UPDATE rec_live SET v = 1 WHERE id = 7'),
      ),
    });
    expect(found(report)).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'equal',
      live: { inFlight: { missing: 0, extra: 0, different: 1 }, undetermined: 0, rounds: 2 },
    });
  });
});
