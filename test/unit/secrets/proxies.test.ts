import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createConnectClient } from '../../../src/connect/client.ts';
import type { SluiceError } from '../../../src/errors/error.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { proxyOf, proxyVariables } from '../../../src/secrets/proxies.ts';

it('hands the agents the proxies of the environment, and nothing else from it', () => {
  const environment = { HTTPS_PROXY: 'http://p:1', no_proxy: 'a', DB_PASSWORD: 'geheim' };
  expect(proxyVariables(environment)).toEqual({ HTTPS_PROXY: 'http://p:1', no_proxy: 'a' });
});

it.each([
  ['http://w:8083', { HTTP_PROXY: 'http://me:geheim@p:1/' }, 'http://p:1'],
  ['https://w', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['https://w', { https_proxy: 'https://p', HTTPS_PROXY: 'http://q:1' }, 'https://p'],
  ['http://w', { HTTP_PROXY: 'socks5://p:1' }, undefined],
  ['http://w', { HTTP_PROXY: 'p:3128' }, undefined],
  ['http://W.b.org', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a, .b.org' }, undefined],
  ['http://b.org', { HTTP_PROXY: 'http://p:1', NO_PROXY: '.b.org' }, undefined],
  ['http://b.org', { HTTP_PROXY: 'http://p:1', NO_PROXY: '*.b.org' }, 'http://p:1'],
  ['http://xb.org', { HTTP_PROXY: 'http://p:1', NO_PROXY: '.b.org,b.org' }, 'http://p:1'],
  ['http://w:8083', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'w:8084' }, 'http://p:1'],
  ['http://w', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'w:80' }, undefined],
  ['http://10.0.0.7', { HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.1-10.0.0.9' }, undefined],
  ['http://10.0.1.7', { HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.1-10.0.0.9' }, 'http://p:1'],
])('asks %s by %j through %s', (url, environment, proxy) => {
  expect(proxyOf(new URL(url), environment)?.url).toBe(proxy);
});

it("knows what is sent to a proxy, in the forms in which the proxy's pages may repeat it", () => {
  const of = (proxy: string) => proxyOf(new URL('http://w:8083'), { HTTP_PROXY: proxy })?.credentials;
  expect(of('http://me:ge%40heim@p:1')).toEqual([btoa('me:ge@heim'), 'ge@heim']);
  expect(of('http://sluice:sluice@p:1')).toEqual([btoa('sluice:sluice')]);
  expect(of('http://p:1')).toEqual([]);
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A proxy that answers all that it is asked for with one status. */
async function proxy(status: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html><title>no, geheim</title></html>');
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => {});
    socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://me:geheim@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a read, and what a write, fails with. */
async function failures(url: string, address: string): Promise<SluiceError[]> {
  const client = createConnectClient(
    { name: 'x', urls: [url], connect: {}, kafka: undefined, protected: false },
    {
      clock: systemClock,
      signal: new AbortController().signal,
      logger: { debug: () => {}, warn: () => {} } as never,
      proxyEnvironment: { HTTP_PROXY: address, HTTPS_PROXY: address },
      readBackMs: 300,
    },
  );
  const failed = (call: Promise<unknown>) =>
    call.then(
      () => Promise.reject(new Error('nothing failed')),
      (error: SluiceError) => error,
    );
  return [await failed(client.find('a')), await failed(client.pause('a'))];
}

it('says of a proxy that it refuses, never of the worker behind it', async () => {
  for (const url of ['http://worker.invalid:8083', 'https://worker.invalid:8083']) {
    for (const error of await failures(url, 'http://me:geheim@127.0.0.1:1')) {
      expect(error.code).toBe('CONNECT_UNREACHABLE');
      expect(error.message).toMatch(/^the proxy http:\/\/127\.0\.0\.1:1, used for https?:\S+, refuses/);
      expect(error.hint).toMatch(/HTTPS?_PROXY/);
    }
    for (const error of await failures(url, await proxy(407))) {
      expect(error.code).toBe('CONNECT_UNAUTHORIZED');
      expect(error.message).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ in front of https?:\S+ requires credentials/);
    }
    for (const error of [...(await failures(url, await proxy(503))), ...(await failures(url, await proxy(403)))])
      expect(error.message).toMatch(/proxy http:\/\/127\.0\.0\.1:\d+/);
    // What it says of itself, it may say with the password that it was given.
    for (const error of await failures('http://worker.invalid:8083', await proxy(500))) {
      expect(error.message).toContain('("no, ********")');
      expect(`${error.message}${String(error.cause)}`).not.toContain('geheim');
    }
  }
});

it('calls a write through a tunnel that was refused not done', async () => {
  const [, write] = await failures('https://worker.invalid', await proxy(502));
  expect(write?.message).toMatch(/does not connect to https:\/\/worker\.invalid \(502\)/);
  expect(write?.details?.['outcome']).toBeUndefined();
});

it('calls a header that cannot be sent a fault of the context, before anything is sent', async () => {
  for (const headers of [{ X: 'geheim\r\nY: 1' }, { X: 'geheim\u2603' }, { 'a b': 'geheim' }]) {
    const client = createConnectClient(
      { name: 'x', urls: ['http://127.0.0.1:1'], connect: { headers }, kafka: undefined, protected: false },
      { clock: systemClock, signal: new AbortController().signal, logger: { debug: () => {} } as never },
    );
    const error = await client.pause('a').catch((thrown: SluiceError) => thrown);
    expect(error).toMatchObject({ code: 'PROJECT_INVALID' });
    expect(String(error)).not.toContain('geheim');
  }
});

it.each(['http://me:geheim', 'http://me:ge/heim@p:1', 'http://me:ge%heim@p:1'])(
  'refuses %s as a proxy without showing it',
  async (address) => {
    const [error] = await failures('http://worker.invalid', address);
    expect(error?.code).toBe('REQUEST_INVALID');
    expect(`${error?.message}${error?.hint}${String(error?.cause)}`).not.toMatch(/heim/);
  },
);
