import { parseDatabaseUrl } from '../config/database-url.ts';
import type { Database } from '../config/targets.ts';
import { hideKnown, SluiceError } from '../errors/error.ts';
import { secretValues } from '../text/redact.ts';
import { ENGINES, engineOfScheme, supportedSchemes } from './engines.ts';
import { withMaskedErrors } from './masked-errors.ts';
import type { EngineName } from './model.ts';
import type { Session, SessionOptions } from './session.ts';

function schemeOf(url: string): string {
  return /^(?:jdbc:)?([a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

/** Undefined for databases that reconcile does not support; also accepts JDBC URLs. */
export function engineOfUrl(url: string): EngineName | undefined {
  return engineOfScheme(schemeOf(url));
}

/** @throws DATABASE_UNSUPPORTED */
export function engineOf(database: Database): EngineName {
  const engine = engineOfUrl(database.url);
  if (engine !== undefined) return engine;
  const scheme = schemeOf(database.url);
  throw new SluiceError(
    'DATABASE_UNSUPPORTED',
    `${database.name}: reconcile does not support ${scheme || 'these'} databases`,
    {
      hint: `Supported: ${supportedSchemes()}.`,
    },
  );
}

/** The options of a run that determine how sessions are opened. */
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
 * A session on a database; only its own driver is loaded.
 * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, DATABASE_UNSUPPORTED
 */
export async function openSession(database: Database, options: SessionOptions): Promise<Session> {
  const open = async () => ENGINES[engineOf(database)].open(database.url, database.name, options);
  const session = await open().catch((error: unknown) => {
    // A server, or an impostor, may echo what it was sent.
    throw error instanceof SluiceError ? hideKnown(error, secretsOf(database.url)) : error;
  });
  return options.maskErrors ? withMaskedErrors(session, database.name) : session;
}

/** A password equal to the user's or database's name cannot be masked apart from it. */
function secretsOf(url: string): string[] {
  const { user, password, host, database, parameters } = parseDatabaseUrl(url);
  return secretValues({ ...Object.fromEntries(parameters), user, password, host, database });
}
