import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/errors/error.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import type { ReconcileReport } from '../../../../src/reconcile/report.ts';
import type { ScheduleEvent } from '../../../../src/reconcile/schedule/events.ts';
import { runSchedule } from '../../../../src/reconcile/schedule/loop.ts';
import { planSchedule } from '../../../../src/reconcile/schedule/plan.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');

/** Time that stands still until it is moved on. */
class HandClock implements Clock {
  #now = START;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** As a machine that was asleep until then: what was due wakes up late, all at once. */
  async sleepUntil(seconds: number): Promise<void> {
    await settled();
    this.#now = START + seconds * 1000;
    const sleepers = this.#sleepers.splice(0);
    for (const { wake } of sleepers) wake();
    await settled();
  }

  /** Whatever was due by then has happened when it resolves. */
  async to(seconds: number): Promise<void> {
    await settled();
    const end = START + seconds * 1000;
    while (this.#now < end) {
      this.#now = Math.min(end, ...this.#sleepers.map(({ at }) => at).filter((at) => at > this.#now));
      const due = this.#sleepers.filter(({ at }) => at <= this.#now);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
      for (const { wake } of due) wake();
      await settled();
    }
    await settled();
  }
}

/** Promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const REPORT = {
  verdict: 'equal',
  tables: [
    {
      source: 'a',
      target: 'a',
      verdict: 'equal',
      rows: { source: 1, target: 1 },
      missing: 0,
      extra: 0,
      different: 0,
      oneSided: [],
      uncompared: [],
    },
  ],
} as unknown as ReconcileReport;

interface Bed {
  clock: HandClock;
  events: ScheduleEvent[];
  stop: AbortController;
  done: Promise<void>;
  told: () => string[];
}

function begin(
  schedules: Record<string, string>,
  compare: (pair: string, signal: AbortSignal, clock: Clock) => Promise<ReconcileReport>,
  { parallel = 1, graceMs = 5000 } = {},
): Bed {
  const clock = new HandClock();
  const events: ScheduleEvent[] = [];
  const stop = new AbortController();
  const pairs = planSchedule(
    Object.fromEntries(Object.entries(schedules).map(([name, schedule]) => [name, { schedule }])),
    [],
  );
  const done = runSchedule({
    pairs,
    compare: (pair, signal) => compare(pair, signal, clock),
    onEvent: (event) => events.push(event),
    clock,
    stop: stop.signal,
    graceMs,
    parallel,
  });
  const told = () =>
    events
      .filter(({ event }) => event !== 'scheduled')
      .map((one) => [(Date.parse(one.at) - START) / 1000, one.event, 'pair' in one ? one.pair : ''].join(' ').trim());
  return { clock, events, stop, done, told };
}

const takes = (ms: number) => async (_pair: string, signal: AbortSignal, clock: Clock) => {
  await clock.sleep(ms, signal);
  return REPORT;
};

describe('a schedule', () => {
  it('compares each pair when its time comes', async () => {
    const { clock, told, stop, done } = begin({ a: '*/20 * * * * *', b: '50 * * * * *' }, takes(1000));
    await clock.to(62);
    stop.abort();
    await done;
    expect(told()).toEqual([
      '20 started a',
      '21 finished a',
      '40 started a',
      '41 finished a',
      '50 started b',
      '51 finished b',
      '60 started a',
      '61 finished a',
      '62 stopped',
    ]);
  });

  it('skips a pair whose run before goes on, or waits for its turn', async () => {
    const { clock, told, stop, done } = begin({ a: '*/10 * * * * *' }, takes(25_000));
    await clock.to(46);
    stop.abort();
    await clock.to(60);
    await done;
    expect(told()).toEqual([
      '10 started a',
      '20 skipped a',
      '30 skipped a',
      '35 finished a',
      '40 started a',
      '46 stopping',
      '51 aborted a',
      '51 stopped',
    ]);
  });

  it('compares no more side by side than it may', async () => {
    let most = 0;
    let now = 0;
    const bed = begin(
      { a: '10 * * * * *', b: '10 * * * * *', c: '10 * * * * *' },
      async (pair, signal, clock) => {
        now += 1;
        most = Math.max(most, now);
        const report = await takes(5000)(pair, signal, clock);
        now -= 1;
        return report;
      },
      { parallel: 2 },
    );
    await bed.clock.to(30);
    bed.stop.abort();
    await bed.done;
    expect(most).toBe(2);
    expect(bed.told()).toEqual([
      '10 started a',
      '10 started b',
      '15 finished a',
      '15 finished b',
      '15 started c',
      '20 finished c',
      '30 stopped',
    ]);
  });

  it('stopped: what runs may end within the grace, what waits is not begun', async () => {
    const { clock, told, stop, done, events } = begin({ a: '10 * * * * *', b: '10 * * * * *' }, takes(8000));
    await clock.to(12);
    stop.abort();
    await clock.to(30);
    await done;
    expect(told()).toEqual(['10 started a', '12 stopping', '17 aborted a', '17 stopped']);
    expect(events.find(({ event }) => event === 'stopping')).toMatchObject({ running: ['a', 'b'], graceMs: 5000 });
  });

  it('stopped: a run that ends within the grace keeps its verdict', async () => {
    const { clock, told, stop, done } = begin({ a: '10 * * * * *' }, takes(4000));
    await clock.to(12);
    stop.abort();
    await clock.to(15);
    await done;
    expect(told()).toEqual(['10 started a', '12 stopping', '14 finished a', '14 stopped']);
  });

  it('a failed run is reported, and the next one still starts', async () => {
    const { clock, events, stop, done } = begin({ a: '*/10 * * * * *' }, async () => {
      throw new SluiceError('DATABASE_UNREACHABLE', 'gone', { hint: 'look' });
    });
    await clock.to(25);
    stop.abort();
    await done;
    const failed = events.filter(({ event }) => event === 'failed');
    expect(failed).toHaveLength(2);
    expect(failed[0]).toMatchObject({ pair: 'a', exitCode: 12, error: { code: 'DATABASE_UNREACHABLE', hint: 'look' } });
  });

  it('times that passed while the machine slept are not made up for', async () => {
    const { clock, told, stop, done } = begin({ a: '*/10 * * * * *' }, takes(1000));
    await clock.sleepUntil(95);
    await clock.to(102);
    stop.abort();
    await done;
    expect(told()).toEqual(['95 started a', '96 finished a', '100 started a', '101 finished a', '102 stopped']);
  });
});
