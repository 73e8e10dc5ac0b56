import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import type { MetricsAddress } from '../../../src/config/targets.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { MetricsReader, type WorkerReading } from '../../../src/metrics/read.ts';
import { silentLogger } from '../../../src/ports/logger.ts';

const answered = (name: string) => readFileSync(packagePath('test', 'fixtures', 'metrics', name), 'utf8');
const servers: Server[] = [];

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function read(kind: MetricsAddress['kind'], urls: string[], settings: MetricsAddress['workers']['settings'] = {}) {
  const options = { signal: new AbortController().signal, logger: silentLogger };
  return new MetricsReader({ kind, workers: { urls, settings } }, options).read();
}

function failure(reading: WorkerReading | undefined): SluiceError {
  if (reading?.metrics instanceof SluiceError) return reading.metrics;
  throw new Error('it has metrics');
}

const text = (status: number, body: string): RequestListener => {
  return (_request, response) => response.writeHead(status).end(body);
};

describe('MetricsReader', () => {
  it('asks Jolokia with one POST, with the credentials of the context', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        const requests = JSON.parse(body) as { type: string }[];
        // Nothing but reads: Jolokia can also execute and write.
        expect(new Set(requests.map(({ type }) => type))).toEqual(new Set(['read']));
        response.end(answered('jolokia.json'));
      });
    });
    const [one] = await read('jolokia', [`${url}/jolokia`], { token: 'secret' });
    expect(asked).toEqual(['POST /jolokia/ Bearer secret']);
    expect(one).toMatchObject({ url: `${url}/jolokia`, metrics: { sources: [{ server: 'm17' }] } });
  });

  it('asks every worker, and has a reading for each', async () => {
    const there = await serve(text(200, answered('exporter.txt')));
    const readings = await read('exporter', [`${there}/metrics`, 'http://127.0.0.1:1/metrics']);
    expect(readings[0]?.metrics).toMatchObject({ sources: [{ server: 'm17b' }] });
    expect(failure(readings[1]).message).toBe('no metrics from http://127.0.0.1:1/metrics (ECONNREFUSED)');
  });

  it.each([
    ['jolokia', 401, 'no', /does not accept the credentials for metrics \(401\)/],
    ['exporter', 403, 'no', /does not accept the credentials for metrics \(403\)/],
    ['jolokia', 200, '<html>', /answered 200, and not as Jolokia does/],
    ['jolokia', 200, '{"error":"no bulk requests"}', /not as Jolokia does/],
    ['jolokia', 200, '['.repeat(100_000), /not as Jolokia does/],
    ['exporter', 200, '<html>', /not as a JMX exporter does/],
    ['exporter', 404, '', /answered 404, and not as a JMX exporter does/],
  ] as const)('reports %s that answers %d %j', async (kind, status, body, message) => {
    const [reading] = await read(kind, [await serve(text(status, body))]);
    expect(failure(reading).message).toMatch(message);
    expect(failure(reading).code).toBe('METRICS_UNREADABLE');
  });

  it('an exporter without a connector is no error', async () => {
    const [reading] = await read('exporter', [await serve(text(200, '# HELP up x\n# TYPE up gauge\nup 1\n'))]);
    expect(reading?.metrics).toEqual({ sources: [], tasks: [], worker: { rebalancing: null } });
  });
});
