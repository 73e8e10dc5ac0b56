import type {
  Agent,
  request as httpRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http';
import type { ConnectSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { readPem } from '../files/read-file.ts';
import type { Logger } from '../ports/logger.ts';
import { type Span, silentTracer, type Tracer } from '../ports/tracer.ts';
import type { Environment } from '../secrets/environment.ts';
import { basic, basicCredentials, type HttpProxy, proxyOf, proxyVariables } from '../secrets/proxies.ts';
import { durationMs } from '../text/duration.ts';
import { isTlsReason } from './tls.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

export interface Request {
  method: Method;
  /** Path with query, names already encoded. */
  path: string;
  body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  text?: { type: string; body: string };
  /** Shorter than the context's timeout (ms); also how long a rebalance may last. */
  timeoutMs?: number | undefined;
  /** Ctrl-C does not abort a write in progress: its outcome would be unknown. */
  mustFinish?: boolean;
  /** Numbers of the response keep their digits (parseExact). */
  exact?: boolean;
}

export interface Response {
  /** The URL that answered, without the path. */
  base: string;
  /** The proxy in between, which may be what answered. */
  proxy: HttpProxy | undefined;
  status: number;
  contentType: string;
  location: string | undefined;
  text: string;
  /** What was sent to authenticate, to the worker or to the proxy, which the response may repeat. */
  credentials: readonly string[];
}

/** A call without a response. `unsent` if the worker certainly never saw it. */
export class NoResponse extends Error {
  readonly base: string;
  readonly unsent: boolean;
  /** One of Node's codes (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …), `TIMEOUT` or `TOO_LARGE`. */
  readonly reason: string;
  readonly timeoutMs: number;
  /** The proxy in between. */
  readonly proxy: HttpProxy | undefined;

  constructor(
    base: string,
    reason: string,
    options: { unsent: boolean; timeoutMs: number; cause: unknown; proxy?: HttpProxy | undefined },
  ) {
    super(`${base}: ${reason}`, { cause: options.cause });
    this.base = base;
    this.reason = reason;
    this.proxy = options.proxy;
    this.unsent = options.unsent;
    this.timeoutMs = options.timeoutMs;
  }
}

export interface TransportOptions {
  signal: AbortSignal;
  logger: Logger;
  /** Writes are spans. */
  tracer?: Tracer | undefined;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it there is no proxy. */
  proxyEnvironment?: Environment | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The worker gives up on a request after 90 s; before that, a write may still succeed. */
const WORKER_LIMIT_MS = 95_000;

/** Thousands of connectors, each with a long trace, stay far below this. */
export const MAX_RESPONSE_BYTES = 64 * 1024 ** 2;
export const TOO_LARGE = 'TOO_LARGE';

/** A proxy did not let the connection through. */
export const TUNNEL_REFUSED = 'ERR_PROXY_TUNNEL';

/** Nothing was sent: even a write may go to the next URL. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  TUNNEL_REFUSED,
]);

/** HTTP to one Connect cluster: authentication, TLS, timeouts, URLs in turn. No retries, no interpretation. */
export class Transport {
  readonly #urls: readonly string[];
  readonly #settings: Omit<ConnectSettings, 'url'>;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  readonly #tracer: Tracer;
  /** The URL that answered last is tried first. */
  #preferred = 0;
  readonly #credentials: readonly string[];
  readonly #http: Sender;
  readonly #proxyVariables: Environment;
  #aheadMs: number | undefined;

  constructor(urls: readonly string[], settings: Omit<ConnectSettings, 'url'>, options: TransportOptions) {
    this.#urls = urls;
    this.#settings = settings;
    this.#signal = options.signal;
    this.#logger = options.logger;
    this.#tracer = options.tracer ?? silentTracer;
    this.#proxyVariables = proxyVariables(options.proxyEnvironment ?? {});
    this.#credentials = credentialsOf(settings);
    this.#http = createSender(settings, this.#proxyVariables);
  }

  /** How much the clock of what answered last is ahead of this machine's (ms), to a second or two; undefined if it did not tell. */
  get aheadMs(): number | undefined {
    return this.#aheadMs;
  }

  /**
   * One response, of any status. The next URL is tried only if the call certainly did not arrive, or may safely
   * arrive twice.
   * @throws NoResponse of the last URL, the signal's reason when aborted.
   */
  async send(request: Request): Promise<Response> {
    let failure: NoResponse | undefined;
    for (let turn = 0; turn < this.#urls.length; turn += 1) {
      const index = (this.#preferred + turn) % this.#urls.length;
      try {
        const response = await this.#traced(this.#urls[index] ?? '', request);
        this.#preferred = index;
        return response;
      } catch (error) {
        if (!(error instanceof NoResponse)) throw error;
        failure = error;
        this.#logger.debug(`${request.method} ${error.base}${request.path}: ${error.reason}`);
        if (!error.unsent && request.method !== 'GET') break;
      }
    }
    throw failure ?? new Error('a context without URLs');
  }

  /** A wait asks hundreds of times: only what changes something is worth a span. */
  async #traced(base: string, request: Request): Promise<Response> {
    const { method, path } = request;
    if (method === 'GET') return this.#sendTo(base, request);
    const { hostname, port, protocol } = new URL(base);
    const attributes = {
      'http.request.method': method,
      'url.full': `${base}${path}`,
      'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    };
    return this.#tracer.call(method, attributes, async (span: Span) => {
      const response = await this.#sendTo(base, request).catch((error: unknown) => {
        if (error instanceof NoResponse) span.fail(error.reason);
        throw error;
      });
      span.set({ 'http.response.status_code': response.status });
      if (response.status >= 400) span.fail(String(response.status));
      return response;
    });
  }

  async #sendTo(base: string, request: Request): Promise<Response> {
    this.#signal.throwIfAborted();
    const timeoutMs = Math.min(request.timeoutMs ?? Number.POSITIVE_INFINITY, this.#timeout(request.method));
    const proxy = proxyOf(new URL(base), this.#proxyVariables);
    const timeout = AbortSignal.timeout(timeoutMs);
    const began = performance.now();
    try {
      const signal = request.mustFinish ? timeout : AbortSignal.any([this.#signal, timeout]);
      const response = await this.#http(base, request, signal);
      const ms = Math.round(performance.now() - began);
      this.#logger.debug(`${request.method} ${base}${request.path}: ${response.status} in ${ms} ms`);
      // Written when the response was begun, at some time during the call.
      const date = Date.parse(response.headers.date ?? '');
      this.#aheadMs = Number.isNaN(date) ? undefined : date - (Date.now() - ms / 2);
      return {
        base,
        proxy,
        status: response.status,
        contentType: String(response.headers['content-type'] ?? ''),
        location: response.headers.location,
        text: response.data,
        credentials: [...this.#credentials, ...(proxy?.credentials ?? [])],
      };
    } catch (error) {
      if (!request.mustFinish) this.#signal.throwIfAborted();
      if (error instanceof SluiceError) throw error;
      if (isWrongHeader(error)) throw wrongHeader();
      const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
      const reason = timeout.aborted ? 'TIMEOUT' : code;
      const unsent = !timeout.aborted && (UNSENT.has(code) || isTlsReason(code));
      throw new NoResponse(base, reason, { unsent, timeoutMs, cause: error, proxy });
    }
  }

  #timeout(method: Method): number {
    const configured = this.#settings.timeout === undefined ? undefined : durationMs(this.#settings.timeout);
    return configured ?? (method === 'GET' ? DEFAULT_TIMEOUT_MS : WORKER_LIMIT_MS);
  }
}

/** For a value that HTTP cannot send, such as a token with its file's line break. */
function isWrongHeader(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN' || code === 'ERR_HTTP_INVALID_HEADER_VALUE';
}

function wrongHeader(): SluiceError {
  return new SluiceError(
    'PROJECT_INVALID',
    'connect.token, or one of connect.headers, has a character that is not allowed in a header',
    {
      hint: 'Check the context and the values of its references: line breaks and characters outside Latin-1 cannot be sent.',
    },
  );
}

interface RawResponse {
  status: number;
  headers: IncomingHttpHeaders;
  data: string;
}

type Sender = (base: string, request: Request, signal: AbortSignal) => Promise<RawResponse>;

function credentialsOf({ username, password = '', token = '', headers = {} }: Omit<ConnectSettings, 'url'>): string[] {
  const ofUser = username === undefined ? [] : basicCredentials(username, password);
  return [...ofUser, token, ...Object.values(headers).flatMap(withoutScheme)];
}

/** A header's value, and its parts: a response may repeat the token of `Bearer …`, or the password of `Basic …`, alone. */
function withoutScheme(value: string): string[] {
  const [, scheme = '', token] = /^([a-z-]{2,20})\s+(\S{6,})$/i.exec(value.trim()) ?? [];
  if (token === undefined) return [value];
  const [, password = ''] = /^basic$/i.test(scheme)
    ? (/^[^:]*:(.*)$/s.exec(Buffer.from(token, 'base64').toString()) ?? [])
    : [];
  return [value, token, password];
}

/** Plain node:http; docs/decisions/0002-connect-over-node-http.md says why no library. */
function createSender(settings: Omit<ConnectSettings, 'url'>, proxyEnv: Environment): Sender {
  const { tls, token, username, password = '' } = settings;
  const headers: OutgoingHttpHeaders = {
    Accept: 'application/json',
    ...(username === undefined ? {} : { Authorization: `Basic ${basic(username, password)}` }),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    ...settings.headers,
  };
  const agentOptions = { keepAlive: true, proxyEnv };
  let pems: Record<string, string> | undefined;
  const agents = new Map<string, Promise<{ request: typeof httpRequest; agent: Agent }>>();
  const open = async (protocol: string) => {
    // An import would also read the exports that load Node's WebSocket client, which takes as long as all of `node -e 0`.
    const http = process.getBuiltinModule('node:http');
    if (protocol === 'http:') return { request: http.request, agent: new http.Agent(agentOptions) };
    const https = process.getBuiltinModule('node:https');
    const agent = new https.Agent({
      ...agentOptions,
      ...pems,
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
    });
    return { request: https.request, agent };
  };
  return async (base, { method, path, body, text }, signal) => {
    // Even if this URL needs none: a missing file is an error whichever URL answers.
    pems ??= readPems(tls);
    const url = new URL(`${base}${path}`);
    let opened = agents.get(url.protocol);
    if (opened === undefined) {
      opened = open(url.protocol);
      agents.set(url.protocol, opened);
    }
    const { request, agent } = await opened;
    const payload = text?.body ?? (body === undefined ? undefined : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      // The worker rejects a write without a content type (415), even one without a body.
      const own =
        method === 'GET'
          ? {}
          : { 'Content-Type': text?.type ?? 'application/json', 'Content-Length': Buffer.byteLength(payload ?? '') };
      const call = request(url, { method, agent, signal }, (answer) => {
        // Passed on as text: the caller knows what was asked, and interprets it.
        textOf(answer).then(
          (data) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, data }),
          reject,
        );
      });
      // Not as options, which NODE_DEBUG=net prints if Node itself was started with it.
      for (const [name, value] of Object.entries({ ...headers, ...own }))
        if (value !== undefined) call.setHeader(name, value);
      call.on('error', reject);
      call.end(payload);
    });
  };
}

/** Aborts a response that is too large, even if it announces another length. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) {
      answer.destroy();
      throw Object.assign(new Error(`more than ${MAX_RESPONSE_BYTES} bytes`), { code: TOO_LARGE });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function readPems(tls: ConnectSettings['tls']): Record<string, string> {
  return Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((name) => {
      const file = tls?.[name];
      return file === undefined ? [] : [[name, pem(file, name)]];
    }),
  );
}

function pem(file: string, key: string): string {
  try {
    return readPem(file);
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the file of tls.${key}: ${(error as Error).message}`, {
      hint: `Check connect.tls.${key} of the context.`,
      cause: error,
    });
  }
}
