import { doubleOf, exact, neighbour, neighbour32, parts, plain } from './numbers.ts';
import type { Random } from './random.ts';
import { ENUM_LABELS, type KindName, POSTGRES_OWN } from './types.ts';

/**
 * Random values, as texts that no engine has had a hand in: numbers as decimals, times in ISO, bytes in hex. Whether a
 * column can hold one is the business of literals.ts.
 */
export function randomValue(kind: string, random: Random): string {
  switch (kind as KindName) {
    case 'number':
      return number(random);
    case 'text':
      return text(random);
    case 'uuid':
      return uuid(random);
    case 'json':
      return random.pick(JSONS);
    case 'bytes':
      return bytes(random);
    case 'date':
      return random.pick(DATES);
    case 'time':
      return random.pick(TIMES);
    case 'timestamp':
      return timestamp(random);
    case 'interval':
      return random.pick(INTERVALS);
    case 'opaque':
      return random.pick(['1', '2', '3']);
    case 'own':
      return random.pick(ENUM_LABELS);
  }
}

/** A value of a PostgreSQL type that has a text of its own, or of MySQL's. */
export function ownValue(name: string, random: Random): string {
  if (name === 'composite') return random.pick(['(1,a)', '(1,b)', '(,a)', '(1,"a,b")', '(1,)', '(1,"")']);
  if (name === 'set') return random.pick(['x', 'x,y', 'y,z', 'ü', '', 'x,y,z,ü']);
  if (name === 'inet6') return random.pick(['::1', '::2', '2001:db8::ff00:42:8329', '::ffff:10.0.0.1']);
  return random.pick(POSTGRES_OWN[name]?.values ?? ENUM_LABELS);
}

// biome-ignore format: a list
const EDGES = [
  '0', '1', '-1', '2', '127', '-128', '128', '255', '256', '32767', '-32768', '65535', '2147483647', '-2147483648',
  '4294967295', '4294967296', '8589934593', '9007199254740991', '9007199254740992', '9007199254740993',
  '9223372036854775807', '-9223372036854775808', '18446744073709551615', '0.1', '0.5', '1.5', '1.50', '2.5', '-0.5',
  '1.005', '99.99', '0.01', '-0', '1e22', '1e23', '100', '1000000', '1e15', '1e16', '123456789012345678', '0.000001',
  '1e-7', '12345678901234567890.123456789', '0.30000000000000004', '3.4028234663852886e38', '5e-324', '2000', '1901',
  '1.7976931348623157e308', '2.2250738585072014e-308', '16777216', '16777217', '0.10000000149011612',
] as const;

function number(random: Random): string {
  return random.weighted<() => string>([
    [6, () => String(random.int(-9, 30))],
    [6, () => random.pick(EDGES)],
    [3, () => `${random.int(-99_999, 99_999)}e-2`],
    [2, () => String(random.int(-2_147_483_648, 2_147_483_647))],
    [2, () => (random.bits64() - 0x8000000000000000n).toString()],
    [3, () => finite(doubleOf(random.bits64()))],
    [3, () => finite((random.int(-1_000_000, 1_000_000) / 1000) * 10 ** random.int(-12, 25))],
    [1, () => random.pick(['NaN', 'Infinity', '-Infinity'])],
  ])();
}

function finite(value: number): string {
  return Number.isFinite(value) ? String(value) : '0';
}

// biome-ignore format: a list
const PIECES = [
  '', ' ', 'a', 'A', 'b', 'B', 'ab', 'Ab', 'x', 'x ', ' x', 'é', 'e\u0301', 'É', 'ß', 'ss', 'SS', 'ẞ', 'ı', 'İ', 'i',
  'ﬁ', 'fi', 'ö', 'o\u0308', 'Ö', 'NULL', '~', ',', ';', '3:abc', "'", "''", '\\', '\\\\', '\\n', '"', '`', '\n', '\t',
  '\r\n', '😀', '👩\u200d👧', 'Å', 'A\u030a', 'Å', '日本', '\u00a0', '\u200b', '0', '00', '1.0', 'a\u0301\u0323', 'ς', 'σ',
  'ſ', 's', '?', '$1', '%', '_', '--', '/*', '\u0000', '\ud7ff', '\uffff', '\u{10ffff}', '²', '2', 'Ａ', 'K', 'k',
] as const;

function text(random: Random): string {
  if (random.chance(0.02)) return 'long '.repeat(random.int(20, 400));
  return Array.from(
    {
      length: random.weighted([
        [6, 1],
        [4, 2],
        [2, 4],
      ]),
    },
    () => random.pick(PIECES),
  ).join('');
}

