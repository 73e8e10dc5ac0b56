import type { Column, Step } from '../../../databases/model.ts';
import { quote } from '../../../databases/mysql/names.ts';
import { TOO_LONG } from '../../../databases/mysql/settings.ts';
import { isWhole } from '../../../databases/mysql/types.ts';
import { fractional, roundings } from '../../columns/fractions.ts';
import type { Form } from '../../model.ts';
import { LETTERS } from '../common.ts';
import { mysqlHalfAway, mysqlStep } from './steps.ts';

const text = (expression: string) => `CAST(${expression} AS CHAR CHARACTER SET utf8mb4)`;

/** Sessions use UTC and NAMES utf8mb4: see the adapter. */
export function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return text(number(column));
    case 'decimal':
      return decimal(column, form.scale);
    case 'float':
      return float(column, form);
    case 'text':
      return characters(lossless(column), form);
    case 'uuid':
      return `LOWER(${lossless(column)})`;
    case 'json':
      return json(column);
    case 'bytes':
      return `LOWER(HEX(${name}))`;
    case 'date':
      return text(name);
    case 'time':
      return rounded('TIME', name, column, form);
    case 'timestamp':
      return form.step === undefined
        ? rounded('DATETIME', name, column, form, form.half === 'away' ? mysqlHalfAway : undefined)
        : onStep(name, form.step, form.precision);
    case 'interval':
    case 'native':
      if (family === 'bytes') return `LOWER(HEX(${name}))`;
      return family === 'integer' || family === 'decimal' ? text(number(column)) : lossless(column);
  }
}

/** A number without display padding: the zeros of ZEROFILL and YEAR; also BIT(1), whose text is a byte. */
function number({ name, nativeType }: Column): string {
  return /zerofill|^year|^bit/i.test(nativeType) ? `(${quote(name)} + 0)` : quote(name);
}

/** @param own the column's text in UTF-8 */
function characters(own: string, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed = trim === false ? own : `TRIM(${trim === 'both' ? 'BOTH' : 'TRAILING'} ' ' FROM ${own})`;
  if (!ignoreCase) return trimmed;
  // LOWER depends on the collation.
  return [...LETTERS].reduce((text, letter) => `REPLACE(${text}, '${letter.toUpperCase()}', '${letter}')`, trimmed);
}

function utf8({ name, charset }: Column): string {
  return charset === 'utf8mb4' ? quote(name) : `CONVERT(${quote(name)} USING utf8mb4)`;
}

/** Character sets that have U+FFFD themselves. */
const UNICODE = /^(ucs2|utf16(le)?|utf32)$/i;

/**
 * Appends the bytes of a text with invalid bytes, which most character sets allow: each becomes a question mark or
 * U+FFFD, so that many texts would look the same. If none did, both forms have the same number of question marks.
 */
function lossless(column: Column): string {
  const converted = utf8(column);
  if (column.charset === undefined || isWhole(column.charset)) return converted;
  const name = quote(column.name);
  const mark = "_utf8mb4 X'EFBFBD'";
  // The default collation may treat other characters as equal to a question mark.
  const exact = `${converted} COLLATE utf8mb4_bin`;
  const others = (text_: string) => `CHAR_LENGTH(REPLACE(${text_}, '?', ''))`;
  const kept = [
    `(LOCATE('?', ${exact}) = 0 OR ${others(exact)} = ${others(name)})`,
    ...(UNICODE.test(column.charset ?? '') ? [] : [`LOCATE(${mark}, ${exact}) = 0`]),
  ].join(' AND ');
  return `IF(${kept}, ${converted}, CONCAT(${converted}, ${mark}, HEX(${name})))`;
}

/**
 * PostgreSQL's form: no trailing zeros of a second, and no point without digits. The session rounds (see the adapter);
 * a zero date, which cannot be rounded, is kept instead of becoming NULL.
 */
function rounded(
  type: 'TIME' | 'DATETIME',
  name: string,
  column: Column,
  form: { precision: number; held?: number },
  before: (value: string, precision: number) => string = (value) => value,
): string {
  const own = trimmedFraction(type, name, fractional(column));
  const digits = roundings(fractional(column), form);
  if (digits.length === 0) return own;
  const cast = digits.reduce((value, some) => `CAST(${before(value, some)} AS ${type}(${some}))`, name);
  return `IFNULL(${trimmedFraction(type, cast, form.precision)}, ${own})`;
}

