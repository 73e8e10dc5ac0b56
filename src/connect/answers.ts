import { SluiceError } from '../errors/error.ts';
import { redactKnown, redactText, secretValues } from '../text/redact.ts';
import { Misshapen, type Shape } from './shapes.ts';
import { type Answer, isTlsReason, MAX_ANSWER_BYTES, type NoAnswer, type Request, TOO_LARGE } from './transport.ts';

/** The body of Connect's own errors. */
interface ErrorBody {
  error_code: number;
  message: string;
}

/**
 * Messages by which a worker says that it cannot work right now: it did nothing, and the same call may go through
 * later. The 409 that a name exists is not among them.
 */
const NOT_NOW = /rebalance|stale configuration|no known leader|conflicting operation/i;
/** The worker passed the request on, or waited too long: whether it was carried out is not known. */
const MAYBE_DONE = /request timed out|IO Error trying to forward/i;

/** What an answer means. */
export type Verdict =
  | { kind: 'ok' }
  /** Worth another try: nothing was done. */
  | { kind: 'not now'; error: SluiceError }
  /** May have been done all the same; `settled` where the worker has answered, so that nothing is under way any more. */
  | { kind: 'unclear'; error: SluiceError; settled: boolean }
  | { kind: 'failed'; error: SluiceError; status: number };

/**
 * @param what the thing asked for, in words: `connector "orders"`
 * Of a write only a refusal of Connect's own (4xx) says that it was not done: a 500 or a page of a proxy may come after it.
 */
export function judge(answer: Answer, request: Request, what: string | undefined): Verdict {
  if (answer.status >= 200 && answer.status < 300) return { kind: 'ok' };
  if (answer.status === 401 || answer.status === 403) return failed(answer, unauthorized(answer));
  const writes = request.mustFinish === true;
  const body = errorBody(answer);
  if (body === undefined && answer.status === 400 && /%2F/i.test(request.path)) {
    return failed(answer, slashRefused(answer));
  }
  if (body === undefined) {
    const error = notJson(answer, request);
    // A gateway that gave up says nothing about the worker behind it, and one that is starting will say more in a moment.
    if ([502, 503, 504].includes(answer.status) || isStarting(answer))
      return { kind: 'unclear', error, settled: false };
    const redirects = answer.status >= 300 && answer.status < 400;
    return writes && !redirects ? { kind: 'unclear', error, settled: true } : failed(answer, error);
  }
  const said = redactKnown(body.message, sentSecrets(request));
  if ((answer.status === 409 || answer.status === 500) && NOT_NOW.test(body.message)) {
    return { kind: 'not now', error: rebalancing(answer, said) };
  }
  if (answer.status === 500 && MAYBE_DONE.test(body.message)) {
    const error = new SluiceError('TIMED_OUT', `${answer.base}: ${said}`, { hint: SLOW_HINT });
    return { kind: 'unclear', error, settled: false };
  }
  const error = rejected(answer, said, what);
  return writes && answer.status >= 500 ? { kind: 'unclear', error, settled: true } : failed(answer, error);
}

/** A rejection may echo the configuration that it rejects. */
function sentSecrets(request: Request): string[] {
  if (request.body === null || typeof request.body !== 'object') return [];
  const { config, ...rest } = request.body as { config?: unknown };
  const nested = config !== null && typeof config === 'object' ? secretValues(config as Record<string, unknown>) : [];
  return [...secretValues(rest), ...nested];
}

const SLOW_HINT = 'The worker is overloaded or in a rebalance; look at its log, then run the command again.';

function failed(answer: Answer, error: SluiceError): Verdict {
  return { kind: 'failed', error, status: answer.status };
}

function rejected(answer: Answer, said: string, what: string | undefined): SluiceError {
  const details = { status: answer.status, url: answer.base };
  if (answer.status === 404 && what !== undefined) {
    return new SluiceError('CONNECTOR_NOT_FOUND', `there is no ${what} on ${answer.base}`, {
      hint: 'List what is there: sluice status',
      details,
    });
  }
  if (answer.status === 409 && /already exists/i.test(said)) {
    return new SluiceError('CONNECTOR_EXISTS', said, { details });
  }
  return new SluiceError('CONNECT_REJECTED', `Connect answered ${answer.status}: ${oneLine(said)}`, {
    details,
    ...(answer.status >= 500 ? { hint: "The worker's log has the stack trace." } : {}),
  });
}

