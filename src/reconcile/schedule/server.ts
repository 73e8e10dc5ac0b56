import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cannotListen, listenAddress, urlOf } from '../../config/listen-address.ts';
import type { ScheduleHealth } from './health.ts';

export interface ScheduleServer {
  url: string;
  close(): Promise<void>;
}

export interface ServerContent {
  metrics(): Promise<{ contentType: string; text: string }>;
  health(): ScheduleHealth;
}

/**
 * Serves `/metrics` and `/health` (503 unless `ok`).
 * @param listen `host:port`, `[::1]:port` or `port`; port 0 takes any free one
 * @throws REQUEST_INVALID if the address is invalid or in use
 */
export async function serveSchedule(listen: string, content: ServerContent): Promise<ScheduleServer> {
  const { host, port } = listenAddress(listen);
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    // Not parsed by URL, which throws for `//`: no request may end the schedule.
    const [pathname] = (request.url ?? '/').split('?', 1);
    if (request.method !== 'GET' && request.method !== 'HEAD') send(405, 'text/plain', 'only GET\n');
    else if (pathname === '/health') {
      const health = content.health();
      send(health.status === 'ok' ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    } else if (pathname === '/metrics') {
      content.metrics().then(
        ({ contentType, text }) => send(200, contentType, text),
        (error: Error) => send(500, 'text/plain', `${error.message}\n`),
      );
    } else send(404, 'text/plain', 'not found; try /metrics or /health\n');
  });
  await listening(server, host, port, listen);
  return {
    url: urlOf(server.address() as AddressInfo),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number, listen: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(listen, error)));
    server.listen(port, host, () => resolve());
  });
}
