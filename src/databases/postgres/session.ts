import type { Duplex } from 'node:stream';
import type { Client as PgClient, QueryConfig } from 'pg';
import { SluiceError } from '../../errors/error.ts';
import { interruption, unlessInterrupted } from '../cancel.ts';
import { type EngineErrors, lostConnection, translate, UNKNOWN_DATABASE, WRONG_CONDITION } from '../failures.ts';
import type { Cells, Statement } from '../model.ts';
import type { ServerFacts, Session, SessionOptions } from '../session.ts';
import { clientConfig } from './address.ts';
import { cancelPostgres } from './cancel.ts';
import { describePostgres, HIDDEN_HINT, holdPostgres, listPostgres, referencesPostgres } from './catalog.ts';
import { quote, table } from './names.ts';
import { ownPath, pathForWrites, prepareSession, restoredPath } from './settings.ts';

export { postgresType } from './types.ts';

/** Every value as the server's text: dates and numbers must not pass through JavaScript's. */
const RAW_TYPES = { getTypeParser: () => (text: unknown) => text } as never;

/** SQLSTATEs; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAUTHORIZED = /^(28|42501$)/;
const UNREACHABLE = /^(08|57P0[123]|53300)/;
const TIMED_OUT = /^(57014|55P03|25P04)$/;
/** Undefined functions and operators, types, tables: never in what sluice itself writes. */
const NAMES_IN_CONDITION =
  'In a condition, qualify your own functions, types and tables with their schema, such as public.f(x): only pg_catalog is searched.';

const ERRORS: EngineErrors = {
  certificate:
    'The certificate is not signed by a known authority. Set sslrootcert=FILE in the URL, or skip the check with sslmode=require if nobody can intercept the connection.',
  passing: (code) => /^(40001|40P01)$/.test(code),
  hint: (code) => {
    if (/^(42883|42704|42P01)$/.test(code)) return NAMES_IN_CONDITION;
    if (/^(42703|42601)$/.test(code)) return WRONG_CONDITION;
    return code === '3D000' ? UNKNOWN_DATABASE : undefined;
  },
};

export async function openPostgres(url: string, name: string, options: SessionOptions): Promise<Session> {
  const [{ default: pg }, { default: Cursor }] = await Promise.all([import('pg'), import('pg-cursor')]);
  const fail = (error: unknown) => {
    const interrupted = interruption(options.signal);
    if (interrupted !== undefined) return interrupted;
    if (hidesRows(error)) return rowsHidden(error, name);
    return translate(
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
  };
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
    const path = await guard(ownPath(client), fail);
    await guard(prepareSession(client, options), fail);
    return { ...(await serverFacts(query, client)), ...path };
  })().catch(async (error) => {
    await (stopping ?? client.end().catch(() => {}));
    throw error;
  });

  return {
    engine: 'postgresql',
    quote,
    table,
    server: facts,
    query,
    async snapshot(shared) {
      if (options.write) return;
      if (broken !== undefined) throw lostConnection(name, broken);
      await guard(client.query('ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'), fail);
      if (shared !== undefined)
        await guard(client.query(`SET TRANSACTION SNAPSHOT '${shared.replaceAll("'", "''")}'`), fail);
    },
    hold: async (table) => options.write === true || holdPostgres(query, table),
    async share() {
      return (await query('SELECT pg_export_snapshot()'))[0]?.[0] ?? undefined;
    },
    each({ sql, parameters }, onRow) {
      options.signal?.throwIfAborted();
      if (broken !== undefined) throw lostConnection(name, broken);
      // No cursor: PostgreSQL only parallelizes queries that fetch all rows.
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
      // A cursor that has had its last row, but not the server's goodbye, never answers if the connection ends then.
      let lost: (error: Error) => void = () => {};
      const onEnd = () => lost(broken ?? new Error('Connection terminated'));
      client.once('end', onEnd);
      const read = () => {
        const rows = new Promise<Cells[]>((resolve, reject) => {
          lost = reject;
          cursor.read(BATCH, (error, batch) => (error ? reject(error) : resolve(batch)));
        });
        // It is waited for later, if at all.
        rows.catch(() => {});
        return rows;
      };
      try {
        let next = read();
        for (;;) {
          const rows = await next;
          if (rows.length === 0) return;
          // The server continues while this batch is processed.
          next = read();
          yield rows;
        }
      } catch (error) {
        throw fail(broken ?? error);
      } finally {
        client.off('end', onEnd);
        cursor.close().catch(() => {});
      }
    },
    tables: () => listPostgres(query, facts),
    describe: (wanted) => describePostgres(query, wanted, name, facts),
    async execute(sql) {
      const result = await run({ text: sql });
      return result.rowCount ?? 0;
    },
    async executeAll(statements) {
      // Triggers may name tables and functions without a schema. One text is one round trip; each statement in it has a
      // result, including those that set the path.
      const [before, after] = pathForWrites(facts);
      const results: unknown = await run({ text: [before, ...statements, after].join('\n') });
      return (results as { rowCount: number | null }[]).slice(1, -1).map(({ rowCount }) => rowCount ?? 0);
    },
    async restorePath() {
      await run({ text: restoredPath(facts) });
    },
    references: (table) => referencesPostgres(query, table),
    async replica() {
      const [[recovering] = []] = await query('SELECT pg_catalog.pg_is_in_recovery()::text');
      return recovering === 'true' ? 'it is a standby' : undefined;
    },
    pending: async () => (await query(PENDING)).map(([transaction]) => transaction ?? ''),
    async close() {
      options.signal?.removeEventListener('abort', abort);
      await (stopping ?? client.end().catch(() => {}));
    },
  };
}

