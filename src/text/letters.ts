/** What a character is in a name; a letter is more than DIGIT. */
export const SEPARATOR = 0;
export const DIGIT = 1;
export const LOWER = 2;
export const UPPER = 3;
/** Without a case. */
const LETTER = 4;

/** A character as one number: its letter (5 bits), its kind (3 bits), and two more bits. */
const KIND = 5;
/** It takes two code units. */
const WIDE = 1 << 8;
/** Its lower case ends in a dot, which separates words. */
const DOT = 1 << 9;
export const letterIn = (sign: number) => sign & 31;
export const kindIn = (sign: number) => (sign >> KIND) & 7;
export const isWide = (sign: number) => (sign & WIDE) !== 0;
/** A small letter in one code unit. */
export const isSmall = (sign: number) => sign >> KIND === LOWER;
export const hasDot = (sign: number) => (sign & DOT) !== 0;

/** A letter's number, from 1, the same for both cases; 0 for a digit, and one number for all letters above ASCII. */
export function letterOf(unit: number): number {
  if (unit < 128) return unit > 64 ? unit & 31 : 0;
  return unit === KELVIN ? 11 : unit === I_WITH_DOT ? 9 : OTHER;
}

export const OTHER = 31;
/** Above ASCII, only these two are ASCII letters in lower case: the second becomes an i and a dot. */
const KELVIN = 0x212a;
const I_WITH_DOT = 0x130;

const SIGNS = Uint16Array.from({ length: 128 }, (_none, unit) => letterOf(unit));
for (const [first, last, kind] of [
  ['0', '9', DIGIT],
  ['A', 'Z', UPPER],
  ['a', 'z', LOWER],
] as const)
  for (let unit = first.charCodeAt(0); unit <= last.charCodeAt(0); unit++)
    SIGNS[unit] = letterOf(unit) | (kind << KIND);

/** The same for all characters, plus one; 0 for those not seen yet. */
let seen: Uint16Array | undefined;

/** The character at a position of a text. */
export function signAt(units: Uint16Array, at: number, end: number): number {
  const unit = units[at] ?? 0;
  return unit < 128 ? (SIGNS[unit] ?? 0) : signAbove(units, at, end);
}

function signAbove(units: Uint16Array, at: number, end: number): number {
  const unit = units[at] ?? 0;
  const next = at + 1 < end ? (units[at + 1] ?? 0) : 0;
  const isPair = (unit & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00;
  const point = isPair ? ((unit - 0xd800) << 10) + (next - 0xdc00) + 0x1_0000 : unit;
  seen ??= new Uint16Array(0x11_0000);
  const known = seen[point] ?? 0;
  if (known > 0) return known - 1;
  const text = String.fromCodePoint(point);
  const kind = /\p{Ll}/u.test(text) ? LOWER : /\p{Lu}/u.test(text) ? UPPER : /\p{L}/u.test(text) ? LETTER : SEPARATOR;
  const sign = letterOf(unit) | (kind << KIND) | (isPair ? WIDE : 0) | (point === I_WITH_DOT ? DOT : 0);
  seen[point] = sign + 1;
  return sign;
}
