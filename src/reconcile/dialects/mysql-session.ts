import type { Connection, ConnectionOptions } from 'mysql2';
import { parameterOf, parseDatabaseUrl } from '../../config/database-url.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import type { Cells, Column, Statement, TableInfo } from '../model.ts';
import { pickTable } from '../tables.ts';
import { destroyMysql, interruption, killMysql, SERVER_IDENTITY, unlessInterrupted } from './cancel.ts';
import type { ServerFacts, Session, SessionOptions } from './dialect.ts';
import { type EngineErrors, lostConnection, translate } from './failures.ts';
import { mysql } from './mysql.ts';
import { mysqlType } from './mysql-types.ts';

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/ */
const CODES: Record<string, ErrorCode> = {
  ER_ACCESS_DENIED_ERROR: 'DATABASE_UNAUTHORIZED',
  ER_DBACCESS_DENIED_ERROR: 'DATABASE_UNAUTHORIZED',
  ER_TABLEACCESS_DENIED_ERROR: 'DATABASE_UNAUTHORIZED',
  ER_COLUMNACCESS_DENIED_ERROR: 'DATABASE_UNAUTHORIZED',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'DATABASE_UNAUTHORIZED',
  ER_BAD_DB_ERROR: 'DATABASE_REJECTED',
  ER_CON_COUNT_ERROR: 'DATABASE_UNREACHABLE',
  ER_SERVER_SHUTDOWN: 'DATABASE_UNREACHABLE',
  PROTOCOL_CONNECTION_LOST: 'DATABASE_UNREACHABLE',
  ER_QUERY_TIMEOUT: 'TIMED_OUT',
  ER_STATEMENT_TIMEOUT: 'TIMED_OUT',
  ER_LOCK_WAIT_TIMEOUT: 'TIMED_OUT',
};

const ERRORS: EngineErrors = {
  certificate:
    'No known authority has signed the certificate. Put the path of its file into NODE_EXTRA_CA_CERTS, or skip the check with ssl=required in the URL, if nobody can intercept the connection.',
  passing: (code) => code === 'ER_LOCK_DEADLOCK',
};

