import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { openTraces } from '../../../src/traces/otlp.ts';
import { tracedProgress } from '../../../src/traces/progress.ts';

let server: Server | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** An endpoint: what it received, in OTLP's protobuf. @param answer what it does about a request */
async function endpoint(answer: 'accepts' | 'refuses' | 'hangs'): Promise<{ url: string; received: Buffer[] }> {
  const received: Buffer[] = [];
  server = createServer((request, response) => {
    request.on('data', (chunk) => received.push(chunk));
    request.on('end', () => {
      if (answer === 'accepts') response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      if (answer === 'refuses') response.writeHead(400).end('geheim-of-the-answer');
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url);
  return { url, received };
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe('openTraces', () => {
  it('sends spans with their parents, and no secret', async () => {
    const { received } = await endpoint('accepts');
    const { tracer, end } = openTraces({ TRACEPARENT: `00-${TRACE}-${SPAN}-01` }, '1.2.3');
    const url = 'http://u:geheim@h/x';
    await tracer.span(`outer ${url}`, { 'url.full': url }, () => tracer.call('inner', {}, async () => 1));
    const failing = tracer.span('failing', {}, () =>
      Promise.reject(new SluiceError('CONNECT_REJECTED', 'quotes a row: 4711')),
    );
    await expect(failing).rejects.toThrow('4711');
    expect(await end()).toBeUndefined();
    const sent = Buffer.concat(received);
    for (const text of ['outer', 'inner', 'failing', 'CONNECT_REJECTED', '1.2.3'])
      expect(sent.includes(text)).toBe(true);
    for (const text of ['geheim', '4711']) expect(sent.includes(text)).toBe(false);
    expect(sent.includes(bytes(TRACE))).toBe(true);
    expect(sent.includes(bytes(SPAN))).toBe(true);
  });

  it.each([
    ['of no version', `ff-${TRACE}-${SPAN}-01`],
    ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['that is none', 'geheim'],
    ['that is empty', ''],
  ])('begins a trace of its own with a TRACEPARENT %s', async (_what, TRACEPARENT) => {
    const { received } = await endpoint('accepts');
    const { tracer, end } = openTraces({ TRACEPARENT }, '1');
    await tracer.span('alone', {}, async () => 1);
    expect(await end()).toBeUndefined();
    expect(Buffer.concat(received).includes('alone')).toBe(true);
    expect(Buffer.concat(received).includes(bytes(TRACE))).toBe(false);
  });

  it('sends nothing if the pipeline decided so', async () => {
    const { received } = await endpoint('accepts');
    const { tracer, end } = openTraces({ TRACEPARENT: `00-${TRACE}-${SPAN}-00` }, '1');
    await tracer.span('unsampled', {}, async () => 1);
    expect(await end()).toBeUndefined();
    expect(received).toEqual([]);
  });

  it.each(['refuses', 'hangs'] as const)('says so if the endpoint %s, and changes no result', async (answer) => {
    await endpoint(answer);
    const { tracer, end } = openTraces({}, '1');
    expect(await tracer.span('done', {}, async () => 42)).toBe(42);
    const failure = await end();
    expect(failure).toBeTruthy();
    expect(failure).not.toContain('geheim');
  });

  it('says so if nothing listens', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:1');
    const { tracer, end } = openTraces({}, '1');
    await tracer.span('done', {}, async () => 42);
    expect(await end()).toContain('ECONNREFUSED');
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'user:geheim@collector'],
  ])('sends nothing to a default address if %s cannot be read', async (name, value) => {
    const { received } = await endpoint('accepts');
    const { tracer, end } = openTraces({ [name]: value }, '1');
    await tracer.span('done', {}, async () => 42);
    expect(await end()).toBe(`${name} is not the URL of an HTTP endpoint`);
    expect(received).toEqual([]);
  });
});

describe('tracedProgress', () => {
  it('makes a span of each step, with its last detail', async () => {
    const spans: unknown[] = [];
    const span = async <T>(name: string, _attributes: object, work: (span: never) => Promise<T>): Promise<T> => {
      const set = (attributes: object) => spans.push([name, attributes]);
      return work({ set, fail: () => {} } as never);
    };
    const progress = tracedProgress(silentProgress, { span, call: span });
    expect(await progress.step('one', async (update) => update('half'))).toBeUndefined();
    const two = async (update: (detail: string) => void) => {
      update('all');
      return 2;
    };
    expect(await progress.all([{ title: 'two', run: two }])).toEqual([2]);
    expect(spans).toEqual([
      ['one', { 'sluice.detail': 'half' }],
      ['two', { 'sluice.detail': 'all' }],
    ]);
  });
});
