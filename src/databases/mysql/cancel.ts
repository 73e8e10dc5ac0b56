import type { Connection, ConnectionOptions } from 'mysql2';
import { CANCEL_MS, within } from '../cancel.ts';

/**
 * Makes a MySQL or MariaDB server stop a connection's statement: KILL QUERY over another connection.
 * @param identity of the server: one address may lead to several, whose threads have the same numbers
 */
export async function killMysql(
  create: (options: ConnectionOptions) => Connection,
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

/** Identifies a server regardless of its address. */
export const SERVER_IDENTITY = '@@hostname, @@port, @@datadir';

/** The driver's own method only half-closes the socket, which a busy server does not notice. */
export function destroyMysql(connection: Connection): void {
  const { stream } = connection as unknown as { stream?: { destroy(error?: Error): void } };
  connection.destroy();
  stream?.destroy(new Error('interrupted'));
}
