import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import { listAlerts } from '../../../src/alerts/list.ts';
import { muteAlerts, muteOf, unmuteAlerts } from '../../../src/alerts/mutes.ts';
import type { Alert, Mute } from '../../../src/store/alerts.ts';
import type { Lease } from '../../../src/store/lease.ts';
import { Store } from '../../../src/store/store.ts';

const mute: Mute = {
  id: 1,
  context: null,
  rule: 'lag',
  target: 'orders-*',
  since: 0,
  until: 100,
  who: 'me@here',
  reason: 'load test',
};
const alert: Alert = {
  context: 'prod',
  kind: 'lag',
  target: 'orders-sink',
  rule: 'lag orders-*',
  severity: 'warning',
  notify: [],
  status: 'firing',
  summary: '10m behind (limit: 5m)',
  hint: null,
  since: 0,
  firedAt: 60_000,
  notified: true,
  givenUp: false,
};

describe('a mute', () => {
  it.each<[string, Partial<Mute>, boolean]>([
    ['by the kind of the rule', {}, true],
    ['by the name of the rule', { rule: 'lag orders-*' }, true],
    ['of every rule', { rule: '*' }, true],
    ['of another rule', { rule: 'task-failed' }, false],
    ['of its context', { context: 'prod' }, true],
    ['of another context', { context: 'staging' }, false],
    ['of its target', { target: 'orders-sink' }, true],
    ['of another target', { target: 'orders' }, false],
  ])('%s', (_, given, isMuted) => {
    expect(muteOf([{ ...mute, ...given }], alert) !== undefined).toBe(isMuted);
  });

  it('of several, the one that ends last counts', () => {
    expect(muteOf([mute, { ...mute, id: 2, until: 300 }, { ...mute, id: 3, until: 200 }], alert)?.id).toBe(2);
  });
});

describe('the mutes of a store', () => {
  let folder: string;
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-mutes-'));
    store = new Store(folder);
    const lease = store.leases.take('serve', 'a', 0, 15_000) as Lease;
    store.alerts.keep('prod', { alerts: [alert], changes: [] }, { lease, receivers: [] });
  });
  afterEach(() => {
    store[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const request = { rule: 'lag', target: 'orders-*', context: 'prod', forMs: 1_000, reason: 'password=geheim' };
  const ports = () => ({ alerts: store.alerts, rules: DEFAULT_RULES, now: 500, who: 'me@here' });

  it('say which alerts they are about, and hide secrets in a reason', () => {
    const { mute: kept, alerts } = muteAlerts(request, ports());
    expect(alerts.map(({ target }) => target)).toEqual(['orders-sink']);
    expect(kept).toMatchObject({ since: 500, until: 1_500, who: 'me@here' });
    expect(JSON.stringify(store.alerts.mutes(600))).not.toContain('geheim');
    const listed = listAlerts(
      { context: 'prod', limit: 10, rules: undefined },
      { ...ports(), running: true, now: 600 },
    );
    expect(listed.alerts[0]?.muted).toMatchObject({ id: kept.id, until: '1970-01-01T00:00:01.500Z' });
    expect(listAlerts({ context: 'other', limit: 10, rules: undefined }, { ...ports(), running: true }).mutes).toEqual(
      [],
    );
  });

  it('are refused for a rule that does not exist', () => {
    expect(() => muteAlerts({ ...request, rule: 'lagg' }, ports())).toThrow('there is no rule for alerts "lagg"');
    expect(store.alerts.mutes(600)).toEqual([]);
  });

  it('are ended by number or by rule, of one context', () => {
    const first = muteAlerts(request, ports()).mute;
    const other = muteAlerts({ ...request, context: 'staging' }, ports()).mute;
    expect(() => unmuteAlerts('99', 'prod', { alerts: store.alerts, now: 600 })).toThrow('no mute 99 holds');
    expect(unmuteAlerts('lag', 'prod', { alerts: store.alerts, now: 600 }).mutes).toEqual([first]);
    expect(store.alerts.mutes(600)).toEqual([other]);
    expect(unmuteAlerts(String(other.id), 'prod', { alerts: store.alerts, now: 600 }).mutes).toEqual([other]);
    expect(store.alerts.mutes(600)).toEqual([]);
    expect(() => unmuteAlerts('lag', 'prod', { alerts: store.alerts, now: 600 })).toThrow(
      'no mute of "lag" holds on prod',
    );
  });
});
