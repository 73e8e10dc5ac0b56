import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { chosenOfWindows, roughly } from '../../../src/operate/windows.ts';
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

it('connectors to restore are chosen by window, name or glob, and never by nothing', () => {
  begin(['a', 'orders-1', 'orders-2']);
  begin(['7']);
  const windows = store.maintenance.open();
  const chosen = (...words: string[]) =>
    chosenOfWindows(windows, words, false).map((one) => `${one.window.id} ${one.connector.name}`);
  expect(chosen('1')).toEqual(['1 a', '1 orders-1', '1 orders-2']);
  expect(chosen('orders-*', 'orders-1')).toEqual(['1 orders-1', '1 orders-2']);
  // A connector with a number for its name.
  expect(chosen('7')).toEqual(['2 7']);
  expect(chosenOfWindows(windows, [], true)).toHaveLength(4);
  expect(() => chosen()).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  expect(() => chosenOfWindows(windows, ['a'], true)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  expect(() => chosen('3')).toThrow(expect.objectContaining({ code: 'MAINTENANCE_UNKNOWN' }));
  expect(() => chosen('ordres-1')).toThrow(expect.objectContaining({ hint: 'Did you mean orders-1?' }));
});

it.each([
  [30_000, '30s'],
  [-90_000, '2m'],
  [3 * 3_600_000 + 1, '3h'],
  [0, '1s'],
])('%d ms are about %s', (ms, text) => expect(roughly(ms)).toBe(text));
