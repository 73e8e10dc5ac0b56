import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../src/errors/error.ts';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import {
  compare,
  engine,
  given,
  postgresOf,
  sequence,
  type TestDatabase,
  useMariadb,
  usePostgres,
} from '../helpers/databases.ts';
import { applyAll, rows, scriptOf, skipped } from '../helpers/repairs.ts';

const source = usePostgres('source');
const target = usePostgres('target');
const mariadb = useMariadb();

const items = 'create table rep_items(id int primary key, v text not null, n int);';

describe('a row that cannot be repaired', () => {
  const ours = `${items} insert into rep_items select i, 'v' || i, i from generate_series(1, 20) i;`;
  const theirs = `${items} insert into rep_items select i, 'old', i from generate_series(1, 18) i;`;

  it.each([
    [
      'a trigger swallows the update',
      `create function rep_keep() returns trigger language plpgsql as 'begin if new.id = 7 then return null; end if; return new; end';
       create trigger keep before update on rep_items for each row execute function rep_keep();`,
      'trigger, rule or policy',
    ],
    [
      'a trigger changes what is written',
      `create function rep_keep() returns trigger language plpgsql as 'begin if new.id = 7 then new.v := upper(new.v); end if; return new; end';
       create trigger keep before insert or update on rep_items for each row execute function rep_keep();`,
      'after the write v still differed',
    ],
    [
      'a rule does nothing instead',
      'create rule keep as on update to rep_items where new.id = 7 do instead nothing;',
      '',
    ],
    ['a constraint refuses it', `alter table rep_items add check (id <> 7 or v = 'old');`, 'violates check constraint'],
  ])('%s: it is named, and the others are repaired', async (_what, obstacle, reason) => {
    await using _a = await given(source, ours);
    await using _b = await given(target, `drop function if exists rep_keep cascade; ${theirs} ${obstacle}`);
    const report = await compare(source, target, ['rep_items'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining(reason), [{ id: '7' }]]]);
    expect(report.repair).toMatchObject({ inserted: 2, updated: 17, tables: [{ left: 1, after: { different: 1 } }] });
    expect(reconcileExit(report)).toBe(14);
    expect(await rows(target, "select id from rep_items where v <> 'v' || id")).toEqual(['7']);
  });

  it(`${engine}: a trigger refuses it`, async () => {
    await using _a = await given(source, ours);
    await using _b = await given(
      mariadb,
      `${items} insert into rep_items select seq, 'old', seq from ${sequence(1, 18)};
       create trigger rep_keep before update on rep_items for each row
         if new.id = 7 then signal sqlstate '45000' set message_text = 'seven stays'; end if;`,
    );
    const report = await compare(source, mariadb, ['rep_items'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('seven stays'), [{ id: '7' }]]]);
    expect(report.repair).toMatchObject({ inserted: 2, updated: 17 });
    expect(reconcileExit(report)).toBe(14);
  });

  it(`${engine}: a table without transactions is not repaired`, async () => {
    await using _a = await given(source, ours);
    await using _b = await given(
      mariadb,
      `${items.replace(';', ' engine = MyISAM;')} insert into rep_items values (1, 'old', 1);`,
    );
    const report = await compare(source, mariadb, ['rep_items'], { repair: applyAll });
    expect(skipped(report)[0]?.[0]).toContain('no transactions');
    expect(reconcileExit(report)).toBe(14);
    expect(await rows(mariadb, 'select * from rep_items')).toEqual(['1,old,1']);
  });
});

it('a trigger that changes another row is found by the comparison that follows', async () => {
  await using _a = await given(source, `${items} insert into rep_items values (1, 'a', 1), (2, 'b', 2);`);
  await using _b = await given(
    target,
    `drop function if exists rep_else cascade; ${items} insert into rep_items values (1, 'old', 1), (2, 'b', 2);
     create function rep_else() returns trigger language plpgsql as 'begin if new.id = 1 then update public.rep_items set n = 99 where id = 2; end if; return null; end';
     create trigger other after update on rep_items for each row execute function rep_else();`,
  );
  const report = await compare(source, target, ['rep_items'], { repair: applyAll });
  expect(report.repair).toMatchObject({
    updated: 1,
    left: [],
    tables: [{ after: { verdict: 'different', different: 1 } }],
  });
  expect(reconcileExit(report)).toBe(10);
});

