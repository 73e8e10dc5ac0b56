import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../src/errors/error.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { parseTablePair } from '../../src/reconcile/tables.ts';
import {
  compare,
  engine,
  given,
  mariadbOf,
  postgresOf,
  type TestDatabase,
  useMariadb,
  usePostgres,
} from '../helpers/databases.ts';
import { applyAll, rows, scriptOf, skipped } from '../helpers/repairs.ts';

// What a repair must leave as it is: rows that the comparison has not named, in whatever table they are.

const source = usePostgres('source');
const target = usePostgres('target');
const mariadb = useMariadb();

const both: [string, () => TestDatabase][] = [
  ['PostgreSQL', () => target],
  [engine, () => mariadb],
];

describe.each(both)('%s: a row that --where takes on one side only', (_engine, other) => {
  const where = "st = 'open'";

  it('is neither deleted nor overwritten', async () => {
    const table = 'create table reb_open(id int primary key, st varchar(9), v varchar(9));';
    await using _a = await given(
      source,
      `${table} insert into reb_open values (1,'shut','new'),(2,'open','x'),(3,'open','c');`,
    );
    await using _b = await given(
      other(),
      `${table} insert into reb_open values (1,'open','old'),(2,'shut','x'),(3,'open','d'),(4,'open','e');`,
    );
    const report = await compare(source, other(), ['reb_open'], { where, repair: applyAll });
    expect(skipped(report)).toEqual([
      [expect.stringContaining('the condition excludes'), expect.arrayContaining([{ id: '1' }, { id: '2' }])],
    ]);
    expect(report.repair).toMatchObject({ inserted: 0, updated: 1, deleted: 1 });
    expect(reconcileExit(report)).toBe(14);
    expect(await rows(other(), 'select * from reb_open order by id')).toEqual(['1,open,old', '2,shut,x', '3,open,c']);
  });

  it('is not doubled where the key is not held unique, and neither is what has its key touched by a script', async () => {
    const table = 'create table reb_open(id int, st varchar(9), v varchar(9));';
    const there = ['1,open,old', '1,shut,keep', '2,shut,x'];
    await using _a = await given(source, `${table} insert into reb_open values (2,'open','x');`);
    await using _b = await given(
      other(),
      `${table} insert into reb_open values (1,'open','old'),(1,'shut','keep'),(2,'shut','x');`,
    );
    const report = await compare(source, other(), ['reb_open'], { key: ['id'], where, repair: applyAll });
    expect(report.repair).toMatchObject({ inserted: 0, deleted: 0, left: [{ rows: 2 }] });
    expect(reconcileExit(report)).toBe(14);
    const { sql } = await scriptOf(source, other(), ['reb_open'], { key: ['id'], where });
    await other().run(sql);
    expect(await rows(other(), 'select * from reb_open order by id, st')).toEqual(there);
  });
});

describe.each(both)(
  '%s: a script, run when a second row has come under a key that is not held unique',
  (_engine, other) => {
    it('changes and deletes neither of the two', async () => {
      const table = 'create table reb_two(k varchar(9) not null, v varchar(9));';
      await using _a = await given(source, `${table} insert into reb_two values ('a','new'),('c','c');`);
      await using _b = await given(
        other(),
        `${table} insert into reb_two values ('a','old'),('c','old'),('x','extra');`,
      );
      const { sql } = await scriptOf(source, other(), ['reb_two'], { key: ['k'] });
      await other().run("insert into reb_two values ('a','other'),('x','other')");
      await other().run(sql);
      expect(await rows(other(), 'select k, v from reb_two order by k, v')).toEqual([
        'a,old',
        'a,other',
        'c,c',
        'x,extra',
        'x,other',
      ]);
    });
  },
);

it('PostgreSQL: a script does not take a table for empty that is rewritten while the script is written', async () => {
  const tables = `create table reb_many(id int primary key, v text); create table reb_anew(id int primary key, v text);`;
  const fill = (v: string) =>
    `${tables} insert into reb_many select i, '${v}' from generate_series(1, 10010) i; insert into reb_anew select i, '${v}' from generate_series(1, 5) i;`;
  await using _a = await given(source, fill('new'));
  await using _b = await given(target, fill('old'));
  const migration = await postgresOf('source');
  let migrated: Promise<unknown> | undefined;
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    migrated ??= migration.run("alter table reb_anew alter column v type text using v || '!'");
  };
  await compare(source, target, ['reb_many', 'reb_anew'], { repair: { mode: 'sql', allowDelete: true, write } });
  await migrated;
  await migration.close();
  expect(lines.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('UPDATE "public"."reb_anew"'))).toHaveLength(5);
});

