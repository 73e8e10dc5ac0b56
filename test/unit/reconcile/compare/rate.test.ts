import { expect, it } from 'vitest';
import { formatProgress } from '../../../../src/reconcile/compare/rate.ts';

it.each([
  [0, 1000, 0, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 0 %'],
  [250, 1000, 1000, '▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 25 % · 250 rows/s · 3 s left'],
  [1_000_000, 601_000_000, 1000, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 0 % · 1,000,000 rows/s · 10 min left'],
  // More than was estimated.
  [2000, 1000, 1000, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰ 100 % · 2,000 rows/s · 0 s left'],
  [5, 0, 1000, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰ 100 % · 5 rows/s · 0 s left'],
])('%d of %d after %d ms', (done, total, ms, text) => {
  expect(formatProgress(done, total, ms)).toBe(text);
});
