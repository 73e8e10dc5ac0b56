import { expect, it } from 'vitest';
import { withParameters } from '../../../../src/databases/mysql/session.ts';

// The driver escapes by backslashes; under NO_BACKSLASH_ESCAPES a key with a quote in it was a syntax error.
it.each<[string, unknown[] | undefined, string]>([
  ['SELECT ?, ?', ["it's", null], "SELECT 'it''s', NULL"],
  ['SELECT ?', ['a\\'], "SELECT 'a\\'"],
  ['SELECT ?', ["\\' OR 1=1 -- "], "SELECT '\\'' OR 1=1 -- '"],
  ["SELECT `a?`, '?', 'it''s ?', ? FROM t", [7], "SELECT `a?`, '?', 'it''s ?', 7 FROM t"],
  ['SELECT ?', [undefined], 'SELECT NULL'],
  ['SELECT ?', [], 'SELECT ?'],
  ['SELECT 1', undefined, 'SELECT 1'],
])('%s with %o', (sql, values, expected) => {
  expect(withParameters(sql, values)).toBe(expected);
});

it('takes texts of any length', () => {
  const long = 'x'.repeat(20_000_000);
  expect(withParameters(`SELECT '${long}', ?`, [1])).toHaveLength(long.length + "SELECT '', 1".length);
});
