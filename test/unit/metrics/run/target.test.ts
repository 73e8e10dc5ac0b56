import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runMetricsText } from '../../../../src/metrics/run/families.ts';
import { sendRunMetrics } from '../../../../src/metrics/run/send.ts';
import { assertWritable, metricsTarget } from '../../../../src/metrics/run/target.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-run-metrics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ports = { logger: silentLogger, environment: {} };
const SAMPLES = [{ name: 'sluice_run_success', labels: {}, value: 1 }] as const;

describe('the target of --metrics-to', () => {
  it.each([
    ['textfile:/x/a.prom', { kind: 'textfile', file: '/x/a.prom' }],
    ['http://pg:9091', { kind: 'pushgateway', address: { url: 'http://pg:9091' }, group: undefined }],
    ['https://pg/push/', { kind: 'pushgateway', address: { url: 'https://pg/push' }, group: undefined }],
    [
      'http://u:p%40@pg:9091/metrics/job/nightly/instance/a',
      {
        kind: 'pushgateway',
        address: { url: 'http://pg:9091', username: 'u', password: 'p@' },
        group: '/metrics/job/nightly/instance/a',
      },
    ],
  ])('%s', (text, target) => {
    expect(metricsTarget(text, 'it')).toEqual(target);
  });

  it.each([
    ['', /needs textfile:FILE\.prom, or the URL/],
    ['/x/a.prom', /needs textfile:FILE\.prom, or the URL/],
    ['textfile:', /ends in \.prom/],
    ['textfile:/x/a.txt', /ends in \.prom/],
    ['textfile:/x/.prom', /ends in \.prom/],
    ['http://', /not a valid URL of a Pushgateway/],
    ['http://pg?token=x', /query/],
  ])('refuses "%s"', (text, message) => {
    expect(() => metricsTarget(text, 'it')).toThrow(message);
  });

  it('refuses a folder that does not exist, and what is not a folder, before anything is done', () => {
    expect(() => assertWritable({ kind: 'textfile', file: path.join(folder, 'no', 'a.prom') })).toThrow(/ENOENT/);
    expect(() => assertWritable({ kind: 'textfile', file: '/dev/null/a.prom' })).toThrow(/metrics cannot be written/);
  });
});

describe('metrics of a run', () => {
  it('replace the file in one step, which others can read, with its name as a label', async () => {
    const file = path.join(folder, 'nightly.prom');
    for (const value of [1, 0]) {
      const samples = [{ ...SAMPLES[0], value }];
      expect(await sendRunMetrics({ kind: 'textfile', file }, { command: 'plan' }, samples, ports)).toBeUndefined();
    }
    expect(readFileSync(file, 'utf8')).toMatch(/^sluice_run_success\{run="nightly",command="plan"\} 0$/m);
    expect(readdirSync(folder)).toEqual(['nightly.prom']);
    expect(statSync(file).mode & 0o444).toBe(0o444);
  });

  it('escapes labels, and bounds the series of a family', async () => {
    const sample = (connector: string) => ({
      ...({ name: 'sluice_connector_health', labels: { connector }, value: 1 } as const),
    });
    const odd = await runMetricsText([sample('a"b\\c\nd')]);
    expect(odd.text).toContain('connector="a\\"b\\\\c\\nd"');
    const hidden = await runMetricsText([sample('\u001b[2J')]);
    expect(hidden.text).toContain('connector="\\\\x1b[2J"');
    const many = await runMetricsText(Array.from({ length: 6_000 }, (_, index) => sample(`c${index}`)));
    expect(many.bounded).toEqual(['sluice_connector_health']);
    expect(many.text.match(/^sluice_connector_health/gm)).toHaveLength(5_000);
  });

  it('are pushed to the group of the command and the context, with the credentials of the URL', async () => {
    const seen: { url?: string | undefined; method?: string | undefined; auth?: string | undefined; body: string }[] =
      [];
    let status = 200;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ url: request.url, method: request.method, auth: request.headers.authorization, body });
        response.writeHead(status).end('a secret of the gateway');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://u:geheim@127.0.0.1:${(server.address() as AddressInfo).port}`;
      const push = (to: string, context: string) =>
        sendRunMetrics(metricsTarget(to, 'it'), { command: 'dlq list', context }, SAMPLES, ports);
      expect(await push(url, 'prod')).toBeUndefined();
      expect(await push(`${url}/metrics/job/own`, 'a/b')).toBeUndefined();
      expect(seen).toEqual([
        {
          url: '/metrics/job/sluice/command@base64/ZGxxIGxpc3Q/context/prod',
          method: 'PUT',
          auth: `Basic ${Buffer.from('u:geheim').toString('base64')}`,
          body: expect.stringContaining('sluice_run_success{command="dlq list",context="prod"} 1'),
        },
        expect.objectContaining({ url: '/metrics/job/own' }),
      ]);
      status = 500;
      const failure = await push(url, 'prod');
      expect(failure).toMatch(/^http:\/\/127\.0\.0\.1:\d+ answered 500$/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('say why they did not arrive, without the password', async () => {
    const target = metricsTarget('http://u:geheim@127.0.0.1:1', 'it');
    expect(await sendRunMetrics(target, { command: 'plan' }, SAMPLES, ports)).toBe(
      'http://127.0.0.1:1 did not answer (ECONNREFUSED)',
    );
  });
});
