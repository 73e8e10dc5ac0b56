import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What may happen to a call that changes something. `after`: the worker has carried it out; the others keep it from
 * arriving.
 */
export const WRITE_FAULTS = [
  '409 stale',
  '500 rebalance',
  '500',
  '500 after',
  '500 timeout after',
  'cut',
  'cut after',
  'cut JSON after',
  'html 502',
  'html 502 after',
  'html 200',
  'html 404',
  'empty 200',
  'empty 200 after',
  'as if done',
  'wrong shape after',
  'wrong content type after',
  'redirect',
  '404',
  'huge after',
  'slow',
  'away after',
  'somebody else after',
] as const;

/** What may happen to a call that reads. */
export const READ_FAULTS = [
  '409 stale',
  '500 rebalance',
  '500',
  '503',
  'cut',
  'cut JSON',
  'html 200',
  'empty 200',
  'redirect',
  '404',
  'null',
  'list',
  'text',
  'number',
  'fields missing',
  'wrong types',
  'wrong content type',
  'huge',
  'drip',
  'slow',
  'lying tasks',
  'lying state',
  'away',
] as const;

export type Fault = (typeof WRITE_FAULTS)[number] | (typeof READ_FAULTS)[number];

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

/** Calls that go unanswered where a worker is away. */
const AWAY_CALLS = 8;
/** Lies and answers that take long: a worker that lies for ever cannot be told from one that is broken. */
const RARE: ReadonlySet<Fault> = new Set(['lying tasks', 'lying state', 'huge', 'huge after']);
const MOST_RARE = 4;
const HUGE = 65 * 1024 ** 2;

export interface FaultOptions {
  /** Share of the calls that are spoilt, 0 to 1. */
  reads: number;
  writes: number;
  /** Which faults; all by default. */
  faults?: readonly Fault[];
}

interface Answer {
  status: number;
  contentType: string;
  body: Buffer;
}

/** Stands between a client and a worker, and spoils a share of the calls. */
export class FaultProxy {
  /** What was done to which call, for a failing run's message. */
  readonly log: string[] = [];
  /** Connectors whose configuration somebody else has changed. */
  readonly changed = new Set<string>();
  readonly #server: Server;
  readonly #target: URL;
  readonly #random: () => number;
  readonly #faults: readonly Fault[] | undefined;
  #away = 0;
  #rare = 0;
  #shares: { reads: number; writes: number };

  private constructor(target: string, seed: number, { faults, ...shares }: FaultOptions) {
    this.#target = new URL(target);
    this.#random = seededRandom(seed);
    this.#faults = faults;
    this.#shares = shares;
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
  }

