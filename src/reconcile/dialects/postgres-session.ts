import type { Duplex } from 'node:stream';
import type { Client as PgClient, QueryConfig } from 'pg';
import type { SluiceError } from '../../errors/error.ts';
import type { Cells, Column, ColumnType, Statement, TableInfo } from '../model.ts';
import { pickTable } from '../tables.ts';
import { cancelPostgres, interruption, unlessInterrupted } from './cancel.ts';
import type { ServerFacts, Session, SessionOptions } from './dialect.ts';
import { type EngineErrors, lostConnection, translate } from './failures.ts';
import { postgresDialect } from './postgres.ts';
import { clientConfig } from './postgres-address.ts';

/** Every value as the server's text: dates and numbers must not pass through JavaScript's. */
const RAW_TYPES = { getTypeParser: () => (text: unknown) => text } as never;

const SETTINGS =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; " +
  'SET extra_float_digits = 1; SET standard_conforming_strings = on; ' +
  // The sums of all buckets fit, so that no plan avoids grouping them in memory; compiling would cost more than it spares.
  "SET work_mem = '64MB'; SET jit = off;";

/** SQLSTATEs; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAUTHORIZED = /^(28|42501$)/;
const UNREACHABLE = /^(08|57P0[123]|53300)/;
const TIMED_OUT = /^(57014|55P03|25P04)$/;

const ERRORS: EngineErrors = {
  certificate:
    'No known authority has signed the certificate. Give its file with sslrootcert=FILE in the URL, or skip the check with sslmode=require, if nobody can intercept the connection.',
  passing: (code) => /^(40001|40P01)$/.test(code),
};

export async function openPostgres(url: string, name: string, options: SessionOptions): Promise<Session> {
  const [{ default: pg }, { default: Cursor }] = await Promise.all([import('pg'), import('pg-cursor')]);
  const fail = (error: unknown) =>
    interruption(options.signal) ??
    translate(
      error,
      name,
      (code) =>
        UNAUTHORIZED.test(code)
          ? 'DATABASE_UNAUTHORIZED'
          : UNREACHABLE.test(code)
            ? 'DATABASE_UNREACHABLE'
            : TIMED_OUT.test(code)
              ? 'TIMED_OUT'
              : undefined,
      ERRORS,
    );
  const client = await guard(connect(pg.Client, url, options), fail);
  let stopping: Promise<void> | undefined;
  const abort = () => {
    stopping = cancelPostgres(client, pg as never).then(() => client.end().catch(() => {}));
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  let broken: Error | undefined;
  client.on('error', (error) => {
    broken = error;
  });
  const run = async (config: QueryConfig & { rowMode?: 'array' }) => {
    options.signal?.throwIfAborted();
    if (broken !== undefined) throw lostConnection(name, broken);
    return guard(client.query({ ...config, types: RAW_TYPES }), fail);
  };
  const query = async (statement: Statement | string): Promise<Cells[]> => {
    const { sql, parameters } = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
    const result = await run({ text: sql, values: [...parameters], rowMode: 'array' });
    return result.rows as unknown as Cells[];
  };

  const facts = await (async () => {
    const own = `SET statement_timeout = ${Math.round(options.statementTimeout)};`;
    const readOnly = options.write ? '' : ' SET default_transaction_read_only = on;';
    await guard(client.query(`${SETTINGS} ${own}${readOnly}`), fail);
    return serverFacts(query, client);
  })().catch(async (error) => {
    await (stopping ?? client.end().catch(() => {}));
    throw error;
  });

  return {
    dialect: postgresDialect(facts),
    server: facts,
    query,
    async snapshot(shared) {
      if (options.write) return;
      await guard(client.query('ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'), fail);
      if (shared !== undefined)
        await guard(client.query(`SET TRANSACTION SNAPSHOT '${shared.replaceAll("'", "''")}'`), fail);
    },
    async share() {
      return (await query('SELECT pg_export_snapshot()'))[0]?.[0] ?? undefined;
    },
    each({ sql, parameters }, onRow) {
      options.signal?.throwIfAborted();
      if (broken !== undefined) throw lostConnection(name, broken);
      // No cursor: PostgreSQL runs a query in parallel only where all of its rows are asked for.
      const running = new pg.Query({ text: sql, values: [...parameters], rowMode: 'array', types: RAW_TYPES } as never);
      return new Promise((resolve, reject) => {
        running.on('row', (row) => onRow(row as unknown as Cells));
        running.on('end', () => resolve());
        running.on('error', (error) => reject(fail(broken ?? error)));
        client.query(running);
      });
    },
    async *stream({ sql, parameters }) {
      options.signal?.throwIfAborted();
      if (broken !== undefined) throw lostConnection(name, broken);
      const cursor = client.query(new Cursor<Cells>(sql, [...parameters], { rowMode: 'array', types: RAW_TYPES }));
      const read = () => {
        const rows = cursor.read(BATCH);
        // It is waited for later, if at all.
        rows.catch(() => {});
        return rows;
      };
      try {
        let next = read();
        for (;;) {
          const rows = await next;
          if (rows.length === 0) return;
          // The server goes on while these are looked at.
          next = read();
          yield rows;
        }
      } catch (error) {
        throw fail(broken ?? error);
      } finally {
        cursor.close().catch(() => {});
      }
    },
    tables: () => listTables(query),
    describe: (wanted) => describe(query, wanted, name, facts.major),
    async execute(sql) {
      const result = await run({ text: sql });
      return result.rowCount ?? 0;
    },
    async close() {
      options.signal?.removeEventListener('abort', abort);
      await (stopping ?? client.end().catch(() => {}));
    },
  };
}

/** Rows of a larger batch outlive V8's young generation: the process then grows by half. */
const BATCH = 512;

