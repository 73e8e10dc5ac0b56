import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import { NotDelivered, type Receiver } from '../../../src/alerts/receiver.ts';
import { HEALTHS } from '../../../src/monitor/health.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { ClusterWatch } from '../../../src/serve/cluster.ts';
import type { ServeEvent } from '../../../src/serve/events.ts';
import { Failures } from '../../../src/serve/failures.ts';
import { DaemonMetrics } from '../../../src/serve/metrics.ts';
import { runServe } from '../../../src/serve/serve.ts';
import type { ConnectorSnapshot, Snapshot } from '../../../src/serve/snapshot.ts';
import { ContextWatch } from '../../../src/serve/watch.ts';
import type { Alert, AlertChange } from '../../../src/store/alerts.ts';
import { Readings } from '../../../src/store/readings.ts';
import { Store } from '../../../src/store/store.ts';
import { memoryFolder } from '../../helpers/memory-folder.ts';
import { connectorSnapshot, NOON, snapshot } from '../../helpers/snapshot.ts';

let folder: string;
beforeEach(() => {
  folder = memoryFolder('serve');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FAILED: Partial<ConnectorSnapshot> = {
  health: 'failed',
  taskList: [{ id: 0, state: 'FAILED', worker: 'w', cause: 'E: no', trace: null }],
};

interface Process {
  events: ServeEvent[];
  sent: AlertChange[];
  /** Of each poll, by its number. */
  poll(round: number, at: number): Snapshot | Error;
  /** Of each delivery. */
  deliver?(change: AlertChange): void;
  /** Moves the clock after a poll (ms). */
  jump?(round: number): number;
  /** Whether the store can be written at this time. */
  isWritable?(round: number): boolean;
  kill(): void;
}

/** Runs the daemon on a clock of its own: a sleep takes no time, but moves the clock. */
async function run(
  rounds: number,
  behaviour: Pick<Process, 'poll' | 'deliver' | 'jump' | 'isWritable'>,
  options: { holder?: string; from?: number } = {},
) {
  const store = new Store(folder);
  const readings = new Readings(folder, HEALTHS);
  const stop = new AbortController();
  const events: ServeEvent[] = [];
  const sent: AlertChange[] = [];
  let now = options.from ?? NOON;
  let round = 0;
  /** By poll. */
  const metricsBefore: string[] = [];
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async (ms) => {
      now += ms;
      // What is being delivered gets its turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const isBroken = () => behaviour.isWritable?.(round) === false;
  const metrics = new DaemonMetrics('1');
  const receiver: Receiver = {
    name: 'ops',
    kind: 'webhook',
    send: async (change) => {
      behaviour.deliver?.(change);
      sent.push(change);
      return '200';
    },
  };
  const emit = (body: object) => events.push({ at: new Date(now).toISOString(), ...body } as ServeEvent);
  const failures = new Failures({
    ...{ now: () => now, say: (error) => emit({ event: 'failed', error }) },
    count: (code) => metrics.countFailure(code),
  });
  const watch = new ContextWatch({
    context: 'prod',
    poller: {
      poll: async () => {
        metricsBefore.push(await metrics.text());
        round += 1;
        if (round >= rounds) stop.abort(new Error('the end'));
        const answer = behaviour.poll(round, now);
        now += behaviour.jump?.(round) ?? 0;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    readings: failingIf(readings, isBroken),
    alerts: failingIf(store.alerts, isBroken),
    rules: DEFAULT_RULES,
    receivers: ['ops'],
    stored: () => ({ windows: store.maintenance.open(), comparisons: [], schemaChanges: [], runs: [] }),
    cluster: new ClusterWatch(undefined),
    metrics,
    ...{ emit, failures },
  });
  try {
    await runServe(
      {
        watches: [watch],
        receivers: new Map([['ops', receiver]]),
        alerts: failingIf(store.alerts, isBroken),
        leases: failingIf(store.leases, isBroken),
        ...{ metrics, failures },
        holder: options.holder ?? 'a',
        everyMs: 10_000,
        clock,
        stop: stop.signal,
        emit: (event) => events.push(event),
      },
      { beatAt: 0, leads: new Set() },
    );
  } finally {
    readings[Symbol.dispose]();
    store[Symbol.dispose]();
  }
  return { events, sent, now, metricsBefore, names: events.map(({ event }) => event) };
}

/** What writes fails, as on a disk that is full. */
function failingIf<Part extends object>(part: Part, isBroken: () => boolean): Part {
  return new Proxy(part, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (isBroken() && ['take', 'keep', 'append', 'delivered', 'failed'].includes(String(key)))
          throw new Error('database or disk is full');
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

const kinds = (changes: readonly AlertChange[]) => changes.map(({ change, alert }) => `${change} ${alert.kind}`);

describe('sluice serve', () => {
  it('notifies once when a task fails, and once when it runs again', async () => {
    const { sent, events } = await run(6, {
      poll: (round, at) => snapshot([connectorSnapshot('orders', round >= 2 && round <= 3 ? FAILED : {})], { at }),
    });
    expect(kinds(sent)).toEqual(['firing task-failed', 'resolved task-failed']);
    expect(events.filter(({ event }) => event === 'notice')).toHaveLength(2);
  });

  it('says nothing of an hour in which nothing happens', async () => {
    const { names } = await run(360, { poll: (_, at) => snapshot([connectorSnapshot('orders')], { at }) });
    expect(names).toEqual(['leading', 'stopped']);
  });

  it('of a worker that is away: one alert after a minute, none of its connectors, and goes on', async () => {
    const error = { code: 'CONNECT_UNREACHABLE' as const, message: 'no answer' };
    const { sent, events } = await run(20, {
      poll: (round, at) =>
        snapshot([connectorSnapshot('orders', FAILED)], { at, error: round > 3 && round < 15 ? error : null }),
    });
    expect(kinds(sent)).toEqual(['firing task-failed', 'firing worker-away', 'resolved worker-away']);
    expect(events.filter(({ event }) => event === 'readable')).toHaveLength(2);
  });

  it('tries again what does not arrive, and loses nothing when it is killed meanwhile', async () => {
    const failing = { poll: (_: number, at: number) => snapshot([connectorSnapshot('orders', FAILED)], { at }) };
    const first = await run(3, {
      ...failing,
      deliver: () => {
        throw new NotDelivered('it answered 500', { retryable: true });
      },
    });
    expect(first.sent).toEqual([]);
    expect(
      first.events
        .filter((one) => one.event === 'notice')
        .every((one) => one.event === 'notice' && one.outcome === 'failed'),
    ).toBe(true);
    const second = await run(3, failing, { from: first.now + 60_000 });
    expect(kinds(second.sent)).toEqual(['firing task-failed']);
  });

  it('says nothing of the failed tasks of a connector in a maintenance window before that is over', async () => {
    using store = new Store(folder);
    const until = new Date(NOON + 60_000).toISOString();
    const window = { urls: [], kafkaClusterId: '', context: 'prod', who: 'ann@x', reason: 'upgrade', action: null };
    const orders = { name: 'orders', before: 'RUNNING' as const, failedTasks: [], action: null, sent: false };
    store.maintenance.begin({
      ...{ ...window, since: new Date(NOON).toISOString(), until },
      connectors: [{ ...orders, outcome: null, fingerprint: '' }],
    });
    const { sent } = await run(10, {
      poll: (_, at) => snapshot([connectorSnapshot('orders', FAILED)], { at }),
    });
    expect(kinds(sent)).toEqual(['firing task-failed', 'firing maintenance-overdue']);
    expect(sent.every(({ at }) => at > NOON + 60_000)).toBe(true);
  });

  it('stands by while another holds the lease, and follows it', async () => {
    const store = new Store(folder);
    store.leases.take('serve prod', 'other', NOON, 15_000);
    store[Symbol.dispose]();
    const { names, sent } = await run(2, {
      poll: (_, at) => snapshot([connectorSnapshot('orders', FAILED)], { at }),
    });
    expect(names.slice(0, 2)).toEqual(['standing by', 'leading']);
    expect(kinds(sent)).toEqual(['firing task-failed']);
  });

  it('acts on its contexts while a daemon of another project acts on others, and sends none of their notices', async () => {
    const store = new Store(folder);
    const lease = store.leases.take('serve other', 'other', NOON, 3_600_000) ?? expect.unreachable();
    const alert: Alert = {
      ...{ context: 'other', kind: 'lag', target: 'users', rule: 'lag', severity: 'warning', notify: ['ops'] },
      ...{
        status: 'firing',
        summary: 'behind',
        hint: null,
        since: NOON,
        firedAt: NOON,
        notified: true,
        givenUp: false,
      },
    };
    const changes: AlertChange[] = [{ change: 'firing', alert, at: NOON, reason: null }];
    store.alerts.keep('other', { alerts: [alert], changes }, { lease, receivers: ['ops'] });
    store[Symbol.dispose]();
    const { names, sent } = await run(4, {
      poll: (_, at) => snapshot([connectorSnapshot('orders', FAILED)], { at }),
    });
    expect(names[0]).toBe('leading');
    expect(kinds(sent)).toEqual(['firing task-failed']);
    using after = new Store(folder);
    expect(after.alerts.waiting()).toBe(1);
  });

  it('goes on when a poll breaks', async () => {
    const { names, sent } = await run(5, {
      poll: (round, at) =>
        round === 2
          ? new Error('a fault of its own')
          : snapshot([connectorSnapshot('orders', round > 2 ? FAILED : {})], { at }),
    });
    expect(names).toContain('failed');
    expect(kinds(sent)).toEqual(['firing task-failed']);
  });

  it('does not alert twice when it is restarted', async () => {
    const failing = { poll: (_: number, at: number) => snapshot([connectorSnapshot('orders', FAILED)], { at }) };
    const first = await run(3, failing);
    const second = await run(3, failing, { from: first.now + 1_000, holder: 'b' });
    expect([...kinds(first.sent), ...kinds(second.sent)]).toEqual(['firing task-failed']);
  });

  it('resolves nothing of what it cannot read: restarted while the worker is away, or a connector is not shown', async () => {
    const failing = { poll: (_: number, at: number) => snapshot([connectorSnapshot('orders', FAILED)], { at }) };
    const first = await run(3, failing);
    const error = { code: 'CONNECT_UNREACHABLE' as const, message: 'no answer' };
    const second = await run(3, { poll: (_, at) => snapshot([], { at, error }) }, { from: first.now });
    const third = await run(3, { poll: (_, at) => snapshot([], { at, unreadable: ['orders'] }) }, { from: second.now });
    expect([...second.sent, ...third.sent]).toEqual([]);
  });

  it.each([
    ['back', -2 * 3_600_000],
    ['forward', 2 * 3_600_000],
  ])('goes on when the clock jumps %s', async (_, by) => {
    const { sent, names } = await run(12, {
      poll: (round, at) => snapshot([connectorSnapshot('orders', round >= 5 && round <= 8 ? FAILED : {})], { at }),
      jump: (round) => (round === 3 ? by : 0),
    });
    expect(kinds(sent)).toEqual(['firing task-failed', 'resolved task-failed']);
    expect(names).not.toContain('failed');
  });

  it('goes on watching while its store is full, says so, and alerts once it is not', async () => {
    const rounds: number[] = [];
    const { sent, events, metricsBefore } = await run(10, {
      poll: (round, at) => {
        rounds.push(round);
        return snapshot([connectorSnapshot('orders', round >= 3 ? FAILED : {})], { at });
      },
      isWritable: (round) => round < 3 || round > 6,
    });
    expect(rounds).toHaveLength(10);
    expect(kinds(sent)).toEqual(['firing task-failed']);
    const failed = events.flatMap((one) => (one.event === 'failed' ? one.error.message : []));
    // Of the lease, of the history, and of what is delivered: once each, however long it lasts.
    expect(failed.length).toBeLessThanOrEqual(3);
    expect(new Set(failed)).toEqual(new Set(['the history cannot be written: database or disk is full']));
    const kept = (round: number) => metricsBefore[round - 1];
    expect(kept(3)).toContain('sluice_store_kept{context="prod",store="history"} 1');
    expect(kept(5)).toContain('sluice_store_kept{context="prod",store="history"} 0');
    expect(kept(5)).toContain('sluice_store_kept{context="prod",store="readings"} 0');
    expect(kept(9)).toContain('sluice_store_kept{context="prod",store="readings"} 1');
    expect(kept(9)).toMatch(/sluice_failures_total\{code="FILE_UNWRITABLE"\} (?:[5-9]|\d\d)/);
  });

  it('tells a receiver that does not answer for a while in the end', async () => {
    let attempts = 0;
    const { sent } = await run(200, {
      poll: (_, at) => snapshot([connectorSnapshot('orders', FAILED)], { at }),
      deliver: () => {
        attempts += 1;
        if (attempts < 5) throw new NotDelivered('it did not answer (timeout)', { retryable: true, away: true });
      },
    });
    expect(kinds(sent).slice(0, 1)).toEqual(['firing task-failed']);
    expect(attempts).toBeGreaterThanOrEqual(5);
  });
});