  static async start(target: string, seed: number, options: FaultOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, seed, options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Spoils nothing from now on. */
  calm(): void {
    this.#shares = { reads: 0, writes: 0 };
    this.#away = 0;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #pick({ method, url = '' }: IncomingMessage): Fault | undefined {
    // A check by the worker changes nothing.
    const writes = method !== 'GET' && !url.endsWith('/validate');
    if (this.#random() >= (writes ? this.#shares.writes : this.#shares.reads)) return undefined;
    const possible: readonly Fault[] = writes ? WRITE_FAULTS : READ_FAULTS;
    const faults = this.#faults === undefined ? possible : possible.filter((one) => this.#faults?.includes(one));
    const fault = faults[Math.floor(this.#random() * faults.length)];
    if (fault !== undefined && RARE.has(fault)) {
      this.#rare += 1;
      if (this.#rare > MOST_RARE) return undefined;
    }
    return fault;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (this.#away > 0) {
      this.#away -= 1;
      incoming.socket.destroy();
      return;
    }
    const fault = this.#pick(incoming);
    if (fault === undefined) return send(outgoing, await this.#forward(incoming, body));
    this.log.push(`${incoming.method} ${incoming.url}: ${fault}`);
    const early = before(fault, incoming, body);
    if (early !== undefined) return send(outgoing, early);
    if (fault === 'away' || fault === 'cut') {
      if (fault === 'away') this.#away = AWAY_CALLS;
      incoming.socket.destroy();
      return;
    }
    if (fault === 'slow') await pause(150);
    const answer = await this.#forward(incoming, body);
    if (fault === 'somebody else after') await this.#somebodyElse(incoming, body);
    if (fault === 'away after') this.#away = AWAY_CALLS;
    if (fault === 'cut after') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'drip') return drip(outgoing, answer);
    send(outgoing, spoil(fault, incoming.url ?? '', answer, this.#random));
  }

  /** Writes another configuration in the moment after ours. */
  async #somebodyElse({ method, url: path = '' }: IncomingMessage, body: Buffer): Promise<void> {
    const patched = method === 'PATCH' && path.endsWith('/config');
    if (patched) {
      await this.#call('PATCH', path, '{"tasks.max":"77"}', { 'content-type': 'application/json' });
      this.changed.add(path.split('/')[2] ?? '');
      return;
    }
    const sent = body.length === 0 ? undefined : (JSON.parse(String(body)) as Record<string, unknown>);
    const name = path === '/connectors' ? String(sent?.['name']) : /^\/connectors\/([^/]+)\/config$/.exec(path)?.[1];
    if (name === undefined || sent === undefined) return;
    const config = { ...((path === '/connectors' ? sent['config'] : sent) as object), 'batch.size': '999999' };
    const answer = await this.#call('PUT', `/connectors/${name}/config`, JSON.stringify(config), {
      'content-type': 'application/json',
    });
    if (answer.status < 300) this.changed.add(name);
    else this.log.push(`somebody else was answered ${answer.status}`);
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    return this.#call(incoming.method ?? 'GET', incoming.url ?? '/', body, headers);
  }

  #call(method: string, path: string, body: Buffer | string, headers: IncomingMessage['headers']): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const forwarded = httpRequest(
        { host: this.#target.hostname, port: this.#target.port, path, method, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
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

/** The answer to a call that never arrives; undefined where the fault lets it through. */
function before(fault: Fault, incoming: IncomingMessage, body: Buffer): Answer | undefined {
  const { method, url = '' } = incoming;
  switch (fault) {
    case '409 stale':
      return failure(
        409,
        'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
      );
    case '500 rebalance':
      return failure(500, 'Request cannot be completed because a rebalance is expected');
    case '500':
      return failure(500, 'Cannot invoke "Object.toString()" because "x" is null');
    case '503':
      return { status: 503, contentType: 'text/plain', body: Buffer.from('upstream connect error') };
    case '404':
      return failure(404, `Connector ${url.split('/')[2] ?? ''} not found`);
    case 'html 200':
      return html(200);
    case 'html 404':
      return html(404);
    case 'html 502':
      return html(502);
    case 'empty 200':
      return { status: 200, contentType: '', body: Buffer.alloc(0) };
    case 'redirect':
      return { status: 302, contentType: '', body: Buffer.alloc(0) };
    case 'as if done':
      return asIfDone(method ?? '', url, body);
    default:
      return undefined;
  }
}

/** What Connect would have answered. */
function asIfDone(method: string, path: string, body: Buffer): Answer {
  const [, , encoded = '', what] = path.split(/[/?]/);
  if (method === 'DELETE') return { status: 204, contentType: '', body: Buffer.alloc(0) };
  if (method === 'PUT' && what !== 'config') return { status: 202, contentType: '', body: Buffer.alloc(0) };
  const sent = JSON.parse(String(body) || '{}') as Record<string, unknown>;
  const name = decodeURIComponent(encoded) || String(sent['name']);
  const config = { ...((encoded === '' ? sent['config'] : sent) as object), name };
  const answer = { name, config, tasks: [{ connector: name, task: 0 }], type: 'source' };
  return {
    status: encoded === '' ? 201 : 200,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(answer)),
  };
}

/** Another answer than the worker's, to a call that it has carried out. */
function spoil(fault: Fault, path: string, answer: Answer, random: () => number): Answer {
  const json = (body: unknown): Answer => ({
    status: answer.status === 204 ? 200 : answer.status,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
  });
  switch (fault) {
    case '500 after':
      return failure(500, 'Cannot invoke "Object.toString()" because "x" is null');
    case '500 timeout after':
      return failure(500, 'Request timed out');
    case 'html 502 after':
      return html(502);
    case 'empty 200 after':
      return { status: 200, contentType: '', body: Buffer.alloc(0) };
    case 'cut JSON':
    case 'cut JSON after':
      return { ...answer, status: 200, body: answer.body.subarray(0, Math.floor(answer.body.length * random())) };
    case 'huge':
    case 'huge after':
      return { status: 200, contentType: 'application/json', body: Buffer.alloc(HUGE, ' ') };
    case 'wrong content type':
    case 'wrong content type after':
      return { ...answer, contentType: random() < 0.5 ? 'text/plain' : 'text/html' };
    case 'wrong shape after':
      return json([null, [], 'x', 7, {}][Math.floor(random() * 5)]);
    case 'null':
      return json(null);
    case 'list':
      return json([7]);
    case 'text':
      return json('x');
    case 'number':
      return json(7);
    case 'fields missing':
      // That a key of a configuration is missing nobody can know.
      if (path.endsWith('/config')) return answer;
      return json(changed(parsed(answer), random, (_value, parent, key) => delete parent[key]));
    case 'wrong types':
      return json(
        changed(parsed(answer), random, (value, parent, key) => {
          parent[key] = typeof value === 'string' ? 7 : 'x';
        }),
      );
    case 'lying tasks':
    case 'lying state':
      return json(lied(parsed(answer), fault));
    default:
      return answer;
  }
}

function parsed({ body }: Answer): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return null;
  }
}

/** Changes one field, at any depth. */
function changed(
  tree: unknown,
  random: () => number,
  change: (value: unknown, parent: Record<string, unknown>, key: string) => void,
): unknown {
  const places: (() => void)[] = [];
  const walk = (value: unknown) => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'config') continue;
      places.push(() => change(child, value as Record<string, unknown>, key));
      walk(child);
    }
  };
  walk(tree);
  places[Math.floor(random() * places.length)]?.();
  return tree;
}