describe('a row to which rows of other tables refer', () => {
  const referring = (to: string, more = '') =>
    `create table reb_child(id int primary key, p int references ${to} on delete cascade); ${more}`;
  const extra = "values (1, 'a'), (5, 'extra'); insert into reb_child values (10, 5);";

  it.each([
    [
      'by a key of the table that a partition is of',
      'reb_part',
      `create table reb_all(id int primary key, v text) partition by range (id);
       create table reb_part partition of reb_all for values from (0) to (100); ${referring('reb_all')} insert into reb_all ${extra}`,
    ],
    [
      'by a key of a partition',
      'reb_all',
      `create table reb_all(id int primary key, v text) partition by range (id);
       create table reb_part partition of reb_all for values from (0) to (100); ${referring('reb_part')} insert into reb_all ${extra}`,
    ],
    [
      'by a key of a table that inherits',
      'reb_all',
      `create table reb_all(id int, v text); create table reb_part(primary key (id)) inherits (reb_all); ${referring('reb_part')} insert into reb_part ${extra}`,
    ],
  ])('%s is not deleted', async (_what, name, theirs) => {
    await using _a = await given(
      source,
      `create table ${name}(id int primary key, v text); insert into ${name} values (1, 'a');`,
    );
    await using _b = await given(target, theirs);
    const report = await compare(source, target, [name], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('refer to it'), [{ id: '5' }]]]);
    const { sql } = await scriptOf(source, target, [name]);
    await target.run(sql);
    expect(await rows(target, 'select * from reb_child')).toEqual(['10,5']);
  });

  it.each(both)('%s: with blanks behind it, from a source that pads, is not deleted', async (_engine, other) => {
    await using _a = await given(
      source,
      "create table reb_all(id char(5) primary key, v text); insert into reb_all values ('aa', 'a');",
    );
    // In its default collations blanks at the end do not count.
    const collation = engine === 'MariaDB' ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
    const code = other() === target ? 'varchar(5)' : `varchar(5) collate ${collation}`;
    await using _b = await given(
      other(),
      `create table reb_all(id ${code} primary key, v varchar(9));
       create table reb_child(id int primary key, p ${code}, foreign key (p) references reb_all(id) on delete cascade);
       insert into reb_all values ('aa   ', 'a'), ('bb   ', 'x'); insert into reb_child values (10, 'bb   ');`,
    );
    expect(skipped(await compare(source, other(), ['reb_all'], { repair: applyAll }))).toMatchObject([
      [expect.stringContaining('refer to it'), [{}]],
    ]);
    const { lines, sql } = await scriptOf(source, other(), ['reb_all']);
    expect(lines.join('\n')).toContain('DELETE');
    await other().run(sql);
    expect(await rows(other(), 'select id from reb_child')).toEqual(['10']);
  });

  it.each([
    ['PostgreSQL', () => target, () => postgresOf('target')],
    [engine, () => mariadb, mariadbOf],
  ])('%s: by one that is written while a script waits is not deleted', async (_engine, other, open) => {
    const table = 'create table reb_all(id int primary key, v varchar(9));';
    await using _a = await given(source, `${table} insert into reb_all values (1, 'a');`);
    await using _b = await given(
      other(),
      `${table} create table reb_child(id int primary key, p int, foreign key (p) references reb_all(id) on delete cascade);
       insert into reb_all values (1, 'a'), (5, 'x');`,
    );
    const { sql } = await scriptOf(source, other(), ['reb_all']);
    const writer = await open();
    try {
      await writer.run('begin; insert into reb_child values (10, 5)');
      const running = other().run(sql);
      const blocked =
        other() === target
          ? "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
          : "select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'";
      // InnoDB answers from a cache while it is asked more often than every 100 ms.
      await expect.poll(() => rows(writer, blocked), { timeout: 20_000, interval: 300 }).toEqual(['1']);
      await writer.run('commit');
      await running;
      expect(await rows(other(), 'select id, p from reb_child')).toEqual(['10,5']);
    } finally {
      await writer.close();
    }
  });

  it('by an operator of an extension is not deleted', async () => {
    for (const one of [source, target]) await one.run('create extension if not exists citext');
    await using _a = await given(
      source,
      "create table reb_all(id citext primary key); insert into reb_all values ('a');",
    );
    await using _b = await given(
      target,
      `create table reb_all(id citext primary key); create table reb_child(p citext references reb_all on delete cascade);
       insert into reb_all values ('a'), ('b'); insert into reb_child values ('B');`,
    );
    const report = await compare(source, target, ['reb_all'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('refer to it'), [{ id: 'b' }]]]);
    const { sql } = await scriptOf(source, target, ['reb_all']);
    await target.run(sql);
    expect(await rows(target, 'select * from reb_child')).toEqual(['B']);
  });

  it('by a column that is computed from others is not changed', async () => {
    await using _a = await given(
      source,
      "create table reb_all(id int primary key, c text); insert into reb_all values (1, 'new');",
    );
    await using _b = await given(
      target,
      `create table reb_all(id int primary key, c text, g text generated always as (upper(c)) stored unique);
       create table reb_child(p text references reb_all(g) on update cascade);
       insert into reb_all values (1, 'old'); insert into reb_child values ('OLD');`,
    );
    const report = await compare(source, target, ['reb_all'], { ignore: ['g'], repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('refer to it'), [{ id: '1' }]]]);
    expect(await rows(target, 'select * from reb_child')).toEqual(['OLD']);
  });

  it.each(both)('%s: through a view is not deleted, nor anything else written', async (_engine, other) => {
    await using _a = await given(
      source,
      "create table reb_view(id int primary key, v varchar(9)); insert into reb_view values (1,'a'),(2,'b');",
    );
    await using _b = await given(
      other(),
      `create table reb_all(id int primary key, v varchar(9));
       create table reb_child(id int primary key, p int, foreign key (p) references reb_all(id) on delete cascade);
       insert into reb_all values (1,'a'),(5,'extra'); insert into reb_child values (10,5);`,
    );
    await other().run('create view reb_view as select * from reb_all');
    try {
      const report = await compare(source, other(), ['reb_view'], { key: ['id'], repair: applyAll });
      expect(report.repair?.left).toMatchObject([{ reason: expect.stringContaining('it is a view'), rows: 2 }]);
      expect(reconcileExit(report)).toBe(14);
      const { lines } = await scriptOf(source, other(), ['reb_view'], { key: ['id'] });
      expect(lines).toEqual([]);
      expect(await rows(other(), 'select id, p from reb_child')).toEqual(['10,5']);
    } finally {
      await other().run('drop view reb_view');
    }
  });

  it('and whose unique value it would give to another in a script keeps both', async () => {
    const table = 'create table reb_all(id int primary key, u varchar(9) not null unique);';
    await using _a = await given(source, `${table} insert into reb_all values (1,'b'),(2,'a');`);
    await using _b = await given(
      target,
      `${table} create table reb_child(u varchar(9) references reb_all(u) on update cascade);
       insert into reb_all values (1,'a'),(2,'b'); insert into reb_child values ('a'),('b');`,
    );
    const { sql } = await scriptOf(source, target, ['reb_all']);
    await target.run(sql);
    expect(await rows(target, 'select id, u from reb_all order by 1')).toEqual(['1,a', '2,b']);
    expect(await rows(target, 'select u from reb_child order by 1')).toEqual(['a', 'b']);
  });
});

