import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameValue } from '../../../src/reconcile/values.ts';

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
