import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import type { AlertRule } from '../../../src/alerts/rules.ts';
import { Rates } from '../../../src/serve/rates.ts';
import type { ConnectorSnapshot, Snapshot } from '../../../src/serve/snapshot.ts';
import { verdictsOf } from '../../../src/serve/verdicts.ts';
import type { AlertKind } from '../../../src/store/alerts.ts';
import { connectorSnapshot, NOON, snapshot } from '../../helpers/snapshot.ts';

const MINUTE = 60_000;
const away = { code: 'CONNECT_UNREACHABLE' as const, message: 'no answer from http://h:8083', hint: 'check it' };

function verdict(kind: AlertKind, over: Partial<ConnectorSnapshot>, rules: readonly AlertRule[] = DEFAULT_RULES) {
  const found = verdictsOf(snapshot([connectorSnapshot('orders', over)]), rules).find(
    (one) => one.kind === kind && one.target === 'orders',
  );
  return [found?.active, found?.summary];
}

const task = (id: number, state: string, cause: string | null = null) => ({
  id,
  state,
  worker: 'w',
  cause,
  trace: null,
});
const ago = (ms: number) => new Date(NOON - ms).toISOString();

describe('verdictsOf', () => {
  it.each([
    ['connector-failed', { state: 'FAILED', cause: 'E: no' }, true, 'The connector has FAILED: E: no'],
    ['connector-failed', {}, false, undefined],
    ['connector-failed', { state: null }, 'unknown', undefined],
    [
      'task-failed',
      { taskList: [task(0, 'RUNNING'), task(1, 'FAILED', 'E: no')] },
      true,
      'Task 1 of 2 has FAILED: E: no',
    ],
    [
      'task-failed',
      { taskList: [task(0, 'FAILED', 'E'), task(1, 'FAILED', 'E')] },
      true,
      'Tasks 0, 1 of 2 have FAILED: E',
    ],
    ['task-failed', { taskList: [task(0, 'RUNNING')] }, false, undefined],
    ['downtime', { health: 'failed', since: ago(11 * MINUTE), reasons: ['broken'] }, true, 'Down for 11m: broken'],
    ['downtime', { health: 'failed', since: ago(9 * MINUTE) }, false, undefined],
    ['downtime', { health: 'failed', since: null }, false, undefined],
    ['downtime', { health: 'paused', since: ago(99 * MINUTE) }, false, undefined],
    ['downtime', { health: 'unknown' }, 'unknown', undefined],
    ['lag', { lagMs: 6 * MINUTE }, true, '6m behind (limit: 5m)'],
    ['lag', { lagMs: 5 * MINUTE }, false, undefined],
    ['lag', { lagMs: null }, 'unknown', undefined],
    ['lag', { lagMs: 6 * MINUTE, health: 'paused' }, false, 'It is paused.'],
    [
      'stalled',
      { health: 'degraded', stalled: true, reasons: ['stalled: 5 records wait'] },
      true,
      'stalled: 5 records wait',
    ],
    ['stalled', { health: 'unknown' }, 'unknown', undefined],
    ['stalled', {}, false, undefined],
    ['error-rate', { errorsPerMinute: 10.4 }, true, '10.4 errors a minute (limit: 10 errors)'],
    ['error-rate', { errorsPerMinute: null }, 'unknown', undefined],
    ['dead-letters', { deadLetters: { queue: 'dlq', depth: 1 } }, true, '1 dead letter in dlq'],
    [
      'dead-letters',
      { deadLetters: { queue: 'dlq', depth: 12 }, deadLettersPerMinute: 2 },
      true,
      '12 dead letters in dlq, 2 more a minute',
    ],
    ['dead-letters', { deadLetters: { queue: 'dlq', depth: 0 } }, false, undefined],
    ['dead-letters', { deadLetters: { queue: 'dlq', depth: null } }, 'unknown', undefined],
    ['dead-letters', { deadLetters: null }, false, undefined],
  ] as [AlertKind, Partial<ConnectorSnapshot>, boolean | 'unknown', string | undefined][])(
    '%s of %j: %s',
    (kind, over, active, summary) => {
      const [is, text] = verdict(kind, over);
      expect(is).toBe(active);
      if (summary !== undefined) expect(text).toBe(summary);
    },
  );

  it('of a worker that is away: one alert of its own, and nothing is known of its connectors', () => {
    const broken = connectorSnapshot('orders', { state: 'FAILED', taskList: [task(0, 'FAILED')], lagMs: 9e9 });
    const verdicts = verdictsOf(snapshot([broken, connectorSnapshot('users')], { error: away }), DEFAULT_RULES);
    expect(verdicts.filter(({ active }) => active === true)).toMatchObject([
      { kind: 'worker-away', target: 'prod', summary: 'no answer from http://h:8083' },
    ]);
    expect(new Set(verdicts.filter(({ kind }) => kind !== 'worker-away').map(({ active }) => active))).toEqual(
      new Set(['unknown']),
    );
  });

  it('says that Kafka is away, and that it is not, and nothing while the worker is', () => {
    const kafka = {
      code: 'KAFKA_UNREACHABLE' as const,
      message: 'Kafka at k:9092 is not reachable',
      hint: 'Check it.',
    };
    const of = (given: Partial<Snapshot>) =>
      verdictsOf(snapshot([], given), DEFAULT_RULES).find(({ kind }) => kind === 'kafka-away');
    expect(of({})).toMatchObject({ active: false });
    expect(of({ failures: [kafka] })).toMatchObject({
      active: true,
      target: 'prod',
      summary: 'Kafka at k:9092 is not reachable. Meanwhile nobody knows how far sinks are behind',
      hint: 'Check it.',
    });
    expect(of({ error: { code: 'CONNECT_UNREACHABLE', message: 'no answer' } })).toMatchObject({ active: 'unknown' });
    // Of one topic that may not be read nobody says that Kafka is away.
    expect(of({ failures: [{ ...kafka, code: 'KAFKA_UNAUTHORIZED' }] })).toMatchObject({ active: false });
  });

  it('takes the limit of the rule that counts, and has none where it is off', () => {
    const own = { ...(DEFAULT_RULES.find(({ kind }) => kind === 'lag') as AlertRule), scope: 'orders', limit: MINUTE };
    expect(verdict('lag', { lagMs: 2 * MINUTE }, [...DEFAULT_RULES, own])[0]).toBe(true);
    const off = { ...own, enabled: false };
    const found = verdictsOf(snapshot([connectorSnapshot('orders')]), [...DEFAULT_RULES, off]).find(
      ({ kind }) => kind === 'lag',
    );
    expect(found?.rule).toBeUndefined();
  });

  it('names the next command, quoted', () => {
    const found = verdictsOf(
      snapshot([connectorSnapshot("a b'c", { deadLetters: { queue: 'q', depth: 1 } })]),
      DEFAULT_RULES,
    );
    expect(found.find(({ kind }) => kind === 'dead-letters')?.hint).toBe(`See: sluice dlq show 'a b'\\''c'`);
  });
});

