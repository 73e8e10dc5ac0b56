import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The length of the message, and the code that asks for TLS. */
const REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
export async function beginTls(socket: Socket): Promise<void> {
  socket.write(REQUEST);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString('latin1') !== 'S') throw new Error('the server has no TLS');
}
