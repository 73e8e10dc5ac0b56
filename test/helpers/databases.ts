import { createConnection, type RowDataPacket } from 'mysql2/promise';
import pg from 'pg';
import { afterAll } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { silentProgress } from '../../src/ports/progress.ts';
import { type ReconcileOptions, reconcile } from '../../src/reconcile/reconcile.ts';
import type { ReconcileReport, TableReport } from '../../src/reconcile/report.ts';
import { parseTablePair } from '../../src/reconcile/tables.ts';
import { sandbox } from './sandbox.ts';

/** What the suites for MariaDB run against: MariaDB, or MySQL in `npm run test:mysql`. */
export const { engine, digest } = sandbox;
export const WITHOUT_MARIADB = 'skipped where there is no build of MariaDB';

/** A table `s` of integers `seq`, as both engines can make it. */
export function sequence(from: number, to: number): string {
  const numbers = `JSON_TABLE(CONCAT('[0', REPEAT(',0', ${to - from}), ']'), '$[*]' COLUMNS (o FOR ORDINALITY)) j`;
  return `(SELECT CAST(o AS SIGNED) + ${from - 1} AS seq FROM ${numbers}) s`;
}

export interface TestDatabase {
  name: string;
  url: string;
  run(sql: string): Promise<string[][]>;
  close(): Promise<void>;
}

export async function postgresOf(side: 'source' | 'target'): Promise<TestDatabase> {
  const { url } = sandbox[side];
  const client = new pg.Client(url);
  await client.connect();
  return {
    name: side,
    url,
    async run(sql) {
      const result = await client.query({ text: sql, rowMode: 'array' });
      return (Array.isArray(result) ? [] : result.rows) as string[][];
    },
    close: () => client.end(),
  };
}

export async function mariadbOf(): Promise<TestDatabase> {
  const url = sandbox.mariadb?.url ?? '';
  const connection = await createConnection({ uri: url, multipleStatements: true, rowsAsArray: true, timezone: 'Z' });
  await connection.query("SET time_zone = '+00:00', sql_mode = ''");
  return {
    name: engine,
    url,
    async run(sql) {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows as unknown as string[][];
    },
    close: () => connection.end(),
  };
}

/**
 * A database that the tests of a file or a `describe` share: it is opened when it is first asked, and closed after their last
 * one and after every `afterAll` that is registered behind this.
 */
function shared({ name, url }: Pick<TestDatabase, 'name' | 'url'>, open: () => Promise<TestDatabase>): TestDatabase {
  let opened: Promise<TestDatabase> | undefined;
  const close = async () => {
    const database = opened;
    opened = undefined;
    await (await database)?.close();
  };
  afterAll(close);
  return {
    name,
    url,
    async run(sql) {
      opened ??= open();
      return (await opened).run(sql);
    },
    close,
  };
}

export function usePostgres(side: 'source' | 'target'): TestDatabase {
  return shared({ name: side, url: sandbox[side].url }, () => postgresOf(side));
}

export function useMariadb(): TestDatabase {
  return shared({ name: engine, url: sandbox.mariadb?.url ?? '' }, mariadbOf);
}

type Options = Partial<Omit<ReconcileOptions, 'source' | 'target' | 'tables'>>;

export const ports = { clock: systemClock, logger: silentLogger, progress: silentProgress };

export function compare(
  source: TestDatabase,
  target: TestDatabase,
  tables: string[],
  options: Options = {},
  signal?: AbortSignal,
): Promise<ReconcileReport> {
  return reconcile(
    {
      source,
      target,
      tables: tables.map(parseTablePair),
      limit: 10_000,
      statementTimeout: 0,
      connectTimeout: 5000,
      ...options,
    },
    { ...ports, signal },
  );
}

/** Tables by the statements that make them; they are dropped when the test ends. */
export async function given(database: TestDatabase, sql: string): Promise<AsyncDisposable> {
  const names = [...sql.matchAll(/create table (\w+)/g)].map((match) => match[1] ?? '');
  const cascade = database.url.startsWith('mysql') ? '' : ' CASCADE';
  const drop = async () => {
    for (const name of [...names].reverse()) await database.run(`DROP TABLE IF EXISTS ${name}${cascade}`);
  };
  await drop();
  await database.run(sql);
  return { [Symbol.asyncDispose]: drop };
}

/** One table's report; the run must have had one table. */
export async function compareOne(
  source: TestDatabase,
  target: TestDatabase,
  table: string,
  options: Options = {},
): Promise<TableReport> {
  const [report] = (await compare(source, target, [table], options)).tables;
  if (report === undefined) throw new Error('no table in the report');
  if (report.error !== undefined) throw report.error;
  return report;
}

/** Every difference in one word each: `missing 5`, `different 7 note`. */
export function found(report: TableReport): string[] {
  return report.differences.map(({ kind, key, rows, columns }) =>
    [
      kind,
      ...Object.values(key),
      ...(rows > 1 ? [`×${rows}`] : []),
      ...(kind === 'different' ? columns.map(({ column }) => column) : []),
    ].join(' '),
  );
}
