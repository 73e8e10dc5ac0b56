import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/reconcile/open.ts';
import { compare, mariadbOf, postgresOf, type TestDatabase } from '../integration/reconcile-support.ts';

const OPTIONS = { statementTimeout: 0, connectTimeout: 5000 };

describe('kinds of tables and settings of MySQL', () => {
  let mysql: TestDatabase;
  let postgres: TestDatabase;
  const TABLES =
    'rec_kinds_parts, rec_kinds_rows, rec_kinds_merge, rec_kinds_myisam, rec_kinds_memory, rec_kinds_hole, rec_kinds_csv, rec_kinds_archive, rec_kinds_gipk';

  beforeAll(async () => {
    mysql = await mariadbOf();
    postgres = await postgresOf('target');
    await mysql.run(`DROP VIEW IF EXISTS rec_kinds_view; DROP TABLE IF EXISTS ${TABLES};
      CREATE TABLE rec_kinds_parts (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3;
      CREATE TABLE rec_kinds_rows (id int PRIMARY KEY, c char(5), t time(3)); INSERT INTO rec_kinds_rows VALUES (1, 'a', '10:00:00.0006'), (2, 'b', NULL);
      CREATE TABLE rec_kinds_myisam (id int NOT NULL, PRIMARY KEY (id)) ENGINE = MyISAM; INSERT INTO rec_kinds_myisam VALUES (1);
      CREATE TABLE rec_kinds_merge (id int NOT NULL, PRIMARY KEY (id)) ENGINE = MERGE UNION = (rec_kinds_myisam);
      CREATE TABLE rec_kinds_memory (id int PRIMARY KEY) ENGINE = MEMORY;
      CREATE TABLE rec_kinds_hole (id int PRIMARY KEY) ENGINE = BLACKHOLE;
      CREATE TABLE rec_kinds_csv (id int NOT NULL) ENGINE = CSV;
      CREATE TABLE rec_kinds_archive (id int) ENGINE = ARCHIVE;
      SET SESSION sql_generate_invisible_primary_key = ON; CREATE TABLE rec_kinds_gipk (v int); SET SESSION sql_generate_invisible_primary_key = OFF;
      INSERT INTO rec_kinds_gipk VALUES (1), (2);
      CREATE VIEW rec_kinds_view AS SELECT * FROM rec_kinds_rows WHERE id < 100`);
    await postgres.run(`DROP TABLE IF EXISTS rec_kinds_rows, rec_kinds_myisam, rec_kinds_gipk;
      CREATE TABLE rec_kinds_rows (id int PRIMARY KEY, c char(5), t time(3)); INSERT INTO rec_kinds_rows VALUES (1, 'a', '10:00:00.001'), (2, 'b', NULL);
      CREATE TABLE rec_kinds_myisam (id int PRIMARY KEY); INSERT INTO rec_kinds_myisam VALUES (1);
      CREATE TABLE rec_kinds_gipk (my_row_id bigint PRIMARY KEY, v int); INSERT INTO rec_kinds_gipk VALUES (1, 1), (2, 2)`);
  });

  afterAll(async () => {
    await mysql.run(`DROP VIEW IF EXISTS rec_kinds_view; DROP TABLE IF EXISTS ${TABLES}`);
    await postgres.run('DROP TABLE IF EXISTS rec_kinds_rows, rec_kinds_myisam, rec_kinds_gipk');
    await mysql.close();
    await postgres.close();
  });

  /** A user for whom init_connect is run, as it is not for one who may do everything. */
  const reader = async (grant: string): Promise<TestDatabase> => {
    await mysql.run(
      `DROP USER IF EXISTS rec_kinds_reader; CREATE USER rec_kinds_reader IDENTIFIED BY 'reader'; ${grant} TO rec_kinds_reader`,
    );
    onTestFinished(async () => void (await mysql.run('DROP USER rec_kinds_reader')));
    const url = new URL(mysql.url);
    url.username = 'rec_kinds_reader';
    url.password = 'reader';
    return { ...mysql, url: url.toString() };
  };

  it('each is named for what it is, with what its engine promises', async () => {
    const session = await openSession(mysql, OPTIONS);
    onTestFinished(() => session.close());
    const tables = (await session.tables()).filter(({ name }) => name.startsWith('rec_kinds_'));
    expect(Object.fromEntries(tables.map(({ name, kind }) => [name.slice(10), kind]))).toEqual({
      parts: 'partitioned table',
      rows: 'table',
      gipk: 'table',
      merge: 'merge table',
      myisam: 'table',
      memory: 'table',
      hole: 'blackhole table',
      csv: 'table',
      archive: 'table',
      view: 'view',
    });
    const facts = async (name: string) => {
      const { transactional, primaryKey, uniqueKeys } = await session.describe({ name: `rec_kinds_${name}` });
      return [transactional, primaryKey, uniqueKeys];
    };
    expect(await facts('parts')).toEqual([true, ['id'], [['id']]]);
    expect(await facts('gipk')).toEqual([true, ['my_row_id'], [['my_row_id']]]);
    expect(await facts('myisam')).toEqual([false, ['id'], [['id']]]);
    expect(await facts('memory')).toEqual([false, ['id'], [['id']]]);
    expect(await facts('csv')).toEqual([false, [], []]);
    expect(await facts('merge')).toEqual([false, ['id'], []]);
  });

  it('a table without versions of rows is compared, and the report says that it has no snapshot', async () => {
    const report = await compare(mysql, postgres, ['rec_kinds_myisam', 'rec_kinds_view=rec_kinds_rows']);
    expect(report.tables.map(({ verdict }) => verdict)).toEqual(['equal', 'equal']);
    expect(report.tables[0]?.notes.join()).toContain('read without a snapshot');
    expect(report.tables[1]?.notes.join()).toContain('a view: it may hide rows of its tables');
  });

  it('defaults of the server that hide rows or columns, or change values, are not heeded', async () => {
    const globals = {
      sql_select_limit: '1',
      sql_mode: "'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES,PIPES_AS_CONCAT,TIME_TRUNCATE_FRACTIONAL'",
      transaction_isolation: "'READ-UNCOMMITTED'",
      init_connect: "'SET NAMES latin1, autocommit = 0, sql_select_limit = 1'",
      max_execution_time: '2',
      completion_type: '2',
      show_gipk_in_create_table_and_information_schema: 'OFF',
      group_concat_max_len: '4',
      div_precision_increment: '0',
      max_join_size: '1',
      wait_timeout: '1',
    };
    const from = await reader('GRANT SELECT ON sluice.*');
    onTestFinished(async () => {
      for (const name of Object.keys(globals)) await mysql.run(`SET GLOBAL ${name} = DEFAULT`);
    });
    for (const [name, value] of Object.entries(globals)) await mysql.run(`SET GLOBAL ${name} = ${value}`);
    const report = await compare(from, postgres, ['rec_kinds_rows', 'rec_kinds_gipk']);
    expect(report.tables.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(report.tables).toMatchObject([
      { verdict: 'equal', rows: { source: 2, target: 2 } },
      { verdict: 'equal', key: ['my_row_id'] },
    ]);
    const session = await openSession(from, OPTIONS);
    onTestFinished(() => session.close());
    const [settings] = await session.query(
      'SELECT @@transaction_isolation, @@character_set_results, @@max_execution_time, @@autocommit',
    );
    expect(settings).toEqual(['REPEATABLE-READ', 'utf8mb4', '0', '1']);
  });

  it('a user who may read some columns only is refused: the others would be left out in silence', async () => {
    const from = await reader('GRANT SELECT (id) ON sluice.rec_kinds_rows');
    const report = await compare(from, postgres, ['rec_kinds_rows']);
    expect(report.tables[0]?.error).toMatchObject({
      code: 'ROWS_HIDDEN',
      message: expect.stringContaining('this user may not read all columns'),
    });
  });
});
