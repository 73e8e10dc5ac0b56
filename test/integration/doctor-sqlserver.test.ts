import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/config/database-url.ts';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { ENGINE_CHECKS } from '../../src/preflight/engines.ts';
import { eventually } from '../helpers/connectors.ts';

const url = process.env.SLUICE_TEST_MSSQL_URL ?? '';

describe.skipIf(url === '')(
  'doctor on SQL Server (skipped unless SLUICE_TEST_MSSQL_URL names a database with change data capture, whose user owns it)',
  () => {
    const { live } = ENGINE_CHECKS.sqlserver;
    const open = (write: boolean) =>
      openSession({ name: 'sqlserver', url }, { write, statementTimeout: 20_000, connectTimeout: 15_000 });
    let session: Session;
    let holder: Session;

    beforeAll(async () => {
      [session, holder] = [await open(false), await open(true)];
      await holder.execute(
        'DROP TABLE IF EXISTS dbo.doctor_items; CREATE TABLE dbo.doctor_items (id int PRIMARY KEY, v int)',
      );
      await holder.execute('INSERT INTO dbo.doctor_items VALUES (1, 1)');
    });

    afterAll(async () => {
      await holder.execute('DROP TABLE IF EXISTS dbo.doctor_items');
      await session.close();
      await holder.close();
    });

    it('knows where the capture is, and the server’s time', async () => {
      const facts = await live.log(session, {}, []);
      expect(facts).toMatchObject({ exists: true, position: null });
      const offset = { partition: {}, offset: { commit_lsn: facts.end } };
      expect(await live.log(session, {}, [offset])).toMatchObject({ position: facts.end });
      const [[now] = []] = await session.query(live.clock);
      expect(Number.isNaN(Date.parse(now ?? ''))).toBe(false);
    });

    it('knows which tables exist, and the last write if the user may see it', async () => {
      const [items, none] = await live.writes(session, [
        { schema: 'dbo', name: 'doctor_items' },
        { name: 'doctor_none' },
      ]);
      expect([items?.exists, none?.exists]).toEqual([true, false]);
    });

    it('finds who has a lock, or says that it may not see that', async () => {
      const user = parseDatabaseUrl(url).user ?? '';
      const waiter = await open(true);
      try {
        await holder.execute('BEGIN TRANSACTION; UPDATE dbo.doctor_items SET v = 2');
        const update = waiter.execute('UPDATE dbo.doctor_items SET v = 3');
        const waits = await eventually(
          () => live.lockWaits(session, user),
          (found) => found === null || found.length > 0,
        );
        if (waits !== null) expect(waits[0]?.statement).toBe(`KILL ${waits[0]?.blocker?.session};`);
        await holder.execute('COMMIT');
        await update;
      } finally {
        await waiter.close();
      }
    });
  },
);
