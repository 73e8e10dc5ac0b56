import type { EventEmitter } from 'node:events';
import type { Client as PgClient } from 'pg';
import { CANCEL_MS, within } from '../cancel.ts';

/** Properties of the driver's client that its declared types leave out. */
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
 * Makes a PostgreSQL server stop a client's statement: sends a CancelRequest over a separate connection, with TLS if
 * the client uses it. The server closes that connection once it has passed the request on.
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
