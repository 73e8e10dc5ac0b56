import fc from 'fast-check';
import { expect, it } from 'vitest';
import { thousands } from '../../../src/text/thousands.ts';

it('writes whole numbers as the locale en-US does', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => thousands(value) === value.toLocaleString('en-US')));
  expect([0, 999, 1000, 1_234_567, -1000].map(thousands)).toEqual(['0', '999', '1,000', '1,234,567', '-1,000']);
});
