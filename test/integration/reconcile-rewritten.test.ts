import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareOne, found, postgresOf, type TestDatabase, usePostgres } from '../helpers/databases.ts';

/**
 * A table that is emptied or written anew behind a snapshot shows no rows in it: neither those of then nor those of now. A
 * migration that runs on both sides made two tables equal so.
 */
describe('a table that is rewritten while it is waited for', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  let migrations: TestDatabase[];
  const sides = () => [source, target];

  beforeAll(async () => {
    migrations = [await postgresOf('source'), await postgresOf('target')];
  });
  const clean = async () => {
    for (const side of sides()) {
      await side.run('DROP VIEW IF EXISTS rec_anew_view; DROP TABLE IF EXISTS rec_anew, rec_anew_old CASCADE');
    }
  };
  beforeEach(async () => {
    await clean();
    for (const [at, side] of sides().entries())
      await side.run(
        `CREATE TABLE rec_anew (id int PRIMARY KEY, v text); CREATE VIEW rec_anew_view AS SELECT id, md5(id::text) AS v FROM rec_anew;
         INSERT INTO rec_anew SELECT i, CASE WHEN i = 7 THEN '${at}' END FROM generate_series(1, ${100 + at}) i`,
      );
  });
  afterEach(clean);
  afterAll(() => Promise.all([...sides(), ...migrations].map((one) => one.close())));

  /** Commits the migrations when a session waits for each of the tables. */
  const migrated = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    for (const migration of migrations) await migration.run(`BEGIN; LOCK TABLE rec_anew; ${sql}`);
    const result = work();
    result.catch(() => {});
    try {
      for (const side of sides())
        await expect
          .poll(
            async () =>
              (
                await side.run(
                  "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND relation::regclass::text LIKE 'rec_anew%'",
                )
              )[0]?.[0],
            {
              timeout: 10_000,
            },
          )
          .toBe('1');
    } finally {
      for (const migration of migrations) await migration.run('COMMIT');
    }
    return result;
  };

  const REWRITES = {
    'ALTER TABLE': 'ALTER TABLE rec_anew ADD w text DEFAULT clock_timestamp()::text; ALTER TABLE rec_anew DROP w',
    CLUSTER: 'CLUSTER rec_anew USING rec_anew_pkey',
    'a table in its place':
      'ALTER TABLE rec_anew RENAME TO rec_anew_old; CREATE TABLE rec_anew (LIKE rec_anew_old INCLUDING ALL); INSERT INTO rec_anew SELECT * FROM rec_anew_old',
  };

  it.each(Object.entries(REWRITES))('%s', async (_name, sql) => {
    const report = await migrated(sql, () => compareOne(source, target, 'rec_anew'));
    expect(report.rows).toEqual({ source: 100, target: 101 });
    expect(found(report)).toEqual(['different 7 v', 'extra 101']);
  });

  it.each(['counts', 'checksums'] as const)('by --mode %s', async (mode) => {
    const report = await migrated(REWRITES['ALTER TABLE'], () => compareOne(source, target, 'rec_anew', { mode }));
    expect(report).toMatchObject({ verdict: 'different', rows: { source: 100, target: 101 } });
  });

  it('under a view, and of a child', async () => {
    for (const side of sides())
      await side.run('CREATE TABLE rec_anew_old () INHERITS (rec_anew); INSERT INTO rec_anew_old VALUES (500)');
    await target.run('DELETE FROM rec_anew WHERE id = 101');
    const child = 'LOCK TABLE rec_anew_old; TRUNCATE ONLY rec_anew_old; INSERT INTO rec_anew_old VALUES (501)';
    const view = await migrated(child, () => compareOne(source, target, 'rec_anew_view', { key: ['id'] }));
    expect(view).toMatchObject({ verdict: 'equal', rows: { source: 101, target: 101 } });
    const parent = await migrated(child, () => compareOne(source, target, 'rec_anew', { key: ['id'] }));
    expect(parent).toMatchObject({ verdict: 'different', rows: { source: 101, target: 101 } });
  });

  it('a view of a catalog can be compared', async () => {
    for (const side of sides())
      await side.run(
        "DROP VIEW rec_anew_view; CREATE VIEW rec_anew_view AS SELECT oid::int4 AS id FROM pg_catalog.pg_class WHERE relname = 'pg_proc'",
      );
    expect((await compareOne(source, target, 'rec_anew_view')).verdict).toBe('equal');
  });

  it('when rows are checked again', async () => {
    let running: Promise<unknown> | undefined;
    const pass = async () => {
      if (running !== undefined) return undefined;
      // They wait for the snapshots to end, and are served before the next ones.
      running = Promise.all(
        migrations.map((one) => one.run(`BEGIN; LOCK TABLE rec_anew; ${REWRITES['ALTER TABLE']}; COMMIT`)),
      );
      await expect
        .poll(
          async () =>
            (
              await source.run(
                "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND relation::regclass::text LIKE 'rec_anew%'",
              )
            )[0]?.[0],
        )
        .toBe('1');
      return undefined;
    };
    const report = await compareOne(source, target, 'rec_anew', { fence: { kind: 'time', pass } });
    expect(found(report)).toEqual(['different 7 v', 'extra 101']);
    await running;
    expect(report.live?.inFlight).toEqual({ missing: 0, extra: 0, different: 0 });
  });
});
