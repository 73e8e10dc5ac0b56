import { describe, expect, it } from 'vitest';
import { canonical, comparerOf } from '../../oracle/forms.ts';
import { canonicalJson } from '../../oracle/json.ts';
import { type Column, type Engine, MARIADB, type OracleType, POSTGRESQL, type Rule } from '../../oracle/model.ts';
import { byValue, doubleBits, exact, nearestSingle, neighbour, plain, rounded, within } from '../../oracle/numbers.ts';

const column = (type: OracleType): Column => ({
  name: 'c',
  declared: '',
  type,
  nullable: true,
  kind: '',
  keyable: true,
});

function alike(
  a: OracleType,
  left: string | null,
  b: OracleType,
  right: string | null,
  rule?: Rule,
  engines: readonly [Engine, Engine] = [POSTGRESQL, POSTGRESQL],
): boolean | 'refused' {
  const comparer = comparerOf(column(a), column(b), engines, rule);
  if ('refused' in comparer) return 'refused';
  const [x, y] = [canonical(comparer.source, left), canonical(comparer.target, right)];
  if (x === y) return true;
  return x !== null && y !== null && (comparer.same?.(x, y) ?? false);
}

const int: OracleType = { kind: 'integer', min: '-9', max: '9' };
const bool: OracleType = { kind: 'boolean' };
const numeric: OracleType = { kind: 'decimal' };
const money: OracleType = { kind: 'decimal', scale: 2, money: true };
const double: OracleType = { kind: 'float', bits: 64 };
const real: OracleType = { kind: 'float', bits: 32 };
const text: OracleType = { kind: 'text' };
const char: OracleType = { kind: 'text', fixed: true, length: 5 };
const uuid: OracleType = { kind: 'uuid' };
const json: OracleType = { kind: 'json' };
const date: OracleType = { kind: 'date' };
const interval: OracleType = { kind: 'interval', precision: 6 };
const own: OracleType = { kind: 'own', name: 'enum' };
const timestamp = (precision: number, zone = false): OracleType => ({ kind: 'timestamp', zone, precision });
const time = (precision: number, zone = false): OracleType => ({ kind: 'time', zone, precision });

describe('what the oracle calls equal', () => {
  it.each<[string, OracleType, string | null, OracleType, string | null, boolean | 'refused']>([
    ['NULL and NULL', text, null, text, null, true],
    ["NULL and ''", text, null, text, '', false],
    ['zerofill', int, '0042', int, '42', true],
    ['true and 1', bool, 't', int, '1', true],
    ['false and 1', bool, 'f', int, '1', false],
    ['scale', numeric, '1.50', numeric, '1.5', true],
    ['the last of many digits', numeric, '12345678901234567890.1', numeric, '12345678901234567890.2', false],
    ['money with its format', money, '-$1,234.50', numeric, '-1234.5', true],
    ['sign', numeric, '-1', numeric, '1', false],
    ['-0 and 0', double, '-0', double, '0', true],
    ['one double in two spellings', double, '1e22', double, '10000000000000000000000', true],
    ['neighbours beyond 2^53', double, '9007199254740992', double, '9007199254740994', false],
    ['a real as the double it is', real, '0.1', double, '0.10000000149011612', true],
    ['a real and the double of its digits', real, '0.1', double, '0.1', false],
    ['a decimal number as a double holds it', numeric, '9007199254740993', double, '9007199254740992', true],
    ['NaN', double, 'NaN', double, 'NaN', true],
    ['case', text, 'a', text, 'A', false],
    ['accents', text, 'é', text, 'e\u0301', false],
    ['blanks of text', text, 'a ', text, 'a', false],
    ['blanks of char', char, 'a    ', text, 'a', true],
    ['a tab is no padding', char, 'a\t', text, 'a', false],
    ['upper-case uuid in text', uuid, 'aa', text, 'AA', true],
    ['order of members', json, '{"a": 1, "b": 2}', json, '{"b":2,"a":1.0}', true],
    ['big numbers in json', json, '9007199254740993', json, '9007199254740992', false],
    ['what is not json', json, '{}', text, '{', false],
    ['a zone', timestamp(6, true), '2024-02-29 13:00:00+01', timestamp(6), '2024-02-29 12:00:00', true],
    ['a microsecond', timestamp(6), '2024-02-29 12:00:00.000001', timestamp(6), '2024-02-29 12:00:00', false],
    ['rounded to the target', timestamp(6), '2024-02-29 12:00:00.9996', timestamp(3), '2024-02-29 12:00:01', true],
    ['a finer target', timestamp(3), '2024-02-29 12:00:00', timestamp(6), '2024-02-29 12:00:00.0004', false],
    ['before Christ', timestamp(6), '0044-03-15 12:00:00 BC', timestamp(6), '0044-03-15 12:00:00', false],
    ['infinity', timestamp(6), 'infinity', timestamp(6), 'infinity', true],
    ['a zero date', date, '0000-00-00', date, null, false],
    ['time with a zone', time(6, true), '12:00:00+02', time(6), '10:00:00', true],
    ['past midnight', time(6, true), '00:30:00+14', time(6), '10:30:00', true],
    ['24:00 is not 00:00', time(6), '24:00:00', time(6), '00:00:00', false],
    ['negative times', time(6), '-01:00:00', time(6), '01:00:00', false],
    ['a duration in two spellings', interval, 'PT1H30M', text, 'PT90M', true],
    ['a day is not 24 hours', interval, 'P1D', interval, 'PT24H', false],
    ['an enum as text', own, 'new', text, 'new', true],
    ['an enum as text of another case', own, 'new', text, 'New', false],
    ['date and text', date, '2024-02-29', text, '2024-02-29', 'refused'],
    ['boolean and double', bool, 't', double, '1', 'refused'],
  ])('%s', (_, a, left, b, right, expected) => {
    expect(alike(a, left, b, right)).toBe(expected);
  });

  it('refuses own texts of two engines, and knows an own text beside plain text', () => {
    expect(alike(own, 'a', own, 'a', undefined, [POSTGRESQL, MARIADB])).toBe('refused');
    expect(alike(own, 'a', text, 'a', undefined, [POSTGRESQL, MARIADB])).toBe(true);
  });

  it.each<[string, Rule, OracleType, string, string, boolean]>([
    ['the bound itself', { tolerance: '0.01' }, numeric, '1.00', '1.01', true],
    ['beyond the bound', { tolerance: '0.01' }, numeric, '1.00', '1.0100001', false],
    ['part of the larger', { relative: 0.1 }, int, '9', '10', true],
    ['rounded half away from zero', { scale: 0 }, numeric, '-2.5', '-3', true],
    ['trimmed', { trim: true }, text, '  a ', 'a', true],
    ['trimmed of blanks only', { trim: true }, text, '\ta', 'a', false],
    ['case', { ignoreCase: true }, text, 'ÄB', 'äb', true],
    ['case and accent', { ignoreCase: true }, text, 'Äb', 'ab', false],
    ['precision', { precision: 0 }, timestamp(6), '2024-02-29 12:00:00.4', '2024-02-29 12:00:00', true],
    ['rounded once', { precision: 0 }, timestamp(6), '2024-02-29 12:00:00.499999', '2024-02-29 12:00:00.499', true],
    ['a duration', { tolerance: '1000us' }, timestamp(6), '2024-02-29 12:00:00', '2024-02-29 12:00:00.001', true],
    ['a longer one', { tolerance: '999us' }, timestamp(6), '2024-02-29 12:00:00', '2024-02-29 12:00:00.001', false],
    ['of doubles', { relative: 1e-9 }, double, '1', '1.0000000001', true],
  ])('by rule: %s', (_, rule, type, left, right, expected) => {
    expect(alike(type, left, type, right, rule)).toBe(expected);
  });
});

