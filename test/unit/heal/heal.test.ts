import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectorConfig, ConnectorStatus } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { type HealEvent, Healer, type HealInput, type HealReport } from '../../../src/heal/heal.ts';
import { configMark, Others } from '../../../src/heal/others.ts';
import { healPlan } from '../../../src/heal/settings.ts';
import { Journal } from '../../../src/operate/journal.ts';
import type { RestartClient } from '../../../src/operate/restart.ts';
import type { Tracer } from '../../../src/ports/tracer.ts';
import type { KeptWindow } from '../../../src/store/maintenance.ts';
import { Store } from '../../../src/store/store.ts';
import { whoServes } from '../../../src/store/who.ts';
import { NOON } from '../../helpers/snapshot.ts';
import { connectorReport } from '../../helpers/status-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-heal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const AWAY = 'java.net.ConnectException: Connection refused';
const REFUSED = 'org.postgresql.util.PSQLException: ERROR: value too long for type character varying(3)';
const ODD = 'java.lang.IllegalStateException: it broke';

/** A cluster in memory, a clock, and a daemon that can be killed and started again. */
class Scene {
  /** Traces of connectors that have failed; null: it runs. */
  readonly traces = new Map<string, string | null>();
  /** What a restart leads to; by default the same failure. */
  afterRestart = new Map<string, string | null>();
  refusal: SluiceError | undefined;
  /** The process dies when it is about to send a restart, or after that. */
  dies: 'before' | 'after' | undefined;
  readonly restarts: string[] = [];
  /** What the worker says when it is asked right before a restart, if that is not what the poll saw. */
  live: { config?: ConnectorConfig; state?: string; trace?: string | null; task?: string } = {};
  /** Of every connector, as polls see it. */
  config: ConnectorConfig = { password: 'a' };
  readonly windows: KeptWindow[] = [];
  readonly events: HealEvent[] = [];
  readonly failures: string[] = [];
  /** Names and attributes of spans, and why they failed. */
  readonly spans: unknown[][] = [];
  second = 0;
  readonly #plan;
  store = new Store(folder);
  healer: Healer;

  constructor(names: readonly string[], settings: Parameters<typeof healPlan>[0] = { jitter: 0 }) {
    for (const name of names) this.traces.set(name, null);
    this.#plan = healPlan(settings);
    this.healer = this.#start();
  }

  readonly clock = { now: () => new Date(NOON + this.second * 1000), sleep: async () => {} };
  readonly journal = new Journal(folder, this.clock);

