import type { Connection, ConnectionOptions } from 'mysql2';
import { parameterOf, parseDatabaseUrl } from '../../config/database-url.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import { interruption, unlessInterrupted } from '../cancel.ts';
import { type EngineErrors, lostConnection, translate, UNKNOWN_DATABASE, WRONG_CONDITION } from '../failures.ts';
import type { Cells, Statement } from '../model.ts';
import type { ServerFacts, Session, SessionOptions } from '../session.ts';
import { destroyMysql, killMysql, SERVER_IDENTITY } from './cancel.ts';
import { describeMysql, listMysql, referencesMysql } from './catalog.ts';
import { trustedDigests } from './digests.ts';
import { quote, table } from './names.ts';
import { replicaMysql } from './replica.ts';
import { prepareMysql, TOO_LONG } from './settings.ts';

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
  ER_CLIENT_INTERACTION_TIMEOUT: 'DATABASE_UNREACHABLE',
  PROTOCOL_CONNECTION_LOST: 'DATABASE_UNREACHABLE',
  ER_QUERY_TIMEOUT: 'TIMED_OUT',
  ER_STATEMENT_TIMEOUT: 'TIMED_OUT',
  ER_LOCK_WAIT_TIMEOUT: 'TIMED_OUT',
};

const HINTS: Record<string, string> = {
  ER_BAD_DB_ERROR: UNKNOWN_DATABASE,
  ER_BAD_FIELD_ERROR: WRONG_CONDITION,
  ER_PARSE_ERROR: WRONG_CONDITION,
};

const ERRORS: EngineErrors = {
  certificate:
    'The certificate is not signed by a known authority. Put its file path in NODE_EXTRA_CA_CERTS, or skip the check with ssl=required in the URL if nobody can intercept the connection.',
  passing: (code) => code === 'ER_LOCK_DEADLOCK',
  hint: (code) => HINTS[code],
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
    // Only for repair statements that sluice generates, with values as literals.
    multipleStatements: options.write === true,
    // The driver escapes with backslashes, which this session does not interpret: see sql_mode below.
    queryFormat: (sql: string, values: unknown) => withParameters(sql, values as readonly unknown[] | undefined),
  };
  const connection = await connect(createConnection, settings, options.signal).catch((error) => {
    throw fail(error);
  });
  let broken: Error | undefined;
  // The driver does not tell a streaming query that the connection ended: it would wait forever.
  const streaming = new Set<(error: Error) => void>();
  connection.on('error', (error: Error) => {
    broken = error;
    for (const fails of streaming) fails(error);
  });
  /** Statements awaiting an answer, besides those being streamed. */
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
    engine: 'mysql',
    quote,
    table,
    server: facts,
    query,
    // The server itself refuses to read such a table in an older snapshot (ER_TABLE_DEF_CHANGED).
    hold: async () => true,
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
    tables: () => listMysql(query),
    describe: (wanted) => describeMysql(query, wanted, name),
    async execute(sql) {
      const result = (await raw(sql)) as { affectedRows?: number };
      return result.affectedRows ?? 0;
    },
    async executeAll(statements) {
      const result = (await raw(statements.join('\n'))) as { affectedRows?: number } | { affectedRows?: number }[];
      // The driver counts matching rows, whether or not a value changes.
      return (Array.isArray(result) ? result : [result]).map((one) => one.affectedRows ?? 0);
    },
    references: (table) => referencesMysql(query, table),
    replica: () => replicaMysql(query, facts.product === 'MariaDB'),
    async pending() {
      // The server tells how many sessions, but not which.
      const waiting = await query("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_%_wait_sessions'");
      return waiting.flatMap(([name, sessions]) => (Number(sessions) > 0 ? [name ?? ''] : []));
    },
    async close() {
      options.signal?.removeEventListener('abort', abort);
      await stopping;
      // A half-read stream would hold up a polite goodbye.
      connection.destroy();
    },
  };
}

function isTooLong(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'ER_DATA_OUT_OF_RANGE' && String(message).toLowerCase().includes(TOO_LONG.toLowerCase());
}

/** Error numbers of MariaDB's own, which the driver has no names for; https://mariadb.com/kb/en/mariadb-error-codes/ */
const OWN_CODES: Record<number, string> = { 1927: 'PROTOCOL_CONNECTION_LOST', 1969: 'ER_STATEMENT_TIMEOUT' };

function withName(error: unknown): unknown {
  if (isTooLong(error)) {
    return Object.assign(
      new Error(
        'a row or JSON document is longer than max_allowed_packet and cannot be compared. Raise it (SET GLOBAL max_allowed_packet = 1073741824), or ignore the long columns',
        { cause: error },
      ),
      { code: 'ER_WARN_ALLOWED_PACKET_OVERFLOWED' },
    );
  }
  const code = OWN_CODES[(error as { errno?: number }).errno ?? 0];
  if (!(error instanceof Error) || code === undefined) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code });
}

/** Replaces question marks by literals, except in quoted names and texts. */
export function withParameters(sql: string, values: readonly unknown[] | undefined): string {
  if (values === undefined || values.length === 0) return sql;
  let next = 0;
  // A doubled quote ends one text and begins the next. The pattern repeats no group: on a text of millions of
  // characters that would overflow the stack.
  return sql.replaceAll(/'[^']*'|`[^`]*`|"[^"]*"|\?/g, (part) =>
    part === '?' && next < values.length ? parameter(values[next++]) : part,
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
  const ssl =
    parameterOf(address, 'ssl') ??
    parameterOf(address, 'useSSL') ??
    parameterOf(address, 'sslMode', 'ssl-mode', 'ssl_mode');
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

/** Maximum bytes of text aggregated by the server per session. */
const MAX_TEXT_LENGTH = 16_000_000;

type Query = (statement: Statement | string) => Promise<Cells[]>;

async function prepare(
  query: Query,
  raw: (sql: string) => Promise<unknown>,
  options: SessionOptions,
): Promise<ServerFacts> {
  const [[version = '', database, packet, ...server] = []] = await query(
    'SELECT VERSION(), DATABASE(), @@max_allowed_packet, @@hostname, @@port, @@datadir',
  );
  const longestText = Math.min(MAX_TEXT_LENGTH, Number(packet));
  const mariadb = /mariadb/i.test(version ?? '');
  await prepareMysql(query, raw, { mariadb, longestText }, options);
  return {
    product: mariadb ? 'MariaDB' : 'MySQL',
    version: (version ?? '').replace(/-.*$/, ''),
    major: Number.parseInt(version ?? '0', 10),
    database: database ?? '',
    // A table's schema is its database, so the server has it once for all of its databases.
    identity: server.join('/'),
    longestText,
    longestStatement: Number(packet),
    snapshot: true,
    digests: await trustedDigests(query, version ?? '', mariadb),
  };
}
