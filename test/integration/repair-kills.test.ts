import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { mariadbOf, postgresOf, type TestDatabase } from '../helpers/databases.ts';
import { randomOf } from '../helpers/random.ts';
import { type Change, SmallPipeline } from '../helpers/small-pipeline.ts';

/**
 * Repairs that are ended at a random moment while rows are being written: whatever was done by then, no row is lost, doubled
 * or overwritten by an older value. `npm run test:kills` makes 200 of them.
 */
const RUNS = Number(process.env.SLUICE_KILL_RUNS ?? 6);
const FIRST_SEED = Number(process.env.SLUICE_KILL_SEED ?? 1);

/** Rows that are written all the time, and rows that nobody writes, most of which are damaged. */
const HOT = 2000;
const COLD = 1500;

/** Rows of one write: the more there are, the more often one is just being repaired. */
const AT_ONCE = 25;

const ENDS = ['kill', 'terminate', 'cut the target', 'cut the source', 'let it end'] as const;

type Rows = Map<number, string>;

interface Place {
  name: string;
  database: TestDatabase;
  /** Ends all sessions that the test has not opened itself. */
  cut(): Promise<void>;
  sessions(): Promise<number>;
  upsert: string;
}

const places: Record<string, Place> = {};
const open: TestDatabase[] = [];

beforeAll(async () => {
  for (const side of ['source', 'target'] as const) {
    const database = await postgresOf(side);
    open.push(database);
    const reconciling = "application_name = 'sluice reconcile' and pid <> pg_backend_pid()";
    places[side] = {
      name: side,
      database,
      cut: async () =>
        void (await database.run(`select pg_terminate_backend(pid) from pg_stat_activity where ${reconciling}`)),
      sessions: async () =>
        Number((await database.run(`select count(*) from pg_stat_activity where ${reconciling}`))[0]?.[0]),
      upsert: 'on conflict (id) do update set v = excluded.v, note = excluded.note',
    };
  }
  const database = await mariadbOf();
  open.push(database);
  await own(database);
  const list = () =>
    `select id from information_schema.processlist where id not in (${[...ownIds].join(', ')}) and user = substring_index(current_user(), '@', 1)`;
  places.mariadb = {
    name: 'mariadb',
    database,
    cut: async () => {
      for (const [id] of await database.run(list())) await database.run(`kill ${id}`).catch(() => {});
    },
    sessions: async () => (await database.run(list())).length,
    upsert: 'on duplicate key update v = values(v), note = values(note)',
  };
});

afterAll(async () => {
  await Promise.all(open.map((one) => one.close()));
});

/** Connections of the test itself in MariaDB, which has no names for them. */
const ownIds = new Set<string>();

async function own(database: TestDatabase): Promise<TestDatabase> {
  ownIds.add(String((await database.run('select connection_id()'))[0]?.[0]));
  return database;
}

async function openOf({ name }: Place): Promise<TestDatabase> {
  return name === 'mariadb' ? own(await mariadbOf()) : postgresOf(name as 'source' | 'target');
}

async function rowsOf({ database }: Place): Promise<Rows> {
  const rows = await database.run('select id, v, note from rk_items');
  expect(new Set(rows.map(([id]) => Number(id))).size, 'no row is there twice').toBe(rows.length);
  return new Map(rows.map(([id, v, note]) => [Number(id), `${v} ${note}`]));
}

async function prepare(place: Place): Promise<void> {
  await place.database.run('drop table if exists rk_items');
  await place.database.run('create table rk_items (id int primary key, v int not null, note varchar(40) not null)');
  const all = Array.from({ length: HOT + COLD }, (_, at) => `(${at + 1}, 1, 'row ${at + 1}')`);
  await place.database.run(`insert into rk_items values ${all.join(', ')}`);
}

/** Damage of rows that nobody writes, and of some that are written. */
async function damage({ database }: Place, random: () => number): Promise<void> {
  const some = (from: number, to: number, part: number) =>
    Array.from({ length: to - from }, (_, at) => from + at).filter(() => random() < part);
  const stale = [...some(1, HOT, 0.4), ...some(HOT, HOT + COLD, 0.4)];
  const lost = [...some(1, HOT, 0.3), ...some(HOT, HOT + COLD, 0.3)];
  await database.run(`update rk_items set v = 0, note = 'stale' where id in (${stale.join(', ')})`);
  await database.run(`delete from rk_items where id in (${lost.join(', ')})`);
  const extra = Array.from({ length: 200 }, (_, at) => `(${100_000 + at}, 0, 'extra')`);
  await database.run(`insert into rk_items values ${extra.join(', ')}`);
}

