import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/databases/open.ts';
import { compare, compareOne, useMariadb, usePostgres } from '../helpers/databases.ts';

const OPTIONS = { statementTimeout: 0, connectTimeout: 5000 };

describe('kinds of tables in PostgreSQL', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');

  beforeAll(async () => {
    for (const side of [source, target]) {
      await side.run(`CREATE SCHEMA rec_kinds; SET search_path = rec_kinds; SET client_min_messages = warning;
        CREATE TABLE plain (id int PRIMARY KEY, v text); INSERT INTO plain VALUES (1, 'a'), (2, 'b');
        CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
        CREATE TABLE events (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
        CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (day);
        CREATE TABLE events_2024_h1 PARTITION OF events_2024 FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
        CREATE TABLE events_rest PARTITION OF events DEFAULT;
        INSERT INTO events VALUES (1, '2024-02-01'), (2, '2020-01-01');
        CREATE TABLE parent (id int PRIMARY KEY, v text NOT NULL); CREATE TABLE child () INHERITS (parent);
        INSERT INTO parent VALUES (1, 'p'), (2, 'p'); INSERT INTO child VALUES (1, 'c'), (3, 'c');
        CREATE VIEW a_view AS SELECT * FROM plain; CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM plain;
        CREATE UNIQUE INDEX ON a_matview (id);
        CREATE SEQUENCE a_sequence;
        CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SERVER rec_kinds_server FOREIGN DATA WRAPPER postgres_fdw
          OPTIONS (host '127.0.0.1', port '${new URL(side.url).port}', dbname 'sluice');
        CREATE USER MAPPING FOR sluice SERVER rec_kinds_server OPTIONS (user 'sluice', password 'sluice');
        CREATE FOREIGN TABLE a_foreign (id int NOT NULL, v text) SERVER rec_kinds_server OPTIONS (schema_name 'rec_kinds', table_name 'plain');
        CREATE TABLE mixed (id int NOT NULL, v text) PARTITION BY RANGE (id);
        CREATE TABLE mixed_here PARTITION OF mixed FOR VALUES FROM (100) TO (200);
        CREATE FOREIGN TABLE mixed_there PARTITION OF mixed FOR VALUES FROM (0) TO (100) SERVER rec_kinds_server OPTIONS (schema_name 'rec_kinds', table_name 'plain');
        CREATE TABLE "line
break" (id int PRIMARY KEY); CREATE TABLE "a""b.c" (id int PRIMARY KEY); CREATE TABLE "wild*" (id int PRIMARY KEY);
        CREATE TEMPORARY TABLE rec_kinds_temp (id int PRIMARY KEY);
        RESET search_path`);
    }
    // Of the parent's rows only: those of the child have the same ids.
    await target.run(
      "UPDATE ONLY rec_kinds.parent SET v = 'changed' WHERE id = 1; DELETE FROM rec_kinds.child WHERE id = 3",
    );
  });

  afterAll(async () => {
    for (const side of [source, target]) {
      await side.run('DROP SCHEMA IF EXISTS rec_kinds CASCADE; DROP SERVER IF EXISTS rec_kinds_server CASCADE');
    }
  });

  it('each is named for what it is', async () => {
    const session = await openSession(source, OPTIONS);
    try {
      const tables = (await session.tables()).filter(
        ({ schema, name }) => schema === 'rec_kinds' || name === 'rec_kinds_temp',
      );
      expect(Object.fromEntries(tables.map(({ name, kind }) => [name, kind]))).toEqual({
        plain: 'table',
        unlogged: 'unlogged table',
        events: 'partitioned table',
        events_2024: 'partition',
        events_2024_h1: 'partition',
        events_rest: 'partition',
        parent: 'inheritance parent',
        child: 'table',
        a_view: 'view',
        a_matview: 'materialized view',
        a_sequence: 'sequence',
        a_foreign: 'foreign table',
        mixed: 'partitioned table',
        mixed_here: 'partition',
        mixed_there: 'partition',
        'line\nbreak': 'table',
        'a"b.c': 'table',
        'wild*': 'table',
        rec_kinds_temp: 'temporary table',
      });
      expect(tables.find(({ name }) => name === 'events_2024_h1')?.parent).toEqual({
        schema: 'rec_kinds',
        name: 'events_2024',
      });
      expect(tables.find(({ name }) => name === 'rec_kinds_temp')?.visible).toBe(false);
    } finally {
      await session.close();
    }
  });

  it('a pattern compares tables, and names what it leaves out and why', async () => {
    const report = await compare(source, target, ['rec_kinds.*']);
    expect(report.tables.map(({ source: name, verdict }) => `${name} ${verdict}`).sort()).toEqual([
      'rec_kinds."a""b.c" equal',
      'rec_kinds."line\nbreak" equal',
      'rec_kinds."wild*" equal',
      'rec_kinds.child different',
      'rec_kinds.events equal',
      'rec_kinds.mixed equal',
      'rec_kinds.parent different',
      'rec_kinds.plain equal',
      'rec_kinds.unlogged equal',
    ]);
    expect(report.skipped?.map(({ table, kind }) => `${table}: ${kind}`).sort()).toEqual([
      'rec_kinds.a_foreign: foreign table',
      'rec_kinds.a_matview: materialized view',
      'rec_kinds.a_sequence: sequence',
      'rec_kinds.a_view: view',
      'rec_kinds.events_2024: partition',
      'rec_kinds.events_2024_h1: partition',
      'rec_kinds.events_rest: partition',
      'rec_kinds.mixed_here: partition',
      'rec_kinds.mixed_there: partition',
    ]);
  });

  it('a name is compared by what it means in quotes', async () => {
    const report = await compare(source, target, [
      'rec_kinds."line\nbreak"',
      '[rec_kinds].[a"b.c]',
      'rec_kinds.`wild*`',
      'rec_kinds.events_2024',
      'rec_kinds.a_view',
      'rec_kinds.a_matview',
      'rec_kinds.a_foreign',
    ]);
    expect(report.tables.map(({ verdict, rows }) => [verdict, rows.source])).toEqual([
      ['equal', 0],
      ['equal', 0],
      ['equal', 0],
      ['equal', 1],
      ['equal', 2],
      ['equal', 2],
      ['equal', 2],
    ]);
    const notes = report.tables.map((table) => table.notes.join('; '));
    expect(notes[3]).toContain('a partition: the other rows of its table are not compared here');
    expect(notes[4]).toContain('a view: it may hide rows of its tables');
    expect(notes[5]).toContain('its rows are those of the last refresh');
    expect(notes[6]).toContain('a foreign table: its rows are read from elsewhere');
  });

  it.each([
    ['rec_kinds.a_sequence', 'is a sequence'],
    ['rec_kinds_temp', 'there is no table'],
  ])('%s is refused', async (table, message) => {
    const report = await compare(source, target, [table]);
    expect(report.tables[0]?.error?.message).toContain(message);
  });

  it('a temporary table of another session is refused by its full name', async () => {
    const [[schema] = []] = await source.run(
      "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'rec_kinds_temp'",
    );
    const report = await compare(source, target, [`${schema}.rec_kinds_temp`]);
    expect(report.tables[0]?.error).toMatchObject({
      code: 'TABLE_NOT_COMPARABLE',
      message: expect.stringContaining('is a temporary table'),
    });
  });

  it('rows of an inheriting table with the key of one in the parent are all counted', async () => {
    const report = await compareOne(source, target, 'rec_kinds.parent');
    expect(report.rows).toEqual({ source: 4, target: 3 });
    expect(report.verdict).toBe('different');
    expect(report.notes.join()).toContain('no key is unique across them');
  });

  it('keys and NOT NULL count only where they hold for all rows that are read', async () => {
    await source.run(`SET search_path = rec_kinds;
      CREATE DOMAIN amount AS numeric(12,3); CREATE DOMAIN price AS amount; CREATE DOMAIN must AS int NOT NULL;
      CREATE TABLE nulls (id int PRIMARY KEY, late int, own int NOT NULL, p price, m must); INSERT INTO nulls (id, own, m) VALUES (1, 1, 1);
      ALTER TABLE nulls ADD CONSTRAINT late_set NOT NULL late NOT VALID;
      CREATE TABLE laxer_parent (id int PRIMARY KEY, v int CONSTRAINT v_set NOT NULL NO INHERIT);
      CREATE TABLE laxer_child (v int) INHERITS (laxer_parent); RESET search_path`);
    const session = await openSession(source, OPTIONS);
    try {
      const nullable = async (name: string) => {
        const { columns } = await session.describe({ schema: 'rec_kinds', name });
        return Object.fromEntries(columns.map((column) => [column.name, column.nullable]));
      };
      expect(await nullable('nulls')).toEqual({ id: false, late: true, own: false, p: true, m: true });
      expect(await nullable('laxer_parent')).toEqual({ id: false, v: true });
      expect(await nullable('a_foreign')).toEqual({ id: true, v: true });
      expect(await nullable('mixed')).toEqual({ id: true, v: true });
      expect(await nullable('events')).toEqual({ id: false, day: false });
      const keys = async (name: string) => (await session.describe({ schema: 'rec_kinds', name })).uniqueKeys;
      expect(await keys('plain')).toEqual([['id']]);
      expect(await keys('events')).toEqual([['id', 'day']]);
      expect(await keys('a_matview')).toEqual([['id']]);
      expect(await keys('parent')).toEqual([]);
      expect(await keys('a_foreign')).toEqual([]);
      expect(await keys('a_view')).toEqual([]);
      const { columns } = await session.describe({ schema: 'rec_kinds', name: 'nulls' });
      expect(columns.find(({ name }) => name === 'p')).toMatchObject({
        nativeType: 'numeric(12,3)',
        type: { family: 'decimal', scale: 3 },
      });
      expect((await session.describe({ schema: 'rec_kinds', name: 'mixed' })).transactional).toBe(false);
    } finally {
      await session.close();
    }
  });

  it('types of extensions are known in any schema', async () => {
    await source.run(`DROP EXTENSION IF EXISTS citext CASCADE; CREATE SCHEMA rec_kinds_ext; CREATE EXTENSION citext SCHEMA rec_kinds_ext; CREATE TYPE rec_kinds.citext AS ENUM ('a');
      CREATE TABLE rec_kinds.typed (id int PRIMARY KEY, c rec_kinds_ext.citext, e rec_kinds.citext, cs rec_kinds_ext.citext[])`);
    const session = await openSession(source, OPTIONS);
    try {
      const { columns } = await session.describe({ schema: 'rec_kinds', name: 'typed' });
      expect(columns.map(({ nativeType, type }) => [nativeType, type.family])).toEqual([
        ['integer', 'integer'],
        ['rec_kinds_ext.citext', 'text'],
        ['rec_kinds.citext', 'other'],
        ['rec_kinds_ext.citext[]', 'other'],
      ]);
    } finally {
      await session.close();
      await source.run('DROP TABLE rec_kinds.typed; DROP EXTENSION citext; DROP SCHEMA rec_kinds_ext');
    }
  });
});

