import { createHash } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openMysql } from '../../src/databases/mysql/session.ts';
import { dialectFor } from '../../src/reconcile/dialects/index.ts';
import { compareOne, digest, type TestDatabase, useMariadb } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const OPTIONS = { statementTimeout: 0, connectTimeout: 5000 };

/** What MySQL's accounts, functions and settings are, and MariaDB's are not. */
describe('a session on MySQL', () => {
  const mysql = useMariadb();
  afterAll(() => mysql.close());

  const urlOf = (user: string, password: string) => {
    const url = new URL(mysql.url);
    url.username = user;
    url.password = password;
    return String(url);
  };
  const account = async (name: string, grants: string[]) => {
    await mysql.run(`DROP USER IF EXISTS ${name}`);
    await mysql.run(`CREATE USER ${name} IDENTIFIED WITH caching_sha2_password BY 'rec-secret-7'`);
    for (const grant of grants) await mysql.run(grant);
    onTestFinished(async () => void (await mysql.run(`DROP USER IF EXISTS ${name}`)));
    return urlOf(name, 'rec-secret-7');
  };

  it('logs in with caching_sha2_password the first time, with TLS and without', async () => {
    for (const query of ['', '?sslMode=REQUIRED', '?sslMode=DISABLED']) {
      const url = await account('rec_first', []);
      const session = await openMysql(`${url.replace(/\/[^/]*$/, '/')}${query}`, 'first', OPTIONS);
      const [[cipher] = []] = await session
        .query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        .then((rows) => rows.map(([, value]) => [value]));
      expect((cipher ?? '') !== '', query).toBe(query === '?sslMode=REQUIRED');
      await session.close();
    }
  });

  it('where encryption is required and the URL has none, says so without the password', async () => {
    const url = await account('rec_secure', ['ALTER USER rec_secure REQUIRE SSL']);
    const refused = openMysql(url, 'secure', OPTIONS);
    await expect(refused).rejects.toMatchObject({ code: 'DATABASE_UNAUTHORIZED' });
    await expect(refused).rejects.not.toThrow('rec-secret-7');
  });

  it('needs SELECT on the tables and nothing else', async () => {
    await mysql.run(
      'DROP TABLE IF EXISTS rec_least, rec_least_copy; CREATE TABLE rec_least (id int PRIMARY KEY, v varchar(20)); CREATE TABLE rec_least_copy LIKE rec_least',
    );
    onTestFinished(async () => void (await mysql.run('DROP TABLE IF EXISTS rec_least, rec_least_copy')));
    await mysql.run(
      "INSERT INTO rec_least VALUES (1, 'a'), (2, 'b'); INSERT INTO rec_least_copy VALUES (1, 'a'), (2, 'c')",
    );
    const url = await account(
      'rec_reader',
      ['rec_least', 'rec_least_copy'].map((table) => `GRANT SELECT ON ${table} TO rec_reader`),
    );
    const reader: TestDatabase = { ...mysql, url };
    expect(await compareOne(reader, reader, 'rec_least=rec_least_copy')).toMatchObject({
      verdict: 'different',
      different: 1,
    });
  });

  it('hashes with what the server has, and asks for no function that anybody may have planted', async () => {
    await mysql.run('DROP FUNCTION IF EXISTS md5; DROP FUNCTION IF EXISTS sha2; DROP FUNCTION IF EXISTS conv');
    if (digest === 'md5') return;
    // It gives the right answer to what a session asks for at its start, and one answer to everything else.
    const right = createHash('md5').update('sluice').digest('hex');
    await mysql.run('SET GLOBAL log_bin_trust_function_creators = ON');
    await mysql.run(
      `CREATE FUNCTION md5 (t longtext) RETURNS varchar(32) DETERMINISTIC NO SQL RETURN IF(t = 'sluice', '${right}', REPEAT('0', 32))`,
    );
    onTestFinished(async () => void (await mysql.run('DROP FUNCTION md5')));
    await mysql.run(
      'DROP TABLE IF EXISTS rec_planted, rec_planted_copy; CREATE TABLE rec_planted (id int PRIMARY KEY, v varchar(20)); CREATE TABLE rec_planted_copy LIKE rec_planted',
    );
    onTestFinished(async () => void (await mysql.run('DROP TABLE IF EXISTS rec_planted, rec_planted_copy')));
    await mysql.run("INSERT INTO rec_planted VALUES (1, 'a'); INSERT INTO rec_planted_copy VALUES (1, 'b')");
    for (const [hash, algorithm] of [
      ['md5', 'sha256'],
      ['md5-128', 'sha256-128'],
    ] as const)
      expect(await compareOne(mysql, mysql, 'rec_planted=rec_planted_copy', { hash })).toMatchObject({
        different: 1,
        checksum: { algorithm },
      });
  });

  it('a table that has grown since somebody asked is estimated by what it has now', async () => {
    await mysql.run(
      'DROP TABLE IF EXISTS rec_grown; CREATE TABLE rec_grown (id int AUTO_INCREMENT PRIMARY KEY, v int)',
    );
    onTestFinished(async () => void (await mysql.run('DROP TABLE IF EXISTS rec_grown')));
    // Kept by the server for a day.
    await mysql.run("SELECT table_rows FROM information_schema.tables WHERE table_name = 'rec_grown'");
    await mysql.run('INSERT INTO rec_grown (v) VALUES (1), (2), (3), (4)');
    for (let rows = 4; rows < 16_000; rows *= 2) await mysql.run('INSERT INTO rec_grown (v) SELECT v FROM rec_grown');
    const session = await openMysql(mysql.url, 'grown', OPTIONS);
    onTestFinished(() => session.close());
    // The engine counts again in the background, within some ten seconds.
    await expect
      .poll(async () => (await session.describe({ name: 'rec_grown' })).estimatedRows, {
        timeout: 40_000,
        interval: 500,
      })
      .toBeGreaterThan(8000);
  });

  describe('the position of its log', () => {
    const noted = async () => {
      const session = await openMysql(mysql.url, 'log', OPTIONS);
      const position = await dialectFor(session).logPosition(session);
      await session.close();
      return position;
    };

    it('is its GTIDs', async () => {
      const [[mode, executed] = []] = await mysql.run('SELECT @@gtid_mode, @@gtid_executed');
      if (mode !== 'ON') expect(await noted()).toMatchObject({ text: expect.stringContaining(':') });
      else expect(await noted()).toMatchObject({ text: `GTIDs ${executed}` });
    });

    it('is file and offset where it has none', async () => {
      const [[mode] = []] = await mysql.run('SELECT @@gtid_mode');
      const steps = mode === 'ON' ? ['ON_PERMISSIVE', 'OFF_PERMISSIVE', 'OFF'] : [];
      for (const step of steps) await mysql.run(`SET GLOBAL gtid_mode = ${step}`);
      try {
        expect(await noted()).toMatchObject({ text: expect.stringMatching(/^[\w.-]+\.\d+:\d+$/) });
      } finally {
        if (steps.length > 0)
          for (const step of ['OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'])
            await mysql.run(`SET GLOBAL gtid_mode = ${step}`);
      }
    });

    it('is not shown to everybody where it has no GTIDs: the reason names the right that lacks', async () => {
      const url = await account('rec_blind', []);
      const admin = await createConnection({
        host: sandbox.mariadb?.host ?? '',
        port: sandbox.mariadb?.port ?? 0,
        user: sandbox.mariadb?.user ?? '',
        password: sandbox.mariadb?.password ?? '',
      });
      const [[row]] = (await admin.query({ sql: 'SELECT @@gtid_mode', rowsAsArray: true })) as unknown as [
        [[string]],
        unknown,
      ];
      const steps = row[0] === 'ON' ? ['ON_PERMISSIVE', 'OFF_PERMISSIVE', 'OFF'] : [];
      for (const step of steps) await admin.query(`SET GLOBAL gtid_mode = ${step}`);
      try {
        const session = await openMysql(url.replace(/\/[^/]*$/, '/'), 'blind', OPTIONS);
        expect(await dialectFor(session).logPosition(session)).toEqual({
          reason: expect.stringContaining('REPLICATION CLIENT'),
        });
        await session.close();
      } finally {
        if (steps.length > 0)
          for (const step of ['OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'])
            await admin.query(`SET GLOBAL gtid_mode = ${step}`);
        await admin.end();
      }
    });
  });
});