async function connect(Client: typeof PgClient, url: string, options: SessionOptions): Promise<PgClient> {
  const client = new Client({
    connectionTimeoutMillis: options.connectTimeout,
    application_name: 'sluice reconcile',
    keepAlive: true,
    ...clientConfig(url),
  });
  // A goodbye would wait for a server that says nothing.
  const giveUp = () => void (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
  try {
    await unlessInterrupted(client.connect(), options.signal, giveUp);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  return client;
}

async function guard<T>(promise: Promise<T>, fail: (error: unknown) => SluiceError): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw fail(error);
  }
}

type Query = (statement: Statement | string) => Promise<Cells[]>;

async function serverFacts(query: Query, client: PgClient): Promise<ServerFacts> {
  const [row = []] = await query(
    "SELECT current_setting('server_version'), current_setting('server_version_num'), current_database(), " +
      "current_setting('server_encoding'), coalesce(inet_server_addr()::text, 'local'), " +
      "current_setting('port'), (SELECT oid FROM pg_database WHERE datname = current_database())::text, " +
      'pg_postmaster_start_time()::text',
  );
  const [version, number, database, encoding, , port, oid, started] = row;
  return {
    product: 'PostgreSQL',
    version: version ?? '',
    major: Math.floor(Number(number) / 10_000),
    database: database ?? client.database ?? '',
    // Host names vary for one server; the moment it started, its port and the database's oid do not.
    identity: `${started}/${port}/${oid}`,
    encoding: encoding ?? 'UTF8',
    snapshot: true,
  };
}

