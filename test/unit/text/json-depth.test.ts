import { expect, it } from 'vitest';
import { isTooDeep, MAX_LEVELS } from '../../../src/text/json-depth.ts';

const nested = (levels: number, inner = '1') => '[{"a":'.repeat(levels / 2) + inner + '}]'.repeat(levels / 2);

it.each([
  ['as deep as allowed', nested(MAX_LEVELS), false],
  ['deeper', nested(MAX_LEVELS + 2), true],
  ['brackets side by side', `[${'[],'.repeat(2 * MAX_LEVELS)}{}]`, false],
  ['brackets in a string', JSON.stringify({ a: '['.repeat(2 * MAX_LEVELS) }), false],
  ['brackets after escaped quotes', JSON.stringify({ a: `\\"${'{'.repeat(2 * MAX_LEVELS)}\\` }), false],
  ['a string that ends with a backslash before them', `["\\\\",${nested(MAX_LEVELS)}]`, true],
  ['a string without an end', `"${'['.repeat(2 * MAX_LEVELS)}`, false],
  ['no end', '['.repeat(2 * MAX_LEVELS), true],
])('%s', (_what, text, expected) => {
  expect(isTooDeep(text)).toBe(expected);
});
