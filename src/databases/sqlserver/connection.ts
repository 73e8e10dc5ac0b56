import { once } from 'node:events';
import { isIP, type Socket, connect as tcp } from 'node:net';
import type { TokenCredential } from '@azure/identity';
import type { Connection, ConnectionConfiguration } from 'tedious';
import { parameterOf, parseDatabaseUrl } from '../../config/database-url.ts';
import type { SessionOptions } from '../session.ts';

type Settings = ConnectionConfiguration & {
  options: NonNullable<ConnectionConfiguration['options']> & { encrypt: boolean | 'strict' };
};

const STANDARD_PORT = 1433;

/**
 * `sqlserver://user:password@host:1433/name?encrypt=true&trustServerCertificate=true`, `mssql://` and JDBC's form.
 * @param credential for a login with Entra
 * @throws REQUEST_INVALID
 */
export function settingsOf(url: string, options: SessionOptions, credential?: TokenCredential): Settings {
  const address = parseDatabaseUrl(url);
  const { host, port, instance, user, password, database } = address;
  const serverName = parameterOf(address, 'hostNameInCertificate');
  return {
    server: host || 'localhost',
    authentication:
      credential === undefined
        ? { type: 'default', options: { userName: user ?? '', password: password ?? '' } }
        : { type: 'token-credential', options: { credential } },
    options: {
      // As in Microsoft's driver, a port makes the instance irrelevant.
      ...(port === undefined && instance !== undefined ? { instanceName: instance } : { port: port ?? STANDARD_PORT }),
      ...(database === undefined ? {} : { database }),
      ...(serverName === undefined ? {} : { serverName }),
      encrypt: encryption(parameterOf(address, 'encrypt')),
      trustServerCertificate: /^(true|yes)$/i.test(parameterOf(address, 'trustServerCertificate') ?? ''),
      connectTimeout: options.connectTimeout,
      requestTimeout: options.statementTimeout,
      cancelTimeout: CANCEL_MS,
      // A readable secondary may answer; a session that repairs needs the primary.
      readOnlyIntent: options.write !== true,
      appName: 'sluice reconcile',
      useUTC: true,
      enableArithAbort: true,
      dateFormat: 'ymd',
      // Statements after a failed one are not run.
      abortTransactionOnError: options.write === true,
    },
  };
}

/** How long the server may take to stop a statement before its connection is closed. */
export const CANCEL_MS = 2000;

function encryption(written: string | undefined): boolean | 'strict' {
  if (/^strict$/i.test(written ?? '')) return 'strict';
  return !/^(false|no|optional)$/i.test(written ?? '');
}

/** @throws the driver's errors; the signal's reason at once, at any stage of the connection */
export async function openConnection(settings: Settings, signal: AbortSignal | undefined): Promise<Connection> {
  const { default: tedious } = await import('tedious');
  signal?.throwIfAborted();
  let socket: Socket | undefined;
  const options = { ...settings.options };
  if (options.port === undefined) {
    options.port = await portOf(settings, signal);
    delete options.instanceName;
  }

  /** The driver's connection, except that no password is sent in clear if encryption was asked for. */
  class Guarded extends tedious.Connection {
    #encrypted = options.encrypt === 'strict';

    constructor(config: Settings) {
      super(config);
      this.on('secure', () => {
        this.#encrypted = true;
      });
    }

    override sendLogin7Packet(): void {
      // If the server answers that it has no TLS, the driver continues without, even if encryption was requested.
      if (options.encrypt !== false && !this.#encrypted) {
        throw new tedious.ConnectionError('the server does not encrypt the connection', 'ENOENCRYPTION');
      }
      super.sendLogin7Packet();
    }

    override performTlsNegotiation(...args: Parameters<Connection['performTlsNegotiation']>): Promise<void> {
      if (isIP(options.serverName ?? settings.server) === 0) return super.performTlsNegotiation(...args);
      // The driver passes the address as the TLS server name, and Node.js prints a deprecation warning that no user can act on.
      const { noDeprecation = false } = process;
      process.noDeprecation = true;
      try {
        return super.performTlsNegotiation(...args);
      } finally {
        process.noDeprecation = noDeprecation;
      }
    }
  }

  const connector = async (to?: { host: string; port: number }) => {
    socket = tcp({ host: to?.host ?? settings.server, port: to?.port ?? STANDARD_PORT, keepAlive: true });
    await connected(socket, signal);
    return socket;
  };
  const connection = new Guarded({ ...settings, options: { ...options, connector } });
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal?.reason);
      // With an error: if the socket merely closed, the driver would wait for more data.
      socket?.destroy(new Error('interrupted'));
      connection.close();
    };
    signal?.addEventListener('abort', abort, { once: true });
    connection.on('error', () => {});
    connection.connect((error) => {
      signal?.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve(connection);
    });
  });
}

/** The port of a named instance, from SQL Server Browser (UDP 1434). */
async function portOf({ server, options }: Settings, signal: AbortSignal | undefined): Promise<number> {
  const { instanceLookup } = (await import('tedious/lib/instance-lookup.js')).default;
  const most = options.connectTimeout ?? 15_000;
  const timeout = AbortSignal.timeout(most);
  const own = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const instanceName = options.instanceName ?? '';
  try {
    // It asks three times.
    return await instanceLookup({ server, instanceName, timeout: Math.ceil(most / 3), signal: own });
  } catch (error) {
    signal?.throwIfAborted();
    const why = `SQL Server Browser on ${server} did not give the port of the instance ${instanceName}`;
    throw Object.assign(new Error(why, { cause: error }), { code: 'EINSTLOOKUP' });
  }
}

async function connected(socket: Socket, signal: AbortSignal | undefined): Promise<void> {
  // Between this and the driver's own listeners an error would end the process.
  socket.on('error', () => {});
  const abort = () => socket.destroy(new Error('interrupted'));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await once(socket, 'connect');
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
