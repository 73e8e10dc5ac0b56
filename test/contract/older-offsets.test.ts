import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorDocument } from '../../src/errors/error.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-older-'));
const file = path.join(folder, 'offsets.json');
let worker: FakeWorker;

beforeAll(async () => {
  worker = await FakeWorker.start({ orders: { offsets: [{ partition: { file: 'a' }, offset: { position: 1 } }] } });
  const { code } = await sluice(['offsets', 'backup', 'orders', '--save', file, '--connect-url', worker.server.url]);
  expect(code).toBe(0);
});

afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true });
});

/** What is sent to the worker besides questions. */
const writes = () => worker.server.calls.filter(({ method }) => method !== 'GET');

describe('offsets on a worker that is too old', () => {
  const partition = ['--source-partition', '{"file":"a"}'];
  it.each([
    ['3.4.1', '3.5', ['get', 'orders']],
    ['3.4.1', '3.5', ['backup', 'orders', '--save', path.join(folder, 'other.json')]],
    ['3.4.1', '3.5', ['diff', 'orders', '--backup', file]],
    ['3.5.2', '3.6', ['set', 'orders', ...partition, '--source-offset', '{"position":2}', '--yes']],
    ['3.5.2', '3.6', ['reset', 'orders', ...partition, '--yes']],
    ['3.5.2', '3.6', ['restore', 'orders', '--backup', file, '--yes']],
    ['3.5.2', '3.6', ['set', 'orders', ...partition, '--source-offset', '{"position":2}', '--dry-run']],
  ])('%s are refused, with the release that has them: %s, %j', async (version, needed, args) => {
    worker.version = version;
    worker.server.calls.splice(0);
    const { code, stdout } = await sluice(['offsets', ...args, '--json', '--connect-url', worker.server.url]);
    expect(code).toBe(2);
    const { error } = parseDocument<{ error: ErrorDocument }>(stdout, 'error');
    expect(error).toMatchObject({
      code: 'CONNECT_UNSUPPORTED',
      message: expect.stringMatching(new RegExp(`needs ${needed}.*${version}|${version}.*needs ${needed}`)),
    });
    expect(writes()).toEqual([]);
  });
});
