import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port of the loopback that leads to another one, and can be closed and opened again: a server that goes down and comes back. */
export class Forwarder {
  readonly #to: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server;
  port = 0;

  private constructor(to: { host: string; port: number }) {
    this.#to = to;
    this.#server = this.#create();
  }

  static async to(target: { host: string; port: number }): Promise<Forwarder> {
    const forwarder = new Forwarder(target);
    await forwarder.open();
    return forwarder;
  }

  async open(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = this.#create();
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, and refuses new ones. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #create(): Server {
    return createServer((near) => {
      const far = connect(this.#to);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }
}