describe('Rates', () => {
  const of = (...values: number[]) => new Map(values.map((value, index) => [`task ${index}`, value]));

  it('are what was added a second; unknown at first, after a restart of the counter, and after a gap', () => {
    const rates = new Rates();
    const values = [100, 150, 150, 20, 30, null, 40, 50];
    expect(
      values.map((value, index) => rates.perSecond('k', value === null ? null : of(value), index * 10_000)),
    ).toEqual([null, 5, 0, null, 1, null, null, 1]);
  });

  it('are unknown when the clock stands or goes back', () => {
    const rates = new Rates();
    rates.perSecond('k', of(1), 1000);
    expect(rates.perSecond('k', of(2), 1000)).toBeNull();
    expect(rates.perSecond('k', of(3), 500)).toBeNull();
    expect(rates.perSecond('k', of(4), 1500)).toBe(1);
  });

  it('forget what is no longer there', () => {
    const rates = new Rates();
    rates.perSecond('gone', of(1), 0);
    rates.keepOnly(() => false);
    expect(rates.perSecond('gone', of(2), 1000)).toBeNull();
  });

  it('are unknown if one part began again, though the sum has grown', () => {
    const rates = new Rates();
    rates.perSecond('k', of(100, 50), 0);
    expect(rates.perSecond('k', of(3, 500), 1000)).toBeNull();
    expect(rates.perSecond('k', of(4, 501), 2000)).toBe(2);
  });

  it('leave out a part that has gone, and are unknown when one comes, whose past is not known', () => {
    const rates = new Rates();
    rates.perSecond('k', of(100, 50), 0);
    expect(rates.perSecond('k', of(110), 1000)).toBe(10);
    expect(rates.perSecond('k', of(120, 1_000), 2000)).toBeNull();
    expect(rates.perSecond('k', of(130, 1_005), 3000)).toBe(15);
  });

  it('of a minute are what was added in it, not what it would be if all went on like this', () => {
    const rates = new Rates();
    const counts = [0, 1, 1, 3, 3, 3, 3, 3, 4];
    // Every 15 seconds.
    expect(counts.map((value, index) => rates.perMinute('k', of(value), index * 15_000))).toEqual([
      ...[null, 1, 1, 3, 3, 2, 2, 0, 1],
    ]);
    rates.perMinute('seldom', of(0), 0);
    expect(rates.perMinute('seldom', of(50), 300_000)).toBe(10);
    expect(rates.perMinute('k', null, 150_000)).toBeNull();
    rates.perMinute('k', of(9), 165_000);
    expect(rates.perMinute('k', of(9), 180_000)).toBe(0);
  });
});
