import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { durationMs } from '../config/duration.ts';
import type { Environment } from '../config/environment.ts';
import type { ConnectSettings } from '../config/project.ts';
import { readText } from '../config/read-file.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

export interface Request {
  method: Method;
  /** Path with query, names already encoded. */
  path: string;
  body?: unknown;
  /** Shorter than the context's timeout (ms). */
  timeoutMs?: number | undefined;
  /** A write under way is not cut off by Ctrl-C: its outcome would be unknown. */
  mustFinish?: boolean;
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
  /** Code of Node's (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …), `TIMEOUT` or `TOO_LARGE`. */
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
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it there is no proxy. */
  proxyEnvironment?: Environment | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The worker itself gives a request up after 90 s; before that a write is not known to have failed. */
const WORKER_LIMIT_MS = 95_000;

/** A listing of some thousand connectors, each with a long trace, stays far below. */
export const MAX_ANSWER_BYTES = 64 * 1024 ** 2;
export const TOO_LARGE = 'TOO_LARGE';

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
  readonly #http: Sender;

  constructor(urls: readonly string[], settings: Omit<ConnectSettings, 'url'>, options: TransportOptions) {
    this.#urls = urls;
    this.#settings = settings;
    this.#signal = options.signal;
    this.#logger = options.logger;
    this.#http = createSender(settings, options.proxyEnvironment);
  }

  /**
   * One answer, whatever its status. The next URL is asked only where the call certainly did not arrive, or may safely
   * arrive twice.
   * @throws NoAnswer of the last URL, the signal's reason when aborted.
   */
  async send(request: Request): Promise<Answer> {
    let failure: NoAnswer | undefined;
    for (let turn = 0; turn < this.#urls.length; turn += 1) {
      const index = (this.#preferred + turn) % this.#urls.length;
      try {
        const answer = await this.#sendTo(this.#urls[index] ?? '', request);
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

  async #sendTo(base: string, request: Request): Promise<Answer> {
    this.#signal.throwIfAborted();
    const timeoutMs = Math.min(request.timeoutMs ?? Number.POSITIVE_INFINITY, this.#timeout(request.method));
    const timeout = AbortSignal.timeout(timeoutMs);
    const began = performance.now();
    try {
      const signal = request.mustFinish ? timeout : AbortSignal.any([this.#signal, timeout]);
      const response = await this.#http(base, request, signal);
      const ms = Math.round(performance.now() - began);
      this.#logger.debug(`${request.method} ${base}${request.path}: ${response.status} in ${ms} ms`);
      return {
        base,
        status: response.status,
        contentType: String(response.headers['content-type'] ?? ''),
        location: response.headers.location,
        text: response.data,
      };
    } catch (error) {
      if (!request.mustFinish) this.#signal.throwIfAborted();
      if (error instanceof SluiceError) throw error;
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

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  data: string;
}

type Sender = (base: string, request: Request, signal: AbortSignal) => Promise<Response>;

/** These alone: with NODE_DEBUG=http Node prints all that an agent was given, and an environment holds secrets. */
export function proxyVariables(environment: Environment): Environment {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/** Plain node:http; docs/decisions/0002-connect-over-node-http.md says why no library. */
function createSender(settings: Omit<ConnectSettings, 'url'>, proxyEnv: Environment | undefined): Sender {
  const { tls, token, username, password = '' } = settings;
  const headers: OutgoingHttpHeaders = {
    Accept: 'application/json',
    ...(username === undefined
      ? {}
      : { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    ...settings.headers,
  };
  const agentOptions = { keepAlive: true, ...(proxyEnv === undefined ? {} : { proxyEnv: proxyVariables(proxyEnv) }) };
  let pems: Record<string, string> | undefined;
  const agents = new Map<string, Promise<{ request: typeof httpRequest; agent: Agent }>>();
  const open = async (protocol: string) => {
    if (protocol === 'http:') return { request: httpRequest, agent: new Agent(agentOptions) };
    const https = await import('node:https');
    const agent = new https.Agent({
      ...agentOptions,
      ...pems,
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
    });
    return { request: https.request, agent };
  };
  return async (base, { method, path, body }, signal) => {
    // Also where this URL wants none: a file that is not there is wrong whichever URL answers.
    pems ??= readPems(tls);
    const url = new URL(`${base}${path}`);
    let opened = agents.get(url.protocol);
    if (opened === undefined) {
      opened = open(url.protocol);
      agents.set(url.protocol, opened);
    }
    const { request, agent } = await opened;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      // The worker refuses a write without a content type (415), also one without a body.
      const own =
        method === 'GET'
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload ?? '') };
      const call = request(url, { method, agent, signal, headers: { ...headers, ...own } }, (answer) => {
        // Whatever arrives is handed on as text: what it means is decided where it is known what was asked.
        textOf(answer).then(
          (data) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, data }),
          reject,
        );
      });
      call.on('error', reject);
      call.end(payload);
    });
  };
}

/** Breaks off what is too large, whatever length it announces. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      answer.destroy();
      throw Object.assign(new Error(`more than ${MAX_ANSWER_BYTES} bytes`), { code: TOO_LARGE });
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
    return readText(file);
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