function statement({ ids, row }: Change, { upsert }: Place): string {
  if (row === undefined) return `delete from rk_items where id in (${ids.join(', ')})`;
  return `insert into rk_items values ${ids.map((id) => `(${id}, ${row.v}, '${row.note}')`).join(', ')} ${upsert}`;
}

async function run(seed: number, source: Place, target: Place): Promise<{ end: string; part: string }> {
  const random = randomOf(seed);
  await Promise.all([prepare(source), prepare(target)]);
  await damage(target, random);
  const before = await rowsOf(target);
  // The pipeline and the writers have connections of their own, as they would.
  const [sink, app] = [await openOf(target), await openOf(source)];
  const pipeline = new SmallPipeline(
    async (change: Change) => {
      const sql = statement(change, target);
      for (let attempt = 1; ; attempt++) {
        try {
          await sink.run(sql);
          return;
        } catch (error) {
          if (attempt === 20) throw error;
        }
      }
    },
    // Some arrive at once: where the repair has read the source before, it would take back what they bring.
    () => (random() < 0.5 ? 0 : random() * 30),
  );
  let writing = true;
  const writer = (async () => {
    for (let v = 10; writing; v++) {
      const ids = new Set(Array.from({ length: AT_ONCE }, () => 1 + Math.floor(random() * HOT)));
      const change = { ids: [...ids], row: random() < 0.3 ? undefined : { v, note: `written ${v}` } };
      await app.run(statement(change, source));
      pipeline.push(change);
      await sleep(1);
    }
  })();
  const end = ENDS[Math.floor(random() * ENDS.length)] ?? 'kill';
  const child = spawn(
    process.execPath,
    [
      packagePath('bin', 'run.js'),
      ...['reconcile', 'rk_items', '--source', source.database.url, '--target', target.database.url],
      ...['--repair', 'apply', '--allow-delete', '--yes', '--json'],
    ],
    { env: { ...process.env, SLUICE_CONTEXT: undefined }, stdio: 'ignore' },
  );
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    // Most of the time is the repair's, after about half a second.
    await Promise.race([sleep(300 + random() * 1200), ended]);
    if (end === 'kill') child.kill('SIGKILL');
    if (end === 'terminate') child.kill('SIGTERM');
    if (end === 'cut the target') await target.cut().catch(() => {});
    if (end === 'cut the source') await source.cut().catch(() => {});
    const code = await ended;
    writing = false;
    await writer;
    await pipeline.drained();
    // A killed client's transaction ends when the server finds out.
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50))
      if ((await target.sessions()) === 0) break;
    const [now, truth] = await Promise.all([rowsOf(target), rowsOf(source)]);
    const wrong = [...new Set([...now.keys(), ...truth.keys(), ...before.keys()])].filter((id) => {
      if (now.get(id) === truth.get(id)) return false;
      // What was damaged, and neither repaired nor written since.
      return pipeline.touched.has(id) || now.get(id) !== before.get(id);
    });
    const facts = wrong.map((id) => [id, { now: now.get(id), source: truth.get(id), before: before.get(id) }]);
    expect(facts, `seed ${seed}, ${source.name} to ${target.name}, ${end}, exit ${code}`).toEqual([]);
    const cold = [...before].filter(([id, row]) => id > HOT && row !== truth.get(id));
    const done = cold.filter(([id]) => now.get(id) === truth.get(id)).length;
    return { end, part: done === 0 ? 'not begun' : done === cold.length ? 'done' : 'in the middle' };
  } finally {
    writing = false;
    child.kill('SIGKILL');
    await writer.catch(() => {});
    await Promise.all([sink.close(), app.close()]);
  }
}

describe('a repair that is ended at a random moment while rows are written', () => {
  /** When the runs were ended, for people. */
  const ended = new Map<string, number>();
  const pairs = [
    ['source', 'target'],
    ['source', 'mariadb'],
    ['mariadb', 'target'],
  ] as const;

  it.each(Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at))('seed %i', async (seed) => {
    const [from, to] = pairs[seed % pairs.length] ?? pairs[0];
    const { end, part } = await run(seed, places[from] as Place, places[to] as Place);
    const what = `${end}, ${part}`;
    ended.set(what, (ended.get(what) ?? 0) + 1);
  });

  afterAll(async () => {
    for (const [what, times] of [...ended].sort()) console.log(`${times} × ${what}`);
    for (const { database } of Object.values(places)) await database.run('drop table if exists rk_items');
  });
});
