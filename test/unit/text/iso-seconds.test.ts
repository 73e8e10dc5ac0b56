import { expect, it } from 'vitest';
import { isoSeconds } from '../../../src/text/iso-seconds.ts';

it.each([
  ['2026-01-10T12:00:00.123Z', '2026-01-10T12:00:00Z'],
  ['2026-01-10T12:00:00Z', '2026-01-10T12:00:00Z'],
  [Date.UTC(2026, 0, 10, 12) + 999, '2026-01-10T12:00:00Z'],
])('a time is shown without its fraction of a second: %s', (at, shown) => {
  expect(isoSeconds(at)).toBe(shown);
});
