import { afterAll, expect, it } from 'vitest';
import { reconcileExit } from '../../src/reconcile/exit.ts';
import { compare, engine, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';

// Tables that refer to each other and to themselves, by keys that act or refuse, with random rows on both sides: whatever a
// repair does, its exit code is true, its numbers add up, and tables that were not named stay as they are.

const source = usePostgres('source');
const target = usePostgres('target');
const mariadb = useMariadb();
afterAll(async () => {
  for (const one of [source, target, mariadb]) {
    for (const name of NAMES.toReversed()) await one.run(`drop table if exists ${name}`);
  }
});

const NAMES = ['rer_one', 'rer_two', 'rer_three'] as const;
const ACTIONS = [
  '',
  'on delete cascade',
  'on delete set null',
  'on update cascade',
  'on delete cascade on update cascade',
];

type Row = (string | number | null)[];
type Rows = Record<(typeof NAMES)[number], Row[]>;

/** Numbers below `n`, the same for each seed. */
function randomOf(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 16) % n;
  };
}

function definitions(actions: string[] | undefined): string {
  const refers = (column: string, to: string, at: number) =>
    actions === undefined ? '' : `, foreign key (${column}) references rer_one(${to}) ${actions[at]}`;
  return `create table rer_one(id int primary key, code varchar(9) unique, parent int${refers('parent', 'id', 0)});
    create table rer_two(id int primary key, one int, v varchar(9)${refers('one', 'id', 1)});
    create table rer_three(id int primary key, code varchar(9)${refers('code', 'code', 2)});`;
}

function rowsOf(random: (n: number) => number): Rows {
  const distinct = <T>(values: T[]) => [...new Set(values)];
  const ids = distinct(Array.from({ length: 3 + random(8) }, () => 1 + random(14)));
  const codes = ids.map(() => `c${random(20)}`).map((code, at, all) => (all.indexOf(code) === at ? code : null));
  const given = codes.filter((code) => code !== null);
  const some = <T>(values: T[]): T | null => (random(3) === 0 ? null : (values[random(values.length)] ?? null));
  const keys = (most: number) => distinct(Array.from({ length: random(most) }, () => random(20)));
  return {
    rer_one: ids.map((id, at) => [id, codes[at] ?? null, some(ids.slice(0, at))]),
    rer_two: keys(7).map((id) => [id, some(ids), `b${random(4)}`]),
    rer_three: keys(6).map((id) => [id, some(given)]),
  };
}

const inserts = (all: Rows) =>
  NAMES.flatMap((name) =>
    all[name].map(
      (row) =>
        `insert into ${name} values (${row.map((cell) => (typeof cell === 'string' ? `'${cell}'` : (cell ?? 'null'))).join()})`,
    ),
  ).join(';');

async function dump(database: TestDatabase, names: readonly string[]): Promise<string> {
  const all = [];
  for (const name of names) all.push(await database.run(`select * from ${name} order by id`));
  return JSON.stringify(all);
}

it.each(Array.from({ length: 24 }, (_, at) => at + 1))('seed %i', async (seed) => {
  const random = randomOf(seed * 7919);
  const [other, what] = seed % 2 === 0 ? [mariadb, engine] : [target, 'PostgreSQL'];
  const drop = NAMES.toReversed()
    .map((name) => `drop table if exists ${name}`)
    .join(';');
  const actions = [0, 1, 2].map(() => ACTIONS[random(ACTIONS.length)] ?? '');
  await source.run(`${drop}; ${definitions(undefined)}`);
  await other.run(`${drop}; ${definitions(actions)}`);
  await source.run(inserts(rowsOf(random)) || 'select 1');
  await other.run(inserts(rowsOf(random)) || 'select 1');
  const tables = random(3) === 0 ? ['rer_one'] : [...NAMES];
  const unnamed = NAMES.filter((name) => !tables.includes(name));
  const before = await dump(other, unnamed);
  const options = { allowDelete: random(4) > 0 };

  const lines: string[] = [];
  await compare(source, other, tables, { repair: { ...options, mode: 'sql', write: (line) => void lines.push(line) } });
  let scripted: string;
  try {
    await other.run(lines.filter((line) => line !== 'COMMIT;' && !line.startsWith('--')).join('\n') || 'select 1');
    expect(await dump(other, unnamed), `${what}: a script changes tables that are not named`).toBe(before);
    scripted = await dump(other, tables);
  } catch (error) {
    scripted = (error as Error).message;
  }
  await other.run('rollback');

  const report = await compare(source, other, tables, {
    repair: { ...options, mode: 'apply', confirm: async () => {} },
  });
  const { repair } = report;
  const wanted = await dump(source, tables);
  const found = report.tables.reduce(
    (sum, one) => sum + (one.missing ?? 0) + (one.extra ?? 0) + (one.different ?? 0),
    0,
  );
  const left = (repair?.left ?? []).reduce((sum, { rows }) => sum + rows, 0);
  const done = (repair?.inserted ?? 0) + (repair?.updated ?? 0) + (repair?.deleted ?? 0) + (repair?.settled ?? 0);
  const is = await dump(other, tables);
  expect(reconcileExit(report) === 0, `${what} ${actions.join()}`).toBe(is === wanted);
  expect(done + left).toBe(found);
  expect(await dump(other, unnamed)).toBe(before);
  // What can be done row by row can be done by a script, too.
  if (is === wanted) expect(scripted).toBe(wanted);
});
