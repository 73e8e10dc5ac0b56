import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface GateOptions {
  /** Without it, plain HTTP. */
  tls?: { own: Certificate /** PEM file: clients must show a certificate of this authority. */; clients?: string };
  /** Whether it lets a request through, else 401. */
  admits?: (request: IncomingMessage) => boolean | Promise<boolean>;
  /** Before the worker's own path: `/team/connect`. */
  prefix?: string;
}

/** A reverse proxy in front of a worker, as clusters have one. */
export interface Gate extends AsyncDisposable {
  /** With the prefix. */
  url: string;
  /** Requests that were let through, and not, as `GET 200 /connectors`. */
  readonly log: string[];
}

export async function startGate(workerUrl: string, options: GateOptions = {}): Promise<Gate> {
  const { tls, admits = () => true, prefix = '' } = options;
  const log: string[] = [];
  const answer: RequestListener = async (incoming, outgoing) => {
    const path = incoming.url ?? '';
    const end = (status: number) => {
      log.push(`${incoming.method} ${status} ${path}`);
      outgoing.writeHead(status, { 'content-type': 'text/html' }).end(`<h1>${status}</h1>`);
    };
    if (!path.startsWith(prefix)) return end(404);
    if (!(await admits(incoming))) return end(401);
    const { authorization: _authorization, host: _host, ...headers } = incoming.headers;
    const forwarded = request(
      `${workerUrl}${path.slice(prefix.length)}`,
      { method: incoming.method, headers },
      (worker) => {
        log.push(`${incoming.method} ${worker.statusCode} ${path}`);
        outgoing.writeHead(worker.statusCode ?? 502, worker.headers);
        worker.pipe(outgoing);
      },
    );
    forwarded.on('error', () => end(502));
    incoming.pipe(forwarded);
  };
  const server: Server =
    tls === undefined
      ? createServer(answer)
      : createTlsServer(
          {
            ...{ cert: readFileSync(tls.own.cert), key: readFileSync(tls.own.key) },
            ...(tls.clients === undefined
              ? {}
              : { requestCert: true, rejectUnauthorized: true, ca: readFileSync(tls.clients) }),
          },
          answer,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${prefix}`,
    log,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
