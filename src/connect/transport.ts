import type { ConnectSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { type Authorization, authorizationOf } from '../http/authorization.ts';
import { createSender, type HttpCall, type Sender } from '../http/sender.ts';
import { isTlsReason } from '../http/tls.ts';
import { isInsecure } from '../http/tls-files.ts';
import { NEVER } from '../http/tokens.ts';
import type { Logger } from '../ports/logger.ts';
import { type Span, silentTracer, type Tracer } from '../ports/tracer.ts';
import type { Environment } from '../secrets/environment.ts';
import { type HttpProxy, proxyOf, proxyVariables } from '../secrets/proxies.ts';
import { durationMs } from '../text/duration.ts';

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
  /** The settings, for messages (default `connect`). */
  site?: string | undefined;
  /** Writes are spans. */
  tracer?: Tracer | undefined;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it there is no proxy. */
  proxyEnvironment?: Environment | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The worker gives up on a request after 90 s; before that, a write may still succeed. */
const WORKER_LIMIT_MS = 95_000;

/** By the settings: clients of the workers of one cluster warn once. */
const warned = new WeakSet<Omit<ConnectSettings, 'url'>>();

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
  readonly #authorization: Authorization;
  /** What the context's own headers hold, which a response may repeat. */
  readonly #ofHeaders: readonly string[];
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
    const site = options.site ?? 'connect';
    this.#ofHeaders = Object.values(settings.headers ?? {}).flatMap(withoutScheme);
    this.#authorization = authorizationOf(settings, { site, proxyEnv: this.#proxyVariables });
    if (isInsecure(settings.tls) && !warned.has(settings)) {
      warned.add(settings);
      this.#logger.warn(`the certificate of ${urls.join(' and ')} is not checked: ${site}.tls.insecure`);
    }
    this.#http = createSender({ tls: settings.tls, site: `${site}.tls`, proxyEnv: this.#proxyVariables });
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

  /** A 401 says that nothing was done: with a new token the same request is sent once more, even a write. */
  async #sendTo(base: string, request: Request): Promise<Response> {
    this.#signal.throwIfAborted();
    // Its own time, not that of the request: it is another server that may be slow.
    const header = () => this.#authorization.header(request.mustFinish ? NEVER : this.#signal);
    const authorization = await header();
    const response = await this.#sendOnce(base, request, authorization);
    if (response.status !== 401 || !this.#authorization.renew(authorization)) return response;
    this.#logger.debug(`${base} refused the token: once more, with a new one`);
    return this.#sendOnce(base, request, await header());
  }

  async #sendOnce(base: string, request: Request, authorization: string | undefined): Promise<Response> {
    const timeoutMs = Math.min(request.timeoutMs ?? Number.POSITIVE_INFINITY, this.#timeout(request.method));
    const proxy = proxyOf(new URL(base), this.#proxyVariables);
    const timeout = AbortSignal.timeout(timeoutMs);
    const began = performance.now();
    try {
      const signal = request.mustFinish ? timeout : AbortSignal.any([this.#signal, timeout]);
      const answer = await this.#http(this.#call(base, request, authorization), signal);
      const ms = Math.round(performance.now() - began);
      this.#logger.debug(`${request.method} ${base}${request.path}: ${answer.status} in ${ms} ms`);
      // Written when the response was begun, at some time during the call.
      const date = Date.parse(answer.headers.date ?? '');
      this.#aheadMs = Number.isNaN(date) ? undefined : date - (Date.now() - ms / 2);
      return {
        base,
        proxy,
        status: answer.status,
        contentType: String(answer.headers['content-type'] ?? ''),
        location: answer.headers.location,
        text: answer.text,
        credentials: [...this.#authorization.secrets, ...this.#ofHeaders, ...(proxy?.credentials ?? [])],
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

  #call(base: string, { method, path, body, text }: Request, authorization: string | undefined): HttpCall {
    const payload = text?.body ?? (body === undefined ? undefined : JSON.stringify(body));
    // The worker rejects a write without a content type (415), even one without a body.
    const own =
      method === 'GET'
        ? {}
        : { 'Content-Type': text?.type ?? 'application/json', 'Content-Length': Buffer.byteLength(payload ?? '') };
    const headers = {
      Accept: 'application/json',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...this.#settings.headers,
      ...own,
    };
    return { method, url: new URL(`${base}${path}`), headers, payload };
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
    'the token, or one of connect.headers, has a character that is not allowed in a header',
    {
      hint: 'Check the context and the values of its references: line breaks and characters outside Latin-1 cannot be sent.',
    },
  );
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
