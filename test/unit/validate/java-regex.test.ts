import { describe, expect, it } from 'vitest';
import { javaRegexProblem, splitRegexList } from '../../../src/validate/java-regex.ts';

// Each line was put to java.util.regex by way of a worker's validate.
describe('expressions that Java takes', () => {
  it.each([
    'a++',
    'a*+',
    'a{2}{3}',
    '(?i)a',
    '(?<x>a)',
    '(?<!a)b',
    '(?:a|b)+',
    '[]a]',
    '}',
    'a]',
    '[[:alpha:]]',
    '\\Qa(\\E',
    '\\p{Alpha}',
    'public\\.(orders|customers)',
    'a{1,2}',
    '[a-z&&[^b]]',
    '(?i-m:a)',
    '',
  ])('%s', (pattern) => {
    expect(javaRegexProblem(pattern)).toBeUndefined();
  });
});

describe('expressions that Java refuses', () => {
  it.each([
    '*.orders',
    '(a',
    'a)',
    'a**',
    '\\y',
    'x{',
    'a\\',
    '[a-',
    '{',
    'a{,3}',
    'a|*',
    '(*)',
    '(?x',
    'a{1',
    '[',
    '?',
  ])('%s', (pattern) => {
    expect(javaRegexProblem(pattern)).toEqual(expect.any(String));
  });
});

describe('lists of expressions', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a\\,b', ['a,b']],
    [' a , ,b,', ['a', 'b']],
    ['a{1,2}', ['a{1', '2}']],
    ['', []],
  ])('%s', (list, parts) => {
    expect(splitRegexList(list)).toEqual(parts);
  });
});
