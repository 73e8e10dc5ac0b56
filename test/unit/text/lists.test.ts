import { describe, expect, it } from 'vitest';
import { firstNames, fitsAny, namePatterns } from '../../../src/text/lists.ts';

describe('names that fit a list of Debezium', () => {
  it.each([
    ['public\\.orders', 'PUBLIC.Orders', true],
    // What Java's Pattern.CASE_INSENSITIVE folds is ASCII.
    ['public\\.größe', 'PUBLIC.größe', true],
    ['public\\.größe', 'public.GRÖSSE', false],
    ['public\\.Ä', 'public.ä', false],
    ['public\\.Ä', 'public.Ä', true],
    ['public\\.[à-ü]+', 'public.éè', true],
    ['public\\.[à-ü]+', 'public.ÉÈ', false],
    ['public\\.K', 'public.\u212a', false],
    ['a.b', 'a😀b', true],
    ['a.b', 'aäb', true],
    ['order\\-items', 'order-items', true],
    ['order\\_[\\-x]', 'order_-', true],
    ['a\\\\-b', 'a\\-b', true],
    ['\\ä', 'ä', true],
    ['a]', 'a]', true],
    ['\\Qa.b\\E\\.[\\p{Lower}]+', 'a.b.ü', false],
    ['\\Qa.b\\E\\.\\p{Lower}+', 'a.b.c', true],
  ])('%s, %s: %s', (list, name, fits) => expect(namePatterns(list)[0]?.test(name)).toBe(fits));

  it.each(['größ\\e', '(', '(?i)a', 'a++', '[a-z&&[^b]]', '${file:/lists:names}', '${dir:/lists\\,names:a}', '(a*)*b'])(
    'unknown for %s, which only the worker can evaluate',
    (list) => {
      const name = 'a'.repeat(40);
      expect(namePatterns(list)[0]?.test(name)).toBeUndefined();
      expect(fitsAny(namePatterns(`${list},b`), [name])).toBeUndefined();
      expect(fitsAny(namePatterns(`${list},a+`), [name])).toBe(true);
    },
  );
});

it('names the first ones, and counts the others', () => {
  expect(firstNames(['a', 'b'], 2)).toBe('a, b');
  expect(firstNames(['a', 'b', 'c'], 2)).toBe('a, b and 1 other');
  expect(firstNames(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 others');
  expect(firstNames(['a', 'b', 'c'], 2, 'more')).toBe('a, b and 1 more');
});
