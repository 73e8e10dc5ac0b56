import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareOne, usePostgres } from '../helpers/databases.ts';

const ROWS = 20_000;

/** The last row alone, so that the connection can be cut when all but its part has been read. */
const LAST = `CASE WHEN v = ${ROWS} THEN pg_sleep(1) IS NOT NULL ELSE true END`;

describe('a table whose rows may be twice, over a connection that is lost', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const elder = usePostgres('source');

  beforeAll(async () => {
    // Rows that came after the oldest transaction that runs may be newer than a snapshot, or not.
    await elder.run('BEGIN; SELECT pg_current_xact_id()');
    for (const [side, times] of [
      [source, 1],
      [target, 2],
    ] as const) {
      await side.run(`DROP TABLE IF EXISTS rec_once; CREATE TABLE rec_once (v int PRIMARY KEY);
        INSERT INTO rec_once SELECT generate_series(1, ${ROWS}); ANALYZE rec_once`);
      await side.run(`DROP TABLE IF EXISTS rec_twice; CREATE TABLE rec_twice (v int);
        INSERT INTO rec_twice SELECT n FROM generate_series(1, ${ROWS}) n, generate_series(1, ${times}) ORDER BY n;
        ANALYZE rec_twice`);
    }
  });

  afterAll(async () => {
    await elder.run('ROLLBACK');
    for (const side of [source, target]) await side.run('DROP TABLE IF EXISTS rec_once, rec_twice');
  });

  /** Compares while the connection to the source is cut, once, in the last part. */
  async function cutOnce(table: string, options: Parameters<typeof compareOne>[3]) {
    let cut = 0;
    let running = true;
    const cutter = (async () => {
      while (running && cut === 0) {
        const rows = await source.run(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%${table}%'`,
        );
        cut += rows.length;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    try {
      return await compareOne(source, target, table, {
        where: LAST,
        partRows: 1000,
        parallel: 1,
        limit: 0,
        ...options,
      });
    } finally {
      running = false;
      await cutter;
      expect(cut).toBe(1);
    }
  }

  it.each([
    ['no key', {}],
    ['a key that nothing holds unique', { key: ['v'] }],
  ])('with %s, each row of the source is counted once', async (_what, options) => {
    const report = await cutOnce('rec_twice', options);
    expect(report).toMatchObject({ verdict: 'different', extra: ROWS, rows: { source: ROWS, target: 2 * ROWS } });
  });

  it('sums of several moments are no difference in mode checksums', async () => {
    const report = await cutOnce('rec_once', { mode: 'checksums' });
    expect(report.checksum?.scan.resumed).toBe(true);
    expect(report).toMatchObject({ verdict: 'equal', rows: { source: ROWS, target: ROWS } });
  });

  it('a difference is one in mode checksums all the same', async () => {
    await target.run('UPDATE rec_once SET v = -1 WHERE v = 1');
    const report = await cutOnce('rec_once', { mode: 'checksums' });
    expect(report).toMatchObject({ verdict: 'different', missing: null });
  });
});
