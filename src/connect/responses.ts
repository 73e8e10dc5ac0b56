import { type ErrorOptions, SluiceError } from '../errors/error.ts';
import { MAX_RESPONSE_BYTES, TOO_LARGE } from '../http/sender.ts';
import { isTlsReason, tlsHint } from '../http/tls.ts';
import type { HttpProxy } from '../secrets/proxies.ts';
import { parseExact } from '../text/exact-json.ts';
import { isTooDeep, MAX_LEVELS } from '../text/json-depth.ts';
import { MASK, redactKnown, secretValues } from '../text/redact.ts';
import { type Hide, Misshapen, type Shape } from './shapes.ts';
import { type NoResponse, type Request, type Response, TUNNEL_REFUSED } from './transport.ts';
import { shownWorker } from './worker-ids.ts';

/** The body of Connect's own errors. */
interface ErrorBody {
  error_code: number;
  message: string;
}

/**
 * Messages of a worker that cannot serve the call right now: it did nothing, so the call can be retried. The 409 for an
 * existing name is not one of them.
 */
const RETRY_LATER = /rebalance|stale configuration|no known leader|conflicting operation/i;
/** The worker forwarded the request, or waited too long: it may or may not have been carried out. */
const MAYBE_CARRIED_OUT = /request timed out|IO Error trying to forward/i;

/** A 403 that no credentials change: `topic.tracking.enable` and `topic.tracking.allow.reset` of the worker. */
const TURNED_OFF = /^Topic tracking (?:reset )?is disabled/;

/** What a response means. */
export type Verdict =
  | { kind: 'ok' }
  /** Nothing was done; worth retrying. */
  | { kind: 'retryLater'; error: SluiceError }
  /** May have been carried out; `settled` if the worker has answered, so nothing is in progress any more. */
  | { kind: 'ambiguous'; error: SluiceError; settled: boolean }
  | { kind: 'failed'; error: SluiceError; status: number };

/**
 * Only Connect's own 4xx proves that a write was not carried out: a 500 or a proxy's page may follow a write that was.
 * @param what the resource asked for, in words: `connector "orders"`
 */
export function judge(response: Response, request: Request, what: string | undefined): Verdict {
  if (response.status >= 200 && response.status < 300) return { kind: 'ok' };
  // Workers never send a 407: it comes from a proxy.
  if (response.status === 407) return failed(response, proxyWantsCredentials(response.base, response.proxy));
  if (response.status === 403 && TURNED_OFF.test(errorBody(response)?.message ?? ''))
    return failed(response, rejected(response, errorBody(response)?.message ?? '', what));
  if (response.status === 401 || response.status === 403) return failed(response, unauthorized(response));
  const writes = request.mustFinish === true;
  const body = errorBody(response);
  if (body === undefined && response.status === 400 && UNSERVED.test(request.path)) {
    return failed(response, nameRefused(response, request));
  }
  if (body === undefined) {
    const error = notJson(response, request);
    // A gateway that gave up says nothing about the worker behind it; a starting worker will answer properly in a moment.
    if ([502, 503, 504].includes(response.status) || isStarting(response))
      return { kind: 'ambiguous', error, settled: false };
    const redirects = response.status >= 300 && response.status < 400;
    return writes && !redirects ? { kind: 'ambiguous', error, settled: true } : failed(response, error);
  }
  const message = shown(body.message, response, request);
  if ((response.status === 409 || response.status === 500) && RETRY_LATER.test(body.message)) {
    return { kind: 'retryLater', error: rebalancing(response, message) };
  }
  if (response.status === 500 && MAYBE_CARRIED_OUT.test(body.message)) {
    const error = new SluiceError('TIMED_OUT', `${response.base}: ${message}`, { hint: SLOW_HINT });
    return { kind: 'ambiguous', error, settled: false };
  }
  const error = rejected(response, message, what);
  return writes && response.status >= 500 ? { kind: 'ambiguous', error, settled: true } : failed(response, error);
}

/** Text of a response, which may repeat what was sent. */
function shown(text: string, response: Response, request: Request): string {
  return redactKnown(text, [...response.credentials, ...sentSecrets(request)]);
}

function sentSecrets(request: Request): string[] {
  if (request.body === null || typeof request.body !== 'object') return [];
  const { config, ...rest } = request.body as { config?: unknown };
  const nested = config !== null && typeof config === 'object' ? secretValues(config as Record<string, unknown>) : [];
  return [...secretValues(rest), ...nested];
}

