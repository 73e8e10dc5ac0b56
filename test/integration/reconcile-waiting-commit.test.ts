import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import { compare, engine, mariadbOf, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { applyAll } from '../helpers/repairs.ts';

// A commit that waits for a standby is in the log, and a pipeline may have brought it, before the source itself shows it.

const target = usePostgres('target');
afterAll(async () => {
  await target.run('drop table if exists rec_waiting');
});

const TABLE =
  'drop table if exists rec_waiting; create table rec_waiting(id int primary key, v varchar(9)); insert into rec_waiting values';

async function repaired(source: TestDatabase): Promise<[exit: number, reasons: string[], rows: string[][]]> {
  const report = await compare(source, target, ['rec_waiting'], { repair: applyAll });
  const reasons = (report.repair?.left ?? []).map(({ reason }) => reason);
  return [reconcileExit(report), reasons, await target.run('select id, v from rec_waiting order by id')];
}

const WAITING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/** Lets commits of the server wait for a standby, and returns once they do: the server reloads in the background. */
async function letCommitsWait(server: PostgresServer): Promise<void> {
  await server.run('create table if not exists rec_probe (id int)');
  await server.run("alter system set synchronous_standby_names = 'nobody'");
  await server.run('select pg_reload_conf()');
  const probes: Promise<unknown>[] = [];
  const probe = async () => {
    probes.push(server.run('insert into rec_probe values (1)'));
    return (await server.run(`SELECT 1 ${WAITING}`)).length;
  };
  await expect.poll(probe, { timeout: 20_000 }).toBeGreaterThan(0);
  let ended = false;
  const all = Promise.all(probes).then(() => {
    ended = true;
  });
  const cancel = async () => {
    await server.run(`SELECT pg_cancel_backend(pid) ${WAITING}`);
    return ended;
  };
  await expect.poll(cancel, { timeout: 20_000 }).toBe(true);
  await all;
}

async function letCommitsEnd(server: PostgresServer): Promise<void> {
  await server.run('alter system reset synchronous_standby_names');
  await server.run('select pg_reload_conf()');
}

/** Until a commit of the server waits for a standby. */
async function waits(server: PostgresServer): Promise<void> {
  await expect.poll(() => server.run(`SELECT 1 ${WAITING}`), { timeout: 20_000 }).toHaveLength(1);
}

const NEWER = [
  [1, 'newer'],
  [2, 'damaged'],
];
const REPAIRED = [
  [1, 'newer'],
  [2, 'b'],
];

describe('PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({});
  }, 120_000);

  afterAll(async () => {
    await server?.remove();
  });

  it.each(['sees what others wait for', 'does not'])(
    'a user that %s: no older row replaces the newer one',
    async (who) => {
      await server.run(`${TABLE} (1, 'older'), (2, 'b')`);
      await server.run(
        `do $$ begin create role rec_reader login password 'reader'; exception when duplicate_object then null; end $$; grant select on rec_waiting to rec_reader`,
      );
      await target.run(`${TABLE} (1, 'newer'), (2, 'damaged')`);
      const url = new URL(server.url);
      if (who === 'does not') [url.username, url.password] = ['rec_reader', 'reader'];
      const source = { name: 'source', url: url.href } as TestDatabase;
      await letCommitsWait(server);
      const writer = server.run("update rec_waiting set v = 'newer' where id = 1");
      await waits(server);
      expect(await repaired(source)).toEqual([14, [expect.stringContaining('a standby')], NEWER]);
      await letCommitsEnd(server);
      await writer;
      expect(await repaired(source)).toEqual([0, [], REPAIRED]);
    },
  );
});

describe('PostgreSQL: a commit that waits', () => {
  let server: PostgresServer;
  const mariadb = useMariadb();

  beforeAll(async () => {
    server = await startPostgres({ max_prepared_transactions: '5' });
  }, 120_000);

  afterAll(async () => {
    await mariadb?.run('drop table if exists rec_waiting');
    await server?.remove();
  });

  it('of a transaction that was prepared before is waited for, too', async () => {
    await server.run(`${TABLE} (1, 'older'), (2, 'b')`);
    await target.run(`${TABLE} (1, 'newer'), (2, 'damaged')`);
    await server.run("begin; update rec_waiting set v = 'newer' where id = 1; prepare transaction 'rec'");
    await letCommitsWait(server);
    const writer = server.run("commit prepared 'rec'");
    await waits(server);
    expect(await repaired(server as never)).toEqual([14, [expect.stringContaining('a standby')], NEWER]);
    await letCommitsEnd(server);
    await writer;
    expect(await repaired(server as never)).toEqual([0, [], REPAIRED]);
  });

  // Nothing is locked there before the row is, and a DELETE of the pipeline is done by then.
  it(`${engine}: of a row that is deleted while it is inserted is waited for`, async () => {
    await server.run(`${TABLE} (1, 'a'), (2, 'b')`);
    await mariadb.run(
      `${TABLE} (2, 'b'); create trigger rec_slow before insert on rec_waiting for each row set @slept = sleep(2)`,
    );
    await letCommitsWait(server);
    const pipeline = await mariadbOf();
    const deleting = expect
      .poll(() => pipeline.run("select 1 from information_schema.processlist where state = 'User sleep'"), {
        timeout: 20_000,
      })
      .toEqual([[1]])
      .then(async () => {
        const deleted = server.run('delete from rec_waiting where id = 1');
        await waits(server);
        await pipeline.run('delete from rec_waiting where id = 1');
        return { deleted };
      });
    const report = await compare({ name: 'source', url: server.url } as TestDatabase, mariadb, ['rec_waiting'], {
      repair: applyAll,
    });
    const { deleted } = await deleting;
    await letCommitsEnd(server);
    await deleted;
    await pipeline.close();
    expect(report.repair?.left).toMatchObject([{ reason: expect.stringContaining('a standby') }]);
    expect(await mariadb.run('select id, v from rec_waiting')).toEqual([[2, 'b']]);
  }, 60_000);
});

describe(engine, () => {
  it.skipIf(engine !== 'MariaDB')(
    'the same with semi-synchronous replication (of MariaDB only: MySQL needs a plugin)',
    async () => {
      const [source, writer] = await Promise.all([mariadbOf(), mariadbOf()]);
      const settings = { timeout: 60_000, wait_point: "'AFTER_SYNC'", wait_no_slave: 1, enabled: 1 };
      const set = (values: Record<string, unknown>) =>
        source.run(
          Object.entries(values)
            .map(([name, value]) => `set global rpl_semi_sync_master_${name} = ${value}`)
            .join('; '),
        );
      try {
        await source.run(`${TABLE} (1, 'older'), (2, 'b')`);
        await target.run(`${TABLE} (1, 'newer'), (2, 'damaged')`);
        await set(settings);
        const writing = writer.run("update rec_waiting set v = 'newer' where id = 1");
        await expect
          .poll(() => source.run("show global status like 'Rpl_semi_sync_master_wait_sessions'"), { timeout: 20_000 })
          .toEqual([[expect.anything(), '1']]);
        expect(await repaired(source)).toEqual([14, [expect.stringContaining('a standby')], NEWER]);
        await set({ enabled: 0 });
        await writing;
        expect(await repaired(source)).toEqual([0, [], REPAIRED]);
      } finally {
        await set({ enabled: 0, timeout: 'default', wait_point: 'default', wait_no_slave: 'default' });
        await source.run('drop table if exists rec_waiting');
        await Promise.all([source.close(), writer.close()]);
      }
    },
  );
});
