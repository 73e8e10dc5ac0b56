import { spawn } from 'node:child_process';
import path from 'node:path';
import { createConnection } from 'mysql2';
import pg from 'pg';
import { packagePath } from '../../src/config/package-root.ts';
import type { Statement } from '../../src/databases/model.ts';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { planColumns } from '../../src/reconcile/columns/plan.ts';
import { ScanState } from '../../src/reconcile/compare/checkpoint.ts';
import { compareTables } from '../../src/reconcile/compare/compare.ts';
import { openPair } from '../../src/reconcile/compare/table-pair.ts';
import { dialectFor } from '../../src/reconcile/dialects/index.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, option, peakMemory, time } from './bench.ts';

interface Databases {
  source: string;
  target: string;
  mariadb: string | undefined;
}

const SANDBOX = 'bench-reconcile';
const RUNS = 3;

/**
 * Reconcile against its own statements run bare on both sides at once, and against reladiff 0.6.0 where it is given.
 * Options: `--rows N` (3,000,000), `--sandbox NAME` (one that runs already; else one is started and removed),
 * `--reladiff FILE` (its executable, from PyPI: reladiff[postgresql,mysql]==0.6.0), `--before FOLDER` (another commit, built,
 * to be compared with), `--only identical,keys,mariadb,scattered,memory,repair`.
 */
export const reconcile: Benchmark = {
  name: 'reconcile',
  async run(options) {
    const rows = Number(option(options, '--rows') ?? 3_000_000);
    const borrowed = option(options, '--sandbox');
    const databases = await up(borrowed ?? SANDBOX);
    try {
      const only = option(options, '--only')?.split(',') ?? [];
      const others = { reladiff: option(options, '--reladiff'), before: option(options, '--before') };
      return await measure(databases, rows, others, only);
    } finally {
      for (const url of [databases.source, databases.target])
        await run(url, `DROP TABLE IF EXISTS ${TABLES.join(', ')}`);
      if (databases.mariadb !== undefined) await run(databases.mariadb, 'DROP TABLE IF EXISTS bench_int');
      if (borrowed === undefined) await sluice(['sandbox', 'down', '--name', SANDBOX, '--purge']);
    }
  },
};

const TABLES = ['bench_int', 'bench_text', 'bench_pair'];

/** The parts of the benchmark; `--only` picks some. */
const PARTS = ['identical', 'keys', 'mariadb', 'scattered', 'memory', 'repair'] as const;

