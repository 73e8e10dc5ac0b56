import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { compare, engine, mariadbOf, postgresOf, type TestDatabase } from './reconcile-support.ts';

// A commit that waits for a standby is in the log, and a pipeline may have brought it, before the source itself shows it.

let target: TestDatabase;

beforeAll(async () => {
  target = await postgresOf('target');
});

afterAll(async () => {
  await target.run('drop table if exists rec_waiting');
  await target.close();
});

const TABLE =
  'drop table if exists rec_waiting; create table rec_waiting(id int primary key, v varchar(9)); insert into rec_waiting values';
const apply = { mode: 'apply', allowDelete: true, confirm: async () => {} } as const;

async function repaired(source: TestDatabase): Promise<[exit: number, reasons: string[], rows: string[][]]> {
  const report = await compare(source, target, ['rec_waiting'], { repair: apply });
  const reasons = (report.repair?.left ?? []).map(({ reason }) => reason);
  return [reconcileExit(report), reasons, await target.run('select id, v from rec_waiting order by id')];
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
      await server.run("alter system set synchronous_standby_names = 'nobody'");
      await server.run('select pg_reload_conf()');
      const writer = server.run("update rec_waiting set v = 'newer' where id = 1");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await repaired(source)).toEqual([14, [expect.stringContaining('a standby')], NEWER]);
      await server.run('alter system reset synchronous_standby_names');
      await server.run('select pg_reload_conf()');
      await writer;
      expect(await repaired(source)).toEqual([0, [], REPAIRED]);
    },
  );
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
        await new Promise((resolve) => setTimeout(resolve, 500));
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
