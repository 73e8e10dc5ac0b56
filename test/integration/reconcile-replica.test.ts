import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, given, postgresOf, type TestDatabase } from '../helpers/databases.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { sluice } from '../helpers/run.ts';

let standby: PostgresServer;
let target: TestDatabase;

beforeAll(async () => {
  [standby, target] = await Promise.all([startPostgres({}), postgresOf('target')]);
  await standby.run(
    `create table rep_lagging(id int primary key, v text); insert into rep_lagging values (1, 'older')`,
  );
  await standby.becomeStandby();
}, 120_000);

afterAll(async () => {
  await target?.run('drop table if exists rep_lagging');
  await target?.close();
  await standby?.remove();
});

describe('a source that is a replica', () => {
  const reconcile = (...words: string[]) =>
    sluice(['reconcile', 'rep_lagging', '--source', standby.url, '--target', target.url, ...words]);

  beforeAll(async () => {
    await target.run(
      `drop table if exists rep_lagging; create table rep_lagging(id int primary key, v text);
       insert into rep_lagging values (1, 'newer')`,
    );
  });

  it('is compared as any other', async () => {
    expect((await reconcile()).code).toBe(10);
  });

  it.each([['apply'], ['sql']])('repairs nothing by --repair %s: its rows may be older', async (how) => {
    const { code, stderr } = await reconcile('--repair', how, '--yes');
    expect(stderr).toContain('it is a standby; its rows may be older');
    expect(stderr).toContain('[SOURCE_IS_REPLICA]');
    expect(code).toBe(2);
    expect(await target.run('select v from rep_lagging')).toEqual([['newer']]);
  });

  it('repairs where the pipeline reads that replica', async () => {
    expect((await reconcile('--repair', 'apply', '--yes', '--from-replica')).code).toBe(0);
    expect(await target.run('select v from rep_lagging')).toEqual([['older']]);
  });
});

it('a source whose address leads to a standby when the connection is opened again repairs nothing more', async () => {
  const tables =
    'create table rep_lost_a(id int primary key, v text); create table rep_lost_b(id int primary key, v text);';
  const fill = (v: string) =>
    `${tables} insert into rep_lost_a values (1, '${v}'); insert into rep_lost_b values (1, '${v}');`;
  const server = await startPostgres({});
  try {
    await server.run(fill('older'));
    await using _b = await given(target, fill('newer'));
    const report = await compare(
      { name: 'source', url: server.url } as TestDatabase,
      target,
      ['rep_lost_a', 'rep_lost_b'],
      {
        repair: { mode: 'apply', allowDelete: true, confirm: () => server.becomeStandby() },
      },
    );
    expect(report.repair).toMatchObject({ updated: 0, tables: [{ error: { code: 'DATABASE_UNREACHABLE' } }, {}] });
    expect(await target.run('select v from rep_lost_a union all select v from rep_lost_b')).toEqual([
      ['newer'],
      ['newer'],
    ]);
  } finally {
    await server.remove();
  }
}, 120_000);
