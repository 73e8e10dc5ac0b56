import { describe, expect, it } from 'vitest';
import { type Act, dueNow, outcomeOf } from '../../../src/heal/acts.ts';

const ACT: Act = {
  ...{ attempt: 1, change: 1, at: 0, cause: 'unreachable', sending: false, traces: 'old', moved: false },
  ...{ runningSince: null, configMark: null },
};
const RUNS = { failed: false, running: true, handsOff: false, traces: '' };
const STARTS = { ...RUNS, running: false };
const FAILED = { ...RUNS, failed: true, running: false, traces: 'old' };

/** The outcome of the last of several looks, by second. */
function after(...looks: (readonly [second: number, seen: typeof RUNS])[]) {
  let act = ACT;
  let outcome = 'pending';
  for (const [second, seen] of looks) {
    expect(outcome).toBe('pending');
    ({ outcome, act } = outcomeOf(act, seen, { now: second * 1000, confirmMs: 30_000 }));
  }
  return outcome;
}

describe('what came of a restart', () => {
  it.each([
    ['the failure from before is still reported', 'pending', [[1, FAILED]]],
    ['it is still reported after a while', 'failed again', [[5, FAILED]]],
    ['another failure', 'failed again', [[1, { ...FAILED, traces: 'new' }]]],
    [
      'the same failure after something else',
      'failed again',
      [
        [1, STARTS],
        [2, FAILED],
      ],
    ],
    [
      'it runs, for too short a time',
      'pending',
      [
        [1, RUNS],
        [30, RUNS],
      ],
    ],
    [
      'it runs',
      'runs again',
      [
        [1, FAILED],
        [2, RUNS],
        [32, RUNS],
      ],
    ],
    [
      'it does not run all the time',
      'pending',
      [
        [1, RUNS],
        [20, STARTS],
        [40, RUNS],
      ],
    ],
    [
      'it runs and fails',
      'failed again',
      [
        [1, RUNS],
        [12, FAILED],
      ],
    ],
    ['it was stopped', 'not known', [[9, { ...STARTS, handsOff: true }]]],
  ] as const)('%s: %s', (_what, outcome, looks) => expect(after(...looks)).toBe(outcome));

  it('is not known while the request is being sent', () => {
    const { outcome } = outcomeOf({ ...ACT, sending: true }, FAILED, { now: 60_000, confirmMs: 1 });
    expect(outcome).toBe('pending');
  });
});

describe('of several that are due', () => {
  const due = (name: string, cause: string | null = 'unreachable', lastAt: number | null = null) => ({
    name,
    cause,
    lastAt,
  });
  const now = 100_000;
  const chosen = (...given: Parameters<typeof dueNow>) => [...dueNow(...given)];

  it('those of one cause begin with one: the one that has waited the longest', () => {
    const those = [due('a', 'unreachable', 50_000), due('b', 'unreachable', 20_000), due('c', 'deadlock'), due('d')];
    expect(chosen(those.slice(0, 3), [], new Map(), now)).toEqual(['b', 'c']);
    expect(chosen(those, [], new Map(), now)).toEqual(['d', 'c']);
  });

  it('those of unknown causes have nothing in common', () => {
    expect(chosen([due('a', null), due('b', null)], [], new Map(), now)).toEqual(['a', 'b']);
  });

  it('the others wait for the first, and follow when it runs, or does not for too long', () => {
    const those = [due('b'), due('c')];
    const act = { ...ACT, at: now - 6_000 };
    expect(chosen(those, [act], new Map(), now)).toEqual([]);
    expect(chosen(those, [{ ...act, runningSince: now }], new Map([['unreachable', now]]), now)).toEqual(['b', 'c']);
    expect(chosen(those, [{ ...act, at: now - 10_000 }], new Map(), now)).toEqual(['b']);
  });

  it('that one ran once does not count for ever', () => {
    expect(chosen([due('b'), due('c')], [], new Map([['unreachable', 0]]), now)).toEqual(['b']);
  });
});
