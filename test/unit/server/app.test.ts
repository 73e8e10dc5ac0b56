import { describe, expect, it } from 'vitest';
import { isLoopback, listenAddress } from '../../../src/config/listen-address.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { type AppOptions, type AppParts, buildApp } from '../../../src/server/app.ts';
import { listen } from '../../../src/server/listen.ts';

function app(over: Partial<AppParts> = {}, options: AppOptions = { hosts: undefined }) {
  return buildApp(
    {
      live: () => ({ ok: true, details: {} }),
      ready: () => ({ ok: false, details: { reason: 'no reading yet' } }),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
      page: async () => ({ html: '<!doctype html>', policy: "default-src 'none'; style-src 'sha256-x'" }),
      ...over,
    },
    options,
  );
}

describe('the server', () => {
  it('answers probes, metrics and the page', async () => {
    const server = app();
    expect(await server.inject('/health/live')).toMatchObject({ statusCode: 200 });
    const ready = await server.inject('/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'failing', reason: 'no reading yet' });
    const metrics = await server.inject('/metrics');
    expect(metrics).toMatchObject({ statusCode: 200, body: 'up 1\n' });
    expect(metrics.headers['content-type']).toContain('version=0.0.4');
    expect((await server.inject('/')).headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it.each(['/', '/metrics', '/health/live', '/nosuch', '/%zz'])(
    'sends the headers that protect with %s',
    async (url) => {
      const { headers } = await app().inject(url);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('script-src');
    },
  );

  it.each([
    ['GET', '/nosuch?password=hunter2', 404],
    ['GET', '/%zz', 400],
    ['POST', '/metrics', 405],
    ['DELETE', '/?a=1', 405],
    ['POST', '/nosuch', 404],
    ['GET', '//evil', 404],
  ] as const)('%s %s: an error in JSON that repeats nothing', async (method, url, status) => {
    const response = await app().inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(response.body).not.toContain('hunter2');
    expect(response.body).not.toContain('evil');
  });

  it('answers a HEAD', async () => {
    expect(await app().inject({ method: 'HEAD', url: '/metrics' })).toMatchObject({ statusCode: 200, body: '' });
  });

  it('keeps what breaks to itself, and passes on what sluice says', async () => {
    const broken = app({ page: () => Promise.reject(new Error('hunter2')) });
    const response = await broken.inject('/');
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('hunter2');
    const full = app({
      page: () => Promise.reject(new SluiceError('KAFKA_UNREACHABLE', 'no answer', { hint: 'wait' })),
    });
    expect((await full.inject('/')).json()).toMatchObject({
      error: { code: 'KAFKA_UNREACHABLE', message: 'no answer', hint: 'wait' },
    });
  });

  it('is asked by its own names only: a name elsewhere may point here', async () => {
    const server = app({}, { hosts: ['sluice.internal'] });
    const ask = async (host: string) => (await server.inject({ url: '/metrics', headers: { host } })).statusCode;
    for (const host of ['127.0.0.1:9464', 'localhost:9464', '[::1]:9464', 'sluice.internal', 'SLUICE.internal:80'])
      expect(await ask(host)).toBe(200);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil', '127.0.0.1@evil'])
      expect(await ask(host)).not.toBe(200);
  });
});

describe('listenAddress', () => {
  it.each([
    ['9464', '127.0.0.1', 9464],
    [':9464', '127.0.0.1', 9464],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['[::1]:80', '::1', 80],
  ])('%s', (text, host, port) => expect(listenAddress(text)).toEqual({ host, port }));

  it.each(['', 'x', '1:2:3', 'h:99999', 'http://h:1'])('refuses %j', (text) =>
    expect(() => listenAddress(text)).toThrow(SluiceError),
  );

  it('tells whether only this machine can reach it', () => {
    expect(isLoopback({ host: '127.0.0.1', port: 1 })).toBe(true);
    expect(isLoopback({ host: '0.0.0.0', port: 1 })).toBe(false);
    expect(isLoopback({ host: '127.evil', port: 1 })).toBe(false);
  });

  it('says what is in the way of listening', async () => {
    const first = app();
    const url = await listen(first, { host: '127.0.0.1', port: 0 });
    try {
      const second = app();
      await expect(listen(second, listenAddress(new URL(url).host))).rejects.toThrow(
        /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
      );
      await second.close();
    } finally {
      await first.close();
    }
  });
});
