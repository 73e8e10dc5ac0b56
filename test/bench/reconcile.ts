import { createConnection } from 'mysql2';
import pg from 'pg';
import { packagePath } from '../../src/config/package-root.ts';
import { bucketCount } from '../../src/reconcile/buckets.ts';
import { planColumns } from '../../src/reconcile/columns.ts';
import { openPair } from '../../src/reconcile/compare.ts';
import { openSession } from '../../src/reconcile/open.ts';
import type { HashName, Spread } from '../../src/reconcile/queries.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, median, peakMemory, time } from './bench.ts';

interface Databases {
  source: string;
  target: string;
  mariadb: string | undefined;
}

const SANDBOX = 'bench-reconcile';
const RUNS = 3;

/**
 * Reconcile against its own bucket SQL run bare on both sides at once, and against reladiff 0.6.0 where it is given.
 * Options: `--rows N` (3,000,000), `--sandbox NAME` (one that runs already; else one is started and removed),
 * `--reladiff FILE` (its executable, from PyPI: reladiff[postgresql,mysql]==0.6.0).
 */
export const reconcile: Benchmark = {
  name: 'reconcile',
  async run(options) {
    const rows = Number(option(options, '--rows') ?? 3_000_000);
    const borrowed = option(options, '--sandbox');
    const databases = await up(borrowed ?? SANDBOX);
    try {
      return await measure(databases, rows, option(options, '--reladiff'));
    } finally {
      for (const url of [databases.source, databases.target])
        await run(url, `DROP TABLE IF EXISTS ${TABLES.join(', ')}`);
      if (databases.mariadb !== undefined) await run(databases.mariadb, 'DROP TABLE IF EXISTS bench_int');
      if (borrowed === undefined) await sluice(['sandbox', 'down', '--name', SANDBOX, '--purge']);
    }
  },
};

const TABLES = ['bench_int', 'bench_text', 'bench_pair'];

async function measure(databases: Databases, rows: number, reladiff: string | undefined): Promise<Figure[]> {
  const { source, target, mariadb } = databases;
  for (const url of [source, target]) await fill(url, rows);
  const figures: Figure[] = [];
  const compare =
    (table: string, from = source, code = 0) =>
    () =>
      timed(['reconcile', table, '--source', from, '--target', target], code);

  const bare = await best(() => bareScan(source, target, 'bench_int', 'fast', 'integers'));
  const equal = await best(compare('bench_int'));
  figures.push(
    { name: 'bucket SQL alone, identical', value: bare / 1000, unit: 's' },
    { name: 'reconcile, identical', value: equal / 1000, unit: 's' },
    { name: 'reconcile / bucket SQL alone', value: equal / bare, unit: '×', target: { most: 1.3 } },
  );
  for (const [table, name] of [
    ['bench_text', 'text key'],
    ['bench_pair', 'composite key'],
  ] as const) {
    figures.push({
      name: `${name} / bigint key`,
      value: (await best(compare(table))) / equal,
      unit: '×',
      target: { most: 1.5 },
    });
  }
  // reladiff ends with 0 whether rows differ or not.
  const rival = await reladiffMs(reladiff, source, target);
  if (rival !== undefined)
    figures.push({ name: 'reladiff / reconcile, identical', value: rival / equal, unit: '×', target: { least: 6 } });

  if (mariadb !== undefined) {
    const fewer = Math.min(rows, 1_000_000);
    await fillMariadb(mariadb, fewer);
    await run(target, `DELETE FROM bench_int WHERE id > ${fewer}; ANALYZE bench_int`);
    const both = await best(() => bareScan(mariadb, target, 'bench_int', 'md5', 'integers'));
    const crossed = await best(compare('bench_int', mariadb));
    figures.push({
      name: 'MariaDB, reconcile / bucket SQL alone',
      value: crossed / both,
      unit: '×',
      target: { most: 1.3 },
    });
    const crossRival = await reladiffMs(reladiff, mariadb, target);
    if (crossRival !== undefined)
      figures.push({
        name: 'MariaDB, reladiff / reconcile',
        value: crossRival / crossed,
        unit: '×',
        target: { least: 2 },
      });
    await fill(target, rows);
  }

  await run(target, 'UPDATE bench_int SET qty = qty + 1 WHERE id % 1000 = 7');
  const scattered = await best(compare('bench_int', source, 10));
  figures.push({ name: 'reconcile, 0.1 % scattered differences', value: scattered / 1000, unit: 's' });
  const slow = await reladiffMs(reladiff, source, target);
  if (slow !== undefined)
    figures.push({
      name: 'reladiff / reconcile, 0.1 % scattered',
      value: slow / scattered,
      unit: '×',
      target: { least: 12 },
    });

  await run(target, 'UPDATE bench_int SET qty = qty + 1 WHERE id % 2 = 0');
  const args = [packagePath('bin', 'run.js'), 'reconcile', 'bench_int', '--source', source, '--target', target];
  figures.push({
    name: 'peak memory, half of the rows different',
    value: await peakMemory(process.execPath, args),
    unit: 'MiB',
    target: { most: 150 },
  });
  return figures;
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

/** The very statements that reconcile sends, on both sides at once, with nothing around them. */
async function bareScan(from: string, to: string, table: string, hash: HashName, spread: Spread): Promise<number> {
  const options = { statementTimeout: 0, connectTimeout: 10_000 };
  const [source, target] = await Promise.all([
    openSession({ name: 'source', url: from }, options),
    openSession({ name: 'target', url: to }, options),
  ]);
  try {
    const tables = [await source.describe({ name: table }), await target.describe({ name: table })] as const;
    const plan = planColumns(...tables, {}, [source.dialect.engine, target.dialect.engine]);
    const pair = openPair({
      source: { session: source, table: tables[0] },
      target: { session: target, table: tables[1] },
      plan,
      hash,
    });
    const buckets = bucketCount(Math.max(tables[0].estimatedRows, tables[1].estimatedRows));
    const began = performance.now();
    await Promise.all([pair.source, pair.target].map((side) => side.session.query(side.queries.scan(buckets, spread))));
    return performance.now() - began;
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function timed(args: string[], code: number): Promise<number> {
  return (await time(process.execPath, [packagePath('bin', 'run.js'), ...args], { code })).ms;
}

async function reladiffMs(program: string | undefined, from: string, to: string): Promise<number | undefined> {
  if (program === undefined) return undefined;
  const uri = (url: string) => url.replace(/^postgres:/, 'postgresql:');
  const args = [
    uri(from),
    'bench_int',
    uri(to),
    'bench_int',
    '-k',
    'id',
    '-c',
    '%',
    '-j',
    '4',
    '--json',
    '--skip-sort-results',
  ];
  return (await time(program, args)).ms;
}

/** The quickest of a few runs: what else the machine does only ever adds. */
async function best(measureOnce: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < RUNS; n++) times.push(await measureOnce());
  return Math.min(...times, median(times));
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

function option(options: readonly string[], name: string): string | undefined {
  const at = options.indexOf(name);
  return at < 0 ? undefined : options[at + 1];
}
