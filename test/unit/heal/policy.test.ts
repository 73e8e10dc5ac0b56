import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, delayAfter, type HealReading, sentState, UNTOUCHED, unsentState } from '../../../src/heal/policy.ts';
import { HEAL_DEFAULTS, type HealSettings } from '../../../src/heal/settings.ts';
import type { CauseKind } from '../../../src/monitor/known-causes.ts';
import type { HealState } from '../../../src/store/heal.ts';

const MINUTE = 60_000;
const ON: HealSettings = { ...HEAL_DEFAULTS, jitter: 0 };
const RUNS: HealReading = { failed: false, kind: 'unknown', running: true };
const failed = (kind: CauseKind): HealReading => ({ failed: true, kind, running: false });
const at = (minute: number, today = 0) => ({ now: minute * MINUTE, today: () => today });

/** What is done, minute by minute, for a connector that fails again at once. */
function acts(reading: HealReading, settings: HealSettings, minutes: number): string[] {
  let state = UNTOUCHED;
  const done: string[] = [];
  for (let minute = 0; minute <= minutes; minute += 1) {
    const step = decide(state, reading, settings, at(minute, done.length));
    state = step.state;
    if (step.decision.act === 'restart') {
      done.push(`${minute}`);
      state = sentState(state, settings, minute * MINUTE, 0);
    }
    if (step.decision.act === 'give up') return [...done, step.decision.why];
  }
  return done;
}

describe('decide', () => {
  it.each([
    ['a transient cause', failed('transient'), { ...ON, restarts: 6 }, ['0', '2', '8', '20', '40', '70', 'restarts']],
    [
      'a limit of the delay',
      failed('transient'),
      { ...ON, restarts: 5, longestMs: 5 * MINUTE },
      ['0', '2', '7', '12', '17', 'restarts'],
    ],
    ['another base', failed('transient'), { ...ON, restarts: 3, baseMs: 2 * MINUTE }, ['0', '4', '16', 'restarts']],
    ['an unknown cause', failed('unknown'), ON, ['0', '2', '8', 'restarts']],
    ['no try for an unknown cause', failed('unknown'), { ...ON, tries: 0 }, ['restarts']],
    ['a permanent cause', failed('permanent'), ON, ['permanent']],
    ['a budget for a day', failed('transient'), { ...ON, perDay: 2 }, ['0', '2', 'per day']],
    ['healing off', failed('transient'), { ...ON, enabled: false }, []],
    ['nothing failed', RUNS, ON, []],
    ['nothing failed, but not all runs yet', { ...RUNS, running: false }, ON, []],
  ] as const)('%s', (_, reading, settings, wanted) => expect(acts(reading, settings, 200)).toEqual(wanted));

  /** After one restart at minute 0. */
  const restarted = () => sentState(decide(UNTOUCHED, failed('transient'), ON, at(0)).state, ON, 0, 0);

  it('begins again once it has run long enough, and not before', () => {
    let state: HealState = restarted();
    state = decide(state, RUNS, ON, at(1)).state;
    state = decide(state, RUNS, ON, at(10)).state;
    expect(state.restarts).toBe(1);
    // Fails again after nine minutes: still the second restart.
    expect(decide(state, failed('transient'), ON, at(10)).decision).toEqual({ act: 'restart', attempt: 2 });
    state = decide(state, RUNS, ON, at(11)).state;
    expect(state).toEqual(UNTOUCHED);
    expect(decide(state, failed('transient'), ON, at(12)).decision).toEqual({ act: 'restart', attempt: 1 });
  });

  it('does not count time in which not everything runs', () => {
    let state = decide(restarted(), RUNS, ON, at(1)).state;
    state = decide(state, { ...RUNS, running: false }, ON, at(9)).state;
    expect(decide(state, RUNS, ON, at(12)).state.restarts).toBe(1);
  });

  it('makes a restart again that may not have been sent, and counts it once', () => {
    const killed = decide(UNTOUCHED, failed('transient'), ON, at(0)).state;
    expect(decide(killed, failed('transient'), ON, at(1)).decision).toEqual({ act: 'restart', attempt: 1 });
    // Also the last one that is allowed.
    expect(decide(killed, failed('unknown'), { ...ON, tries: 1 }, at(1)).decision).toEqual({
      act: 'restart',
      attempt: 1,
    });
  });

  it('makes a restart that could not be sent later, and does not count it', () => {
    const state = unsentState(decide(UNTOUCHED, failed('unknown'), ON, at(0)).state, ON, 0, 0);
    expect(decide(state, failed('unknown'), ON, at(1)).decision).toEqual({ act: 'wait', until: 2 * MINUTE });
    expect(decide(state, failed('unknown'), ON, at(2)).decision).toEqual({ act: 'restart', attempt: 1 });
  });

  it('does not wait for ever after the clock was set back', () => {
    const state = sentState(
      decide(UNTOUCHED, failed('transient'), ON, { now: 1e12, today: () => 0 }).state,
      ON,
      1e12,
      0,
    );
    const { decision } = decide(state, failed('transient'), ON, { now: 1e6, today: () => 0 });
    expect(decision).toEqual({ act: 'wait', until: 1e6 + 2 * MINUTE });
  });

  it('adds jitter to a delay, and takes none away', () => {
    const { state } = decide(UNTOUCHED, failed('transient'), ON, at(0));
    const settings = { ...ON, jitter: 0.5 };
    expect(sentState(state, settings, 0, 0).nextAt).toBe(2 * MINUTE);
    expect(sentState(state, settings, 0, 1).nextAt).toBe(3 * MINUTE);
  });

  it('law: never more restarts than allowed between two stable times, and never closer together than the delay', () => {
    const reading = fc.record({
      minutes: fc.integer({ min: 0, max: 20 }),
      what: fc.constantFrom('runs', 'transient', 'unknown', 'permanent'),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (readings, restarts) => {
        const settings = { ...ON, restarts, tries: 1, jitter: 0.2 };
        let state = UNTOUCHED;
        let now = 0;
        let since = 0;
        let last: { at: number; attempt: number } | undefined;
        for (const { minutes, what } of readings) {
          now += minutes * MINUTE;
          const seen = what === 'runs' ? RUNS : failed(what as CauseKind);
          const step = decide(state, seen, settings, { now, today: () => 0 });
          state = step.state;
          if (state.restarts === 0) since = 0;
          if (step.decision.act !== 'restart') continue;
          state = sentState(state, settings, now, 0.5);
          expect(what === 'transient' || what === 'unknown').toBe(true);
          since += 1;
          expect(since).toBeLessThanOrEqual(restarts);
          if (last !== undefined && step.decision.attempt > 1)
            expect(now - last.at).toBeGreaterThanOrEqual(delayAfter(last.attempt, settings));
          last = { at: now, attempt: step.decision.attempt };
        }
      }),
      { numRuns: 300, seed: 17 },
    );
  });
});