const SLOW_HINT = 'The worker is overloaded or rebalancing; check its log, then run the command again.';

function failed(response: Response, error: SluiceError): Verdict {
  return { kind: 'failed', error, status: response.status };
}

function rejected(response: Response, message: string, what: string | undefined): SluiceError {
  const details = { status: response.status, url: response.base };
  if (response.status === 404 && what !== undefined) {
    return new SluiceError('CONNECTOR_NOT_FOUND', `there is no ${what} on ${response.base}`, {
      hint: 'List the existing connectors: sluice list',
      details,
    });
  }
  if (response.status === 409 && /already exists/i.test(message)) {
    return new SluiceError('CONNECTOR_EXISTS', message, { details });
  }
  return new SluiceError('CONNECT_REJECTED', `Connect answered ${response.status}: ${oneLine(message)}`, {
    details,
    ...(response.status >= 500 ? { hint: "The worker's log has the stack trace." } : {}),
  });
}

const CHARACTERS: Readonly<Record<string, string>> = {
  '%2F': 'a slash',
  '%5C': 'a backslash',
  '%25': 'a percent sign',
};
const UNSERVED = /%2F|%5C|%25/i;

/** Jetty 12 (Kafka 4) treats these as an attack and sends an empty 400, or a page, before Connect sees the request. */
function nameRefused(response: Response, request: Request): SluiceError {
  const character = CHARACTERS[(UNSERVED.exec(request.path)?.[0] ?? '').toUpperCase()] ?? '';
  const kind = request.path.startsWith('/admin/loggers/') ? 'logger' : 'connector';
  return new SluiceError('CONNECT_REJECTED', `${response.base} does not accept ${character} in a ${kind} name`, {
    hint: `Workers from Kafka 4.0 on cannot address such a ${kind}; give it a name without ${character}.`,
    details: { status: response.status, url: response.base, unaddressable: true },
  });
}

function rebalancing(response: Response, message: string): SluiceError {
  return new SluiceError(
    'CONNECT_REBALANCING',
    `the workers of ${response.base} are rebalancing: ${oneLine(message)}`,
    {
      hint: 'A rebalance usually ends within a minute; run the command again.',
    },
  );
}

/** Who answered: the worker, or possibly a proxy. */
function sender({ base, proxy }: Response): string {
  return proxy === undefined ? base : `${base} (through the proxy ${proxy.url})`;
}

function proxyWantsCredentials(base: string, proxy: HttpProxy | undefined, cause?: unknown): SluiceError {
  const which = proxy === undefined ? 'a proxy' : `the proxy ${proxy.url}`;
  return new SluiceError(
    'CONNECT_UNAUTHORIZED',
    `${which} in front of ${base} requires credentials, or rejects the ones given (407)`,
    {
      hint: `Give them in ${proxy?.variable ?? 'HTTP_PROXY'}: http://user:password@host:port, ${ELSEWHERE}.`,
      details: { status: 407, url: base },
      cause,
    },
  );
}

const ELSEWHERE = `or add the worker's host to NO_PROXY`;