async function measure(
  databases: Databases,
  rows: number,
  { reladiff, before }: { reladiff: string | undefined; before: string | undefined },
  only: readonly string[],
): Promise<Figure[]> {
  const { source, target, mariadb } = databases;
  for (const url of [source, target]) await fill(url, rows);
  const figures: Figure[] = [];
  const wanted = (part: (typeof PARTS)[number]) => only.length === 0 || only.includes(part);
  const compare =
    (table: string, from = source, code = 0) =>
    () =>
      timed(['reconcile', table, '--source', from, '--target', target], code);
  const compareBefore = (from = source, code = 0) =>
    before === undefined
      ? undefined
      : () => timed(['reconcile', 'bench_int', '--source', from, '--target', target], code, before);
  const rival = (from: string) => (reladiff === undefined ? undefined : () => reladiffMs(reladiff, from, target));

  if (wanted('identical')) {
    const times = await inTurns({
      bare: () => bareScan(source, target, 'bench_int'),
      equal: compare('bench_int'),
      before: compareBefore(),
      // It ends with 0 whether rows differ or not.
      rival: rival(source),
    });
    figures.push(
      { name: 'bucket SQL alone, identical', value: times.bare / 1000, unit: 's' },
      { name: 'reconcile, identical', value: times.equal / 1000, unit: 's' },
      { name: 'reconcile / bucket SQL alone', value: times.equal / times.bare, unit: '×', target: { most: 1.3 } },
      ...ratio('reladiff / reconcile, identical', times.rival, times.equal, 6),
      ...against('identical', times.equal, times.before),
    );
  }
  if (wanted('keys')) {
    const times = await inTurns({
      integer: compare('bench_int'),
      text: compare('bench_text'),
      pair: compare('bench_pair'),
    });
    figures.push(
      { name: 'text key / bigint key', value: times.text / times.integer, unit: '×', target: { most: 1.5 } },
      { name: 'composite key / bigint key', value: times.pair / times.integer, unit: '×', target: { most: 1.5 } },
    );
  }
  if (wanted('mariadb') && mariadb !== undefined) {
    for (const some of new Set([Math.min(rows, 1_000_000), rows])) {
      await fillMariadb(mariadb, some);
      await fill(target, some);
      await run(target, 'VACUUM FULL ANALYZE bench_int');
      const times = await inTurns({
        bare: () => bareScan(mariadb, target, 'bench_int', 2),
        equal: compare('bench_int', mariadb),
        before: compareBefore(mariadb),
        rival: rival(mariadb),
      });
      const name = `MariaDB, ${some / 1_000_000} M rows`;
      figures.push(
        { name: `${name}: bucket SQL alone`, value: times.bare / 1000, unit: 's' },
        { name: `${name}: reconcile`, value: times.equal / 1000, unit: 's' },
        {
          name: `${name}: reconcile / bucket SQL alone`,
          value: times.equal / times.bare,
          unit: '×',
          target: { most: 1.3 },
        },
        ...ratio(`${name}: reladiff / reconcile`, times.rival, times.equal, 2),
        ...against(name, times.equal, times.before),
      );
    }
  }
  if (wanted('scattered') || wanted('memory')) {
    await run(target, 'UPDATE bench_int SET qty = qty + 1 WHERE id % 1000 = 7');
  }
  if (wanted('scattered')) {
    const times = await inTurns({ own: compare('bench_int', source, 10), before: compareBefore(source, 10) });
    const scattered = times.own;
    figures.push({ name: 'reconcile, 0.1 % scattered differences', value: scattered / 1000, unit: 's' });
    figures.push(...against('0.1 % scattered', scattered, times.before));
    // Once: it takes as long as all else together.
    figures.push(...ratio('reladiff / reconcile, 0.1 % scattered', await rival(source)?.(), scattered, 12));
    if (reladiff !== undefined) {
      const same = await sameKeys(reladiff, source, target);
      figures.push({ name: 'keys that only one of the two reports', value: same, unit: '', target: { most: 0 } });
    }
  }
  if (wanted('memory')) {
    await run(target, 'UPDATE bench_int SET qty = qty + 1 WHERE id % 2 = 0');
    const args = [packagePath('bin', 'run.js'), 'reconcile', 'bench_int', '--source', source, '--target', target];
    figures.push({
      name: 'peak memory, half of the rows different',
      value: await peakMemory(process.execPath, args),
      unit: 'MiB',
      target: { most: 150 },
    });
  }
  if (wanted('repair')) {
    figures.push(await repairFigure('PostgreSQL', source, target));
    if (mariadb !== undefined) figures.push(await repairFigure('MariaDB', source, mariadb));
  }
  return figures;
}

/** Rows of the table that is repaired: a third of them is different, a third missing, and as many are extra. */
const REPAIRED = 150_000;

/** Rows repaired by the time of the whole run: it compares, repairs, and compares again. */
async function repairFigure(engine: string, source: string, target: string): Promise<Figure> {
  await fill(source, REPAIRED);
  if (target.startsWith('postgres')) await fill(target, REPAIRED);
  else await fillMariadb(target, REPAIRED);
  await run(
    target,
    `UPDATE bench_int SET qty = qty + 1 WHERE id % 3 = 0; DELETE FROM bench_int WHERE id % 3 = 1;
     INSERT INTO bench_int SELECT id + ${2 * REPAIRED}, qty, amount, name, placed FROM bench_int WHERE id % 3 = 2`,
  );
  const words = ['reconcile', 'bench_int', '--source', source, '--target', target];
  const ms = await timed([...words, '--repair', 'apply', '--allow-delete', '--yes'], 0);
  return {
    name: `${engine}: rows repaired a second, the comparisons before and after included`,
    value: REPAIRED / (ms / 1000),
    unit: 'rows/s',
    target: { least: 5000 },
  };
}