describe('tables that refer to each other', () => {
  const schema = `create table rep_parent(id int primary key, code varchar(20) not null unique);
    create table rep_child(id int primary key, parent int not null, foreign key (parent) references rep_parent(id));`;
  const ours = `${schema} insert into rep_parent values (1,'a'),(2,'b'),(3,'c'); insert into rep_child values (10,1),(11,3),(12,2);`;
  // 9 is extra with its child 13; 3 is missing, and both a missing and a changed child refer to it.
  const theirs = `${schema} insert into rep_parent values (1,'b'),(2,'a'),(9,'z'); insert into rep_child values (10,1),(12,9),(13,9);`;

  it.each([
    ['PostgreSQL', () => target],
    [engine, () => mariadb],
  ])(
    '%s: rows are written parents first and deleted children first, in whatever order the tables are named',
    async (_engine, other) => {
      for (const tables of [
        ['rep_child', 'rep_parent'],
        ['rep_parent', 'rep_child'],
      ]) {
        await using _a = await given(source, ours);
        await using _b = await given(other(), theirs);
        const report = await compare(source, other(), tables, { repair: applyAll });
        expect(skipped(report)).toEqual([]);
        expect(reconcileExit(report)).toBe(0);
        expect(await rows(other(), 'select id, code from rep_parent order by 1')).toEqual(['1,a', '2,b', '3,c']);
        expect(await rows(other(), 'select id, parent from rep_child order by 1')).toEqual(['10,1', '11,3', '12,2']);
      }
    },
  );

  it.each([
    ['PostgreSQL', () => target],
    [engine, () => mariadb],
  ])('%s: the script does the same', async (_engine, other) => {
    await using _a = await given(source, ours);
    await using _b = await given(other(), theirs);
    const { sql } = await scriptOf(source, other(), ['rep_child', 'rep_parent']);
    await other().run(sql);
    expect((await compare(source, other(), ['rep_parent', 'rep_child'])).verdict).toBe('equal');
  });

  it.each([
    ['PostgreSQL', () => target],
    [engine, () => mariadb],
  ])('%s: a row is not deleted where that would delete rows of other tables', async (_engine, other) => {
    const cascading = (sql: string) =>
      sql.replace('references rep_parent(id)', 'references rep_parent(id) on delete cascade');
    await using _a = await given(source, cascading(ours));
    await using _b = await given(other(), cascading(theirs));
    const report = await compare(source, other(), ['rep_parent'], { repair: applyAll });
    expect(skipped(report)).toEqual([[expect.stringContaining('refer to it'), [{ id: '9' }]]]);
    expect(await rows(other(), 'select id, parent from rep_child order by 1')).toEqual(['10,1', '12,9', '13,9']);
    const { lines, sql } = await scriptOf(source, other(), ['rep_parent']);
    expect(lines.join('\n')).toContain('DELETE');
    await other().run(sql);
    expect(await rows(other(), 'select id, parent from rep_child order by 1')).toEqual(['10,1', '12,9', '13,9']);
  });

  it('a missing row whose parent is missing is named, and the others are repaired', async () => {
    await using _a = await given(source, ours);
    await using _b = await given(target, theirs);
    const report = await compare(source, target, ['rep_child'], { repair: applyAll });
    expect(skipped(report).flatMap(([, keys]) => keys)).toEqual([{ id: '11' }]);
    expect(report.repair).toMatchObject({ updated: 1, deleted: 1 });
    expect(reconcileExit(report)).toBe(14);
  });
});

it('values that go round in a circle of three rows, and a chain whose end is free', async () => {
  const table = 'create table rep_round(id int primary key, a int not null unique, b date not null unique, c text);';
  const day = (n: number) => `'2024-01-0${n}'`;
  await using _a = await given(
    source,
    `${table} insert into rep_round values (1,1,${day(1)},'x'),(2,2,${day(2)},'y'),(3,3,${day(3)},'z'),(4,5,${day(5)},''),(5,6,${day(6)},'');`,
  );
  await using _b = await given(
    target,
    `${table} insert into rep_round values (1,2,${day(3)},'x'),(2,3,${day(1)},'y'),(3,1,${day(2)},'q'),(4,4,${day(4)},''),(5,5,${day(5)},'');`,
  );
  const report = await compare(source, target, ['rep_round'], { repair: applyAll });
  expect(skipped(report)).toEqual([]);
  expect(reconcileExit(report)).toBe(0);
});