function unauthorized(response: Response): SluiceError {
  const byProxy = response.proxy !== undefined && errorBody(response) === undefined;
  return new SluiceError(
    'CONNECT_UNAUTHORIZED',
    response.status === 401
      ? `${sender(response)} requires credentials, or rejects the ones given (401)`
      : `${sender(response)} does not allow this (403)`,
    {
      hint: `Set connect.username and connect.password, or connect.token, of the context in sluice.yaml.${
        byProxy ? ` If the proxy rejects it, add the worker's host to NO_PROXY.` : ''
      }`,
      details: { status: response.status, url: response.base },
    },
  );
}

/**
 * The parsed body of a successful response, undefined if it is empty.
 * @throws CONNECT_BAD_ANSWER for anything but JSON of that shape.
 */
export function parseResponse<T>(response: Response, request: Request, shape: Shape<T>): T | undefined {
  if (response.text === '') return undefined;
  if (looksLikeMarkup(response)) throw notJson(response, request);
  if (isTooDeep(response.text)) throw badResponse(response, request, `JSON nested more than ${MAX_LEVELS} levels deep`);
  let body: unknown;
  try {
    body = request.exact ? parseExact(response.text) : JSON.parse(response.text);
  } catch {
    throw notJson(response, request);
  }
  try {
    shape(body, '', hideOf(response));
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    throw badResponse(response, request, `JSON that is not from Kafka Connect: ${error.message}`);
  }
  return body as T;
}

/** A successful response that is incomplete, or about something else. */
export function badResponse(response: Response, { method, path }: Request, message: string): SluiceError {
  return new SluiceError(
    'CONNECT_BAD_ANSWER',
    `${sender(response)} answered ${method} ${path} with ${response.status} and ${message}`,
    {
      hint: 'Another service or a proxy may have answered. Check the Connect URL, and any proxy in front of the worker.',
      details: { status: response.status, url: response.base },
    },
  );
}

/** Undefined if nothing was sent to authenticate. */
function hideOf({ base, credentials }: Response): Hide | undefined {
  const sent = credentials.filter((one) => one !== '');
  if (sent.length === 0) return undefined;
  const words = sent.filter((one) => WORD.test(one));
  const others = sent.filter((one) => !WORD.test(one));
  return {
    text: (text) => words.reduce(withoutWord, redactKnown(text, others)),
    worker: (id) => shownWorker(id, sent, [base]),
  };
}

const WORD = /^[a-z]{4,20}$/;

/** Except in names of Java classes, by which causes are known: the password may be `kafka`. */
function withoutWord(text: string, word: string): string {
  return text.replaceAll(new RegExp(`(?<![\\w$]|[\\w$]\\.)${word}(?![\\w$]|\\.[\\w$])`, 'g'), MASK);
}

function errorBody(response: Response): ErrorBody | undefined {
  if (looksLikeMarkup(response) || isTooDeep(response.text)) return undefined;
  try {
    const body: unknown = JSON.parse(response.text);
    if (body !== null && typeof body === 'object' && 'message' in body && typeof body.message === 'string') {
      if (response.status === 404 && !('error_code' in body)) return undefined;
      return { error_code: response.status, message: body.message };
    }
  } catch {
    // Not JSON: the caller says so.
  }
  return undefined;
}

/**
 * A 404 from the web server itself, in its own JSON: for some seconds a starting worker (Kafka 4.3) answers every request
 * with it. It says nothing about a connector.
 */
function isStarting(response: Response): boolean {
  return response.status === 404 && /json/i.test(response.contentType) && errorBody(response) === undefined;
}

function looksLikeMarkup(response: Response): boolean {
  return /html|xml/i.test(response.contentType) || /^\s*</.test(response.text);
}

function notJson(response: Response, request: Request): SluiceError {
  const type = response.contentType.split(';')[0]?.trim() || 'no content type';
  const details = { status: response.status, contentType: type, url: response.base };
  // Behind its path may be anything, even what was sent.
  const goal = response.location?.split(/[?#]/, 1)[0];
  if (response.status >= 300 && response.status < 400) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${sender(response)} redirects ${request.method} ${request.path} to ${goal === undefined ? 'nowhere' : shown(goal, response, request)}`,
      {
        hint: 'A proxy or a login page is in front of the REST API; use the address that returns JSON itself.',
        details,
      },
    );
  }
  if (isStarting(response)) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${sender(response)} answered ${request.method} ${request.path} with a 404 that is not from Kafka Connect`,
      { hint: 'The worker may still be starting: try again in a moment. Otherwise check the Connect URL.', details },
    );
  }
  const title = /<title[^>]*>([^<]{1,120})/i.exec(response.text)?.[1]?.trim();
  return new SluiceError(
    'CONNECT_BAD_ANSWER',
    `${sender(response)} answered ${request.method} ${request.path} with ${response.status} and ${type}, not with JSON${
      title === undefined ? '' : ` ("${shown(title, response, request)}")`
    }`,
    {
      hint:
        response.proxy !== undefined
          ? `The proxy of ${response.proxy.variable} may have answered: add the worker's host to NO_PROXY, or make sure that the proxy can reach the worker.`
          : looksLikeMarkup(response)
            ? 'This is a web page: a proxy, a login or another service answers at this address. Check host, port and path of the Connect URL.'
            : 'A service other than Kafka Connect answers at this address. Check host and port of the Connect URL.',
      details,
    },
  );
}