function ratio(name: string, rival: number | undefined, own: number, least: number): Figure[] {
  return rival === undefined ? [] : [{ name, value: rival / own, unit: '×', target: { least } }];
}

/** The same against the other commit. */
function against(name: string, own: number, before: number | undefined): Figure[] {
  if (before === undefined) return [];
  return [{ name: `reconcile / the commit before, ${name}`, value: own / before, unit: '×', target: { most: 1.05 } }];
}

/** The best of a few runs of each, in turns: a machine whose speed drifts distorts no ratio. */
async function inTurns<T extends Record<string, (() => Promise<number>) | undefined>>(
  measures: T,
): Promise<{ [K in keyof T]: undefined extends T[K] ? number | undefined : number }> {
  const times: Record<string, number> = {};
  for (let n = 0; n < RUNS; n++) {
    for (const [name, measureOnce] of Object.entries(measures)) {
      if (measureOnce === undefined) continue;
      times[name] = Math.min(times[name] ?? Number.POSITIVE_INFINITY, await measureOnce());
    }
  }
  return times as { [K in keyof T]: undefined extends T[K] ? number | undefined : number };
}

async function fill(url: string, rows: number): Promise<void> {
  const values = `(g % 1000)::int AS qty, (g * 1.37)::numeric(12,2) AS amount, 'customer ' || md5(g::text) AS name,
    timestamptz '2024-01-01' + g * interval '1 second' AS placed FROM generate_series(1, ${rows}) g`;
  await run(
    url,
    `DROP TABLE IF EXISTS ${TABLES.join(', ')};
     CREATE TABLE bench_int AS SELECT g::bigint AS id, ${values}; ALTER TABLE bench_int ADD PRIMARY KEY (id);
     CREATE TABLE bench_text AS SELECT 'key-' || g AS id, ${values}; ALTER TABLE bench_text ADD PRIMARY KEY (id);
     CREATE TABLE bench_pair AS SELECT g / 4 AS a, g % 4 AS b, ${values}; ALTER TABLE bench_pair ADD PRIMARY KEY (a, b);
     ANALYZE bench_int; ANALYZE bench_text; ANALYZE bench_pair`,
  );
}

async function fillMariadb(url: string, rows: number): Promise<void> {
  await run(
    url,
    `CREATE OR REPLACE TABLE bench_int (id bigint PRIMARY KEY, qty int, amount decimal(12,2), name varchar(60), placed datetime(6)) CHARACTER SET utf8mb4`,
  );
  await run(
    url,
    `INSERT INTO bench_int SELECT seq, seq % 1000, seq * 1.37, CONCAT('customer ', MD5(seq)), '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_${rows}`,
  );
}

/**
 * The very statements that reconcile sends for a pair of tables, on both sides at once, with nothing around them.
 * @param parallel connections of each side: as many as reconcile opens for tables of this size
 */
