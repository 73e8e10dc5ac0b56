import { describe, expect, it } from 'vitest';
import { javaReplace } from '../../../src/text/java-regex.ts';
import { javaRegex } from '../../../src/topology/name-regex.ts';

describe('javaRegex', () => {
  it.each<[string, string, boolean]>([
    ['shop\\.public\\..+', 'shop.public.orders', true],
    ['orders', 'orders2', false],
    ['a|b', 'b', true],
    ['a\\-b', 'a-b', true],
    ['shop\\.\\p{Alpha}+', 'shop.orders', true],
    ['shop\\.[\\p{Alnum}_]+', 'shop.order_2', true],
    ['\\p{Upper}', 'p', false],
    ['\\Qa.b\\E.*', 'a.bc', true],
    ['\\Qa.b\\E.*', 'aXb', false],
    ['\\Qa.b', 'a.b', true],
    ['[a-c&]+', 'a&', true],
    ['(?<n>a)\\k<n>', 'aa', true],
  ])('%s and %s: %s', (pattern, name, fits) => {
    expect(javaRegex(pattern).test(name)).toBe(fits);
  });

  it.each([
    '[a-z&&[^b]]+',
    '[a[b]]',
    '\\p{Punct}',
    '\\P{Alpha}',
    '\\Aorders\\z',
    '\\h',
    '(?i)orders',
    'a++',
    '[]a]',
    '\\x{41}',
    '(',
    // It would take the end of the whole expression for a character.
    ')\\',
  ])('refuses %s, which JavaScript reads in another way', (pattern) => {
    expect(() => javaRegex(pattern)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});

describe('javaReplace', () => {
  const match = (pattern: string, text: string) => javaRegex(pattern).first(text) as RegExpExecArray;

  it.each<[string, string | undefined]>([
    ['$1', 'b'],
    ['$0', 'a.b'],
    ['$10', 'b0'],
    ['x_${n}', 'x_b'],
    ['\\$1', '$1'],
    ['$$', undefined],
    ['$&', undefined],
    ['$2', undefined],
    ['${no}', undefined],
    ['\\', undefined],
  ])('%s', (replacement, expected) => {
    expect(javaReplace(match('a\\.(?<n>.*)', 'a.b'), replacement)).toBe(expected);
  });

  it('takes as many digits as there are groups for', () => {
    expect(javaReplace(match('(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)', 'abcdefghijk'), '$11$12-$110')).toBe('ka2-k0');
  });
});