/** Jetty 12 (Kafka 4) takes an encoded slash for an attack and answers 400 with nothing, before Connect sees it. */
function slashRefused(answer: Answer): SluiceError {
  return new SluiceError('CONNECT_REJECTED', `${answer.base} does not accept a name with a slash in a path`, {
    hint: 'Workers from Kafka 4.0 on cannot address such a connector; give it a name without a slash.',
    details: { status: answer.status, url: answer.base },
  });
}

function rebalancing(answer: Answer, said: string): SluiceError {
  return new SluiceError('CONNECT_REBALANCING', `the workers of ${answer.base} are rebalancing: ${oneLine(said)}`, {
    hint: 'A rebalance usually ends within a minute; run the command again.',
  });
}

function unauthorized(answer: Answer): SluiceError {
  return new SluiceError(
    'CONNECT_UNAUTHORIZED',
    answer.status === 401
      ? `${answer.base} wants credentials, or does not accept those it got (401)`
      : `${answer.base} does not allow this (403)`,
    {
      hint: 'Set connect.username and connect.password, or connect.token, of the context in sluice.yaml.',
      details: { status: answer.status, url: answer.base },
    },
  );
}

/**
 * The parsed body of a successful answer, undefined where it is empty.
 * @throws CONNECT_BAD_ANSWER for anything that is not JSON of that shape.
 */
export function parseAnswer<T>(answer: Answer, request: Request, shape: Shape<T>): T | undefined {
  if (answer.text === '') return undefined;
  if (looksLikeMarkup(answer)) throw notJson(answer, request);
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    throw notJson(answer, request);
  }
  try {
    shape(body, '');
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    throw badAnswer(answer, request, `JSON that is not Kafka Connect's: ${error.message}`);
  }
  return body as T;
}

/** A successful answer that says too little, or something else than what was asked. */
export function badAnswer(answer: Answer, { method, path }: Request, said: string): SluiceError {
  return new SluiceError(
    'CONNECT_BAD_ANSWER',
    `${answer.base} answered ${method} ${path} with ${answer.status} and ${said}`,
    {
      hint: 'Perhaps another service answered, or a proxy in front of the worker. Check the Connect URL, and what is in front of the worker.',
      details: { status: answer.status, url: answer.base },
    },
  );
}

function errorBody(answer: Answer): ErrorBody | undefined {
  if (looksLikeMarkup(answer)) return undefined;
  try {
    const body: unknown = JSON.parse(answer.text);
    if (body !== null && typeof body === 'object' && 'message' in body && typeof body.message === 'string') {
      if (answer.status === 404 && !('error_code' in body)) return undefined;
      return { error_code: answer.status, message: body.message };
    }
  } catch {
    // Not JSON: the caller says so.
  }
  return undefined;
}

/**
 * A 404 of the web server alone, in JSON of its own: for some seconds a starting worker has nothing else (Kafka 4.3), whatever
 * it is asked. It says nothing about a connector.
 */
function isStarting(answer: Answer): boolean {
  return answer.status === 404 && /json/i.test(answer.contentType) && errorBody(answer) === undefined;
}

function looksLikeMarkup(answer: Answer): boolean {
  return /html|xml/i.test(answer.contentType) || /^\s*</.test(answer.text);
}

