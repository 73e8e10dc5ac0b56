import { describe, expect, it } from 'vitest';
import { javaGroups, javaRegexProblem, javaReplacement } from '../../../src/text/java-regex.ts';
import { splitRegexList } from '../../../src/text/lists.ts';

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

describe('the groups of an expression', () => {
  it.each([
    ['(.*)', 1, []],
    ['(a)(?:b)((c))', 3, []],
    ['(?<name>a)|(?<!b)(?<=c)(?=d)', 1, ['name']],
    ['[(](a)\\(\\Q(b)\\E', 1, []],
    ['plain', 0, []],
  ])('%s', (pattern, count, names) => {
    const groups = javaGroups(pattern);
    expect([groups.count, [...groups.names]]).toEqual([count, names]);
  });
});

describe('a replacement', () => {
  const read = (replacement: string, pattern = '(a)(?<rest>.*)') => javaReplacement(replacement, javaGroups(pattern));
  it.each([
    ['x-$1-$2', 'x--'],
    ['${rest}', ''],
    ['\\$2 \\\\', '$2 \\'],
    // Digits that make no group are text.
    ['$12', '2'],
    ['$0', ''],
  ])('%s is right', (replacement, literals) => expect(read(replacement)).toEqual({ literals }));

  it.each(['$3', '$', 'a$b', '${other}', '${}', '${rest', 'a\\', '$9$1'])('%s is wrong', (replacement) => {
    expect(read(replacement)).toHaveProperty('problem');
  });
});
