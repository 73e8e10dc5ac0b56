import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ListedConnector, Listing } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { roughly, selectInWindows, type WindowSelection } from '../../../src/operate/windows.ts';
import type { KeptConnector } from '../../../src/store/maintenance.ts';
import { Store } from '../../../src/store/store.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-windows-'));
  store = new Store(folder);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const connector = (name: string): KeptConnector => ({
  ...{ name, before: 'RUNNING', failedTasks: [1], fingerprint: 'f', action: 'pause', sent: false, outcome: null },
});
const begin = (names: string[], urls = ['http://a'], kafkaClusterId = 'k') =>
  store.maintenance.begin({
    ...{ context: 'c', urls, kafkaClusterId, who: 'me@here', reason: 'r', action: 'pause' },
    ...{ since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T01:00:00.000Z', connectors: names.map(connector) },
  });

it('a window is open until each of its connectors is settled', () => {
  const id = begin(['a', 'b']) as number;
  const { maintenance } = store;
  expect(maintenance.sending(id, 'a')).toBe(true);
  maintenance.settle(id, 'a', 'running');
  expect(maintenance.open(['http://a'])).toMatchObject([
    {
      id,
      complete: false,
      connectors: [
        { name: 'a', sent: true, outcome: 'running', failedTasks: [1] },
        { name: 'b', sent: false, outcome: null },
      ],
    },
  ]);
  // Nothing may be sent to a connector whose window has been ended.
  expect(maintenance.sending(id, 'a')).toBe(false);
  maintenance.complete(id);
  expect(maintenance.open()[0]?.complete).toBe(true);
  maintenance.settle(id, 'b', 'running');
  expect(maintenance.open()).toEqual([]);
});

it('a connector is in one open window of a cluster only', () => {
  const first = begin(['a', 'b']) as number;
  expect(begin(['b', 'c'], ['http://b', 'http://a'])).toEqual(new Map([[first, ['b']]]));
  expect(store.maintenance.open()).toHaveLength(1);
  // Another cluster, or one that was made anew at the same URL.
  expect(begin(['b'], ['http://b'])).toBeTypeOf('number');
  expect(begin(['b'], ['http://a'], 'new')).toBeTypeOf('number');
  store.maintenance.settle(first, 'b', 'running');
  expect(begin(['b', 'c'])).toBeTypeOf('number');
});

/** The worker's listing; without it, nothing may be asked. */
const worker = (listing?: Listing) => ({
  list: async () => [],
  listing: async () => listing ?? Promise.reject(new Error('asked')),
});

it('connectors to restore are chosen by window, name or glob, and never by nothing', async () => {
  begin(['a', 'orders-1', 'orders-2']);
  begin(['7']);
  const windows = store.maintenance.open();
  const select = (words: string[], all = false) => selectInWindows(windows, { words, all }, worker());
  const chosen = async (...words: string[]) =>
    (await select(words)).chosen.map((one) => `${one.window.id} ${one.connector.name}`);
  expect(await chosen('1')).toEqual(['1 a', '1 orders-1', '1 orders-2']);
  expect(await chosen('orders-*', 'orders-1')).toEqual(['1 orders-1', '1 orders-2']);
  // A connector with a number for its name.
  expect(await chosen('7')).toEqual(['2 7']);
  expect((await select([], true)).chosen).toHaveLength(4);
  await expect(chosen()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await expect(select(['a'], true)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await expect(chosen('3')).rejects.toMatchObject({ code: 'MAINTENANCE_UNKNOWN' });
  await expect(chosen('ordres-1')).rejects.toMatchObject({ hint: 'Did you mean orders-1?' });
});

it('connectors to restore are narrowed by what the worker shows of them, which is nothing of a deleted one', async () => {
  begin(['source', 'sink', 'deleted', 'unreadable']);
  begin(['other-sink']);
  const windows = store.maintenance.open();
  const listed = (name: string, type: 'source' | 'sink') =>
    ({
      name,
      info: { name, type, config: { 'connector.class': 'a.Own' }, tasks: [] },
      status: { name, type, connector: { state: 'PAUSED', worker_id: 'w' }, tasks: [] },
    }) as ListedConnector;
  const error = new SluiceError('CONNECT_BAD_ANSWER', 'no');
  const listing = {
    connectors: [listed('source', 'source'), listed('sink', 'sink'), listed('other-sink', 'sink'), listed('x', 'sink')],
    unreadable: ['unreadable', 'y'].map((name) => ({ name, error })),
  };
  const select = async (selection: Partial<WindowSelection>) => {
    const { chosen, undecided } = await selectInWindows(windows, { words: [], ...selection }, worker(listing));
    return [chosen.map(({ connector: { name } }) => name), undecided.map(({ name }) => name)];
  };
  expect(await select({ type: 'sink' })).toEqual([['sink', 'other-sink'], ['unreadable']]);
  expect(await select({ type: 'sink', words: ['1'] })).toEqual([['sink'], ['unreadable']]);
  expect(await select({ type: 'source', all: true })).toEqual([['source'], ['unreadable']]);
  expect(await select({ state: ['running'] })).toEqual([[], ['unreadable']]);
  expect(await select({ class: 'Own', words: ['other-*'] })).toEqual([['other-sink'], []]);
});

it.each([
  [30_000, '30s'],
  [-90_000, '2m'],
  [3 * 3_600_000 + 1, '3h'],
  [0, '1s'],
])('%d ms are about %s', (ms, text) => expect(roughly(ms)).toBe(text));