function uuid(random: Random): string {
  const hex = (random.chance(0.5) ? random.bits64() : BigInt(random.int(0, 3)))
    .toString(16)
    .padStart(32, random.pick(['0', 'a', 'f']));
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// biome-ignore format: a list
const JSONS = [
  '{}', '[]', 'null', 'true', '"a"', '""', '1', '1.0', '1.00', '1e0', '-0', '0', '9007199254740993', '9007199254740992',
  '0.1', '0.10000000000000001', '1e400', '{"a":1,"b":2}', '{"b":2,"a":1}', '{"a": 1, "b": 2}', '{"a":1,"a":2}', '{"a":2}',
  '{"a":null}', '[1,2]', '[2,1]', '[1, 2]', '"\\u0061"', '"\\u00e9"', '"é"', '"e\u0301"', '"\\n"', '"\\\\"', '"a\\/b"', '"a/b"',
  '"\\ud83d\\ude00"', '"😀"', '{"k":[{"x":1.50}]}', '{"k":[{"x":1.5}]}', '{"":0}', '{"a":{}}', '{"a":[]}', '"\\u0000"',
  '{"a\\u0000":1}', '{"__proto__":1}', '{"a":1,"aa":2,"b":3}', '"\\ud800"', '100000000000000000000', '1e20', '12345678901234567890.123',
] as const;

function bytes(random: Random): string {
  return random.pick([
    '',
    '00',
    '0000',
    '61',
    '41',
    'ff',
    '5c',
    '27',
    '5c27',
    '6100',
    'deadbeef',
    '00ff00ff',
    '20',
    '6120',
    '5c78',
    'e9',
    'c3a9',
    random.bits64().toString(16).padStart(32, '0'),
  ]);
}

// biome-ignore format: a list
const DATES = [
  '2024-02-29', '2024-03-01', '2024-02-28', '1970-01-01', '1969-12-31', '2000-01-01', '1999-12-31', '0001-01-01', '9999-12-31',
  '1582-10-14', '1582-10-15', '1000-01-01', '0044-03-15 BC', 'infinity', '-infinity', '10000-01-01', '0000-00-00', '2024-00-00', '2024-01-00',
] as const;

// biome-ignore format: a list
const TIMES = [
  '00:00:00', '00:00:00.000001', '12:34:56', '12:34:56.5', '12:34:56.500000', '12:34:56.500001', '23:59:59.999999', '23:59:59', '24:00:00',
  '23:59:59.9996', '-01:00:00', '838:59:59', '25:00:00', '-00:00:00.000001', '12:34:56.123456', '12:34:56.123457', '12:34:56.1235',
  '12:00:00+02:00', '10:00:00+00', '23:30:00-05:00', '04:30:00+00', '00:30:00+14:00', '12:34:56.5+05:30', '07:04:56.5+00',
] as const;

// biome-ignore format: a list
const MOMENTS = [
  '2024-02-29 12:34:56', '2024-02-29 12:34:56.5', '2024-02-29 12:34:56.500001', '2024-02-29 12:34:56.499999', '2024-02-29 12:34:56.123456',
  '2024-02-29 12:34:56.1235', '2024-12-31 23:59:59.9996', '2024-12-31 23:59:59.999999', '1970-01-01 00:00:01', '1999-12-31 23:59:59.123457',
  '1969-12-31 23:59:59.7', '2038-01-19 03:14:07', '2000-01-01 00:00:00', '2024-03-31 02:30:00', '2024-10-27 01:30:00', '1900-01-01 00:00:00.000001',
  '0001-01-01 00:00:00', '9999-12-31 23:59:59', '0044-03-15 12:00:00.2 BC', 'infinity', '-infinity', '12345-01-01 00:00:00',
  '0000-00-00 00:00:00', '2024-00-00 00:00:00',
] as const;

function timestamp(random: Random): string {
  if (random.chance(0.6)) return random.pick(MOMENTS);
  // Up to 2037, which every type holds; micro never ends at a half, so that all ways of rounding agree before 2000.
  const date = new Date(
    Date.UTC(
      random.int(1971, 2037),
      random.int(0, 11),
      random.int(1, 28),
      random.int(0, 23),
      random.int(0, 59),
      random.int(0, 59),
    ),
  );
  const micro = random.chance(0.5)
    ? ''
    : `.${String(random.int(0, 99_999) * 10 + random.pick([1, 2, 3, 4, 6, 7, 8, 9])).padStart(6, '0')}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}${micro}`;
}

// biome-ignore format: a list
const INTERVALS = [
  'PT0S', 'P1D', 'PT24H', 'P1M', 'P30D', 'P1Y', 'P12M', 'P1Y2M3DT4H5M6.7S', 'PT1H30M', 'PT90M', 'PT0.000001S', 'PT-1H', 'P-1D', 'P1DT-1H',
  'P0Y0M1DT2H0M0S', 'P1DT2H', 'PT100H', 'P1Y2M3DT4H5M6.700001S', 'PT59.9996S',
] as const;

/** A value that is as near to another as may be, and is another one, or the same written otherwise. */
export function nearValue(kind: string, value: string, random: Random): string {
  switch (kind as KindName) {
    case 'number':
      return nearNumber(value, random);
    case 'text':
      return nearText(value, random);
    case 'uuid':
      return random.chance(0.5) ? value.toUpperCase() : value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    case 'bytes':
      return random.pick([
        `${value}00`,
        `${value}20`,
        value.replace(/..$/, ''),
        value.replace(/(..)$/, 'fe'),
        value.replaceAll('61', '41'),
      ]);
    case 'timestamp':
    case 'time':
      return nearTime(value, random);
    case 'json':
      return random.chance(0.3) ? nearJson(value, random) : random.pick(JSONS);
    default:
      return randomValue(kind, random);
  }
}

function nearNumber(value: string, random: Random): string {
  if (parts(value) === undefined) return random.pick(['NaN', 'Infinity', '-Infinity', '0']);
  const double = Number(value);
  const by = random.pick([1, -1] as const);
  return random.weighted<() => string>([
    [4, () => finite(neighbour(double, by))],
    [1, () => exact(neighbour(double, by))],
    [1, () => finite(neighbour32(Math.fround(double), by))],
    [2, () => (/^-?\d+$/.test(value) ? (BigInt(value) + BigInt(by)).toString() : plain(`${value.split(/e/i)[0]}`))],
    [2, () => lastDigit(value, random)],
    [1, () => (value.startsWith('-') ? value.slice(1) : `-${value}`)],
    [1, () => (value.includes('.') ? value : `${value.split(/e/i)[0]}.0`)],
    [1, () => '-0'],
    // The same remainders by 2^32: what a hash of 32 bits takes for one.
    [1, () => (/^-?\d{1,9}$/.test(value) ? (BigInt(value) + 4_294_967_296n).toString() : value)],
  ])();
}

function lastDigit(value: string, random: Random): string {
  const { negative, digits, exponent } = parts(value) ?? { negative: false, digits: '0', exponent: 0 };
  const finer = exponent - random.int(0, 3);
  const whole = BigInt(digits || '0') * 10n ** BigInt(exponent - finer) + 1n;
  return Math.abs(finer) > 60 ? value : plain(`${negative ? '-' : ''}${whole}e${finer}`);
}

function nearText(value: string, random: Random): string {
  return random.pick<() => string>([
    () => value.toUpperCase(),
    () => value.toLowerCase(),
    () => `${value} `,
    () => ` ${value}`,
    () => value.trimEnd(),
    () => value.normalize('NFD'),
    () => value.normalize('NFC'),
    () => value.normalize('NFKC'),
    () => value.replace('e', 'é'),
    () => value.replace('ß', 'ss'),
    () => value.replaceAll('\\', '\\\\'),
    () => value.replace(/^.$/u, ''),
    () => `${value}\u00a0`,
    () => `${value}\u200b`,
    () => `${value}\n`,
    () => value.replace('a', 'а'),
    () => [...value].reverse().join(''),
  ])();
}

function nearJson(value: string, random: Random): string {
  return random.pick([
    ` ${value} `,
    value.replace(':', ' : '),
    value.replace('1', '1.0'),
    value.replace('1', '2'),
    value.replace('a', '\\u0061'),
  ]);
}

/** One microsecond, one millisecond or one hour off. */
function nearTime(value: string, random: Random): string {
  const match = /^(.*\d{2}:\d{2}:\d{2})(?:\.(\d+))?(.*)$/.exec(value);
  if (match === null) return value;
  const [, whole = '', fraction = '', rest = ''] = match;
  const micro = Number(fraction.padEnd(6, '0'));
  const moved = Math.min(999_999, Math.max(0, micro + random.pick([1, -1, 1000, -1000, 2])));
  return random.chance(0.9)
    ? `${whole}.${String(moved).padStart(6, '0')}${rest}`
    : whole.replace(
        /(\d{2})(:\d{2}:\d{2})$/,
        (_, hour: string, tail: string) => `${String((Number(hour) + 1) % 24).padStart(2, '0')}${tail}`,
      ) + rest;
}
