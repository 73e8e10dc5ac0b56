import { once } from 'node:events';
import type { Socket } from 'node:net';

/** CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION */
const SSL = 0x800;
const CAPABILITIES = 0x200 | SSL | 0x8000;
const MAX_PACKET = 16 * 1024 * 1024;
const UTF8MB4 = 45;
const HEADER = 4;
/** After the version: the number of the thread, and the first part of a salt with its end. */
const BEFORE_CAPABILITIES = 4 + 8 + 1;

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
export async function beginTls(socket: Socket): Promise<void> {
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  const versionEnd = greeting.indexOf(0, HEADER + 1);
  const at = versionEnd + 1 + BEFORE_CAPABILITIES;
  if (versionEnd < 0 || greeting.length < at + 2 || (greeting.readUInt16LE(at) & SSL) === 0)
    throw new Error('the server has no TLS');
  const request = Buffer.alloc(HEADER + 32);
  request.writeUIntLE(32, 0, 3);
  request[3] = 1;
  request.writeUInt32LE(CAPABILITIES, HEADER);
  request.writeUInt32LE(MAX_PACKET, HEADER + 4);
  request[HEADER + 8] = UTF8MB4;
  socket.write(request);
}
