import type { Database } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { Session, SessionOptions } from './dialects/dialect.ts';
import type { EngineName } from './model.ts';

const SCHEMES: Record<string, EngineName> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlserver: 'sqlserver',
  mssql: 'sqlserver',
};

/** @throws DATABASE_UNSUPPORTED */
export function engineOf(database: Database): EngineName {
  const scheme = /^(?:jdbc:)?([a-z0-9+.-]+):/i.exec(database.url)?.[1]?.toLowerCase() ?? '';
  const engine = SCHEMES[scheme];
  if (engine !== undefined) return engine;
  throw new SluiceError(
    'DATABASE_UNSUPPORTED',
    `${database.name}: reconcile does not know ${scheme || 'this'} databases`,
    {
      hint: 'It compares postgres://, mysql://, mariadb:// and sqlserver:// databases.',
    },
  );
}

/**
 * A session on a database; only its own driver is loaded.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, DATABASE_UNSUPPORTED
 */
export async function openSession(database: Database, options: SessionOptions): Promise<Session> {
  switch (engineOf(database)) {
    case 'postgresql':
      return (await import('./dialects/postgres-session.ts')).openPostgres(database.url, database.name, options);
    case 'mysql':
      return (await import('./dialects/mysql-session.ts')).openMysql(database.url, database.name, options);
    case 'sqlserver':
      return (await import('./dialects/sqlserver-session.ts')).openSqlserver(database.url, database.name, options);
  }
}