describe.each(both)('%s: a script for rows that refer to each other', (_engine, other) => {
  it('runs for a tree, and where the parent of a row is another now', async () => {
    const table =
      'create table reb_tree(id int primary key, p int, u int not null unique, foreign key (p) references reb_tree(id));';
    await using _a = await given(
      source,
      `${table} insert into reb_tree values (1,null,1),(2,1,2),(3,2,3),(4,3,14),(5,4,50),(6,1,15),(20,1,16);`,
    );
    await using _b = await given(
      other(),
      `${table} insert into reb_tree values (10,null,97),(11,10,98),(12,11,99),(30,null,14),(5,10,5),(6,12,16),(20,null,15);`,
    );
    const { sql } = await scriptOf(source, other(), ['reb_tree']);
    await other().run(sql);
    expect((await compare(source, other(), ['reb_tree'])).verdict).toBe('equal');
  });
});

describe.each(both)('%s: a script in which some rows are left', (_engine, other) => {
  it('runs, and leaves those that wait for them', async () => {
    const table = `create table reb_tree(id int primary key, u varchar(9) unique);
       create table reb_leaf(id int primary key, p int, foreign key (p) references reb_tree(id));`;
    await using _a = await given(
      source,
      `${table} insert into reb_tree values (2,'a'),(3,'c'),(4,'d'),(5,'B'); insert into reb_leaf values (1,2),(2,3),(3,2);`,
    );
    await using _b = await given(
      other(),
      `${table} insert into reb_tree values (1,'a'),(4,'x'),(6,'e'); insert into reb_leaf values (3,4);`,
    );
    const { sql, report } = await scriptOf(source, other(), ['reb_tree', 'reb_leaf'], {}, false);
    const waits = 'it depends on a row that is not repaired, and the database would reject the whole script';
    expect(skipped(report).map(([reason, keys]) => [reason, keys.map((key) => JSON.stringify(key)).sort()])).toEqual([
      ['extra rows are only deleted with `allowDelete`', ['{"id":"1"}', '{"id":"6"}']],
      [waits, ['{"id":"2"}']],
      [waits, ['{"id":"1"}', '{"id":"3"}']],
    ]);
    expect(report.repair).toMatchObject({ inserted: 3, updated: 1, deleted: 0 });
    await other().run(sql);
    expect(await rows(other(), 'select id, u from reb_tree order by 1')).toEqual(['1,a', '3,c', '4,d', '5,B', '6,e']);
    expect(await rows(other(), 'select id, p from reb_leaf order by 1')).toEqual(['2,3', '3,4']);
  });
});

