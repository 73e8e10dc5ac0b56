import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What may happen to one call. `after`: the worker has carried it out, but its answer is lost. */
const FAULTS = ['409', '500', 'cut', 'cut after', 'html', 'html after', 'slow'] as const;
export type Fault = (typeof FAULTS)[number];

/** The same seed gives the same sequence of numbers in [0, 1). @see https://prng.di.unimi.it/splitmix64.c for the idea */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Stands between a client and a real worker, and spoils a share of the calls. */
export class FaultProxy {
  /** What was done to which call, for a failing run's message. */
  readonly log: string[] = [];
  readonly #server: Server;
  readonly #target: URL;
  readonly #random: () => number;
  /** Share of the calls that are spoilt, 0 to 1. */
  share: number;

  private constructor(target: string, seed: number, share: number) {
    this.#target = new URL(target);
    this.#random = seededRandom(seed);
    this.share = share;
    this.#server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));
  }

  static async start(target: string, seed: number, share: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, seed, share);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const spoilt = this.#random() < this.share;
    const fault = spoilt ? FAULTS[Math.floor(this.#random() * FAULTS.length)] : undefined;
    if (fault !== undefined) this.log.push(`${incoming.method} ${incoming.url}: ${fault}`);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    switch (fault) {
      case '409':
        return json(
          outgoing,
          409,
          'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
        );
      case '500':
        return json(outgoing, 500, 'Request cannot be completed because a rebalance is expected');
      case 'cut':
        incoming.socket.destroy();
        return;
      case 'html':
        return html(outgoing);
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, 150));
        break;
      default:
    }
    const answer = await this.#forward(incoming, body);
    if (fault === 'cut after') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'html after') return html(outgoing);
    outgoing.writeHead(answer.status, { 'content-type': answer.contentType });
    outgoing.end(answer.body);
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<{ status: number; contentType: string; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, ...headers } = incoming.headers;
      const forwarded = httpRequest(
        { host: this.#target.hostname, port: this.#target.port, path: incoming.url, method: incoming.method, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? 'application/json',
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      forwarded.on('error', reject);
      forwarded.end(body);
    });
  }
}

function json(outgoing: ServerResponse, status: number, message: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ error_code: status, message }));
}

function html(outgoing: ServerResponse): void {
  outgoing.writeHead(502, { 'content-type': 'text/html' });
  outgoing.end('<html><head><title>502 Bad Gateway</title></head></html>');
}
