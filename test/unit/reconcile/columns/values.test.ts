import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDeepJson } from '../../../../src/reconcile/columns/deep-json.ts';
import { canonicalJson, sameValue } from '../../../../src/reconcile/columns/values.ts';

describe('sameValue', () => {
  it.each([
    ['{"b": 1, "a": [1.50]}', '{"a":[1.5],"b":1}', true],
    ['[1e2]', '[100]', true],
    ['9007199254740993', '9007199254740992', false],
    ['"é"', '"\\u00e9"', true],
    ['[1,2]', '[2,1]', false],
    ['{"a":null}', '{}', false],
    ['"1"', '1', false],
    ['not json', 'not  json', false],
    ['0', '-0.0', true],
    ['{"__proto__": 1}', '{"__proto__": 2}', false],
    // As numbers of JavaScript the exponents are one.
    ['1e9007199254740993', '1e9007199254740992', false],
    ['1e9007199254740993', '10e9007199254740992', true],
  ])('JSON %s and %s', (a, b, expected) => {
    expect(sameValue({ kind: 'json' }, a, b)).toBe(expected);
  });

  it('JSON is the same however its members are ordered and spaced', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const shuffled = JSON.stringify(JSON.parse(text), null, 3);
        expect(canonicalJson(shuffled)).toBe(canonicalJson(text));
      }),
    );
  });

  it('documents of any depth are compared by meaning', () => {
    const nested = (levels: number, [open, close]: [string, string], inner: string) =>
      open.repeat(levels) + inner + close.repeat(levels);
    const array: [string, string] = ['[', ']'];
    const spaced: [string, string] = ['[ ', ' ]'];
    expect(sameValue({ kind: 'json' }, nested(10_000, array, '1.0'), nested(10_000, spaced, '1'))).toBe(true);
    expect(sameValue({ kind: 'json' }, nested(10_000, array, '1'), nested(10_000, array, '2'))).toBe(false);
    expect(sameValue({ kind: 'json' }, nested(10_000, array, ''), nested(10_001, array, ''))).toBe(false);
    const members = (first: string) => nested(10_000, [`{${first}, "v": `, '}'], 'null');
    expect(sameValue({ kind: 'json' }, members('"a\\u0062": 1e1, "c":"}]"'), members('"c": "}]","ab":10'))).toBe(true);
    expect(sameValue({ kind: 'json' }, nested(10_000, array, '1,'), nested(10_000, array, '1'))).toBe(false);
  });

  it('the text of a deep document is that of any other', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        expect(canonicalDeepJson(text)).toBe(canonicalJson(text));
        expect(canonicalDeepJson(JSON.stringify(JSON.parse(text), null, 1))).toBe(canonicalJson(text));
      }),
    );
    expect(canonicalDeepJson('{"a":1,"\\u0061":2,"__proto__":-0.0}')).toBe(canonicalJson('{"__proto__":0,"a":2}'));
    for (const text of ['', '{', '[1,]', '"a', '1 2']) expect(() => canonicalDeepJson(text)).toThrow(SyntaxError);
  });

  it.each([
    ['P1DT2H', 'P0Y0M1DT2H0M0S', true],
    ['P1D', 'PT24H', false],
    ['PT1.5S', 'PT1.50S', true],
    ['1 day', 'P1D', false],
  ])('intervals %s and %s', (a, b, expected) => {
    expect(sameValue({ kind: 'interval' }, a, b)).toBe(expected);
  });

  it('other forms are the same only as text', () => {
    expect(sameValue({ kind: 'text', trim: false }, '1', '1.0')).toBe(false);
    expect(sameValue({ kind: 'json' }, null, 'null')).toBe(false);
  });
});