describe('what a trigger does', () => {
  const pair = 'create table reb_one(id int primary key, v text); create table reb_two(id int primary key, v text);';

  it('to a table of the run in which nothing differed is in the report, and in the exit code', async () => {
    await using _a = await given(
      source,
      `${pair} insert into reb_one values (1,'new'); insert into reb_two values (1,'same');`,
    );
    await using _b = await given(
      target,
      `drop function if exists reb_else cascade; ${pair} insert into reb_one values (1,'old'); insert into reb_two values (1,'same');
       create function reb_else() returns trigger language plpgsql as $$ begin update public.reb_two set v = 'broken'; return null; end $$;
       create trigger other after update on reb_one for each row execute function reb_else();`,
    );
    const report = await compare(source, target, ['reb_one', 'reb_two'], { repair: applyAll });
    expect(report.repair?.tables).toMatchObject([
      { table: 'public.reb_one', updated: 1, after: { verdict: 'equal' } },
      { table: 'public.reb_two', updated: 0, after: { verdict: 'different', different: 1 } },
    ]);
    expect(reconcileExit(report)).toBe(10);
  });

  it('when the transaction is committed is seen before', async () => {
    await using _a = await given(source, `${pair} insert into reb_one values (1,'new'),(2,'new');`);
    await using _b = await given(
      target,
      `drop function if exists reb_late cascade; ${pair} insert into reb_one values (1,'old'),(2,'old');
       create function reb_late() returns trigger language plpgsql as $$ begin
         if new.id = 1 and new.v = 'new' then update public.reb_one set v = 'broken' where id = 1; end if; return null; end $$;
       create constraint trigger late after update on reb_one deferrable initially deferred for each row execute function reb_late();`,
    );
    const report = await compare(source, target, ['reb_one'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('still differed'), [{ id: '1' }]]]);
    expect(report.repair?.updated).toBe(1);
    expect(await rows(target, 'select id, v from reb_one order by 1')).toEqual(['1,old', '2,new']);
  });
});

it('an interruption while the tables are compared again keeps the report of what was done', async () => {
  const table = 'create table reb_cut(id int primary key, v text);';
  await using _a = await given(source, `${table} insert into reb_cut values (1, 'a');`);
  await using _b = await given(target, table);
  const controller = new AbortController();
  const report = await reconcile(
    {
      source,
      target,
      tables: [parseTablePair('reb_cut')],
      limit: 10,
      statementTimeout: 0,
      connectTimeout: 5000,
      repair: applyAll,
    },
    {
      clock: systemClock,
      logger: silentLogger,
      signal: controller.signal,
      progress: {
        step: (title: string, work: (update: () => void) => Promise<unknown>) => {
          if (title.endsWith('compare again')) controller.abort(new SluiceError('INTERRUPTED', 'interrupted'));
          return work(() => {});
        },
      } as never,
    },
  );
  expect(report.repair).toMatchObject({ inserted: 1, error: { code: 'INTERRUPTED' } });
  expect(reconcileExit(report)).toBe(130);
});

