import type { Database } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { Session, SessionOptions } from './dialects/dialect.ts';
import { withMaskedErrors } from './dialects/masked-errors.ts';
import { restoredPath } from './dialects/postgres-settings.ts';
import type { EngineName } from './model.ts';

const SCHEMES: Record<string, EngineName> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlserver: 'sqlserver',
  mssql: 'sqlserver',
};

function schemeOf(url: string): string {
  return /^(?:jdbc:)?([a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

/** Undefined where reconcile does not know the database; JDBC's form is understood, too. */
export function engineOfUrl(url: string): EngineName | undefined {
  return SCHEMES[schemeOf(url)];
}

/** @throws DATABASE_UNSUPPORTED */
export function engineOf(database: Database): EngineName {
  const engine = engineOfUrl(database.url);
  if (engine !== undefined) return engine;
  const scheme = schemeOf(database.url);
  throw new SluiceError(
    'DATABASE_UNSUPPORTED',
    `${database.name}: reconcile does not know ${scheme || 'this'} databases`,
    {
      hint: 'It compares postgres://, mysql://, mariadb:// and sqlserver:// databases.',
    },
  );
}

/** How sessions are opened, of a run's own options. */
export function sessionOptions(
  {
    statementTimeout,
    connectTimeout,
    maskErrors,
  }: Pick<SessionOptions, 'statementTimeout' | 'connectTimeout' | 'maskErrors'>,
  { signal }: { signal?: AbortSignal | undefined },
): SessionOptions {
  return { statementTimeout, connectTimeout, signal, maskErrors };
}

/**
 * Gives a session the search path back that its user has: for statements of other people's, and for triggers, which may
 * name tables and functions without a schema.
 */
export async function restorePath(session: Pick<Session, 'server' | 'execute'>): Promise<void> {
  if (session.server.searchPath !== undefined) await session.execute(restoredPath(session.server));
}

/**
 * A session on a database; only its own driver is loaded.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, DATABASE_UNSUPPORTED
 */
export async function openSession(database: Database, options: SessionOptions): Promise<Session> {
  const session = await open(database, options);
  return options.maskErrors ? withMaskedErrors(session, database.name) : session;
}

async function open(database: Database, options: SessionOptions): Promise<Session> {
  switch (engineOf(database)) {
    case 'postgresql':
      return (await import('./dialects/postgres-session.ts')).openPostgres(database.url, database.name, options);
    case 'mysql':
      return (await import('./dialects/mysql-session.ts')).openMysql(database.url, database.name, options);
    case 'sqlserver':
      return (await import('./dialects/sqlserver-session.ts')).openSqlserver(database.url, database.name, options);
  }
}