/**
 * Sessions whose commit waits; COMMIT PREPARED waits in a session without a transaction. Without the right to see what
 * others wait for, all open transactions that have written, and prepared ones.
 */
const PENDING = `
  WITH asked AS (SELECT WHERE current_setting('synchronous_standby_names') <> ''),
    blind AS (SELECT FROM asked WHERE NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'))
  SELECT a.pid || ' ' || a.xact_start FROM asked, pg_stat_activity a
  WHERE a.datname = current_database() AND a.wait_event = 'SyncRep'
  UNION ALL
  SELECT l.transactionid::text FROM blind, pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND a.datname = current_database()
  UNION ALL
  SELECT p.transaction::text FROM blind, pg_prepared_xacts p WHERE p.database = current_database()`;

/** Rows of a larger batch outlive V8's young generation: the process then grows by half. */
const BATCH = 512;

async function connect(Client: typeof PgClient, url: string, options: SessionOptions): Promise<PgClient> {
  const client = new Client({
    connectionTimeoutMillis: options.connectTimeout,
    application_name: 'sluice reconcile',
    keepAlive: true,
    ...clientConfig(url),
  });
  // A polite goodbye would wait for an unresponsive server.
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

/** With row_security off, PostgreSQL refuses a statement from which a policy would hide rows; its text may be in any language. */
function hidesRows(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  return code === '42501' && (routine === 'check_enable_rls' || /row-level security/.test(error.message));
}

function rowsHidden(error: Error, database: string): SluiceError {
  return new SluiceError('ROWS_HIDDEN', `${database}: row-level security hides rows from this user: ${error.message}`, {
    hint: HIDDEN_HINT,
    details: { code: '42501' },
    cause: error,
  });
}

/** A promoted standby has another timeline: it may lack its primary's last changes. */
const INSTALLATION =
  'SELECT system_identifier::text, timeline_id::text FROM pg_control_system(), pg_control_checkpoint()';

async function serverFacts(query: (sql: string) => Promise<Cells[]>, client: PgClient): Promise<ServerFacts> {
  const [row = []] = await query(
    "SELECT current_setting('server_version'), current_setting('server_version_num'), current_database(), " +
      "current_setting('server_encoding'), coalesce(inet_server_addr()::text, 'local'), " +
      "current_setting('port'), (SELECT oid FROM pg_database WHERE datname = current_database())::text, " +
      'pg_postmaster_start_time()::text',
  );
  const [version, number, database, encoding, , port, oid, started] = row;
  // If execute rights on these were revoked: a resumed scan then starts over after a server restart.
  const [[system, timeline] = []] = await query(INSTALLATION).catch((): Cells[] => []);
  return {
    product: 'PostgreSQL',
    version: version ?? '',
    major: Math.floor(Number(number) / 10_000),
    database: database ?? client.database ?? '',
    // Host names vary for one server; the moment it started, its port and the database's oid do not.
    identity: `${started}/${port}/${oid}`,
    installation: system === undefined ? undefined : `${system}/${timeline}/${oid}`,
    encoding: encoding ?? 'UTF8',
    snapshot: true,
    digests: Number(number) >= 110_000 ? ['md5', 'sha256'] : ['md5'],
  };
}