it.each(both)('%s: a script that is run twice doubles no row where nothing holds the key unique', async (_e, other) => {
  const columns = 'id int, v varchar(20), n decimal(10,2), b boolean, d date';
  const [at, bytes] = other() === target ? ['timestamptz', 'bytea'] : ['datetime(6)', 'blob'];
  await using _a = await given(
    source,
    `create table reb_twice(${columns}, at timestamptz, x bytea, j jsonb);
     insert into reb_twice values (1, 'it''s', 1.50, true, '2024-02-29', '2024-01-01 10:00:00.5+00', '\\x00ff', '{"a": 1}'), (2, null, null, null, null, null, null, null);`,
  );
  await using _b = await given(
    other(),
    `create table reb_twice(${columns}, at ${at}, x ${bytes}, j ${other() === target ? 'jsonb' : 'json'});`,
  );
  const { sql } = await scriptOf(source, other(), ['reb_twice'], { key: ['id'] });
  await other().run(sql);
  await other().run(sql);
  await other().run(other() === target ? 'reset all' : "set sql_mode = ''");
  const report = await compare(source, other(), ['reb_twice'], { key: ['id'] });
  expect(report.tables).toMatchObject([{ verdict: 'equal', rows: { source: 2, target: 2 } }]);
});

it('rows of a key that is there several times are counted once', async () => {
  const table = 'create table reb_many(id int, v text);';
  await using _a = await given(source, `${table} insert into reb_many values (1,'a'),(1,'b'),(1,'c');`);
  await using _b = await given(target, `${table} insert into reb_many values (1,'x'),(1,'y');`);
  const report = await compare(source, target, ['reb_many'], { key: ['id'], repair: applyAll });
  expect(report.tables).toMatchObject([{ missing: 1, different: 2 }]);
  expect(report.repair).toMatchObject({ left: [{ rows: 3 }], tables: [{ left: 3 }] });
  const script = await scriptOf(source, target, ['reb_many'], { key: ['id'] });
  expect(script.report.repair).toMatchObject({ left: [{ rows: 3 }], tables: [{ left: 3 }] });
});

it('a table that a transaction of others keeps from being locked is given up as a whole', async () => {
  const table = 'create table reb_held(id int primary key, v text);';
  await using _a = await given(source, `${table} insert into reb_held select i, 'a' from generate_series(1, 20) i;`);
  await using _b = await given(target, `${table} insert into reb_held values (1, 'a');`);
  const other = await postgresOf('target');
  try {
    await other.run("begin; update reb_held set v = 'a' where id = 1");
    const report = await compare(source, target, ['reb_held'], { repair: applyAll });
    expect(report.repair?.left).toMatchObject([{ reason: expect.stringContaining('could not be locked'), rows: 19 }]);
    expect(reconcileExit(report)).toBe(14);
  } finally {
    await other.run('rollback');
    await other.close();
  }
}, 60_000);