const COLUMNS = `
  SELECT a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END,
    a.attnotnull, a.attgenerated <> '', a.attidentity <> ''
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const KEYS = `
  SELECT i.indisprimary, array_to_json(array(
    SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(n, o)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n WHERE k.o <= i.indnkeyatts ORDER BY k.o))::text
  FROM pg_index i
  WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`;

/** The planner's own way: rows per page when last counted, by the pages there are now. */
const ROWS = `
  SELECT sum(CASE WHEN relpages > 0 AND reltuples >= 0
    THEN reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::int)
    ELSE pg_relation_size(oid) / 60.0 END)::bigint,
    max(pg_relation_size(oid) / current_setting('block_size')::int)
  FROM pg_class WHERE relkind IN ('r', 'm') AND (oid = $1::oid OR oid IN (SELECT relid FROM pg_partition_tree($1::oid::regclass)))`;

async function listTables(query: Query) {
  const rows = await query(
    'SELECT n.nspname, c.relname, c.relkind, c.oid::text, array_position(current_schemas(false), n.nspname)::text ' +
      'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ' +
      "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') " +
      "AND n.nspname NOT LIKE 'pg_toast%' AND NOT c.relispartition ORDER BY 5 NULLS LAST, 1, 2",
  );
  return rows.map(([schema, name, kind, oid, position]) => ({
    schema: schema ?? '',
    name: name ?? '',
    view: kind === 'v' || kind === 'm',
    heap: kind === 'r' || kind === 'm',
    oid: oid ?? '',
    visible: position !== null,
  }));
}

async function describe(
  query: Query,
  wanted: { schema?: string | undefined; name: string },
  database: string,
  major: number,
): Promise<TableInfo> {
  const found = pickTable(await listTables(query), wanted, database);
  const parameters = [found.oid];
  const [columns, keys, [estimate]] = [
    await query({ sql: COLUMNS, parameters }),
    await query({ sql: KEYS, parameters }),
    await query({ sql: ROWS, parameters }),
  ];
  const blocks = Number(estimate?.[1] ?? 0);
  const uniqueKeys = keys.map(([primary, names]) => ({
    primary: primary === 't',
    names: JSON.parse(names ?? '[]') as string[],
  }));
  return {
    schema: found.schema,
    name: found.name,
    kind: found.view ? 'view' : 'table',
    columns: columns.map(
      ([name, nativeType, base, notNull, generated, identity]): Column => ({
        name: name ?? '',
        nativeType: nativeType ?? '',
        type: postgresType(base ?? ''),
        nullable: notNull !== 't',
        generated: generated === 't',
        identity: identity === 't',
      }),
    ),
    primaryKey: uniqueKeys.find((key) => key.primary)?.names ?? [],
    uniqueKeys: uniqueKeys.map((key) => key.names),
    // A view or foreign table has no statistics: the scan itself will tell.
    estimatedRows: Number(estimate?.[0] ?? 0),
    // PostgreSQL 14 reads a range of blocks and nothing else; before that each part would read the whole table.
    splitting: major >= 14 && found.heap && blocks > 1 ? { by: 'blocks', blocks } : undefined,
  };
}

/** @param declared as format_type() writes it, of a domain its base type */
export function postgresType(declared: string): ColumnType {
  const match = /^(?<name>[^(]+?)(?:\((?<first>-?\d+)(?:,(?<second>-?\d+))?\))?(?<rest> with(?:out)? time zone)?$/.exec(
    declared,
  );
  const { name = declared, first, second, rest } = match?.groups ?? {};
  const precision = first === undefined ? 6 : Number(first);
  switch (name) {
    case 'smallint':
      return { family: 'integer', bits: 16 };
    case 'integer':
      return { family: 'integer', bits: 32 };
    case 'bigint':
      return { family: 'integer', bits: 64 };
    case 'numeric':
      return first === undefined
        ? { family: 'decimal' }
        : { family: 'decimal', scale: Math.max(0, Number(second ?? 0)) };
    case 'money':
      return { family: 'decimal', scale: 2 };
    case 'interval':
      return { family: 'interval' };
    case 'real':
      return { family: 'float', bits: 32 };
    case 'double precision':
      return { family: 'float', bits: 64 };
    case 'boolean':
    case 'uuid':
    case 'date':
      return { family: name };
    case 'text':
    case 'character varying':
    case 'citext':
    case 'name':
      return { family: 'text' };
    case 'character':
      return { family: 'text', fixed: true };
    case 'json':
    case 'jsonb':
      return { family: 'json' };
    case 'bytea':
      return { family: 'bytes' };
    case 'time':
    case 'timestamp':
      return { family: name, zone: rest === ' with time zone', precision };
    case 'time without time zone':
      return { family: 'time', zone: false, precision: 6 };
    default:
      return { family: 'other' };
  }
}
