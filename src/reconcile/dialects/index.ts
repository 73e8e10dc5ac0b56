import type { EngineName } from '../../databases/model.ts';
import type { ServerFacts, Session } from '../../databases/session.ts';
import type { Dialect } from './dialect.ts';
import { mysql } from './mysql/dialect.ts';
import { postgresDialect } from './postgres/dialect.ts';
import { sqlserver } from './sqlserver/dialect.ts';

/** The dialect of each engine's servers. */
const DIALECTS: Readonly<Record<EngineName, (server: ServerFacts) => Dialect>> = {
  postgresql: postgresDialect,
  mysql: () => mysql,
  sqlserver: () => sqlserver,
};

const known = new WeakMap<object, Dialect>();

/** The dialect for the server of a session. */
export function dialectFor(session: Pick<Session, 'engine' | 'server'>): Dialect {
  let dialect = known.get(session);
  if (dialect === undefined) {
    dialect = DIALECTS[session.engine](session.server);
    known.set(session, dialect);
  }
  return dialect;
}