// Tried one by one, each row but the last waits for another one: that took as many transactions as the square of the rows.
describe.each([
  ['PostgreSQL', () => target],
  [engine, () => mariadb],
] as const)('%s: a long chain of rows', (_engine, other) => {
  const numbers = (to: number, from = 1) =>
    other() === target ? `generate_series(${from}, ${to}) s(seq)` : sequence(from, to);

  it('that refer to each other is deleted, and one is inserted, in an order that works', async () => {
    const table = 'create table rep_chain(id int primary key, prev int, foreign key (prev) references rep_chain(id));';
    await using _a = await given(
      source,
      `${table} insert into rep_chain select i, nullif(i + 1, 4001) from generate_series(3001, 4000) i;`,
    );
    await using _b = await given(
      other(),
      `${table} insert into rep_chain select seq, nullif(seq - 1, 0) from ${numbers(1000)} order by seq;`,
    );
    const report = await compare(source, other(), ['rep_chain'], { repair: applyAll });
    expect(report.repair).toMatchObject({ inserted: 1000, deleted: 1000, left: [] });
    expect(reconcileExit(report)).toBe(0);
  }, 120_000);

  it('each of which takes over the value of the next is updated in an order that works', async () => {
    const table = 'create table rep_chain(id int primary key, place int not null unique);';
    await using _a = await given(
      source,
      `${table} insert into rep_chain select i, i + 1 from generate_series(1, 1200) i;`,
    );
    await using _b = await given(other(), `${table} insert into rep_chain select seq, seq from ${numbers(1200)};`);
    const report = await compare(source, other(), ['rep_chain'], { repair: applyAll });
    expect(report.repair).toMatchObject({ updated: 1200, left: [] });
    expect(reconcileExit(report)).toBe(0);
  }, 120_000);
});

it('values under a key that takes two NULLs for equal', async () => {
  const table = 'create table rep_null(id int primary key, c text, unique nulls not distinct (c));';
  await using _a = await given(source, `${table} insert into rep_null values (1, 'a'), (2, 'b'), (3, 'c'), (4, null);`);
  await using _b = await given(target, `${table} insert into rep_null values (1, 'b'), (2, 'c'), (3, 'a'), (4, null);`);
  const { lines } = await scriptOf(source, target, ['rep_null']);
  expect(reconcileExit(await compare(source, target, ['rep_null'], { repair: applyAll }))).toBe(0);
  await target.run("delete from rep_null where id < 4; insert into rep_null values (1, 'b'), (2, 'c'), (3, 'a')");
  await target.run(lines.join('\n'));
  expect((await compare(source, target, ['rep_null'])).verdict).toBe('equal');
});

it.each([
  ['PostgreSQL', () => target],
  [engine, () => mariadb],
])('%s: a text that the source pads is written as a pipeline brings it', async (_engine, other) => {
  await using _a = await given(
    source,
    "create table rep_pad(id char(5) primary key, v char(3)); insert into rep_pad values ('a', 'x'), ('b', null);",
  );
  await using _b = await given(
    other(),
    "create table rep_pad(id varchar(5) primary key, v varchar(5)); insert into rep_pad values ('a    ', 'old');",
  );
  expect(reconcileExit(await compare(source, other(), ['rep_pad'], { repair: applyAll }))).toBe(0);
  // Without the blanks the key would be another row for the sink.
  expect(await rows(other(), "select concat(id, '|'), concat(v, '|') from rep_pad where id = 'a    '")).toEqual([
    'a    |,x  |',
  ]);
  expect(await rows(other(), "select concat(id, '|'), v from rep_pad where id = 'b    '")).toEqual(['b    |,NULL']);
});

it('generated and identity columns', async () => {
  const table = `create table rep_made(id int generated always as identity primary key, a int, twice int generated always as (a * 2) stored);`;
  await using _a = await given(source, `${table} insert into rep_made(a) select i from generate_series(1, 9) i;`);
  await using _b = await given(target, `${table} insert into rep_made(a) select 10 + i from generate_series(1, 5) i;`);
  const report = await compare(source, target, ['rep_made'], { repair: applyAll });
  expect(report.repair).toMatchObject({ inserted: 4, updated: 5, left: [] });
  expect(reconcileExit(report)).toBe(0);
});

