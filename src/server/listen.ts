import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../errors/error.ts';
import { setting } from '../text/settings.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

/** @param text `host:port`, `[::1]:port` or `port`; port 0 takes any free one @throws REQUEST_INVALID */
export function listenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new SluiceError('REQUEST_INVALID', `"${text}" is not a valid address to listen on`, {
      hint: 'Write it as 127.0.0.1:9464 or 0.0.0.0:9464.',
    });
  }
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

/** Only this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** @returns the URL @throws REQUEST_INVALID if the address is in use, or not this machine's */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<string> {
  try {
    await app.listen(address);
  } catch (error) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `cannot listen on ${address.host}:${address.port}: ${(error as Error).message}`,
      {
        hint: `Set another address with ${setting('listen')}, or use ${setting('listen', false)}.`,
        cause: error,
      },
    );
  }
  const { address: host, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