describe('kinds of tables in MariaDB', () => {
  const mariadb = useMariadb();
  const postgres = usePostgres('target');
  const TABLES =
    'rec_kinds_parts, rec_kinds_versioned, rec_kinds_period, rec_kinds_merge, rec_kinds_myisam, rec_kinds_memory, rec_kinds_aria';

  beforeAll(async () => {
    await mariadb.run(`
      CREATE TABLE rec_kinds_parts (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3;
      CREATE TABLE rec_kinds_versioned (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING;
      CREATE TABLE rec_kinds_period (id int PRIMARY KEY, v int, f timestamp(6) GENERATED ALWAYS AS ROW START,
        t timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (f, t)) WITH SYSTEM VERSIONING;
      CREATE TABLE rec_kinds_myisam (id int NOT NULL, PRIMARY KEY (id)) ENGINE = MyISAM;
      CREATE TABLE rec_kinds_merge (id int NOT NULL, PRIMARY KEY (id)) ENGINE = MERGE UNION = (rec_kinds_myisam);
      CREATE TABLE rec_kinds_memory (id int PRIMARY KEY) ENGINE = MEMORY; CREATE TABLE rec_kinds_aria (id int PRIMARY KEY) ENGINE = Aria;
      CREATE SEQUENCE rec_kinds_sequence; CREATE VIEW rec_kinds_view AS SELECT * FROM rec_kinds_myisam WHERE id < 100;
      INSERT INTO rec_kinds_versioned VALUES (1, 1), (2, 2); UPDATE rec_kinds_versioned SET v = 3 WHERE id = 2; INSERT INTO rec_kinds_myisam VALUES (1)`);
    await postgres.run(`CREATE TABLE rec_kinds_versioned (id int PRIMARY KEY, v int); INSERT INTO rec_kinds_versioned VALUES (1, 1), (2, 3);
      CREATE TABLE rec_kinds_myisam (id int PRIMARY KEY); INSERT INTO rec_kinds_myisam VALUES (1)`);
  });

  afterAll(async () => {
    await mariadb.run(
      `DROP VIEW IF EXISTS rec_kinds_view; DROP TABLE IF EXISTS ${TABLES}; DROP SEQUENCE IF EXISTS rec_kinds_sequence`,
    );
    await postgres.run('DROP TABLE IF EXISTS rec_kinds_versioned, rec_kinds_myisam');
  });

  it('each is named for what it is, with what its engine promises', async () => {
    const session = await openSession(mariadb, OPTIONS);
    try {
      const tables = (await session.tables()).filter(({ name }) => name.startsWith('rec_kinds_'));
      expect(Object.fromEntries(tables.map(({ name, kind }) => [name.slice(10), kind]))).toEqual({
        parts: 'partitioned table',
        versioned: 'system-versioned table',
        period: 'system-versioned table',
        merge: 'merge table',
        myisam: 'table',
        memory: 'table',
        aria: 'table',
        sequence: 'sequence',
        view: 'view',
      });
      const facts = async (name: string) => {
        const { transactional, primaryKey, uniqueKeys } = await session.describe({ name: `rec_kinds_${name}` });
        return [transactional, primaryKey, uniqueKeys];
      };
      expect(await facts('parts')).toEqual([true, ['id'], [['id']]]);
      expect(await facts('period')).toEqual([true, ['id'], [['id']]]);
      expect(await facts('myisam')).toEqual([false, ['id'], [['id']]]);
      expect(await facts('memory')).toEqual([false, ['id'], [['id']]]);
      expect(await facts('aria')).toEqual([false, ['id'], [['id']]]);
      expect(await facts('merge')).toEqual([false, ['id'], []]);
    } finally {
      await session.close();
    }
  });

  it('a pattern names what it leaves out', async () => {
    const report = await compare(mariadb, postgres, ['rec_kinds_*']);
    expect(report.skipped?.map(({ table, kind }) => `${table}: ${kind}`).sort()).toEqual([
      'sluice.rec_kinds_merge: merge table',
      'sluice.rec_kinds_sequence: sequence',
      'sluice.rec_kinds_view: view',
    ]);
  });

  it('a table without versions of rows is compared, and the report says that it has no snapshot', async () => {
    const report = await compare(mariadb, postgres, ['rec_kinds_myisam', 'rec_kinds_view=rec_kinds_myisam']);
    expect(report.tables.map(({ verdict }) => verdict)).toEqual(['equal', 'equal']);
    expect(report.tables[0]?.notes.join()).toContain(
      'sluice.rec_kinds_myisam of the source is read without a snapshot: its storage engine keeps no row versions',
    );
    expect(report.tables[1]?.notes.join()).toContain('a view: it may hide rows of its tables');
  });

  it('a name with a character that no name has here is not found, and is no error of the server', async () => {
    const report = await compare(postgres, mariadb, ['rec_kinds_myisam=rec_😀', 'rec_kinds_myisam=sluice.rec_😀']);
    for (const { error } of report.tables)
      expect(error).toMatchObject({ code: 'TABLE_NOT_FOUND', message: expect.stringContaining('rec_😀') });
  });

  it('sequences are refused by name', async () => {
    const report = await compare(mariadb, postgres, ['rec_kinds_sequence']);
    expect(report.tables[0]?.error).toMatchObject({ code: 'TABLE_NOT_COMPARABLE' });
  });

  it('defaults of the server that hide rows or change values are not heeded', async () => {
    const GLOBALS = {
      system_versioning_asof: "'2020-01-01 00:00:00'",
      sql_select_limit: '1',
      sql_mode: "'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES,PIPES_AS_CONCAT'",
      tx_isolation: "'READ-UNCOMMITTED'",
      init_connect: "'SET NAMES latin1, autocommit = 0, sql_select_limit = 1'",
      max_statement_time: '2',
      completion_type: '2',
    };
    // init_connect is not run for a user who may do everything.
    await mariadb.run(
      "CREATE OR REPLACE USER rec_kinds_reader IDENTIFIED BY 'reader'; GRANT SELECT ON sluice.* TO rec_kinds_reader",
    );
    const url = new URL(mariadb.url);
    url.username = 'rec_kinds_reader';
    url.password = 'reader';
    const reader = { ...mariadb, url: url.toString() };
    try {
      for (const [name, value] of Object.entries(GLOBALS)) await mariadb.run(`SET GLOBAL ${name} = ${value}`);
      const report = await compare(reader, postgres, ['rec_kinds_versioned']);
      expect(report.tables[0]?.error).toBeUndefined();
      expect(report.tables).toMatchObject([{ verdict: 'equal', rows: { source: 2, target: 2 } }]);
      const session = await openSession(reader, OPTIONS);
      const [settings] = await session.query('SELECT @@tx_isolation, @@character_set_results, @@max_statement_time');
      await session.close();
      expect(settings).toEqual(['REPEATABLE-READ', 'utf8mb4', '0.000000']);
    } finally {
      for (const name of Object.keys(GLOBALS)) await mariadb.run(`SET GLOBAL ${name} = DEFAULT`);
      await mariadb.run('DROP USER rec_kinds_reader');
    }
  });

  it('a user who may read only some columns is refused: the others would be left out silently', async () => {
    await mariadb.run(
      `CREATE OR REPLACE USER rec_kinds_reader IDENTIFIED BY 'reader'; GRANT SELECT (id) ON sluice.rec_kinds_versioned TO rec_kinds_reader`,
    );
    const url = new URL(mariadb.url);
    url.username = 'rec_kinds_reader';
    url.password = 'reader';
    try {
      const report = await compare({ ...mariadb, url: url.toString() }, postgres, ['rec_kinds_versioned']);
      expect(report.tables[0]?.error).toMatchObject({
        code: 'ROWS_HIDDEN',
        message: expect.stringContaining('this user may not read all columns'),
      });
    } finally {
      await mariadb.run('DROP USER rec_kinds_reader');
    }
  });
});