async function bareScan(from: string, to: string, table: string, parallel = 1): Promise<number> {
  const [source, target] = await Promise.all([openSide('source', from), openSide('target', to)]);
  async function openSide(name: string, url: string) {
    const open = () => openSession({ name, url }, { statementTimeout: 0, connectTimeout: 10_000 });
    const main = recording(await open());
    const helpers = await Promise.all(Array.from({ length: parallel - 1 }, async () => recording(await open())));
    return { main, helpers, all: [main, ...helpers], table: await main.bare.describe({ name: table }) };
  }
  try {
    const dialects = [dialectFor(source.main.bare), dialectFor(target.main.bare)] as const;
    const side = ({ main, helpers, table }: typeof source) => ({
      session: main.session,
      helpers: helpers.map(({ session }) => session),
      table,
    });
    const pair = openPair({
      source: side(source),
      target: side(target),
      plan: planColumns(source.table, target.table, {}, dialects),
      hash: dialects.every(({ ownHash }) => ownHash !== undefined) ? 'fast' : 'md5',
    });
    await compareTables(pair, {
      state: new ScanState({ fingerprint: '' }),
      clock: systemClock,
      rowsWanted: 0,
      onProgress: () => {},
      onDifferences: () => {},
      onSettled: () => {},
      onContradictions: () => {},
    });
    const replay = async ({ bare, statements }: Recording) => {
      for (const statement of statements) await bare.query(statement);
    };
    const began = performance.now();
    await Promise.all([...source.all, ...target.all].map(replay));
    return performance.now() - began;
  } finally {
    await Promise.all([...source.all, ...target.all].map(({ bare }) => bare.close()));
  }
}

interface Recording {
  bare: Session;
  session: Session;
  statements: Statement[];
}

function recording(bare: Session): Recording {
  const statements: Statement[] = [];
  const note = (statement: Statement | string) => {
    statements.push(typeof statement === 'string' ? { sql: statement, parameters: [] } : statement);
  };
  return {
    bare,
    statements,
    session: {
      ...bare,
      query: (statement) => {
        note(statement);
        return bare.query(statement);
      },
      each: (statement, onRow) => {
        note(statement);
        return bare.each(statement, onRow);
      },
    },
  };
}

/** @param folder the checkout whose build runs; ours, where it is left out */
async function timed(args: string[], code: number, folder = packagePath()): Promise<number> {
  return (await time(process.execPath, [path.join(folder, 'bin', 'run.js'), ...args], { code })).ms;
}

function reladiffWords(from: string, to: string): string[] {
  const uri = (url: string) => url.replace(/^postgres:/, 'postgresql:');
  const options = ['-k', 'id', '-c', '%', '-j', '4', '--json', '--skip-sort-results'];
  return [uri(from), 'bench_int', uri(to), 'bench_int', ...options];
}

async function reladiffMs(program: string, from: string, to: string): Promise<number> {
  return (await time(program, reladiffWords(from, to))).ms;
}

/** How many keys only one of the two programs finds different. */
async function sameKeys(program: string, from: string, to: string): Promise<number> {
  // Its lines are wrapped, so that they are no JSON; each difference begins with its key.
  const text = await output(program, reladiffWords(from, to));
  const theirs = new Set([...text.matchAll(/\["[+-]",\s*\["(\d+)"/g)].map(([, id]) => id));
  const words = [packagePath('bin', 'run.js'), 'reconcile', 'bench_int', '--source', from, '--target', to];
  const report = JSON.parse(await output(process.execPath, [...words, '--limit', '1000000', '--json'])) as {
    tables: { differences: { key: { id: string } }[] }[];
  };
  const ours = new Set(report.tables[0]?.differences.map(({ key }) => key.id));
  return ours.symmetricDifference(theirs).size;
}

function output(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

async function run(url: string, sql: string): Promise<void> {
  if (url.startsWith('postgres')) {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(sql).finally(() => client.end());
    return;
  }
  const connection = createConnection({ uri: url, multipleStatements: true });
  await new Promise<void>((resolve, reject) => {
    connection.query(sql, (error) => {
      connection.destroy();
      if (error) reject(error);
      else resolve();
    });
  });
}

async function up(name: string): Promise<Databases> {
  const result = await sluice(['sandbox', 'up', '--name', name, '--with', 'mariadb', '--json'], {
    timeout: 20 * 60_000,
  });
  if (result.code !== 0) throw new Error(`the sandbox does not start: ${result.stderr}`);
  const { databases } = JSON.parse(result.stdout) as { databases: Record<string, { url: string } | undefined> };
  return { source: databases.source?.url ?? '', target: databases.target?.url ?? '', mariadb: databases.mariadb?.url };
}