export async function openMysql(url: string, name: string, options: SessionOptions): Promise<Session> {
  const { createConnection } = await import('mysql2');
  const fail = (error: unknown) =>
    interruption(options.signal) ?? translate(withName(error), name, (code) => CODES[code], ERRORS);
  const settings: ConnectionOptions = {
    ...addressOf(url),
    connectTimeout: options.connectTimeout,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    rowsAsArray: true,
    // Every value as the server's text, numbers and dates included.
    typeCast: (field) => field.string('utf8'),
    multipleStatements: false,
    // The driver's own escapes are backslashes, which the session does not take for such: see sql_mode below.
    queryFormat: (sql: string, values: unknown) => withParameters(sql, values as readonly unknown[] | undefined),
  };
  const connection = await connect(createConnection, settings, options.signal).catch((error) => {
    throw fail(error);
  });
  let broken: Error | undefined;
  // The driver tells a query that is being streamed nothing of the connection's end: it would be waited for for ever.
  const streaming = new Set<(error: Error) => void>();
  connection.on('error', (error: Error) => {
    broken = error;
    for (const fails of streaming) fails(error);
  });
  /** Statements that the server has not answered, beside those that are streamed. */
  let running = 0;
  const raw = (sql: string, values: readonly unknown[] = []) =>
    new Promise<unknown>((resolve, reject) => {
      if (broken !== undefined) {
        reject(lostConnection(name, broken));
        return;
      }
      running += 1;
      connection.query(sql, [...values], (error, result) => {
        running -= 1;
        if (error) reject(fail(error));
        else resolve(result);
      });
    });
  const query = async (statement: Statement | string): Promise<Cells[]> => {
    options.signal?.throwIfAborted();
    const { sql, parameters } = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
    return (await raw(sql, parameters)) as Cells[];
  };
  let identity: string | undefined;
  let stopping: Promise<void> | undefined;
  const abort = () => {
    const threadId = running > 0 || streaming.size > 0 ? connection.threadId : undefined;
    stopping = killMysql(createConnection, addressOf(url), { threadId, identity }).then(() => destroyMysql(connection));
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  const facts = await (async () => {
    identity = (await query(`SELECT ${SERVER_IDENTITY}`))[0]?.join('/');
    return prepare(query, raw, options);
  })().catch(async (error) => {
    await stopping;
    connection.destroy();
    throw error;
  });

  return {
    dialect: mysql,
    server: facts,
    query,
    share: async () => undefined,
    async snapshot() {
      if (options.write) return;
      await raw('ROLLBACK');
      await raw('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    },
    each({ sql, parameters }, onRow) {
      options.signal?.throwIfAborted();
      if (broken !== undefined) throw lostConnection(name, broken);
      return new Promise<void>((resolve, reject) => {
        const fails = (error: Error) => reject(fail(broken ?? error));
        const running = connection.query(sql, [...parameters]);
        streaming.add(fails);
        running.on('result', (row) => onRow(row as unknown as Cells));
        running.on('error', fails);
        running.on('end', () => {
          streaming.delete(fails);
          resolve();
        });
      });
    },
    async *stream({ sql, parameters }) {
      options.signal?.throwIfAborted();
      if (broken !== undefined) throw lostConnection(name, broken);
      const stream = connection.query(sql, [...parameters]).stream({ highWaterMark: 1024 });
      const fails = (error: Error) => void stream.destroy(error);
      streaming.add(fails);
      let rows: Cells[] = [];
      try {
        for await (const row of stream) {
          rows.push(row as Cells);
          if (rows.length === 1024) {
            yield rows;
            rows = [];
          }
        }
      } catch (error) {
        throw fail(broken ?? error);
      } finally {
        streaming.delete(fails);
      }
      if (rows.length > 0) yield rows;
    },
    tables: () => listTables(query),
    describe: (wanted) => describe(query, wanted, name),
    async execute(sql) {
      const result = (await raw(sql)) as { affectedRows?: number };
      return result.affectedRows ?? 0;
    },
    async close() {
      options.signal?.removeEventListener('abort', abort);
      await stopping;
      // A half-read stream would hold up a polite goodbye.
      connection.destroy();
    },
  };
}

/** Error numbers of MariaDB's own, which the driver has no names for; https://mariadb.com/kb/en/mariadb-error-codes/ */
const OWN_CODES: Record<number, string> = { 1927: 'PROTOCOL_CONNECTION_LOST', 1969: 'ER_STATEMENT_TIMEOUT' };

function withName(error: unknown): unknown {
  const code = OWN_CODES[(error as { errno?: number }).errno ?? 0];
  if (!(error instanceof Error) || code === undefined) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code });
}

/** Puts literals in the place of question marks, but for those in quoted names and texts. */
export function withParameters(sql: string, values: readonly unknown[] | undefined): string {
  let next = 0;
  return sql.replaceAll(/'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|\?/g, (part) =>
    part === '?' && values !== undefined && next < values.length ? parameter(values[next++]) : part,
  );
}

function parameter(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}

function connect(
  create: (options: ConnectionOptions) => Connection,
  options: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  const connection = create(options);
  const attempt = new Promise<Connection>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => {
      connection.off('error', reject);
      if (error) {
        connection.destroy();
        reject(error);
      } else resolve(connection);
    });
  });
  return unlessInterrupted(attempt, signal, () => {
    connection.on('error', () => {});
    destroyMysql(connection);
  });
}

/** `mysql://user:password@host:3306/name?ssl=true`; JDBC's and MariaDB's schemes too. */
export function addressOf(url: string): ConnectionOptions {
  const address = parseDatabaseUrl(url);
  const ssl = parameterOf(address, 'ssl') ?? parameterOf(address, 'useSSL') ?? parameterOf(address, 'sslMode');
  const secure = ssl !== undefined && !/^(false|0|disabled?|off)$/i.test(ssl);
  return {
    host: address.host || 'localhost',
    port: address.port ?? 3306,
    user: address.user ?? '',
    password: address.password ?? '',
    database: address.database ?? '',
    ...(secure ? { ssl: { rejectUnauthorized: /verify|true/i.test(ssl) } } : {}),
  };
}

/** Bytes of text that one session may have the server put together. */
const LONGEST_TEXT = 16_000_000;

type Query = (statement: Statement | string) => Promise<Cells[]>;