function trimmedFraction(type: 'TIME' | 'DATETIME', name: string, digits: number): string {
  const value = text(name);
  if (digits === 0) return value;
  if (type === 'TIME') return `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${value}))`;
  // Halves the work for columns that could hold fractions but do not.
  return `IF(MICROSECOND(${name}) = 0, LEFT(${value}, 19), TRIM(TRAILING '0' FROM ${value}))`;
}

/** With a fixed number of digits: computed values always have six. */
function onStep(name: string, step: Step, precision: number): string {
  const trimmed = (value: string, digits: number) =>
    digits === 0 ? value : `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${value}))`;
  const cast = text(`CAST(${mysqlStep(step, name)} AS DATETIME(${precision}))`);
  return `IFNULL(${trimmed(cast, precision)}, ${trimmed(text(`CAST(${name} AS DATETIME(6))`), 6)})`;
}

function decimal(column: Column, scale: number | undefined): string {
  const own = column.type.family === 'decimal' ? (column.type.scale ?? 0) : 0;
  const value = number(column);
  if (scale === undefined)
    return own === 0 ? text(value) : `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${text(value)}))`;
  if (own === scale) return text(value);
  if (own > scale) return text(`CAST(${value} AS DECIMAL(65, ${scale}))`);
  // A cast to more digits silently truncates large numbers.
  return `CONCAT(${text(value)}, '${own === 0 ? '.' : ''}${'0'.repeat(scale - own)}')`;
}

/** The bytes of the double, available only through a point's binary form; adding zero turns -0 into 0. */
function float(column: Column, form: Extract<Form, { kind: 'float' }>): string {
  const bits = (expression: string) => `LOWER(HEX(REVERSE(SUBSTR(ST_AsBinary(POINT(${expression} + 0e0, 0)), 6, 8))))`;
  if (column.type.family === 'float' || form.bits === 64) return bits(quote(column.name));
  const value = number(column);
  // The cast turns anything larger into the largest FLOAT.
  const tooLarge = `${value} >= 3.4028235677973363e38 OR ${value} <= -3.4028235677973363e38`;
  return `IF(${tooLarge}, ${text(value)}, ${bits(`CAST(${value} AS FLOAT)`)})`;
}

/**
 * The shortest decimal for this double, which both servers only produce in a JSON document: a FLOAT prints six digits,
 * and MySQL cuts long expressions to 15. `5.0` is 5.
 */
function shortest(name: string): string {
  const number_ = `TRIM(LEADING '[' FROM TRIM(TRAILING ']' FROM ${text(`JSON_ARRAY(${name} + 0e0)`)}))`;
  return `IF(${name} IS NULL, NULL, TRIM(TRAILING '.0' FROM ${number_}))`;
}

function json(column: Column): string {
  const name = quote(column.name);
  // MariaDB's json is text: with spaces it matches PostgreSQL's output, so that few rows need a recheck.
  if (column.type.family === 'json' && column.nativeType === 'longtext') {
    return `IF(JSON_VALID(${name}), JSON_LOOSE(${name}), ${utf8(column)})`;
  }
  if (column.nativeType !== 'json') return lossless(column);
  // The text of a document is never empty.
  return `IFNULL(NULLIF(${utf8(column)}, ''), IF(${name} IS NULL, NULL, ${TOO_LONG}))`;
}

export function value(column: Column, form: Form): string {
  const name = quote(column.name);
  if (form.kind === 'float') return column.type.family === 'float' ? shortest(name) : text(number(column));
  if (form.kind === 'json') return column.nativeType === 'json' ? json(column) : utf8(column);
  if (form.kind === 'uuid' && column.type.family === 'text') return utf8(column);
  if (form.kind === 'decimal') return text(number(column));
  // A repair writes the text without the appended bytes.
  if (form.kind === 'text') return characters(utf8(column), form);
  if (form.kind === 'native' && column.type.family === 'text') return utf8(column);
  return canonical(column, form);
}