function notJson(answer: Answer, request: Request): SluiceError {
  const type = answer.contentType.split(';')[0]?.trim() || 'no content type';
  const details = { status: answer.status, contentType: type, url: answer.base };
  if (answer.status >= 300 && answer.status < 400) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${answer.base} redirects ${request.method} ${request.path} to ${redactText(answer.location ?? 'nowhere')}`,
      {
        hint: 'A proxy or a login page stands before the REST API; use the address that answers JSON itself.',
        details,
      },
    );
  }
  if (isStarting(answer)) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${answer.base} answered ${request.method} ${request.path} with a 404 that is not Kafka Connect's`,
      { hint: 'A worker that is starting does so: try again in a moment. Otherwise check the Connect URL.', details },
    );
  }
  const title = /<title[^>]*>([^<]{1,120})/i.exec(answer.text)?.[1]?.trim();
  return new SluiceError(
    'CONNECT_BAD_ANSWER',
    `${answer.base} answered ${request.method} ${request.path} with ${answer.status} and ${type}, not with JSON${
      title === undefined ? '' : ` ("${redactText(title)}")`
    }`,
    {
      hint: looksLikeMarkup(answer)
        ? 'This is a web page: a proxy, a login or another service answers at this address. Check host, port and path of the Connect URL.'
        : 'Another service than Kafka Connect answers at this address. Check host and port of the Connect URL.',
      details,
    },
  );
}

/** A call that got no answer, as the error an operator can act on. */
export function unanswered(failure: NoAnswer, urls: readonly string[]): SluiceError {
  const where = urls.length > 1 ? `none of ${urls.join(', ')}` : failure.base;
  const options = (hint: string) => ({
    hint,
    cause: failure.cause,
    details: { urls: [...urls], reason: failure.reason },
  });
  if (failure.reason === TOO_LARGE) {
    return new SluiceError(
      'CONNECT_BAD_ANSWER',
      `${failure.base} answered with more than ${MAX_ANSWER_BYTES / 1024 ** 2} MiB; the rest was not read`,
      options('No answer of Kafka Connect is that long: check the Connect URL, and what is in front of the worker.'),
    );
  }
  if (failure.reason === 'TIMEOUT') {
    return new SluiceError(
      'CONNECT_UNREACHABLE',
      `${failure.base} did not answer within ${failure.timeoutMs / 1000} s`,
      options(
        'The worker hangs, is overloaded, or a firewall drops the packets; connect.timeout sets how long to wait.',
      ),
    );
  }
  if (isTlsReason(failure.reason)) {
    return new SluiceError(
      'CONNECT_UNREACHABLE',
      `no trusted TLS connection to ${failure.base} (${failure.reason})`,
      options(TLS_HINTS.find(([pattern]) => pattern.test(failure.reason))?.[1] ?? 'Check connect.tls of the context.'),
    );
  }
  const [said, hint] = REASONS[failure.reason] ?? [
    `failed (${failure.reason})`,
    'Check the Connect URL and the worker.',
  ];
  return new SluiceError(
    'CONNECT_UNREACHABLE',
    urls.length > 1 ? `${where} answers; the last, ${failure.base}, ${said}` : `${where} ${said}`,
    options(hint),
  );
}

const TLS_HINTS: readonly [RegExp, string][] = [
  [/EPROTO|WRONG_VERSION/, 'The port does not speak TLS (or another version of it): is the URL meant to be http://?'],
  [/EXPIRED/, "The server's certificate has expired."],
  [/ALTNAME|HOSTNAME/, 'The certificate is for another host name: use the name that stands in it.'],
  [/./, 'Give the certificate authority as connect.tls.ca (a PEM file) of the context.'],
];

const REASONS: Readonly<Record<string, readonly [said: string, hint: string]>> = {
  ECONNREFUSED: [
    'refuses connections',
    'Is the worker running, and is this its port? For the sandbox: sluice sandbox up',
  ],
  ENOTFOUND: ['has no address in DNS', 'Check the host name of the Connect URL.'],
  EAI_AGAIN: ['cannot be looked up: DNS does not answer', 'Check the network, then the host name of the Connect URL.'],
  EHOSTUNREACH: ['is not reachable from here', 'Check the network, VPN or firewall.'],
  ENETUNREACH: ['is not reachable from here', 'Check the network, VPN or firewall.'],
  ECONNRESET: [
    'closed the connection before answering',
    'The worker died or restarts, or the port speaks TLS: look at its log, and whether the URL should be https://.',
  ],
  HPE_INVALID_CONSTANT: [
    'does not speak HTTP',
    'Another service listens on this port; Connect REST is usually on 8083.',
  ],
};

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
