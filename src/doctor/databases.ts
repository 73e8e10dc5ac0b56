import { parseDatabaseUrl } from '../config/database-url.ts';
import { isLoopback } from '../config/listen-address.ts';
import { openSession } from '../databases/open.ts';
import type { Session } from '../databases/session.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { Databases } from '../sources/databases.ts';
import { untilAborted } from '../sources/pool.ts';
import type { Endpoint } from '../topology/model.ts';
import { DEFAULTS } from './request.ts';
import type { Reached } from './stages/database.ts';

/** What came of asking one database. */
export interface Visit<T> {
  reached: Reached;
  /** Undefined if it was not reached, or could not be read. */
  value: T | undefined;
  /** Why it could not be read. */
  error: ErrorDocument | null;
}

/**
 * Asks one database, in a read-only session and a limited time. A failure is a result.
 * @param read must not outlive the signal
 */
export async function visit<T>(
  endpoint: Endpoint,
  outer: AbortSignal,
  read: (session: Session, signal: AbortSignal) => Promise<T>,
): Promise<Visit<T>> {
  const deadline = AbortSignal.timeout(DEFAULTS.databaseDeadline);
  const signal = AbortSignal.any([outer, deadline]);
  const { connectTimeout, statementTimeout } = DEFAULTS;
  let session: Session | undefined;
  const failed = (error: unknown): ErrorDocument => {
    if (outer.aborted) throw outer.reason;
    if (deadline.aborted) return toErrorDocument(late(endpoint));
    if (!(error instanceof SluiceError)) throw error;
    return toErrorDocument(error);
  };
  try {
    session = await openSession(
      { name: endpoint.display, url: endpoint.url },
      { connectTimeout, statementTimeout, signal },
    );
  } catch (error) {
    const document = failed(error);
    const { message, hint, details } = document;
    const reached = {
      outcome: 'failed',
      reason: message,
      hint: hint ?? null,
      kind: kindOf(document.code, details),
    } as const;
    return { reached, value: undefined, error: document };
  }
  const { product, version } = session.server;
  const reached = { outcome: 'reached', product, version } as const;
  try {
    return { reached, value: await untilAborted(read(session, signal), signal), error: null };
  } catch (error) {
    return { reached, value: undefined, error: failed(error) };
  } finally {
    // A server that no longer answers does not say goodbye, either.
    await untilAborted(session.close(), AbortSignal.any([outer, AbortSignal.timeout(connectTimeout)])).catch(() => {});
  }
}

function late({ display }: Endpoint): SluiceError {
  return new SluiceError('TIMED_OUT', `${display} did not answer within ${DEFAULTS.databaseDeadline / 1000} s`);
}

function kindOf(
  code: ErrorDocument['code'],
  details: ErrorDocument['details'],
): (Reached & { outcome: 'failed' })['kind'] {
  if (code === 'DATABASE_UNAUTHORIZED') return 'login';
  if (code === 'TIMED_OUT') return 'away';
  if (code !== 'DATABASE_UNREACHABLE') return 'other';
  return details?.['code'] === 'ECONNREFUSED' ? 'refused' : 'away';
}

/**
 * Whether a database and a worker are both on this machine: what is true here is true for the worker. Behind a forwarded
 * port the worker names another host as its own, and only its own settings say where it looks for the database.
 * @param worker host:port, as it names itself
 */
export function bothHere(
  { endpoint, isNamed }: Pick<Visited<unknown>, 'endpoint' | 'isNamed'>,
  urls: readonly string[],
  worker: string | null,
): boolean {
  if (endpoint === undefined || isNamed) return false;
  const hosts = [
    parseDatabaseUrl(endpoint.url).host,
    ...urls.map((url) => new URL(url).hostname),
    (worker ?? '').replace(/:\d+$/, ''),
  ];
  return hosts.every((host) => isLoopback({ host }));
}

/** Two samples. */
export async function twice<T>(sample: () => Promise<T>, pause: () => Promise<void>): Promise<[T, T]> {
  const first = await sample();
  await pause();
  return [first, await sample()];
}

/** One database of a connector. */
export interface Visited<T> {
  endpoint: Endpoint | undefined;
  visited: Visit<T> | undefined;
  reason: string;
  /** False if nothing is known of the connector's class. */
  known: boolean;
  /** By sluice.yaml, and not by the connector's own settings. */
  isNamed: boolean;
}

/** One result for each database of a connector; one without an endpoint if there is none to ask. */
export async function eachVisit<T>(
  databases: Databases | undefined,
  signal: AbortSignal,
  read: (session: Session, endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
): Promise<Visited<T>[]> {
  if (databases === undefined || 'reason' in databases)
    return [
      {
        endpoint: undefined,
        visited: undefined,
        reason: databases?.reason ?? '',
        known: databases?.known ?? false,
        isNamed: false,
      },
    ];
  return Promise.all(
    databases.endpoints.map(async (endpoint) => ({
      endpoint,
      visited: await visit(endpoint, signal, (session, stop) => read(session, endpoint, stop)),
      reason: '',
      known: true,
      isNamed: databases.isNamed,
    })),
  );
}
