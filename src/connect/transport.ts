import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxiosResponse, AxiosStatic } from 'axios';
import { durationMs } from '../config/duration.ts';
import type { ConnectSettings } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

export interface Request {
  method: Method;
  /** Path with query, names already encoded. */
  path: string;
  body?: unknown;
  /** Overrides the context's timeout (ms). */
  timeoutMs?: number | undefined;
}

export interface Answer {
  /** The URL that answered, without the path. */
  base: string;
  status: number;
  contentType: string;
  location: string | undefined;
  text: string;
}

/** A call that got no answer. `unsent` where it is certain that the worker never saw it. */
export class NoAnswer extends Error {
  readonly base: string;
  readonly unsent: boolean;
  /** Code of Node's (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …) or `TIMEOUT`. */
  readonly reason: string;
  readonly timeoutMs: number;

  constructor(base: string, reason: string, options: { unsent: boolean; timeoutMs: number; cause: unknown }) {
    super(`${base}: ${reason}`, { cause: options.cause });
    this.base = base;
    this.reason = reason;
    this.unsent = options.unsent;
    this.timeoutMs = options.timeoutMs;
  }
}

export interface TransportOptions {
  signal: AbortSignal;
  logger: Logger;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The worker itself gives a request up after 90 s; before that a write is not known to have failed. */
const WORKER_LIMIT_MS = 95_000;

/** Nothing was sent: the next URL may be tried even for a write. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
]);
const TLS_REASON = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO|WRONG_VERSION|HOSTNAME/;

/** HTTP to one Connect cluster: authentication, TLS, timeouts and its URLs in turn. No retries, no meaning. */
export class Transport {
  readonly #urls: readonly string[];
  readonly #settings: Omit<ConnectSettings, 'url'>;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  /** The URL that answered last is asked first. */
  #preferred = 0;
  #http: Promise<Sender> | undefined;

  constructor(urls: readonly string[], settings: Omit<ConnectSettings, 'url'>, options: TransportOptions) {
    this.#urls = urls;
    this.#settings = settings;
    this.#signal = options.signal;
    this.#logger = options.logger;
  }

  /**
   * One answer, whatever its status. The next URL is asked only where the call certainly did not arrive, or may safely
   * arrive twice.
   * @throws NoAnswer of the last URL, the signal's reason when aborted.
   */
  async send(request: Request): Promise<Answer> {
    this.#http ??= createSender(this.#settings);
    const http = await this.#http;
    let failure: NoAnswer | undefined;
    for (let turn = 0; turn < this.#urls.length; turn += 1) {
      const index = (this.#preferred + turn) % this.#urls.length;
      try {
        const answer = await this.#sendTo(this.#urls[index] ?? '', request, http);
        this.#preferred = index;
        return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        failure = error;
        this.#logger.debug(`${request.method} ${error.base}${request.path}: ${error.reason}`);
        if (!error.unsent && request.method !== 'GET') break;
      }
    }
    throw failure ?? new Error('a context without URLs');
  }

  async #sendTo(base: string, request: Request, http: Sender): Promise<Answer> {
    this.#signal.throwIfAborted();
    const timeoutMs = request.timeoutMs ?? this.#timeout(request.method);
    const timeout = AbortSignal.timeout(timeoutMs);
    const began = performance.now();
    try {
      const response = await http(base, request, AbortSignal.any([this.#signal, timeout]));
      const ms = Math.round(performance.now() - began);
      this.#logger.debug(`${request.method} ${base}${request.path}: ${response.status} in ${ms} ms`);
      return {
        base,
        status: response.status,
        contentType: String(response.headers['content-type'] ?? ''),
        location: response.headers['location'] as string | undefined,
        text: response.data,
      };
    } catch (error) {
      this.#signal.throwIfAborted();
      const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
      const reason = timeout.aborted ? 'TIMEOUT' : code;
      const unsent = !timeout.aborted && (UNSENT.has(code) || TLS_REASON.test(code));
      throw new NoAnswer(base, reason, { unsent, timeoutMs, cause: error });
    }
  }

  #timeout(method: Method): number {
    const configured = this.#settings.timeout === undefined ? undefined : durationMs(this.#settings.timeout);
    return configured ?? (method === 'GET' ? DEFAULT_TIMEOUT_MS : WORKER_LIMIT_MS);
  }
}

type Sender = (base: string, request: Request, signal: AbortSignal) => Promise<AxiosResponse<string>>;

async function createSender(settings: Omit<ConnectSettings, 'url'>): Promise<Sender> {
  // The CommonJS bundle is one file: it loads in a third less time than the package's 70 modules (measured 50 to 80 ms).
  const axios = createRequire(import.meta.url)('axios') as AxiosStatic;
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const tls = settings.tls;
  const instance = axios.create({
    // Whatever arrives is handed on as text: what it means is decided where it is known what was asked.
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    // A redirect of a REST API is a login page or a wrong address; following it would end in HTML.
    maxRedirects: 0,
    headers: {
      Accept: 'application/json',
      ...settings.headers,
      ...(settings.token === undefined ? {} : { Authorization: `Bearer ${settings.token}` }),
    },
    ...(settings.username === undefined
      ? {}
      : { auth: { username: settings.username, password: settings.password ?? '' } }),
    httpAgent: new http.Agent({ keepAlive: true }),
    httpsAgent: new https.Agent({
      keepAlive: true,
      ...(tls?.ca === undefined ? {} : { ca: pem(tls.ca, 'ca') }),
      ...(tls?.cert === undefined ? {} : { cert: pem(tls.cert, 'cert') }),
      ...(tls?.key === undefined ? {} : { key: pem(tls.key, 'key') }),
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
    }),
  });
  return (base, request, signal) =>
    instance.request<string>({
      method: request.method,
      url: `${base}${request.path}`,
      signal,
      // Without it axios calls a write without a body a form, and the worker refuses that (415).
      headers: request.method === 'GET' ? {} : { 'Content-Type': 'application/json' },
      ...(request.body === undefined ? {} : { data: JSON.stringify(request.body) }),
    });
}

function pem(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the file of tls.${key}: ${(error as Error).message}`, {
      hint: `Check connect.tls.${key} of the context.`,
      cause: error,
    });
  }
}

export function isTlsReason(reason: string): boolean {
  return TLS_REASON.test(reason);
}