it('a number that the database gives, and lets no UPDATE set, ends no script, and the other rows are repaired', async () => {
  const table = 'create table rep_always(id int primary key, n int generated always as identity, v text);';
  await using _a = await given(source, `${table} insert into rep_always(id, v) values (1, 'a'), (2, 'b'), (3, 'c');`);
  await using _b = await given(target, `${table} insert into rep_always(id, v) values (1, 'old'), (3, 'c'), (9, 'x');`);
  const { lines } = await scriptOf(source, target, ['rep_always']);
  await target.run(lines.join('\n'));
  expect(await rows(target, 'select * from rep_always order by id')).toEqual(['1,1,a', '2,2,b', '3,2,c']);
  const report = await compare(source, target, ['rep_always'], { repair: applyAll });
  expect(skipped(report)).toEqual([[expect.stringContaining('n is GENERATED ALWAYS'), [{ id: '3' }]]]);
});

describe('rows that change while the repair is made', () => {
  const ours = `${items} insert into rep_items values (1,'a',1),(2,'b',2),(3,'c',3);`;
  const theirs = `${items} insert into rep_items values (1,'old',1),(2,'old',2),(4,'d',4);`;

  it('what the source and the pipeline have changed since is not overwritten', async () => {
    await using _a = await given(source, ours);
    await using _b = await given(target, theirs);
    const report = await compare(source, target, ['rep_items'], {
      repair: {
        ...applyAll,
        async confirm() {
          await source.run(
            "update rep_items set v = 'newer' where id = 1; delete from rep_items where id = 3; insert into rep_items values (4, 'd', 4)",
          );
          await target.run("update rep_items set v = 'newer' where id = 1");
        },
      },
    });
    expect(report.repair).toMatchObject({ inserted: 0, updated: 1, deleted: 0, settled: 3, left: [] });
    expect(await rows(target, 'select id, v from rep_items order by 1')).toEqual(['1,newer', '2,b', '4,d']);
    expect(reconcileExit(report)).toBe(0);
  });

  // It would wait for what sluice has read, and the repair's writes and the pipeline's for it.
  it.each(['PostgreSQL', engine])('%s: a table can be altered: nothing that was read holds it', async (name) => {
    const to = name === engine ? mariadb : target;
    const wait = (side: TestDatabase, value: string) =>
      side.run(`set session ${side === mariadb ? 'lock_wait_timeout' : 'lock_timeout'} = ${value}`);
    await using _a = await given(source, ours);
    await using _b = await given(to, theirs);
    const report = await compare(source, to, ['rep_items'], {
      repair: {
        ...applyAll,
        async confirm() {
          for (const side of [source, to]) {
            await wait(side, side === mariadb ? '2' : "'2s'");
            await side.run('alter table rep_items add column later int');
            await wait(side, 'default');
          }
        },
      },
    });
    expect(report.repair).toMatchObject({ inserted: 1, updated: 2, deleted: 1, left: [] });
    expect(reconcileExit(report)).toBe(0);
  });

  it('a row that another session holds is waited for, and what it wrote is seen', async () => {
    await using _a = await given(source, ours);
    await using _b = await given(target, theirs);
    const other = await postgresOf('target');
    try {
      const report = await compare(source, target, ['rep_items'], {
        repair: {
          ...applyAll,
          async confirm() {
            await other.run("begin; update rep_items set v = 'a' where id = 1");
            setTimeout(() => void other.run('commit'), 300);
          },
        },
      });
      expect(report.repair).toMatchObject({ updated: 1, inserted: 1, deleted: 1, settled: 1 });
      expect(reconcileExit(report)).toBe(0);
    } finally {
      await other.close();
    }
  });

  it('PostgreSQL: a row that another session does not let go is left, and stops no other', async () => {
    await using _a = await given(source, ours);
    await using _b = await given(target, theirs);
    const other = await postgresOf('target');
    try {
      await other.run('begin; select from rep_items where id = 1 for update');
      const report = await compare(source, target, ['rep_items'], { repair: applyAll });
      expect(report.repair).toMatchObject({ updated: 1, inserted: 1, deleted: 1 });
      expect(skipped(report)).toEqual([[expect.stringContaining('lock timeout'), [{ id: '1' }]]]);
      expect(reconcileExit(report)).toBe(14);
    } finally {
      await other.close();
    }
  }, 60_000);
});

