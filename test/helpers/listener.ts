import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';

type Talk = (socket: Socket) => void;

/**
 * Something that listens on a port of the loopback and says what a test wants; closed after each test.
 * @returns a function that starts one and returns its port
 */
export function listeners(): (talk: Talk, create?: (talk: Talk) => Server) => Promise<number> {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
  return async (talk, create = createServer) => {
    const server = create((socket) => {
      ends.push(() => socket.destroy());
      socket.on('error', () => {});
      talk(socket);
    });
    ends.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
}