describe("the oracle's arithmetic", () => {
  it('brings numbers to one text a value', () => {
    expect(['1.50', '15e-1', '0001.5', '+1.5'].map(byValue)).toEqual(['15e-1', '15e-1', '15e-1', '15e-1']);
    expect(['0', '-0.00', '0e9'].map(byValue)).toEqual(['0', '0', '0']);
    expect(byValue('NaN')).toBeUndefined();
    expect(plain('-1.25e-3')).toBe('-0.00125');
    expect(plain('12e3')).toBe('12000');
    expect(rounded('1.005', 2)).toBe('1.01');
    expect(rounded('-0.5', 0)).toBe('-1');
    expect(within('0.1', '0.3', '0.2', undefined)).toBe(true);
  });

  it('knows doubles to the bit', () => {
    expect(doubleBits(1)).toBe('3ff0000000000000');
    expect(doubleBits(-0)).toBe(doubleBits(0));
    expect(neighbour(9007199254740992, 1)).toBe(9007199254740994);
    expect(plain(exact(0.1))).toBe('0.1000000000000000055511151231257827021181583404541015625');
    for (const value of [0.1, 5e-324, 1.7976931348623157e308, -123.456]) expect(Number(exact(value))).toBe(value);
  });

  it('rounds to single precision once, and not by way of a double', () => {
    // Just above the middle of two singles, by less than a double shows: rounding twice goes the wrong way.
    expect(nearestSingle('1.00000005960464477540')).toBe(1.0000001192092896);
    expect(Math.fround(Number('1.00000005960464477540'))).toBe(1);
    expect(nearestSingle('16777217')).toBe(16777216);
  });

  it('reads JSON without losing digits', () => {
    expect(canonicalJson('{"b":[1.0,2e0],"a":"\\u0061"}')).toBe('{"a":"a","b":[1e0,2e0]}');
    expect(canonicalJson('{"a":1,"a":2}')).toBe('{"a":2e0}');
    expect(canonicalJson('{"__proto__":1}')).toBe('{"__proto__":1e0}');
    expect(['', '{', '01', '[1,]', '"a', 'nul', '1 2'].map(canonicalJson)).toEqual(Array(7).fill(undefined));
  });
});
