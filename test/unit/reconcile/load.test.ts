import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadGovernor } from '../../../src/reconcile/load.ts';

describe('holding back from a busy database', () => {
  it('goes on where a small read takes as long as ever', () => {
    const governor = new LoadGovernor(3, 500_000);
    const first = governor.rows;
    for (const ms of [10, 12, 9, 20, 26]) expect(governor.observe(ms)).toBe(0);
    expect(governor.rows).toBe(first);
  });

  it('waits ever longer and reads ever less while it takes too long', () => {
    const governor = new LoadGovernor(3, 500_000);
    governor.observe(10);
    const waits = [50, 50, 50].map((ms) => governor.observe(ms));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeGreaterThan(0);
    expect(governor.rows).toBe(62_500);
  });

  it('reads more again once the database is at rest', () => {
    const governor = new LoadGovernor(3, 500_000);
    governor.observe(10);
    governor.observe(100);
    const shrunk = governor.rows;
    governor.observe(10);
    expect(governor.rows).toBeGreaterThan(shrunk);
  });

  it('whatever it is told, it goes on in the end, and never reads nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 10 }), (times) => {
        const governor = new LoadGovernor(2, 500_000);
        let waitedInRow = 0;
        for (const ms of times) {
          const wait = governor.observe(ms);
          waitedInRow = wait === 0 ? 0 : waitedInRow + 1;
          expect(waitedInRow).toBeLessThanOrEqual(6);
          expect(wait).toBeLessThanOrEqual(10_000);
          expect(governor.rows).toBeGreaterThanOrEqual(50_000);
        }
      }),
    );
  });
});
