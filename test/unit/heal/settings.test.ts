import { expect, it } from 'vitest';
import { HEAL_DEFAULTS, healPlan } from '../../../src/heal/settings.ts';

it('is off unless it is named', () => {
  expect(healPlan(undefined)).toBeUndefined();
  expect(healPlan(false)).toBeUndefined();
  expect(healPlan(true)?.('orders')).toEqual(HEAL_DEFAULTS);
  expect(healPlan({})?.('orders')).toEqual(HEAL_DEFAULTS);
});

it('has settings by connector: the most specific ones count, over the general ones', () => {
  const plan = healPlan({
    base: '1s',
    connectors: [
      { match: 'orders-sink', enabled: true, restarts: 5 },
      { match: 'orders-*', enabled: false },
      { match: 'o*', longest: '1h' },
    ],
  });
  expect(plan?.('orders-sink')).toEqual({ ...HEAL_DEFAULTS, baseMs: 1000, restarts: 5 });
  expect(plan?.('orders-archive')).toMatchObject({ enabled: false, baseMs: 1000 });
  expect(plan?.('other')).toMatchObject({ enabled: true, longestMs: 3_600_000 });
  expect(plan?.('users')).toEqual({ ...HEAL_DEFAULTS, baseMs: 1000 });
});

it('can be for some connectors only', () => {
  const plan = healPlan({ enabled: false, connectors: [{ match: 'orders-*', enabled: true }] });
  expect(plan?.('orders-sink').enabled).toBe(true);
  expect(plan?.('users-sink').enabled).toBe(false);
});

it.each([
  [{ base: '1 minute' }, /serve\.heal\.base: "1 minute" is not a duration/],
  [{ base: '0s' }, /serve\.heal\.base/],
  [{ connectors: [{ match: 'a', stable: 'x' }] }, /serve\.heal\.connectors\[0\]\.stable/],
  [{ confirm: '20m' }, /stable is shorter than confirm/],
  [{ connectors: [{ match: '' }] }, 'serve.heal.connectors[0].match: it is empty'],
])('refuses %j', (heal, message) => expect(() => healPlan(heal)).toThrow(message));
