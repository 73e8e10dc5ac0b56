import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../src/alerts/defaults.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-alerts-'));
const env = { SLUICE_STATE_DIR: path.join(folder, 'state'), XDG_CONFIG_HOME: path.join(folder, 'config') };
const run = (...args: string[]) => sluice(['alerts', ...args], { cwd: folder, env });
const got: { path: string | undefined; body: Record<string, unknown> }[] = [];
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    got.push({ path: request.url, body: JSON.parse(text) as Record<string, unknown> });
    response.writeHead(request.url === '/refuses' ? 404 : 202).end('geheim');
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    path.join(folder, 'sluice.yaml'),
    `version: 1
defaultContext: dev
contexts:
  dev: { connect: 'http://127.0.0.1:1' }
serve: { alerts: true }
alerts:
  rules:
    - { kind: lag, match: 'orders-*', over: 30s, notify: pager }
  receivers:
    ops: { webhook: '${url}/hook' }
    pager: { pagerduty: { routingKey: geheim-key, url: '${url}/pager' } }
    refuses: { webhook: '${url}/refuses' }
`,
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

it('alerts mute, list and unmute work on what the daemon reads, and are in the history', async () => {
  const muted = await run('mute', 'lag', 'orders-*', '--for', '2h', '--reason', 'load test', '--json');
  expect(muted).toMatchObject({ code: 0, stderr: '' });
  expect(parseDocument(muted.stdout, 'alerts-mute')).toMatchObject({
    mute: { id: 1, context: 'dev', rule: 'lag', target: 'orders-*', reason: 'load test' },
    alerts: [],
  });
  const listed = await run('list', '--rules', '--json');
  expect(parseDocument(listed.stdout, 'alerts-list')).toMatchObject({
    ...{ context: 'dev', running: false, alerts: [], notices: [], undelivered: [] },
    mutes: [{ id: 1 }],
    rules: [...DEFAULT_RULES.map(({ name }) => ({ name })), { name: 'lag orders-*', limit: 30_000, notify: ['pager'] }],
  });
  const table = await run('list');
  expect(table.stdout).toMatch(/No alert fires on dev\..*Muted.*orders-\*.*No sluice serve runs here/s);

  const unknown = await run('unmute', '7');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no mute 7 holds [ALERT_UNKNOWN]') });
  const unmuted = await run('unmute', '1', '--json');
  expect(parseDocument(unmuted.stdout, 'alerts-unmute')).toMatchObject({ mutes: [{ id: 1 }] });
  expect((await run('list')).stdout).not.toContain('Muted');

  const history = await sluice(['history', '--json'], { cwd: folder, env });
  expect(parseDocument(history.stdout, 'history')).toMatchObject({
    changes: [
      { verb: 'alerts-unmute', context: 'dev', exitCode: 0, alerts: [{ name: 'lag of orders-*' }] },
      { verb: 'alerts-unmute', exitCode: 2, error: 'ALERT_UNKNOWN' },
      { verb: 'alerts-mute', alerts: [{ outcome: expect.stringMatching(/^muted until .*Z$/) }] },
    ],
  });
});

it('alerts mute refuses a rule that does not exist, and a mute without end or reason', async () => {
  const typo = await run('mute', 'task-faild', '--for', '1h', '--reason', 'x');
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "task-failed"?') });
  for (const missing of [
    ['--for', '1h'],
    ['--reason', 'x'],
  ])
    expect(await run('mute', 'lag', ...missing)).toMatchObject({ code: 2, stdout: '' });
});

it('alerts test takes the way of real notices, and leaves nothing open', async () => {
  const tested = await run('test', 'lag orders-*', '--json');
  expect(tested).toMatchObject({ code: 0, stderr: '' });
  expect(parseDocument(tested.stdout, 'alerts-test')).toMatchObject({
    rule: 'lag orders-*',
    results: [{ receiver: 'pager', kind: 'pagerduty', steps: [{ answer: '202' }, { answer: '202' }] }],
  });
  const [trigger, resolve] = got.splice(0);
  expect([trigger?.body['event_action'], resolve?.body['event_action']]).toEqual(['trigger', 'resolve']);
  expect(trigger?.body['dedup_key']).toMatch(/^sluice\/test\/[\w-]{36}$/);
  expect(resolve?.body['dedup_key']).toBe(trigger?.body['dedup_key']);

  const webhook = await run('test', 'ops');
  expect(webhook).toMatchObject({ code: 0, stdout: expect.stringContaining('firing: 202; resolved: 202') });
  expect(got.splice(0).map(({ body }) => [body['test'], body['status']])).toEqual([
    [true, 'firing'],
    [true, 'resolved'],
  ]);
});

it('alerts test says which receiver refuses, and shows no secret', async () => {
  const some = await run('test', 'task-failed');
  expect(some).toMatchObject({ code: 14, stdout: expect.stringContaining('firing: it answered 404') });
  const refused = await run('test', 'refuses', '--json');
  expect(refused.code).toBe(13);
  expect(`${some.stdout}${some.stderr}${refused.stdout}`).not.toMatch(/geheim|127\.0\.0\.1/);
});
