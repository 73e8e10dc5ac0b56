import { describe, expect, it } from 'vitest';
import { canonicalJson, exactInteger, integerOf, parseExact } from '../../../src/text/exact-json.ts';
import { serialize } from '../../../src/text/serialize.ts';

describe('numbers of JSON', () => {
  it.each([
    '{"position":9223372036854775807}',
    '{"lsn":-9223372036854775808,"at":1.0,"ratio":2.50}',
    '[1e3,0.1,42,-7]',
    '{"__proto__":{"x":12345678901234567890},"constructor":1}',
  ])('keep their digits: %s', (text) => {
    expect(JSON.stringify(parseExact(text))).toBe(text);
  });

  it('are the same number in YAML', async () => {
    expect(await serialize({ a: parseExact('9223372036854775807'), b: parseExact('1.0') }, 'yaml')).toBe(
      'a: 9223372036854775807\nb: 1\n',
    );
  });

  it.each([
    [5n, 5n],
    [9223372036854775807n, 9223372036854775807n],
    [-1n, -1n],
  ])('that are whole are read back: %s', (value, expected) => {
    expect(integerOf(parseExact(JSON.stringify(exactInteger(value))))).toBe(expected);
  });

  it.each([1.5, 'x', '', null, {}, [], true, 2 ** 60])('are not whole: %j', (value) => {
    expect(integerOf(value)).toBeUndefined();
  });
});

describe('the canonical text', () => {
  const same = (a: string, b: string) => canonicalJson(parseExact(a)) === canonicalJson(parseExact(b));
  it.each([
    ['{"a":1,"b":[true,null]}', '{"b":[true,null],"a":1}', true],
    ['{"a":1.0}', '{"a":1}', false],
    ['{"a":1.0}', '{"a":1e0}', true],
    ['{"a":1.5}', '{"a":1.50}', true],
    ['{"a":9223372036854775807}', '{"a":9223372036854775806}', false],
    ['{"a":9007199254740993}', '{"a":9007199254740992}', false],
    ['{"a":"1"}', '{"a":1}', false],
    ['{"__proto__":1}', '{}', false],
    ['[]', '{}', false],
    ['{"a":null}', '{}', false],
  ])('of %s and %s', (a, b, expected) => {
    expect(same(a, b)).toBe(expected);
  });
});