  #tracer(): Tracer {
    const span: Tracer['span'] = (name, attributes, work) => {
      const seen: unknown[] = [name, attributes];
      this.spans.push(seen);
      return work({ set: () => {}, fail: (type) => seen.push(type) });
    };
    return { span, call: span };
  }

  #start(): Healer {
    return this.startAs(async () => ({ kafka_cluster_id: 'kafka' }) as never);
  }

  startAs(server: () => Promise<never>): Healer {
    if (this.#plan === undefined) throw new Error('healing is off');
    const { clock } = this;
    const worker = { urls: ['http://connect'], server };
    const changes = () => this.store.changes;
    return new Healer({
      ...{ context: 'prod', urls: ['http://connect'], client: this.#client(), store: this.store },
      ...{ settings: this.#plan, clock, who: whoServes() },
      others: new Others({ client: worker, journal: this.journal, windows: () => this.windows, changes, clock }),
      ...{ signal: new AbortController().signal, random: () => 0, tracer: this.#tracer() },
      emit: (event) => this.events.push(event),
      failed: ({ code }) => this.failures.push(code),
    });
  }

  #client(): RestartClient {
    const status = (name: string): ConnectorStatus => {
      const { trace = this.traces.get(name), state = 'RUNNING' } = this.live;
      const task = trace == null ? { state: 'RUNNING' } : { state: this.live.task ?? 'FAILED', trace };
      const second = this.live.task === undefined ? [] : [{ id: 1, worker_id: 'w', state: 'FAILED' }];
      return {
        ...{ name, type: 'sink', connector: { state, worker_id: 'w' } },
        tasks: [{ id: 0, worker_id: 'w', ...task }, ...second],
      } as ConnectorStatus;
    };
    const never = () => Promise.reject(new Error('not to be called'));
    return {
      get: async (name) =>
        ({ name, info: { name, config: this.live.config ?? this.config }, status: status(name) }) as never,
      supports: async () => true,
      status: never,
      restartTask: never,
      restart: async (name, options) => {
        if (this.dies === 'before') return new Promise<never>(() => {});
        if (this.refusal !== undefined) throw this.refusal;
        expect(options).toEqual({ tasks: true, onlyFailed: true });
        this.restarts.push(`${name} ${this.second}`);
        this.traces.set(name, this.afterRestart.get(name) ?? null);
        if (this.dies === 'after') return new Promise<never>(() => {});
      },
    };
  }

  /** Kills the daemon, and starts another after its lease has expired. */
  kill(): void {
    this.store[Symbol.dispose]();
    this.store = new Store(folder);
    this.dies = undefined;
    this.second += 20;
    this.healer = this.#start();
  }

  /** What healing would do about a failure, before it acts. */
  decidedToRestart() {
    const { steps } = this.healer.consider({
      ...{ at: NOON + 10_000, connectors: [this.report('orders', AWAY)], unreadable: [] },
      ...{ worker: 'calm', inMaintenance: new Set() },
    });
    expect(steps.restarts).toHaveLength(1);
    return steps;
  }

  report(name: string, trace: string | null): HealReport {
    const task = { id: 0, worker: 'w', cause: trace, trace, state: trace === null ? 'RUNNING' : 'FAILED' };
    const report = connectorReport(name, { taskList: [task], hint: trace === null ? null : 'Look.' });
    return { ...report, configMark: configMark(this.config) };
  }

  /** Polls, and lets what is sent be answered. */
  async poll(given: Partial<HealInput> = {}) {
    const { healing, steps } = this.healer.consider({
      at: NOON + this.second * 1000,
      connectors: [...this.traces].map(([name, trace]) => this.report(name, trace)),
      ...{ unreadable: [], worker: 'calm', inMaintenance: new Set() },
      ...given,
    });
    const lease = this.store.leases.take('serve', 'this', NOON + this.second * 1000, 15_000);
    if (lease === undefined) throw new Error('another has the lease');
    this.healer.act(steps, lease);
    await new Promise((resolve) => setImmediate(resolve));
    return healing;
  }

  /** Every 10 seconds for so long. */
  async watch(seconds: number, given: Partial<HealInput> = {}): Promise<void> {
    for (const end = this.second + seconds; this.second < end; this.second += 10) await this.poll(given);
  }

  history(): string[] {
    return this.store.changes.list().map(({ who, verb, exitCode, connectors }) => {
      const [one] = connectors;
      return `${who === whoServes() ? 'serve' : who} ${verb} ${one?.name}: ${one?.outcome} (${exitCode})`;
    });
  }
}

const ENDED = { exitCode: 0, error: null, connectors: [], topics: [], tables: [], loggers: [], alerts: [] };

const OFFSETS = {
  ...{ kind: 'offsets', what: 'set the offsets', connector: 'orders', connectorClass: 'X', former: 'RUNNING' as const },
  place: { cluster: 'kafka', context: 'prod', urls: ['http://connect'] },
  plan: null,
};

const changes = (scene: Scene) => scene.events.map(({ connector, change }) => `${connector} ${change}`);

describe('healing', () => {
  it('restarts what has failed by a transient cause, and notes that it runs', async () => {
    const scene = new Scene(['orders', 'users']);
    await scene.watch(20);
    scene.traces.set('orders', AWAY);
    await scene.watch(60);
    expect(scene.restarts).toEqual(['orders 20']);
    expect(changes(scene)).toEqual(['orders restarted', 'orders runs again']);
    expect(scene.history()).toEqual(['serve restart orders: restarted, and runs after 10s (0)']);
    expect(scene.events[0]).toMatchObject({ attempt: 1, cause: AWAY, kind: 'transient' });
    const attributes = { 'sluice.context': 'prod', 'sluice.connector': 'orders' };
    expect(scene.spans).toEqual([
      ['heal', { ...attributes, 'sluice.heal.attempt': 1, 'sluice.heal.kind': 'transient' }],
    ]);
  });

  it('waits for longer each time while it fails again, and says after how long it did', async () => {
    const scene = new Scene(['orders']);
    scene.afterRestart.set('orders', AWAY);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    await scene.watch(600);
    expect(scene.restarts).toEqual(['orders 10', 'orders 130', 'orders 490']);
    expect(scene.history()[2]).toBe('serve restart orders: restarted, and failed again after 10s (13)');
  });

  it('does nothing in its first round, since a worker that has just come back starts its tasks by itself', async () => {
    const scene = new Scene(['orders']);
    scene.traces.set('orders', AWAY);
    await scene.watch(10);
    expect(scene.restarts).toEqual([]);
    await scene.watch(10, { worker: 'away' });
    await scene.watch(10);
    expect(scene.restarts).toEqual([]);
    await scene.watch(10);
    expect(scene.restarts).toEqual(['orders 30']);
  });

  it('never restarts what would fail again, and says so once', async () => {
    const scene = new Scene(['orders']);
    scene.traces.set('orders', REFUSED);
    await scene.watch(3600);
    expect(scene.restarts).toEqual([]);
    expect(scene.history()).toEqual([]);
    expect(scene.events).toHaveLength(1);
    expect(scene.events[0]).toMatchObject({ change: 'given up', kind: 'permanent', hint: 'Look.' });
    const healing = await scene.poll();
    expect(healing.get('orders')).toMatchObject({ stage: 'given up', why: 'permanent' });
  });

  it('does not believe a given up connector that runs for a moment, since its worker was restarted', async () => {
    const scene = new Scene(['orders']);
    scene.traces.set('orders', REFUSED);
    await scene.watch(20);
    scene.traces.set('orders', null);
    expect((await scene.poll()).get('orders')?.stage).toBe('watching');
    scene.second += 10;
    scene.traces.set('orders', REFUSED);
    expect((await scene.poll()).get('orders')?.stage).toBe('given up');
    expect(scene.events).toHaveLength(1);
    scene.traces.set('orders', null);
    await scene.watch(40);
    expect((await scene.poll()).has('orders')).toBe(false);
  });

  it('tries an unknown cause a few times, then gives it up', async () => {
    const scene = new Scene(['orders']);
    scene.traces.set('orders', ODD);
    scene.afterRestart.set('orders', ODD);
    await scene.watch(2 * 3600);
    expect(scene.restarts).toHaveLength(3);
    expect(changes(scene).at(-1)).toBe('orders given up');
    expect(changes(scene).filter((one) => one === 'orders given up')).toHaveLength(1);
  });

  it('restarts one of several that failed by one cause, and the others when that runs', async () => {
    const names = ['a', 'b', 'c'];
    const scene = new Scene(names);
    await scene.watch(10);
    for (const name of names) scene.traces.set(name, AWAY);
    await scene.watch(30);
    expect(scene.restarts).toEqual(['a 10', 'b 20', 'c 20']);
  });

  it('restarts one of them at a time while the cause lasts', async () => {
    const names = ['a', 'b', 'c'];
    const scene = new Scene(names);
    await scene.watch(10);
    for (const name of names) {
      scene.traces.set(name, AWAY);
      scene.afterRestart.set(name, AWAY);
    }
    await scene.watch(60);
    expect(scene.restarts).toEqual(['a 10', 'b 20', 'c 30']);
  });

  it.each([
    ['in a maintenance window', { inMaintenance: new Set(['orders']) }],
    ['while the cluster rebalances', { worker: 'rebalancing' as const }],
    ['while the worker is away', { worker: 'away' as const }],
  ])('does nothing %s', async (_what, given) => {
    const scene = new Scene(['orders']);
    scene.traces.set('orders', AWAY);
    await scene.watch(60, given);
    expect(scene.restarts).toEqual([]);
  });

  it.each([
    ['that is paused', { state: 'PAUSED' }],
    ['that is stopped', { state: 'STOPPED' }],
    ['without a status', { state: null }],
    ['that the worker restarts at this moment', { state: 'RESTARTING' }],
  ])('does nothing to a connector %s', async (_what, given) => {
    const scene = new Scene([]);
    await scene.watch(60, { connectors: [{ ...scene.report('orders', AWAY), ...given }] });
    expect(scene.restarts).toEqual([]);
  });

  const ANN = 'ann@laptop';
  const OTHERS: readonly [string, (scene: Scene) => Promise<() => void>, RegExp][] = [
    [
      'a deploy',
      async (scene) => {
        const at = scene.clock.now().toISOString();
        const id = scene.store.changes.begin({ at, who: ANN, verb: 'deploy', context: 'another name' }, [
          'a',
          'orders',
        ]);
        return () => scene.store.changes.finish(id, ENDED);
      },
      /^ann@laptop has been running "deploy" since 2026-01-10T12:00:10Z$/,
    ],
    [
      'a change of offsets',
      async (scene) => {
        const operation = await scene.journal.begin('kafka', 'orders', async () => OFFSETS);
        return () => {
          operation.finish();
          operation[Symbol.dispose]();
        };
      },
      /^another sluice is changing "orders" at this moment$/,
    ],
    [
      'a change of offsets that was interrupted',
      async (scene) => {
        const operation = await scene.journal.begin('kafka', 'orders', async () => OFFSETS);
        operation[Symbol.dispose]();
        return () => operation.finish();
      },
      /began to set the offsets of "orders" at .*, and was interrupted/,
    ],
  ];

  it.each(OTHERS)(
    'leaves a connector alone during %s, says so once, and heals it afterwards',
    async (_what, begin, reason) => {
      const scene = new Scene(['orders', 'users']);
      await scene.watch(10);
      const end = await begin(scene);
      scene.traces.set('orders', ODD).set('users', ODD);
      await scene.watch(60);
      expect(scene.restarts).toEqual(['users 10']);
      expect(changes(scene)).toEqual(['orders skipped', 'users restarted', 'users runs again']);
      expect(scene.events[0]?.reason).toMatch(reason);
      expect((await scene.poll()).get('orders')?.left).toMatch(reason);
      expect(scene.store.heals.list('http://connect').has('orders')).toBe(false);
      end();
      await scene.poll();
      expect(scene.restarts).toEqual(['users 10', 'orders 70']);
    },
  );

  it.each([
    ['was killed', (scene: Scene) => new Date(NOON + scene.second * 1000 - 3_700_000).toISOString(), 'deploy'],
    ['touches no connector', (scene: Scene) => scene.clock.now().toISOString(), 'alerts-mute'],
    ['was a restart by healing', (scene: Scene) => scene.clock.now().toISOString(), 'restart'],
  ] as const)('is not held up by a change without an end that %s', async (_what, at, verb) => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.store.changes.begin({ at: at(scene), who: verb === 'restart' ? whoServes() : ANN, verb, context: 'prod' }, [
      'orders',
    ]);
    scene.traces.set('orders', AWAY);
    await scene.poll();
    expect(scene.restarts).toEqual(['orders 10']);
  });

  it.each([
    [
      'its configuration was changed, if only a secret',
      { config: { password: 'b' } },
      'its configuration has just been changed',
    ],
    ['it was paused', { state: 'PAUSED' }, 'it is paused: nothing to restart'],
    ['it has no worker', { state: 'UNASSIGNED' }, 'it is UNASSIGNED at this moment'],
    ['a task is being restarted', { task: 'RESTARTING' }, 'its tasks are being restarted at this moment'],
    ['it runs again', { trace: null }, 'nothing of it has failed any more'],
  ] as const)('does nothing in this round if %s since it was read', async (_what, live, reason) => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    scene.live = live;
    await scene.watch(20);
    expect(scene.restarts).toEqual([]);
    expect(scene.history()).toEqual([]);
    expect(scene.events.map(({ change, reason }) => [change, reason])).toEqual([['skipped', reason]]);
    // Nothing was done, so nothing is waited for.
    scene.live = {};
    await scene.poll();
    expect(scene.restarts).toEqual(['orders 30']);
  });

  it('looks for others again right before it restarts', async () => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    const steps = scene.decidedToRestart();
    scene.traces.set('orders', AWAY);
    scene.windows.push({ id: 3, reason: 'upgrade', connectors: [{ name: 'orders', outcome: null }] } as KeptWindow);
    scene.healer.act(steps, { name: 'serve', holder: 'this', term: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.restarts).toEqual([]);
    expect(scene.events[0]).toMatchObject({
      ...{ change: 'skipped', reason: 'it is in maintenance window 3 (upgrade)' },
      hint: expect.stringContaining('sluice maintenance end 3'),
    });
  });

  it.each<[string, (scene: Scene) => void, RegExp]>([
    [
      'a deploy',
      (scene) => {
        const at = scene.clock.now().toISOString();
        const id = scene.store.changes.begin({ at, who: ANN, verb: 'deploy', context: 'prod' }, ['orders']);
        scene.store.changes.finish(id, { ...ENDED, connectors: [{ name: 'orders', outcome: 'updated', error: null }] });
      },
      /restarted; meanwhile ann@laptop ran "deploy" at 2026-01-10T12:00:20Z \(0\)$/,
    ],
    [
      'somebody elsewhere who changed its configuration',
      (scene) => {
        scene.config = { password: 'b' };
      },
      /restarted; meanwhile its configuration was changed \(0\)$/,
    ],
  ])('does not claim what came of %s after its restart', async (_what, act, outcome) => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    await scene.watch(10);
    act(scene);
    await scene.watch(60);
    expect(changes(scene)).toEqual(['orders restarted', 'orders skipped']);
    expect(scene.history().at(-1)).toMatch(outcome);
  });

  it('does nothing before it knows which cluster it is', async () => {
    const scene = new Scene(['orders']);
    scene.healer = scene.startAs(() => Promise.reject(new SluiceError('CONNECT_UNREACHABLE', 'no answer')));
    scene.traces.set('orders', AWAY);
    await scene.watch(60);
    expect(scene.restarts).toEqual([]);
  });

  it('leaves a connector alone whose healing is off', async () => {
    const scene = new Scene(['orders', 'users'], { connectors: [{ match: 'orders', enabled: false }] });
    scene.traces.set('orders', AWAY).set('users', AWAY);
    await scene.watch(60);
    expect(scene.restarts).toEqual(['users 10']);
    const healing = await scene.poll();
    expect(healing.has('orders')).toBe(false);
  });

  it('watches a connector until it has run for long enough', async () => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    await scene.watch(10);
    expect((await scene.poll()).get('orders')?.stage).toBe('watching');
    // Another daemon, which has not seen the restart, does too.
    scene.kill();
    expect((await scene.poll()).get('orders')?.stage).toBe('watching');
    await scene.watch(30);
    expect((await scene.poll()).has('orders')).toBe(false);
  });

  it('counts restarts in the history: no more than allowed in 24 hours, however long it runs in between', async () => {
    const scene = new Scene(['orders'], { jitter: 0, stable: '1m', perDay: 3 });
    for (let day = 0; day < 6; day += 1) {
      scene.traces.set('orders', AWAY);
      await scene.watch(200);
    }
    expect(scene.restarts).toHaveLength(3);
    expect(scene.events.at(-1)).toMatchObject({ change: 'given up', reason: expect.stringContaining('24 hours') });
    scene.second += 24 * 3600;
    await scene.watch(60);
    expect(scene.restarts).toHaveLength(4);
  });

  it.each(['before', 'after'] as const)(
    'is killed %s a restart is sent: it is made, and at most once more',
    async (dies) => {
      const scene = new Scene(['orders']);
      await scene.watch(10);
      scene.traces.set('orders', AWAY);
      scene.afterRestart.set('orders', AWAY);
      scene.dies = dies;
      await scene.watch(10);
      scene.kill();
      await scene.watch(100);
      expect(scene.restarts).toHaveLength(dies === 'before' ? 1 : 2);
      // The first one is in the history, too, as one whose outcome is not known.
      expect(scene.history()).toHaveLength(2);
      expect(scene.history()[1]).toContain('not known (null)');
    },
  );

  it('does not restart what another has taken over between the decision and the act', async () => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    const steps = scene.decidedToRestart();
    const lease = { name: 'serve', holder: 'this', term: 1 };
    scene.store.leases.take('serve', 'another', NOON + 60_000, 15_000);
    scene.healer.act(steps, lease);
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.restarts).toEqual([]);
    expect(scene.history()).toEqual([]);
  });

  it('says what could not be sent, and tries later, without counting it', async () => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.traces.set('orders', ODD);
    scene.refusal = new SluiceError('CONNECT_REJECTED', 'no', { hint: 'Ask.' });
    await scene.watch(130);
    expect(scene.events.map(({ change, reason }) => `${change}: ${reason}`)).toEqual([
      'not restarted: no',
      'not restarted: no',
    ]);
    expect(scene.history()).toEqual(Array(2).fill('serve restart orders: failed (13)'));
    expect(scene.spans.at(-1)?.[2]).toBe('CONNECT_REJECTED');
    scene.refusal = undefined;
    await scene.watch(170);
    expect(scene.restarts).toHaveLength(1);
    expect(scene.events.at(-1)).toMatchObject({ change: 'runs again', attempt: 1 });
  });

  it('notes that an outcome was not awaited, if it is stopped', async () => {
    const scene = new Scene(['orders']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    await scene.poll();
    await scene.healer.end();
    expect(scene.history()).toEqual(['serve restart orders: restarted, outcome not awaited (0)']);
  });

  it('forgets a connector that is stable, and goes on without it if it was deleted', async () => {
    const scene = new Scene(['orders', 'users']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY).set('users', 'ERROR: deadlock detected');
    await scene.watch(20);
    scene.traces.delete('users');
    await scene.watch(700);
    expect(scene.store.heals.list('http://connect').has('orders')).toBe(false);
    expect(scene.history()).toContain(
      'serve restart users: restarted; it was paused, stopped or deleted meanwhile (0)',
    );
    expect(scene.failures).toEqual([]);
  });

  it('knows nothing of a connector that cannot be read, and forgets one that was deleted', async () => {
    const scene = new Scene(['orders', 'users']);
    await scene.watch(10);
    scene.traces.set('orders', AWAY);
    await scene.poll();
    scene.second += 10;
    await scene.watch(60, { connectors: [scene.report('users', null)], unreadable: ['orders'] });
    expect(changes(scene)).toEqual(['orders restarted']);
    expect(scene.store.heals.list('http://connect').get('orders')?.restarts).toBe(1);
    await scene.watch(10, { connectors: [scene.report('users', null)] });
    expect(scene.store.heals.list('http://connect').has('orders')).toBe(false);
  });
});
