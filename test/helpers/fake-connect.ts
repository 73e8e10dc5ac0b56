import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '../../src/config/targets.ts';

/** One call that arrived, for assertions on what was sent and how often. */
export interface Call {
  method: string;
  /** Path with query, as sent. */
  path: string;
  body: unknown;
  headers: IncomingMessage['headers'];
}

export interface FakeAnswer {
  status?: number;
  /** JSON unless text is given. */
  json?: unknown;
  text?: string;
  contentType?: string;
  headers?: Record<string, string>;
  /** Cuts the connection instead of answering. */
  cut?: boolean;
  /** Never answers; the connection ends with the server. */
  hang?: boolean;
}

type Handler = (call: Call, count: number) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>;

/**
 * An HTTP server that misbehaves on purpose; what works is tested on the real worker. `answer` gets each call and the
 * number of the calls with the same method and path so far (1 for the first).
 */
export class FakeConnect {
  readonly calls: Call[] = [];
  readonly #server: Server;
  readonly #counts = new Map<string, number>();
  #answer: Handler;

  constructor(answer: Handler) {
    this.#answer = answer;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(answer: Handler): Promise<FakeConnect> {
    const fake = new FakeConnect(answer);
    await fake.listen();
    return fake;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get context(): Context {
    return { name: 'fake', urls: [this.url], connect: {}, kafka: undefined, protected: false };
  }

  /** Calls that were made, as `METHOD /path`. */
  get lines(): string[] {
    return this.calls.map((call) => `${call.method} ${call.path}`);
  }

  set answer(answer: Handler) {
    this.#answer = answer;
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const call: Call = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: text === '' ? undefined : request.headers['content-type']?.includes('urlencoded') ? text : JSON.parse(text),
      headers: request.headers,
    };
    this.calls.push(call);
    const key = `${call.method} ${call.path}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const answer = (await this.#answer(call, count)) ?? { status: 404, json: notFound('') };
    if (answer.hang) return;
    if (answer.cut) {
      request.socket.destroy();
      return;
    }
    const body = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
    response.writeHead(answer.status ?? 200, {
      'content-type': answer.contentType ?? 'application/json',
      ...answer.headers,
    });
    response.end(body);
  }
}

export function notFound(name: string): object {
  return { error_code: 404, message: `Connector ${name} not found` };
}

export const SERVER = { version: '4.3.1', commit: 'abc', kafka_cluster_id: 'cluster' };

/** A clock whose sleeps take no time but count as if they did. */
export function fastClock(start = 0) {
  let ms = start;
  return {
    slept: [] as number[],
    now: () => new Date(ms),
    async sleep(duration: number, signal?: AbortSignal): Promise<void> {
      signal?.throwIfAborted();
      this.slept.push(duration);
      ms += duration;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
