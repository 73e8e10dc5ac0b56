import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const MASK = '********';

/** Stands before a real worker and, as some distributions do, shows a mask in place of every password. */
export class MaskingProxy {
  /** Bodies of the writes that came through, for assertions on what was sent. */
  readonly writes: { method: string; path: string; body: string }[] = [];
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        const { method = '', url: path = '' } = incoming;
        if (method !== 'GET' && !path.endsWith('/validate')) this.writes.push({ method, path, body: String(body) });
        const forwarded = request(`${target}${path}`, { method, headers: incoming.headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () => {
            outgoing.writeHead(answer.statusCode ?? 0, { 'content-type': 'application/json' });
            outgoing.end(text.replaceAll(/("[\w.]*password":\s*)"[^"]*"/g, `$1"${MASK}"`));
          });
        });
        forwarded.end(body);
      });
    });
  }

  static async start(target: string): Promise<MaskingProxy> {
    const proxy = new MaskingProxy(target);
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
}
