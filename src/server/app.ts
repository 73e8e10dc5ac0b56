import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { isLoopback } from '../config/listen-address.ts';
import { SluiceError } from '../errors/error.ts';
import { ERRORS } from '../errors/registry.ts';

/** What a probe is answered: 200 if `ok`, else 503. */
export interface Probe {
  ok: boolean;
  /** Why not, and what else is worth knowing; no secrets. */
  details: object;
}

export interface AppParts {
  /** The process works: its loop goes round. Restart it if not. */
  live(): Probe;
  /** It has something to say: it has read the cluster, or stands by for another. */
  ready(): Probe;
  metrics(): Promise<{ contentType: string; text: string }>;
  /** The page at `/`, and the Content-Security-Policy for what is in it. */
  page(): Promise<{ html: string; policy: string }>;
}

export interface AppOptions {
  /**
   * Names that the server may be asked by besides loopback addresses; undefined: any. A web page elsewhere may point a name of
   * its own at this machine, and would then be let in by the browser.
   */
  hosts: readonly string[] | undefined;
}

/** A request has no body, and no header that is long. */
const BODY_BYTES = 16 * 1024;
const REQUEST_MS = 30_000;

/** Nobody may put it into a frame; a policy inside a page cannot say so. */
function policyOf(policy: string): string {
  return `${policy}; frame-ancestors 'none'`;
}

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': policyOf("default-src 'none'; base-uri 'none'; form-action 'none'"),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The daemon's HTTP server, without listening: tests call `inject`. */
export function buildApp(parts: AppParts, { hosts }: AppOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: REQUEST_MS,
    // Answered by the handler below, without an echo of what was asked.
    frameworkErrors: (_error, _request, reply) => {
      const answer: FastifyReply = reply;
      answer.code(400).headers(HEADERS).send(envelope('REQUEST_INVALID', 'the request is malformed'));
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (hosts !== undefined && !isAllowed(request.hostname, hosts)) {
      const message = 'this server is not asked by that name';
      return reply.code(421).send(envelope('REQUEST_INVALID', message));
    }
    return undefined;
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    if (app.hasRoute({ method: 'GET', url: path }))
      return reply
        .code(405)
        .header('allow', 'GET, HEAD')
        .send(envelope('REQUEST_INVALID', 'this can only be read: GET or HEAD'));
    return reply
      .code(404)
      .send(envelope('NOT_FOUND', 'there is nothing here; try /, /metrics, /health/live or /health/ready'));
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof SluiceError) {
      const { code, message, hint } = error;
      return reply.code(ERRORS[code].http).send(envelope(code, message, hint));
    }
    const { statusCode = 500 } = error as { statusCode?: number };
    const isOurs = statusCode >= 500;
    return reply
      .code(statusCode)
      .send(
        envelope(isOurs ? 'INTERNAL' : 'REQUEST_INVALID', isOurs ? 'the server failed' : 'the request is not accepted'),
      );
  });

  app.get('/', async (_request, reply) => {
    const { html, policy } = await parts.page();
    return reply.header('content-security-policy', policyOf(policy)).type('text/html; charset=utf-8').send(html);
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await parts.metrics();
    return reply.type(contentType).send(text);
  });
  for (const name of ['live', 'ready'] as const) {
    app.get(`/health/${name}`, async (_request, reply) => {
      const { ok, details } = parts[name]();
      return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'failing', ...details });
    });
  }
  return app;
}

function envelope(code: string, message: string, hint?: string): { error: object } {
  return { error: { code, message, hint: hint ?? null, details: null } };
}

/** @param hostname as the request names it, without the port */
function isAllowed(hostname: string, hosts: readonly string[]): boolean {
  const name = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return isLoopback({ host: name }) || hosts.includes(name);
}