/** Every status in an answer, as if no task were there or none had a worker. */
function lied(tree: unknown, fault: 'lying tasks' | 'lying state'): unknown {
  if (tree === null || typeof tree !== 'object') return tree;
  for (const child of Object.values(tree)) lied(child, fault);
  const status = tree as { connector?: { state?: string }; tasks?: { state?: string }[] };
  if (typeof status.connector === 'object' && Array.isArray(status.tasks)) {
    if (fault === 'lying tasks') status.tasks = [];
    else for (const task of status.tasks) task.state = 'LIMBO';
  }
  return tree;
}

function failure(status: number, message: string): Answer {
  const body = Buffer.from(JSON.stringify({ error_code: status, message }));
  return { status, contentType: 'application/json', body };
}

function html(status: number): Answer {
  const body = Buffer.from('<html><head><title>Bad Gateway</title></head></html>');
  return { status, contentType: 'text/html', body };
}

function send(outgoing: ServerResponse, { status, contentType, body }: Answer): void {
  outgoing.writeHead(status, {
    ...(contentType === '' ? {} : { 'content-type': contentType }),
    ...(status >= 300 && status < 400 ? { location: 'https://login.example/' } : {}),
  });
  outgoing.end(body);
}

async function drip(outgoing: ServerResponse, { status, contentType, body }: Answer): Promise<void> {
  outgoing.writeHead(status, { 'content-type': contentType });
  const step = Math.max(1, Math.ceil(body.length / 10));
  for (let at = 0; at < body.length; at += step) {
    outgoing.write(body.subarray(at, at + step));
    await pause(15);
  }
  outgoing.end();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
