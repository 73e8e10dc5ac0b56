import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../src/store/alerts.ts';
import type { Lease } from '../../../src/store/lease.ts';
import { Store } from '../../../src/store/store.ts';

let folder: string;
let store: Store;
let lease: Lease;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-alerts-'));
  store = new Store(folder);
  lease = store.leases.take('serve', 'a', 0, 15_000) as Lease;
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function alertOf(over: Partial<Alert> = {}): Alert {
  return {
    context: 'prod',
    kind: 'lag',
    target: 'orders',
    rule: 'lag',
    severity: 'warning',
    notify: [],
    status: 'firing',
    summary: '6 minutes behind',
    hint: 'sluice doctor orders',
    since: 1,
    firedAt: 2,
    notified: true,
    givenUp: false,
    ...over,
  };
}

const changed = (change: AlertChange['change'], alert = alertOf(), at = 10): AlertChange => ({
  change,
  alert,
  at,
  reason: null,
});
const receivers = ['ops', 'pager'];
const due = (now: number) =>
  store.alerts.due(now).map(({ receiver, change, alert }) => [receiver, change, alert.target]);

describe('AlertStore', () => {
  it('keeps the alerts of a context as they are, and leaves others untouched', () => {
    store.alerts.keep('prod', { alerts: [alertOf()], changes: [] }, { lease, receivers });
    store.alerts.keep('test', { alerts: [alertOf({ context: 'test' })], changes: [] }, { lease, receivers });
    store.alerts.keep('prod', { alerts: [], changes: [] }, { lease, receivers });
    expect(store.alerts.list()).toEqual([alertOf({ context: 'test' })]);
    expect(store.alerts.list('prod')).toEqual([]);
  });

  it('keeps a notice for each receiver until it is delivered', () => {
    store.alerts.keep('prod', { alerts: [alertOf()], changes: [changed('firing')] }, { lease, receivers });
    expect(due(9)).toEqual([]);
    expect(due(10)).toEqual([
      ['ops', 'firing', 'orders'],
      ['pager', 'firing', 'orders'],
    ]);
    store.alerts.delivered(store.alerts.due(10)[0]?.id ?? 0, 11);
    expect(due(12)).toEqual([['pager', 'firing', 'orders']]);
    expect(store.alerts.waiting()).toBe(1);
  });

  it('sends the end of an alert after its beginning, however long that takes', () => {
    store.alerts.keep(
      'prod',
      { alerts: [], changes: [changed('firing'), changed('resolved')] },
      { lease, receivers: ['ops'] },
    );
    expect(due(20)).toEqual([['ops', 'firing', 'orders']]);
    store.alerts.failed(store.alerts.due(20)[0]?.id ?? 0, 'it answered 500', { now: 20, nextAt: 100 });
    expect(due(99)).toEqual([]);
    expect(store.alerts.due(100)).toMatchObject([{ change: 'firing', attempts: 1 }]);
    store.alerts.delivered(store.alerts.due(100)[0]?.id ?? 0, 101);
    expect(due(101)).toEqual([['ops', 'resolved', 'orders']]);
  });

  it('lets others pass what cannot be delivered, and can give it up', () => {
    const other = alertOf({ target: 'users' });
    store.alerts.keep(
      'prod',
      { alerts: [], changes: [changed('firing'), changed('firing', other)] },
      { lease, receivers: ['ops'] },
    );
    store.alerts.failed(store.alerts.due(10)[0]?.id ?? 0, 'away', { now: 10, nextAt: 1000 });
    expect(due(10)).toEqual([['ops', 'firing', 'users']]);
    store.alerts.failed(store.alerts.due(1000)[0]?.id ?? 0, 'away', { now: 1000, nextAt: undefined });
    expect(due(1000)).toEqual([['ops', 'firing', 'users']]);
  });

  it('notifies only the receivers that the rule names', () => {
    const change = changed('firing', alertOf({ notify: ['pager', 'nosuch'] }));
    store.alerts.keep('prod', { alerts: [], changes: [change] }, { lease, receivers });
    expect(due(10)).toEqual([['pager', 'firing', 'orders']]);
  });

  it('keeps nothing for who no longer holds the lease', () => {
    store.leases.take('serve', 'b', 20_000, 15_000);
    const step = { alerts: [alertOf()], changes: [changed('firing')] };
    expect(store.alerts.keep('prod', step, { lease, receivers })).toBe(false);
    expect(store.alerts.list()).toEqual([]);
    expect(due(10)).toEqual([]);
  });

  it('keeps what is muted until when, by whom and why', () => {
    const mute = {
      context: null,
      rule: 'lag',
      target: 'orders-*',
      since: 1,
      until: 100,
      who: 'me@here',
      reason: 'load test',
    };
    const id = store.alerts.mute(mute);
    expect(store.alerts.mutes(99)).toMatchObject([mute]);
    expect(store.alerts.mutes(100)).toEqual([]);
    store.alerts.endMute(id, 50);
    expect(store.alerts.mutes(60)).toEqual([]);
  });
});
