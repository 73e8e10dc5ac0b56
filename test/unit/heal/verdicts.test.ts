import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import { nextAlerts, type Verdict } from '../../../src/alerts/state.ts';
import { type Healing, withHealing } from '../../../src/heal/verdicts.ts';
import type { Alert, AlertKind } from '../../../src/store/alerts.ts';

const NOON = Date.UTC(2026, 0, 10, 12);

function verdict(active: Verdict['active'], kind: AlertKind = 'task-failed', forMs = 0): Verdict {
  const rule = DEFAULT_RULES.find((one) => one.kind === kind);
  return {
    ...{ kind, target: 'orders', rule: rule && { ...rule, forMs }, active },
    ...{ summary: 'Task 0 of 1 has FAILED: E: no', hint: null },
  };
}
const healing = (given: Partial<Healing> = {}): Healing => ({
  ...{ stage: 'trying', kind: 'transient', restarts: 0, nextAt: null, why: null, left: null },
  ...given,
});
const of = (active: Verdict['active'], given: Partial<Healing>, kind?: AlertKind) =>
  withHealing([verdict(active, kind)], new Map([['orders', healing(given)]]))[0];

describe('an alert of what is being healed', () => {
  it.each([
    ['is as its rule says, for a transient cause', true, {}, true],
    ['is not resolved while a restart is tried', false, {}, 'unknown'],
    ['is not resolved before it has run for long enough', false, { stage: 'watching' }, 'unknown'],
    ['is not made while an unknown cause is tried', true, { kind: 'unknown' }, 'unknown'],
    ['is made when that was given up', true, { kind: 'unknown', stage: 'given up', why: 'restarts' }, true],
    ['is as its rule says while somebody else acts on it', true, { kind: 'unknown', left: 'ann deploys' }, true],
    ['is resolved if a person has helped', false, { stage: 'given up', why: 'permanent', kind: 'permanent' }, false],
  ] as const)('%s', (_what, active, given, wanted) => expect(of(active, given)?.active).toBe(wanted));

  it('of a downtime holds also while an unknown cause is tried', () => {
    expect(of(true, { kind: 'unknown' }, 'downtime')?.active).toBe(true);
    expect(of(false, {}, 'downtime')?.active).toBe('unknown');
  });

  it('of another kind, or connector, stays as it is', () => {
    expect(of(false, {}, 'lag')?.active).toBe(false);
    expect(withHealing([verdict(false)], new Map([['other', healing()]]))[0]?.active).toBe(false);
  });

  it.each([
    [{}, 'Task 0 of 1 has FAILED: E: no. It is restarted.'],
    [
      { restarts: 2, nextAt: NOON },
      'Task 0 of 1 has FAILED: E: no. It was restarted 2 times; the next restart is not before 2026-01-10T12:00:00Z.',
    ],
    [
      { stage: 'given up', why: 'permanent' },
      'Task 0 of 1 has FAILED: E: no. It is not restarted: it would fail again.',
    ],
    [
      { stage: 'given up', why: 'restarts', restarts: 1 },
      'Task 0 of 1 has FAILED: E: no. It has failed again after a restart, and is not restarted any more.',
    ],
  ] as const)('says what is done: %j', (given, summary) => expect(of(true, given)?.summary).toBe(summary));

  /** What receivers hear of a connector, reading by reading, a minute apart. */
  function heard(forMs: number, readings: readonly (readonly [boolean, Partial<Healing> | undefined])[]) {
    let alerts: Alert[] = [];
    return readings.flatMap(([active, given], minute) => {
      const map = new Map(given === undefined ? [] : [['orders', healing(given)] as const]);
      const step = nextAlerts(alerts, withHealing([verdict(active, 'task-failed', forMs)], map), {
        ...{ context: 'prod', now: NOON + minute * 60_000, isMuted: () => false, isUnread: () => false },
      });
      alerts = step.alerts;
      return step.changes.map(({ change }) => `${change} ${minute}`);
    });
  }

  it('is one, and is resolved once, though its task runs for a moment after each restart', () => {
    const readings = [
      [true, {}],
      [false, { restarts: 1, stage: 'watching' }],
      [true, { restarts: 1 }],
      [false, { restarts: 2, stage: 'watching' }],
      [false, undefined],
    ] as const;
    expect(heard(0, readings)).toEqual(['firing 0', 'resolved 4']);
    // A rule that waits counts from the first failure on.
    expect(heard(2 * 60_000, readings)).toEqual(['firing 2', 'resolved 4']);
  });

  it('does not wait for a cause that stays', () => {
    expect(heard(3_600_000, [[true, { stage: 'given up', kind: 'permanent', why: 'permanent' }]])).toEqual([
      'firing 0',
    ]);
  });

  it('of an unknown cause comes when it was given up, and not at all if a restart has helped', () => {
    const tried = { kind: 'unknown', restarts: 1 } as const;
    expect(
      heard(0, [
        [true, { kind: 'unknown' }],
        [true, tried],
        [true, { ...tried, stage: 'given up', why: 'restarts' }],
      ]),
    ).toEqual(['firing 2']);
    expect(
      heard(0, [
        [true, { kind: 'unknown' }],
        [false, { ...tried, stage: 'watching' }],
        [false, undefined],
      ]),
    ).toEqual([]);
  });
});