/** Turns a call without a response into an error that an operator can act on. */
export function unanswered(failure: NoResponse, urls: readonly string[]): SluiceError {
  const { proxy } = failure;
  const where = urls.length > 1 ? `none of ${urls.join(', ')}` : failure.base;
  const last = proxy === undefined ? failure.base : `${failure.base} (through the proxy ${proxy.url})`;
  const options = (hint: string) => ({
    hint,
    cause: failure.cause,
    details: { urls: [...urls], reason: failure.reason },
  });
  if (failure.reason === TOO_LARGE) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${last} answered with more than ${MAX_RESPONSE_BYTES / 1024 ** 2} MiB; the rest was not read`,
      options('Kafka Connect never sends that much: check the Connect URL, and any proxy in front of the worker.'),
    );
  }
  if (failure.reason === 'TIMEOUT') {
    return new SluiceError(
      'CONNECT_UNREACHABLE',
      `${last} did not answer within ${failure.timeoutMs / 1000} s`,
      options(
        'The worker hangs, is overloaded, or a firewall drops the packets; connect.timeout sets how long to wait.',
      ),
    );
  }
  if (proxy !== undefined && isOfProxy(failure)) return refusedByProxy(failure, proxy, options);
  if (isTlsReason(failure.reason)) {
    return new SluiceError(
      'CONNECT_UNREACHABLE',
      `no trusted TLS connection to ${last} (${failure.reason})`,
      options(tlsHint(failure.reason, 'connect.tls', 'should the URL be http://?')),
    );
  }
  const [message, hint] = REASONS[failure.reason] ?? [
    `failed (${failure.reason})`,
    'Check the Connect URL and the worker.',
  ];
  return new SluiceError(
    'CONNECT_UNREACHABLE',
    urls.length > 1 ? `${where} answers; the last, ${last}, ${message}` : `${last} ${message}`,
    options(hint),
  );
}

/** Whether the call failed before anything reached the worker: connecting is the proxy's job then. */
function isOfProxy({ base, reason, proxy, unsent }: NoResponse): boolean {
  if (!isTlsReason(reason)) return unsent;
  // Inside a tunnel, TLS is the worker's, unless the proxy uses it as well.
  return !base.startsWith('https:') && proxy?.url.startsWith('https:') === true;
}

function refusedByProxy(
  { base, reason, cause }: NoResponse,
  proxy: HttpProxy,
  options: (hint: string) => ErrorOptions,
): SluiceError {
  const { url, variable } = proxy;
  if (reason !== TUNNEL_REFUSED) {
    const message = isTlsReason(reason)
      ? `offers no trusted TLS connection (${reason})`
      : (REASONS[reason]?.[0] ?? `failed (${reason})`);
    return new SluiceError('CONNECT_UNREACHABLE', `the proxy ${url}, used for ${base}, ${message}`, {
      ...options(`Check ${variable}, ${ELSEWHERE}.`),
    });
  }
  const { statusCode: status } = cause as { statusCode?: number };
  if (status === 407) return proxyWantsCredentials(base, proxy, cause);
  return new SluiceError(
    'CONNECT_UNREACHABLE',
    `the proxy ${url} does not connect to ${base} (${status ?? 'no answer'})`,
    options(
      status === undefined || status >= 500
        ? `Make sure that the proxy can reach the worker, ${ELSEWHERE}.`
        : `The proxy does not allow it: check ${variable}, ${ELSEWHERE}.`,
    ),
  );
}

const REASONS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ECONNREFUSED: [
    'refuses connections',
    'Is the worker running, and is this its port? For the sandbox: sluice sandbox up',
  ],
  ENOTFOUND: ['has no address in DNS', 'Check the host name of the Connect URL.'],
  EAI_AGAIN: ['cannot be resolved: DNS does not answer', 'Check the network, then the host name of the Connect URL.'],
  EHOSTUNREACH: ['is not reachable from here', 'Check the network, VPN or firewall.'],
  ENETUNREACH: ['is not reachable from here', 'Check the network, VPN or firewall.'],
  ECONNRESET: [
    'closed the connection before answering',
    'The worker died or is restarting, or the port speaks TLS: check its log, and whether the URL should be https://.',
  ],
  HPE_INVALID_CONSTANT: [
    'does not speak HTTP',
    'Another service listens on this port; Connect REST is usually on 8083.',
  ],
};

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
