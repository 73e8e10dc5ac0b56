import type { AddressInfo } from 'node:net';
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
export function isLoopback({ host }: { host: string; port?: number }): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

/** @param listen as it was written */
export function cannotListen(listen: string, error: Error): SluiceError {
  return new SluiceError('REQUEST_INVALID', `cannot listen on ${listen}: ${error.message}`, {
    hint: `Set another address with ${setting('listen')}, or use ${setting('listen', false)}.`,
    cause: error,
  });
}

/** The URL of what listens. */
export function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
