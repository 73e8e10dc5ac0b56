import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-context-'));
const env = { SLUICE_STATE_DIR: path.join(folder, 'state'), XDG_CONFIG_HOME: path.join(folder, 'config') };
const run = (...args: string[]) => sluice(args, { cwd: folder, env });
let worker: FakeWorker;

beforeAll(async () => {
  worker = await FakeWorker.start({ orders: { config: { 'connector.class': 'FileStreamSink' } } });
  const config = { 'connector.class': 'FileStreamSink', topics: 't', file: '/tmp/x' };
  writeFileSync(path.join(folder, 'orders.json'), JSON.stringify({ name: 'orders', config }));
  writeFileSync(
    path.join(folder, 'sluice.yaml'),
    `version: 1
defaultContext: dev
contexts:
  dev: { connect: 'http://op:geheim@127.0.0.1:1' }
  prod: { connect: '${worker.server.url}', protected: true }
`,
  );
});
afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true });
});

it('context use is followed by later commands, which say so, and still ask in a protected context', async () => {
  const used = await run('context', 'use', 'prod', '--json');
  expect(used).toMatchObject({ code: 0, stderr: '' });
  expect(parseDocument(used.stdout, 'context-use')).toMatchObject({ context: 'prod', before: null, protected: true });

  const status = await run('status', '--json');
  expect(status).toMatchObject({ code: 0, stderr: 'Context prod, chosen by sluice context use\n' });
  expect(parseDocument(status.stdout, 'status')).toMatchObject({ context: 'prod' });

  // Offline commands follow it, too: overlays and variables are its own.
  const validate = await run('validate', 'orders.json', '--json');
  expect(validate).toMatchObject({ code: 0, stderr: 'Context prod, chosen by sluice context use\n' });

  const pause = await run('pause', 'orders');
  expect(pause).toMatchObject({ code: 2, stderr: expect.stringContaining('[CONTEXT_PROTECTED]') });
  expect(worker.get('orders').state).toBe('RUNNING');

  // A flag and a variable override it, and then nothing is noted.
  const flag = await run('status', '--context', 'dev');
  expect(flag).toMatchObject({ code: 12, stderr: expect.not.stringContaining('chosen by') });
  const variable = await sluice(['status'], { cwd: folder, env: { ...env, SLUICE_CONTEXT: 'dev' } });
  expect(variable).toMatchObject({ code: 12, stderr: expect.not.stringContaining('chosen by') });
});

it('context list says which one is current and why, without a secret', async () => {
  const json = await run('context', 'list', '--json');
  expect(parseDocument(json.stdout, 'context-list')).toMatchObject({
    current: { name: 'prod', origin: 'context use', exists: true },
    contexts: [
      { name: 'dev', current: false },
      { name: 'prod', current: true, protected: true },
    ],
  });
  const { code, stdout } = await run('context', 'list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\* +prod .* yes +project file$/m);
  expect(stdout).toContain('Current: prod, by sluice context use');
  expect(stdout + json.stdout).not.toContain('geheim');
  const other = await run('context', 'list', '--context', 'dev');
  expect(other.stdout).toContain('Current: dev, by --context\n  This overrides the choice of sluice context use: prod');
});

it('context use --unset forgets it', async () => {
  expect(await run('context', 'use', '--unset')).toMatchObject({ code: 0 });
  expect((await run('context', 'list')).stdout).toContain('Current: dev, by defaultContext of sluice.yaml');
});

it.each([
  [[], 'use which context?'],
  [['dev', '--unset'], '--unset takes no name'],
])('context use %j is an error', async (args, message) => {
  expect(await run('context', 'use', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
