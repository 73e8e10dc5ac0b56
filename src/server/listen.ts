import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { cannotListen, type ListenAddress, urlOf } from '../config/listen-address.ts';

/** @returns the URL @throws REQUEST_INVALID if the address is in use, or not this machine's */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<string> {
  try {
    await app.listen(address);
  } catch (error) {
    throw cannotListen(`${address.host}:${address.port}`, error as Error);
  }
  return urlOf(app.server.address() as AddressInfo);
}
