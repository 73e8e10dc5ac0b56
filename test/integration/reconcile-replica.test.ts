import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { sluice } from '../helpers/run.ts';
import { postgresOf, type TestDatabase } from './reconcile-support.ts';

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
