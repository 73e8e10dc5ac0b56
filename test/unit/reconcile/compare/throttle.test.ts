import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../../src/reconcile/compare/throttle.ts';

describe('holding back from a busy database', () => {
  it('goes on where a small read takes as long as ever', () => {
    const throttle = new Throttle(3, 500_000);
    const first = throttle.rows;
    for (const ms of [10, 12, 9, 20, 26]) expect(throttle.observe(ms)).toBe(0);
    expect(throttle.rows).toBe(first);
  });

  it('waits ever longer and reads ever less while it takes too long', () => {
    const throttle = new Throttle(3, 500_000);
    throttle.observe(10);
    const waits = [50, 50, 50].map((ms) => throttle.observe(ms));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeGreaterThan(0);
    expect(throttle.rows).toBe(62_500);
  });

  it('reads more again once the database is at rest', () => {
    const throttle = new Throttle(3, 500_000);
    throttle.observe(10);
    throttle.observe(100);
    const shrunk = throttle.rows;
    throttle.observe(10);
    expect(throttle.rows).toBeGreaterThan(shrunk);
  });

  it('continues in the end after any observation, and always reads something', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 10 }), (times) => {
        const throttle = new Throttle(2, 500_000);
        let waitedInRow = 0;
        for (const ms of times) {
          const wait = throttle.observe(ms);
          waitedInRow = wait === 0 ? 0 : waitedInRow + 1;
          expect(waitedInRow).toBeLessThanOrEqual(6);
          expect(wait).toBeLessThanOrEqual(10_000);
          expect(throttle.rows).toBeGreaterThanOrEqual(50_000);
        }
      }),
    );
  });
});
