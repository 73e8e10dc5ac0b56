import type { EventEmitter } from 'node:events';
import type { ConnectionOptions, Connection as MysqlConnection } from 'mysql2';
import type { Client as PgClient } from 'pg';
import { type SluiceError, toSluiceError } from '../../errors/error.ts';

/** How long a server may take to stop a statement before its connection is closed. */
export const CANCEL_MS = 2000;

/** The reason of an interruption, which goes before whatever it made a driver say; undefined where there was none. */
export function interruption(signal: AbortSignal | undefined): SluiceError | undefined {
  return signal?.aborted ? toSluiceError(signal.reason) : undefined;
}

/**
 * What a connection comes to, or the reason of an interruption as soon as there is one.
 * @param give what ends the attempt, so that nothing is left that the process would wait for
 */
export async function unlessInterrupted<T>(
  attempt: Promise<T>,
  signal: AbortSignal | undefined,
  giveUp: () => void,
): Promise<T> {
  if (signal === undefined) return attempt;
  const interrupted = Promise.withResolvers<never>();
  const abort = () => {
    giveUp();
    interrupted.reject(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  // Whichever of the two comes later is waited for by nobody.
  attempt.catch(() => {});
  interrupted.promise.catch(() => {});
  try {
    return await Promise.race([attempt, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits no longer than this, whatever comes of it. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), patience]);
  clearTimeout(timer);
}

/** What the driver has of a connection beside its declared types. */
interface PgInternals {
  host: string;
  port: number;
  ssl: unknown;
  processID: number | null;
  secretKey: number | null;
  readyForQuery: boolean | null;
}

interface PgWire extends EventEmitter {
  stream: { destroy(): void };
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

/**
 * Has a PostgreSQL server stop what a client has running: a CancelRequest over a connection of its own, by TLS where the
 * client's is. The server closes it when it has passed the word on.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function cancelPostgres(
  client: PgClient,
  { Connection }: { Connection: new (config: object) => unknown },
): Promise<void> {
  const { host, port, ssl, processID, secretKey, readyForQuery } = client as unknown as PgInternals;
  if (processID === null || secretKey === null || readyForQuery === true) return;
  const wire = new Connection({ ssl }) as PgWire;
  const closed = new Promise<void>((resolve) => {
    wire.on('end', resolve);
    wire.on('error', () => resolve());
  });
  const ask = () => wire.cancel(processID, secretKey);
  wire.on('connect', () => (ssl ? wire.requestSsl() : ask()));
  wire.on('sslconnect', ask);
  if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`);
  else wire.connect(port, host);
  await within(closed, CANCEL_MS);
  wire.stream.destroy();
}

/**
 * Has a MySQL or MariaDB server stop what a connection has running: KILL QUERY over another one.
 * @param identity of the server: behind one address there may be several, whose threads have the same numbers
 */
export async function killMysql(
  create: (options: ConnectionOptions) => MysqlConnection,
  settings: ConnectionOptions,
  { threadId, identity }: { threadId: number | undefined; identity: string | undefined },
): Promise<void> {
  if (threadId === undefined || identity === undefined) return;
  const killer = create({ ...settings, connectTimeout: CANCEL_MS });
  killer.on('error', () => {});
  const ask = (sql: string) =>
    new Promise<unknown>((resolve, reject) => {
      killer.query({ sql, rowsAsArray: true }, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  await within(
    (async () => {
      const [row = []] = (await ask(`SELECT ${SERVER_IDENTITY}`)) as unknown[][];
      if (row.join('/') === identity) await ask(`KILL QUERY ${threadId}`);
    })(),
    CANCEL_MS,
  );
  destroyMysql(killer);
}

/** What tells one server from another, whatever its address. */
export const SERVER_IDENTITY = '@@hostname, @@port, @@datadir';

/** The driver's own way only says goodbye, which a server that is busy does not hear. */
export function destroyMysql(connection: MysqlConnection): void {
  const { stream } = connection as unknown as { stream?: { destroy(error?: Error): void } };
  connection.destroy();
  stream?.destroy(new Error('interrupted'));
}
