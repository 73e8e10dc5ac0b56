import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A server that shows a certificate. */
export interface TlsServer {
  host: string;
  port: number;
  /** Asks it for TLS, where its protocol does not begin with that. @throws if it has none */
  begin?: ((socket: Socket) => Promise<void>) | undefined;
}

/**
 * The end of the certificate that a server shows, by a TLS handshake and nothing else.
 * @returns ms since 1970
 * @throws if it does not answer in time, or has no TLS
 */
export async function certificateEnd(server: TlsServer, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const socket = connect({ host: server.host, port: server.port });
  const ended = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection ended')));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const end = handshake(socket, server);
  // The first of the two counts, and the other is not waited for.
  for (const one of [ended, end]) one.catch(() => {});
  try {
    return await Promise.race([end, ended]);
  } finally {
    socket.destroy();
  }
}

async function handshake(socket: Socket, { host, begin }: TlsServer): Promise<number> {
  await once(socket, 'connect');
  await begin?.(socket);
  // Nothing is sent, so it may be one that is not trusted: when it ends matters, too.
  const secure = connectTls({ socket, rejectUnauthorized: false, ...(isIP(host) === 0 ? { servername: host } : {}) });
  secure.on('error', () => {});
  await once(secure, 'secureConnect');
  return Date.parse(secure.getPeerCertificate().valid_to);
}
