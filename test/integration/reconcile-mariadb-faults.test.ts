import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine, sequence, useMariadb, usePostgres, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

describe.skipIf(sandbox.mariadb === undefined)(`reconcile of a ${engine} in trouble (${WITHOUT_MARIADB})`, () => {
  const mariadb = useMariadb();
  const target = usePostgres('target');
  const url = () => sandbox.mariadb?.url ?? '';

  beforeAll(async () => {
    await mariadb.run(`DROP TABLE IF EXISTS rec_fault; CREATE TABLE rec_fault (id int PRIMARY KEY, v int);
      INSERT INTO rec_fault SELECT seq, seq FROM ${sequence(1, 1000)};
      CREATE OR REPLACE VIEW rec_fault_slow AS SELECT id, v + SLEEP(0.002) AS v FROM rec_fault; CREATE DATABASE IF NOT EXISTS rec_fault_other`);
    await target.run(`DROP VIEW IF EXISTS rec_fault_slow; DROP TABLE IF EXISTS rec_fault;
      CREATE TABLE rec_fault (id int PRIMARY KEY, v int); INSERT INTO rec_fault SELECT g, g FROM generate_series(1, 1000) g;
      CREATE VIEW rec_fault_slow AS SELECT * FROM rec_fault`);
  });

  afterAll(async () => {
    await mariadb.run(
      'DROP VIEW IF EXISTS rec_fault_slow; DROP TABLE IF EXISTS rec_fault; DROP DATABASE rec_fault_other',
    );
    await target.run('DROP VIEW IF EXISTS rec_fault_slow; DROP TABLE IF EXISTS rec_fault');
  });

  const slow = (args: string[] = []) =>
    sluiceOnSandbox(
      ['reconcile', 'rec_fault_slow', '--source', url(), '--target', target.url, '--key', 'id', ...args],
      { timeout: 60_000 },
    );

  it('a connection that is killed midway: a new one goes on', async () => {
    const killed = (async () => {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
        const [row] = await mariadb.run(
          "SELECT id FROM information_schema.processlist WHERE info LIKE '%GROUP BY b%' AND info LIKE '%rec_fault_slow%' AND id <> connection_id()",
        );
        if (row !== undefined) {
          await mariadb.run(`KILL CONNECTION ${row[0]}`);
          return true;
        }
      }
      return false;
    })();
    const result = await slow();
    expect(await killed).toBe(true);
    expect(result.stderr).toContain('reconnecting to continue with the table');
    expect(result.stdout).toContain('Equal: every row and column compared.');
    expect(result.code).toBe(0);
  });

  it('a statement that takes too long: exit 15', async () => {
    const result = await slow(['--statement-timeout', '300ms']);
    expect(result.stdout).toContain('TIMED_OUT');
    expect(result.code).toBe(15);
  });

  it('a wrong password: exit 12, and the password in no output', async () => {
    const wrong = new URL(url());
    wrong.password = 'secret-1';
    const result = await sluiceOnSandbox(['reconcile', 'rec_fault', '--source', String(wrong), '--target', target.url]);
    expect(result.code).toBe(12);
    expect(result.stderr).toContain('DATABASE_UNAUTHORIZED');
    expect(result.stdout + result.stderr).not.toContain('secret-1');
  });

  it('one table given as both sides is refused, whichever database the two sessions are in', async () => {
    const other = new URL(url());
    other.pathname = '/rec_fault_other';
    const schema = new URL(url()).pathname.slice(1);
    const result = await sluiceOnSandbox([
      'reconcile',
      `${schema}.rec_fault`,
      '--source',
      url(),
      '--target',
      String(other),
    ]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('source and target are the same table');
  });
});
