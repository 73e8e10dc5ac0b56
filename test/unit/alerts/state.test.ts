import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../../../src/alerts/rules.ts';
import { ruleFor } from '../../../src/alerts/rules.ts';
import { nextAlerts, type Verdict } from '../../../src/alerts/state.ts';
import type { Alert, AlertChange } from '../../../src/store/alerts.ts';

const MINUTE = 60_000;

function ruleOf(over: Partial<AlertRule> = {}): AlertRule {
  return {
    name: 'lag',
    kind: 'lag',
    scope: '*',
    limit: 5 * MINUTE,
    forMs: 0,
    severity: 'warning',
    enabled: true,
    notify: [],
    ...over,
  };
}

function verdict(active: Verdict['active'], over: Partial<Verdict> = {}): Verdict {
  return { kind: 'lag', target: 'orders', rule: ruleOf(), active, summary: 'behind', hint: null, ...over };
}

/** Runs verdicts in order, a minute apart, and collects what receivers hear. */
function run(steps: readonly (readonly Verdict[])[], isMuted: (minute: number) => boolean = () => false) {
  let alerts: Alert[] = [];
  const changes: AlertChange[] = [];
  for (const [minute, verdicts] of steps.entries()) {
    const step = nextAlerts(alerts, verdicts, {
      context: 'prod',
      now: minute * MINUTE,
      isMuted: () => isMuted(minute),
      isUnread: () => false,
    });
    alerts = step.alerts;
    changes.push(...step.changes);
  }
  return { alerts, said: changes.map(({ change, at }) => `${change} ${at / MINUTE}`), changes };
}

