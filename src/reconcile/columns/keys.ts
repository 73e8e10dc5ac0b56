import type { Column } from '../../databases/model.ts';
import type { ValueTexts } from '../dialects/dialect.ts';
import type { Form } from '../model.ts';

/**
 * Whether values that the engine distinguishes have different canonical texts. Only then is a unique key also unique as
 * canonical text: two times rounded to one, or two spellings of one uuid, would be two rows with one key.
 */
export function isLossless({ type, ambiguous }: Column, form: Form): boolean {
  if (ambiguous) return false;
  switch (form.kind) {
    case 'integer':
      return type.family === 'integer' || type.family === 'boolean';
    case 'decimal':
      if (form.rounded) return false;
      return (
        type.family === 'integer' ||
        type.family === 'boolean' ||
        (type.family === 'decimal' &&
          (form.scale === undefined || type.scale === undefined || type.scale <= form.scale))
      );
    case 'float':
      return type.family === 'float' && type.bits <= form.bits;
    case 'text':
      // Blanks at the end of a char(n) do not count for the engine either.
      return !form.ignoreCase && (form.trim === false || (form.trim === true && isFixed(type)));
    case 'uuid':
    case 'date':
    case 'bytes':
      return type.family === form.kind;
    case 'time':
      return type.family === 'time' && !type.zone && type.precision <= form.precision;
    case 'timestamp':
      if (type.family !== 'timestamp' || type.precision > form.precision) return false;
      return form.step === undefined || form.step === type.step;
    case 'native':
      return type.family !== 'float' && type.family !== 'opaque';
    case 'json':
    case 'interval':
      return false;
  }
}

function isFixed(type: Column['type']): boolean {
  return type.family === 'text' && type.fixed === true;
}

/**
 * How rows with a canonical text are found in a column.
 * - `native`: the text is a value of the column's type, and the engine treats every row with this text as equal to it,
 *   so an index can be used.
 * - `canonical`: only the canonical texts of all rows can tell.
 * - `none`: no value of the column can have this text.
 */
export type KeyMatch = 'native' | 'canonical' | 'none';

export function keyMatch(
  column: Column,
  form: Form,
  text: string,
  { textRefusal }: Pick<ValueTexts, 'textRefusal'>,
): KeyMatch {
  const { type } = column;
  // Such a text cannot be sent as a parameter either.
  if (textRefusal?.(text) !== undefined) return 'none';
  if (!isLossless(column, form)) return 'canonical';
  switch (type.family) {
    case 'integer':
      return form.kind === 'integer' ? integerMatch(type, text) : 'canonical';
    case 'boolean':
      return form.kind !== 'integer' ? 'canonical' : text === '0' || text === '1' ? 'native' : 'none';
    case 'decimal':
      // Infinity, NaN, or more digits than the type holds: a number cannot be compared with money beyond its range.
      return !/money$/.test(column.nativeType) && /^-?\d{1,38}(\.\d{1,20})?$/.test(text) ? 'native' : 'canonical';
    case 'text':
      // Text of another character set cannot be compared with any text at all.
      return (!column.unchecked && (column.charset === undefined || column.charset === 'utf8mb4')) || isAscii(text)
        ? 'native'
        : 'canonical';
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? 'native' : 'none';
    case 'bytes':
      return /^([0-9a-f]{2})*$/.test(text) ? 'native' : 'none';
    case 'date':
      return isDate(text) ? 'native' : 'canonical';
    case 'time':
      return isTime(text) ? 'native' : 'canonical';
    case 'timestamp': {
      const [date = '', time = '', ...more] = text.split(' ');
      return more.length === 0 && isDate(date) && isTime(time) ? 'native' : 'canonical';
    }
    default:
      return 'canonical';
  }
}

function integerMatch({ bits, unsigned }: Extract<Column['type'], { family: 'integer' }>, text: string): KeyMatch {
  if (!/^-?\d{1,20}$/.test(text)) return 'none';
  const value = BigInt(text);
  const lowest = unsigned ? 0n : -(2n ** BigInt(bits - 1));
  const highest = 2n ** BigInt(unsigned ? bits : bits - 1) - 1n;
  return value >= lowest && value <= highest ? 'native' : 'none';
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every character of ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/** A day that every engine has: zero dates, years before 1 and infinity are left to their texts. */
function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (Number(year) < 1) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** A time of day; MySQL's may be negative or have more hours. */
function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?$/.test(text);
}