describe(engine, () => {
  it('a column that every update sets to the time keeps what the source has', async () => {
    const values = (v: string) =>
      `insert into reb_at values (1,'${v}','2024-01-01 00:00:00'),(2,'${v}','2024-01-02 00:00:00');`;
    const table = 'create table reb_at(id int primary key, v varchar(9)';
    await using _a = await given(source, `${table}, at timestamptz(0)); ${values('new')}`);
    await using _b = await given(
      mariadb,
      `${table}, at timestamp not null default current_timestamp on update current_timestamp); ${values('old')}`,
    );
    const { sql } = await scriptOf(source, mariadb, ['reb_at']);
    const report = await compare(source, mariadb, ['reb_at'], { repair: applyAll });
    expect(report.repair).toMatchObject({ updated: 2, left: [] });
    expect(reconcileExit(report)).toBe(0);
    await mariadb.run("update reb_at set v = 'old', at = at");
    await mariadb.run(sql);
    await mariadb.run("set sql_mode = ''");
    expect((await compare(source, mariadb, ['reb_at'])).verdict).toBe('equal');
  });

  it('a row to which tables may refer that the user is not shown is not deleted', async () => {
    await using _a = await given(
      source,
      "create table reb_all(id int primary key, v text); insert into reb_all values (1, 'a');",
    );
    await using _b = await given(
      mariadb,
      `create table reb_all(id int primary key, v varchar(9)); create table reb_child(id int primary key, p int, foreign key (p) references reb_all(id) on delete cascade);
       insert into reb_all values (1,'old'),(5,'extra'); insert into reb_child values (10,5);`,
    );
    const url = new URL(mariadb.url);
    const database = url.pathname.slice(1);
    const grant = (on: string) => `grant select, insert, update, delete on ${on} to reb_few@'%'`;
    await mariadb.run("drop user if exists reb_few@'%'; create user reb_few@'%' identified by 'few'");
    try {
      await mariadb.run(grant(`\`${database}\`.reb_all`));
      url.username = 'reb_few';
      url.password = 'few';
      const few = { ...mariadb, url: url.href };
      const report = await compare(source, few, ['reb_all'], { repair: applyAll });
      expect(skipped(report)).toEqual([[expect.stringContaining('cannot see'), [{ id: '5' }]]]);
      expect(report.repair).toMatchObject({ updated: 1, deleted: 0 });
      const { lines } = await scriptOf(source, few, ['reb_all']);
      expect(lines.join('\n')).not.toContain('DELETE');
      expect(await rows(mariadb, 'select id, p from reb_child')).toEqual(['10,5']);
      // Rights of other kinds show no key, and neither does that to read.
      for (const right of ['replication client on *.*', 'execute on *.*', `select on \`${database}\`.*`]) {
        await mariadb.run(`grant ${right} to reb_few@'%'`);
        const again = await compare(source, few, ['reb_all'], { repair: applyAll });
        expect(again.repair, right).toMatchObject({
          deleted: 0,
          left: [{ reason: expect.stringMatching(/cannot see|refer/) }],
        });
      }
      expect(await rows(mariadb, 'select id, p from reb_child')).toEqual(['10,5']);
      // With a right on the database the key is seen, and that the row may go.
      await mariadb.run(`delete from reb_child; ${grant(`\`${database.replaceAll('_', '\\_')}\`.*`)}`);
      expect((await compare(source, few, ['reb_all'], { repair: applyAll })).repair).toMatchObject({
        deleted: 1,
        left: [],
      });
    } finally {
      await mariadb.run("drop user reb_few@'%'");
    }
  });

  it('a row that is longer than a statement may be stops no other', async () => {
    const [[packet = '0'] = []] = await mariadb.run('select @@max_allowed_packet');
    const longest = Number(packet) > 64_000_000 ? Number(packet) : Number(packet) + 1000;
    await using _a = await given(
      source,
      `create table reb_long(id int primary key, v text); insert into reb_long values (1, 'a'), (2, repeat('x', ${longest})), (3, 'c');`,
    );
    await using _b = await given(mariadb, 'create table reb_long(id int primary key, v longtext);');
    const report = await compare(source, mariadb, ['reb_long'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('max_allowed_packet'), [{ id: '2' }]]]);
    expect(report.repair?.inserted).toBe(2);
  }, 120_000);
});

describe('a row of which columns were left out', () => {
  const table = "create table reb_part(id int primary key, v text, w text not null default 'default');";

  it('is not inserted in part; what the compared columns differ in is repaired', async () => {
    await using _a = await given(source, `${table} insert into reb_part values (1, 'a', 'x'), (2, 'b', 'y');`);
    await using _b = await given(target, `${table} insert into reb_part values (1, 'old', 'x');`);
    for (const narrowed of [{ columns: ['v'] }, { ignore: ['w'] }]) {
      const report = await compare(source, target, ['reb_part'], { ...narrowed, repair: applyAll });
      expect(report.repair?.left).toMatchObject([
        { reason: expect.stringContaining('columns were excluded'), keys: [{ id: '2' }] },
      ]);
      expect(reconcileExit(report)).toBe(14);
      expect(await target.run('select * from reb_part')).toEqual([[1, 'a', 'x']]);
    }
  });
});

describe.each(both)('%s: two tables that are compared with one', (_engine, other) => {
  it('are not repaired: the rows of one are extra for the other, whether that can be compared or not', async () => {
    const table = (name: string) => `create table ${name}(id int primary key, v text);`;
    await using _a = await given(source, `${table('reb_one')} insert into reb_one values (1, 'a');`);
    await using _b = await given(source, `${table('reb_two')} insert into reb_two values (2, 'b'), (3, 'c');`);
    await using _c = await given(other(), `${table('reb_all')} insert into reb_all values (1, 'a'), (2, 'b');`);
    for (const pairs of [
      ['reb_one=reb_all', 'reb_two=reb_all'],
      ['reb_none=reb_all', 'reb_two=reb_all'],
    ]) {
      const report = await compare(source, other(), pairs, { repair: applyAll });
      expect(report.repair?.error?.message).toContain('nothing was repaired');
      expect(reconcileExit(report)).toBe(2);
      expect(await rows(other(), 'select id from reb_all order by id')).toEqual(['1', '2']);
    }
  });
});
