import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { compare, ports, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';

const OPTIONS = { statementTimeout: 0, connectTimeout: 5000 };

describe('kinds of tables and settings of MySQL', () => {
  const mysql = useMariadb();
  const postgres = usePostgres('target');
  const TABLES =
    'rec_kinds_parts, rec_kinds_rows, rec_kinds_merge, rec_kinds_myisam, rec_kinds_memory, rec_kinds_hole, rec_kinds_csv, rec_kinds_archive, rec_kinds_gipk';

  beforeAll(async () => {
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

  it('rows of a view of several SELECTs are found by keys with backslashes and quotes', async () => {
    for (const name of ['rec_kinds_a', 'rec_kinds_b']) {
      onTestFinished(
        async () => void (await mysql.run(`DROP VIEW IF EXISTS ${name}_view; DROP TABLE IF EXISTS ${name}`)),
      );
      await mysql.run(`DROP VIEW IF EXISTS ${name}_view; DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (k varchar(20) PRIMARY KEY, v int);
        CREATE VIEW ${name}_view AS SELECT k, v FROM ${name} WHERE v < 0 UNION ALL SELECT k, v FROM ${name} WHERE v >= 0`);
    }
    await mysql.run(
      `INSERT INTO rec_kinds_a VALUES ('a\\\\b', 1), ('it''s', 2), ('c', 3), ('\\\\', 4); INSERT INTO rec_kinds_b SELECT k, v + 1 FROM rec_kinds_a`,
    );
    const report = await compare(mysql, mysql, ['rec_kinds_a_view=rec_kinds_b_view'], { key: ['k'] });
    expect(report.tables[0]?.error).toBeUndefined();
    expect(report.tables[0]?.differences.map(({ kind, key }) => `${kind} ${key['k']}`).sort()).toEqual(
      ['different \\', 'different a\\b', 'different c', "different it's"].sort(),
    );
    const one = await compare(mysql, mysql, ['rec_kinds_a_view=rec_kinds_b_view'], { key: ['k'], where: "k = 'a\\b'" });
    expect(one.tables[0]).toMatchObject({ rows: { source: 1, target: 1 }, different: 1 });
  });

  it('a table whose name has a quote in it is repaired', async () => {
    const name = "rec_kinds_it's";
    for (const one of [name, `${name}_copy`]) {
      onTestFinished(async () => void (await mysql.run(`DROP TABLE IF EXISTS \`${one}\``)));
      await mysql.run(
        `DROP TABLE IF EXISTS \`${one}\`; CREATE TABLE \`${one}\` (id int PRIMARY KEY, v int); INSERT INTO \`${one}\` VALUES (1, 1)`,
      );
    }
    await mysql.run(`UPDATE \`${name}_copy\` SET v = 2`);
    const schema = new URL(mysql.url).pathname.slice(1);
    const pair = { source: { schema, name }, target: { schema, name: `${name}_copy` } };
    const report = await reconcile(
      {
        source: mysql,
        target: mysql,
        tables: [pair],
        limit: 10,
        ...OPTIONS,
        repair: { mode: 'apply', allowDelete: false, confirm: async () => {} },
      },
      ports,
    );
    expect(report.repair).toMatchObject({ updated: 1, left: [] });
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

  it('a user who may read only some columns is refused: the others would be left out silently', async () => {
    const from = await reader('GRANT SELECT (id) ON sluice.rec_kinds_rows');
    const report = await compare(from, postgres, ['rec_kinds_rows']);
    expect(report.tables[0]?.error).toMatchObject({
      code: 'ROWS_HIDDEN',
      message: expect.stringContaining('this user may not read all columns'),
    });
  });
});