async function prepare(
  query: Query,
  raw: (sql: string) => Promise<unknown>,
  options: SessionOptions,
): Promise<ServerFacts> {
  const [[version = '', database, packet, ...server] = []] = await query(
    'SELECT VERSION(), DATABASE(), @@max_allowed_packet, @@hostname, @@port, @@datadir',
  );
  const longestText = Math.min(LONGEST_TEXT, Number(packet));
  const mariadb = /mariadb/i.test(version ?? '');
  await raw("SET time_zone = '+00:00'");
  // Zero dates must be readable; MariaDB rounds a cut fraction only when told to, as MySQL and PostgreSQL always do.
  const modes = ['STRICT_ALL_TABLES', 'NO_BACKSLASH_ESCAPES', 'NO_AUTO_VALUE_ON_ZERO'];
  await raw(
    `SET SESSION sql_mode = '${[...modes, ...(mariadb ? ['TIME_ROUND_FRACTIONAL'] : [])].join(',')}', ` +
      `SESSION group_concat_max_len = ${longestText}`,
  );
  if (options.statementTimeout > 0) {
    await raw(
      mariadb
        ? `SET SESSION max_statement_time = ${options.statementTimeout / 1000}`
        : `SET SESSION max_execution_time = ${Math.round(options.statementTimeout)}`,
    );
  }
  if (!options.write) await raw('SET SESSION TRANSACTION READ ONLY');
  return {
    product: mariadb ? 'MariaDB' : 'MySQL',
    version: (version ?? '').replace(/-.*$/, ''),
    major: Number.parseInt(version ?? '0', 10),
    database: database ?? '',
    // A table's schema is its database: whichever the session is in, the server has it once.
    identity: server.join('/'),
    longestText,
    snapshot: true,
  };
}

/** @param only one table: the server opens every table that it lists, and some have thousands */
async function listTables(query: Query, only?: { schema?: string | undefined; name: string }) {
  const tables = await query({
    sql:
      'SELECT table_schema, table_name, table_type, table_schema <=> DATABASE(), table_rows FROM information_schema.tables WHERE ' +
      (only === undefined
        ? "table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
        : `table_schema = ${only.schema === undefined ? 'DATABASE()' : '?'} AND table_name = ?`),
    parameters: only === undefined ? [] : [...(only.schema === undefined ? [] : [only.schema]), only.name],
  });
  return tables.map(([schema, name, kind, current, rows]) => ({
    schema: schema ?? '',
    name: name ?? '',
    view: kind !== 'BASE TABLE',
    visible: current === '1',
    rows: Number(rows ?? 0),
  }));
}

async function describe(
  query: Query,
  wanted: { schema?: string | undefined; name: string },
  database: string,
): Promise<TableInfo> {
  const exact = (await listTables(query, wanted)).filter((table) => table.name === wanted.name);
  const found = pickTable(exact.length === 1 ? exact : await listTables(query), wanted, database);
  const parameters = [found.schema, found.name];
  const columns = await query({
    sql:
      'SELECT column_name, column_type, data_type, numeric_scale, datetime_precision, is_nullable, extra, character_set_name, character_maximum_length ' +
      'FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position',
    parameters,
  });
  const keys = await query({
    sql:
      'SELECT index_name, column_name FROM information_schema.statistics ' +
      'WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index',
    parameters,
  });
  const json = await jsonColumns(query, parameters);
  const unique = Map.groupBy(keys, ([index]) => index ?? '');
  const uniqueKeys = [...unique].map(([index, rows]) => ({ index, columns: rows.map(([, column]) => column ?? '') }));
  const primaryKey = uniqueKeys.find((key) => key.index === 'PRIMARY')?.columns ?? [];
  const [first] = columns.filter(([name]) => name === primaryKey[0]);
  return {
    schema: found.schema,
    name: found.name,
    kind: found.view ? 'view' : 'table',
    splitting: /int$/i.test(first?.[2] ?? '') ? { by: 'key', column: first?.[0] ?? '' } : undefined,
    columns: columns.map(
      ([name, nativeType, dataType, scale, precision, nullable, extra, charset, length]): Column => ({
        name: name ?? '',
        nativeType: nativeType ?? '',
        type: json.has(name ?? '')
          ? { family: 'json' }
          : mysqlType(dataType ?? '', nativeType ?? '', Number(scale ?? 0), Number(precision ?? 0)),
        nullable: nullable === 'YES',
        length: length === null ? undefined : Number(length),
        charset: charset ?? undefined,
        generated: /GENERATED/i.test(extra ?? '') && !/DEFAULT_GENERATED/i.test(extra ?? ''),
        identity: false,
      }),
    ),
    primaryKey,
    uniqueKeys: uniqueKeys.map((key) => key.columns),
    estimatedRows: found.rows,
  };
}

/** MariaDB's json is longtext with a check; only the check tells. */
async function jsonColumns(query: Query, parameters: readonly string[]): Promise<Set<string>> {
  const checks = await query({
    sql: 'SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = ? AND table_name = ?',
    parameters,
  }).catch(() => []);
  return new Set(checks.flatMap(([clause]) => /^json_valid\(`(.+)`\)$/i.exec(clause ?? '')?.[1] ?? []));
}
