import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Healer } from '../../../src/heal/heal.ts';
import { Others } from '../../../src/heal/others.ts';
import { healPlan } from '../../../src/heal/settings.ts';
import { Journal } from '../../../src/operate/journal.ts';
import type { RestartClient } from '../../../src/operate/restart.ts';
import { HealingPoller } from '../../../src/serve/healing.ts';
import type { Snapshot } from '../../../src/serve/snapshot.ts';
import type { KeptWindow } from '../../../src/store/maintenance.ts';
import { Store } from '../../../src/store/store.ts';
import { whoMonitors } from '../../../src/store/who.ts';
import { connectorSnapshot, NOON, snapshot } from '../../helpers/snapshot.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-healing-'));
  store = new Store(folder);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const trace = 'java.net.ConnectException: Connection refused';
const FAILED = connectorSnapshot('orders', {
  taskList: [{ id: 0, state: 'FAILED', worker: 'w', cause: trace, trace }],
});

/** Polls every 2 seconds. */
function scene(given: Partial<Snapshot> = {}, windows: KeptWindow[] = []) {
  let now = NOON;
  const restarts: string[] = [];
  const said: string[] = [];
  const clock = { now: () => new Date(now), sleep: async () => {} };
  const status = { connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'FAILED', trace }] };
  const client = {
    get: async (name: string) => ({ name, info: { config: {} }, status }),
    supports: async () => true,
    restart: async (name: string) => void restarts.push(name),
    ...{ urls: ['http://connect'], server: async () => ({ kafka_cluster_id: 'kafka' }) },
  } as unknown as RestartClient & ConstructorParameters<typeof Others>[0]['client'];
  const journal = new Journal(folder, clock);
  const healer = new Healer({
    ...{ context: 'prod', urls: ['http://connect'], client, store, clock, random: () => 0 },
    ...{ settings: healPlan(true) ?? (() => expect.unreachable()), signal: new AbortController().signal },
    others: new Others({ client, journal, windows: () => windows, changes: () => store.changes, clock }),
    who: whoMonitors(),
    emit: ({ change }) => said.push(change),
    failed: ({ code }) => said.push(code),
  });
  const poller = new HealingPoller({
    context: 'prod',
    poller: { poll: async () => snapshot([FAILED], { at: now, ...given }) },
    ...{ healer, leases: store.leases, windows: () => windows, holder: 'monitor', clock },
    standsBy: (holder) => said.push(`stands by ${holder}`),
    failed: ({ code }) => said.push(code),
  });
  const polls = async (count: number) => {
    for (let poll = 0; poll < count; poll += 1, now += 2_000) {
      expect((await poller.poll()).connectors).toEqual([FAILED]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { restarts, said, poller, polls };
}

describe('a view that heals', () => {
  it('restarts what it sees, and lets a daemon follow at once when it ends', async () => {
    const { restarts, poller, polls } = scene();
    await polls(3);
    expect(restarts).toEqual(['orders']);
    expect(store.leases.holder('heal prod', NOON)).toBe('monitor');
    await poller[Symbol.asyncDispose]();
    expect(store.leases.holder('heal prod', NOON)).toBeUndefined();
    expect(store.changes.list()[0]).toMatchObject({
      who: whoMonitors(),
      connectors: [{ outcome: 'restarted, outcome not awaited' }],
    });
  });

  it('does not where a daemon does, and says so once', async () => {
    store.leases.take('heal prod', 'the daemon', NOON, 15_000);
    const { restarts, said, polls } = scene();
    await polls(5);
    expect(restarts).toEqual([]);
    expect(said).toEqual(['stands by the daemon']);
  });

  it('does not touch what is in a maintenance window', async () => {
    const window = { until: new Date(NOON - 1).toISOString(), connectors: [{ name: 'orders', outcome: null }] };
    const { restarts, polls } = scene({}, [window as KeptWindow]);
    await polls(3);
    expect(restarts).toEqual([]);
  });

  it.each<[string, Partial<Snapshot>]>([
    ['the worker is away', { error: { code: 'CONNECT_UNREACHABLE', message: 'no answer' } }],
    ['it rebalances', { rebalancing: true }],
  ])('does nothing while %s', async (_what, given) => {
    const { restarts, polls } = scene(given);
    await polls(3);
    expect(restarts).toEqual([]);
  });

  it('keeps what is known of connectors that it was not asked for', async () => {
    const lease = store.leases.take('heal prod', 'a daemon', NOON - 60_000, 1);
    if (lease === undefined) expect.unreachable();
    const state = { restarts: 2, lastAt: NOON, nextAt: NOON + 1, runningSince: null };
    store.heals.keep('http://connect', new Map([['users', state]]), lease);
    await scene().polls(2);
    expect(store.heals.list('http://connect').get('users')).toEqual(state);
  });

  it('goes on, and says why it does not heal, if nothing can be written', async () => {
    const { said, polls } = scene({ connectors: [FAILED] });
    store[Symbol.dispose]();
    rmSync(folder, { recursive: true });
    await polls(1);
    expect(said.length).toBeGreaterThan(0);
  });
});