describe('nextAlerts', () => {
  it('fires once, and is resolved once', () => {
    const steps = [false, true, true, true, false, false].map((active) => [verdict(active)]);
    expect(run(steps).said).toEqual(['firing 1', 'resolved 4']);
  });

  it('waits for the time of the rule, from when it first held', () => {
    const rule = ruleOf({ forMs: 2 * MINUTE });
    const steps = [true, true, false, true, true, true, true].map((active) => [verdict(active, { rule })]);
    expect(run(steps).said).toEqual(['firing 5']);
  });

  it('stays as it is while nothing can be read, and its time goes on', () => {
    const rule = ruleOf({ forMs: 2 * MINUTE });
    const steps = ([true, 'unknown', true, 'unknown', 'unknown', false] as const).map((active) => [
      verdict(active, { rule }),
    ]);
    expect(run(steps).said).toEqual(['firing 2', 'resolved 5']);
    expect(run([[verdict('unknown')]]).alerts).toEqual([]);
  });

  it('while muted it says nothing, neither of its beginning nor of its end', () => {
    const steps = [true, true, false].map((active) => [verdict(active)]);
    expect(run(steps, () => true).said).toEqual([]);
  });

  it('that still holds when it is no longer muted says so then', () => {
    const steps = [true, true, true, false].map((active) => [verdict(active)]);
    expect(run(steps, (minute) => minute < 2).said).toEqual(['firing 2', 'resolved 3']);
  });

  it('whose beginning was heard is resolved aloud, muted or not', () => {
    const steps = [true, false].map((active) => [verdict(active)]);
    expect(run(steps, (minute) => minute > 0).said).toEqual(['firing 0', 'resolved 1']);
  });

  it('that was heard while it was restarted is heard once more when nothing restarts it any more', () => {
    const restarted = [verdict(true)];
    const givenUp = [verdict(true, { givenUp: true, summary: 'not restarted any more' })];
    const { said, changes } = run([restarted, givenUp, givenUp, restarted, givenUp, [verdict(false)]]);
    expect(said).toEqual(['firing 0', 'firing 1', 'resolved 5']);
    expect(changes[1]).toMatchObject({ alert: { summary: 'not restarted any more' } });
    // Heard at once, or when it is no longer muted.
    expect(run([givenUp, givenUp]).said).toEqual(['firing 0']);
    expect(run([restarted, givenUp, givenUp], (minute) => minute === 1).said).toEqual(['firing 0', 'firing 2']);
  });

  it('is resolved when its rule is switched off, or its target is gone', () => {
    const off = run([[verdict(true)], [verdict(true, { rule: undefined })]]);
    expect(off.changes.at(-1)).toMatchObject({ change: 'resolved', reason: 'its rule was switched off' });
    const gone = run([[verdict(true)], []]);
    expect(gone.changes.at(-1)).toMatchObject({ change: 'resolved', reason: 'orders does not exist any more' });
    expect(gone.alerts).toEqual([]);
  });

  it('of a moment fires again for a later one, and once for each, even if its clock is ahead', () => {
    const at = (minute: number) => [verdict(true, { since: minute * MINUTE })];
    const { said, changes } = run([at(0), at(0), at(2), at(2), at(99), at(99), [verdict(false)]]);
    expect(said).toEqual(['firing 0', 'resolved 2', 'firing 2', 'resolved 4', 'firing 4', 'resolved 6']);
    expect(changes[1]).toMatchObject({ reason: 'another one followed' });
  });

  it('does not end because its target could not be read', () => {
    const around = { context: 'prod', now: MINUTE, isMuted: () => false };
    const { alerts } = run([[verdict(true), verdict(true, { target: 'stock' })]]);
    const step = nextAlerts(alerts, [], { ...around, isUnread: ({ target }) => target === 'orders' });
    expect(step.alerts).toEqual([expect.objectContaining({ target: 'orders', status: 'firing' })]);
    expect(step.changes).toMatchObject([{ change: 'resolved', alert: { target: 'stock' } }]);
  });

  it('takes its text and severity from the latest reading', () => {
    const later = verdict(true, { summary: 'further behind', rule: ruleOf({ severity: 'critical' }) });
    expect(run([[verdict(true)], [later]]).alerts).toMatchObject([{ summary: 'further behind', severity: 'critical' }]);
  });

  it('is not held up by a clock that is set back', () => {
    const rule = ruleOf({ forMs: MINUTE });
    const first = nextAlerts([], [verdict(true, { rule })], {
      context: 'p',
      now: 1e12,
      isMuted: () => false,
      isUnread: () => false,
    });
    const second = nextAlerts(first.alerts, [verdict(true, { rule })], {
      context: 'p',
      now: 5,
      isMuted: () => false,
      isUnread: () => false,
    });
    const third = nextAlerts(second.alerts, [verdict(true, { rule })], {
      context: 'p',
      now: 5 + MINUTE,
      isMuted: () => false,
      isUnread: () => false,
    });
    expect(third.changes).toMatchObject([{ change: 'firing' }]);
  });

  it('law: of each target, beginnings and ends alternate, and a beginning that is heard has an end if it ends', () => {
    const steps = fc.array(
      fc.array(
        fc.record({
          target: fc.constantFrom('a', 'b', 'c'),
          active: fc.constantFrom(true, false, 'unknown' as const),
          off: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 0, max: 4 }),
        (all, muted, minutes) => {
          const rule = ruleOf({ forMs: minutes * MINUTE });
          const { changes, alerts } = run(
            all.map((step) => [
              ...new Map(
                step.map(({ target, active, off }) => [
                  target,
                  verdict(active, { target, rule: off ? undefined : rule }),
                ]),
              ).values(),
            ]),
            (minute) => muted[minute] ?? false,
          );
          for (const target of ['a', 'b', 'c']) {
            const said = changes.filter(({ alert }) => alert.target === target).map(({ change }) => change);
            expect(said).toEqual(said.map((_, index) => (index % 2 === 0 ? 'firing' : 'resolved')));
            const isOpen = alerts.some((alert) => alert.target === target && alert.notified);
            expect(said.length % 2 === 1).toBe(isOpen);
          }
        },
      ),
      { numRuns: 300, seed: 17 },
    );
  });
});

describe('ruleFor', () => {
  const rules = [
    ruleOf({ name: 'all', scope: '*' }),
    ruleOf({ name: 'orders', scope: 'orders-*' }),
    ruleOf({ name: 'eu', scope: 'orders-eu-*' }),
    ruleOf({ name: 'one', scope: 'orders-eu-sink', enabled: false }),
    ruleOf({ name: 'failed', kind: 'task-failed', scope: 'orders-eu-source' }),
    ruleOf({ name: 'again', scope: 'orders-*' }),
  ];

  it.each([
    ['users-sink', 'all'],
    ['orders-us-sink', 'again'],
    ['orders-eu-source', 'eu'],
    ['orders-eu-sink', undefined],
  ])('of %s is %s', (target, wanted) => expect(ruleFor(rules, 'lag', target)?.name).toBe(wanted));

  it('is not one of another kind', () => {
    expect(ruleFor(rules, 'task-failed', 'orders-eu-source')?.name).toBe('failed');
    expect(ruleFor(rules, 'task-failed', 'users')).toBeUndefined();
  });

  it('takes a name with a star as it stands, before any pattern', () => {
    const odd = [ruleOf({ name: 'name', scope: 'a*' }), ruleOf({ name: 'longer', scope: 'a**' })];
    expect(ruleFor(odd, 'lag', 'a*')?.name).toBe('name');
  });
});