/** A row if a session of the server sleeps. */
const HANGS = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";

describe('a repair that breaks off', () => {
  const two = `create table rep_one(id int primary key, v text); create table rep_two(id int primary key, v text);`;
  const ours = `${two} insert into rep_one select i, 'v' from generate_series(1, 1500) i; insert into rep_two select i, 'v' from generate_series(1, 10) i;`;

  it('says what it did, and goes on with the other tables', async () => {
    await using _a = await given(source, ours);
    // The writing session is ended by the server in the middle of the first table.
    await using _b = await given(
      target,
      `drop function if exists rep_cut cascade; ${two}
       create function rep_cut() returns trigger language plpgsql as 'begin if (select count(*) from public.rep_one) >= 1200 then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end';
       create trigger cut before insert on rep_one for each row execute function rep_cut();`,
    );
    const report = await compare(source, target, ['rep_one', 'rep_two'], { repair: applyAll });
    const written = Number((await rows(target, 'select count(*) from rep_one'))[0]);
    expect(report.repair?.tables).toMatchObject([
      {
        table: 'public.rep_one',
        inserted: written,
        error: { code: 'DATABASE_UNREACHABLE' },
        after: { missing: 1500 - written },
      },
      { table: 'public.rep_two', inserted: 10, after: { verdict: 'equal' } },
    ]);
    expect(written).toBeGreaterThan(0);
    expect(report.tables.map(({ missing }) => missing)).toEqual([1500, 10]);
    expect(reconcileExit(report)).toBe(14);
  });

  it('goes on with the other tables when it is the source that was lost', async () => {
    await using _a = await given(source, ours);
    // When rows of the first table are written, nothing runs in the source.
    await using _b = await given(
      target,
      `drop function if exists rep_slow cascade; ${two}
       create function rep_slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end';
       create trigger slow after insert on rep_one for each statement execute function rep_slow();`,
    );
    const cut = async () => {
      await expect
        .poll(() => rows(target, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"))
        .toEqual(['1']);
      await source.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice reconcile'",
      );
    };
    let cutting: Promise<void> | undefined;
    const confirm = async () => {
      cutting = cut();
    };
    const report = await compare(source, target, ['rep_one', 'rep_two'], { repair: { ...applyAll, confirm } });
    await cutting;
    expect(report.repair?.tables).toMatchObject([
      { table: 'public.rep_one', inserted: 1000, error: { code: 'DATABASE_UNREACHABLE' }, after: { missing: 500 } },
      { table: 'public.rep_two', inserted: 10, left: 0, after: { verdict: 'equal' } },
    ]);
    expect(skipped(report)).toEqual([]);
    expect(reconcileExit(report)).toBe(14);
  });

  it('an interrupted one keeps its report', async () => {
    await using _a = await given(source, ours);
    // After some committed batches, the writing session sleeps in the middle of a table.
    await using _b = await given(
      target,
      `drop function if exists rep_hang cascade; ${two}
       create function rep_hang() returns trigger language plpgsql as 'begin if (select count(*) from public.rep_one) >= 1200 then perform pg_sleep(3600); end if; return new; end';
       create trigger hang before insert on rep_one for each row execute function rep_hang();`,
    );
    const controller = new AbortController();
    const interrupt = expect
      .poll(() => rows(target, HANGS), { timeout: 60_000 })
      .toEqual(['1'])
      .then(() => controller.abort(new SluiceError('INTERRUPTED', 'interrupted')));
    const report = await compare(source, target, ['rep_two', 'rep_one'], { repair: applyAll }, controller.signal);
    await interrupt;
    const written = Number((await rows(target, 'select count(*) from rep_one'))[0]);
    expect(report.tables.map(({ missing }) => missing)).toEqual([10, 1500]);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(1500);
    expect(report.repair?.error?.code).toBe('INTERRUPTED');
    expect(reconcileExit(report)).toBe(130);
    expect(report.repair?.tables.find(({ table }) => table === 'public.rep_one')?.inserted).toBe(written);
  });
});
