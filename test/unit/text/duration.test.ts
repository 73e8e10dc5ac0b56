import { expect, it } from 'vitest';
import { spanText } from '../../../src/text/duration.ts';

it.each([
  [0, '0s'],
  [340, '340ms'],
  [9_999, '9s'],
  [301_000, '5m 1s'],
  [360_000, '6m'],
  [3_626_000, '1h'],
  [3_726_000, '1h 2m'],
  [90_000_000, '1d 1h'],
])('%d ms have lasted %s', (ms, text) => expect(spanText(ms)).toBe(text));
