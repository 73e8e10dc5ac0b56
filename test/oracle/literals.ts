import type { Column, Engine, OracleType } from './model.ts';
import { parts, plain, rounded } from './numbers.ts';

/** An SQL literal of a value for a column, or undefined where the column's type cannot hold it. */
export function literal(
  engine: Engine,
  { type, kind }: Pick<Column, 'type' | 'kind'>,
  value: string,
): string | undefined {
  const postgres = engine.family === 'postgresql';
  switch (type.kind) {
    case 'integer':
      return integer(type, value);
    case 'boolean': {
      if (value !== '0' && value !== '1') return undefined;
      return postgres ? (value === '1' ? 'true' : 'false') : `b'${value}'`;
    }
    case 'decimal':
      return decimal(type, value, postgres);
    case 'float':
      return float(type.bits, value, postgres);
    case 'text':
      return text(type, kind, value, postgres);
    case 'bytes':
      if (type.fixed && value.length !== 2 * (type.length ?? 0)) return undefined;
      if (type.length !== undefined && value.length > 2 * type.length) return undefined;
      return postgres ? `'\\x${value}'` : `X'${value}'`;
    case 'date':
      return dated(value, postgres);
    case 'timestamp':
      return moment(type, value, postgres);
    case 'time':
      return timeOfDay(type, value, postgres);
    case 'json':
      if (!postgres && /"\\ud800"/.test(value)) return undefined;
      return quoted(value, postgres);
    case 'opaque':
      return type.name === 'bit' ? `b'${Number(value).toString(2)}'` : `POINT(${value}, 1)`;
    default:
      return quoted(value, postgres);
  }
}

export function quoted(value: string, postgres: boolean): string | undefined {
  if (!value.includes('\0')) return `'${value.replaceAll("'", "''")}'`;
  // PostgreSQL has no NUL in texts.
  return postgres ? undefined : `CONVERT(X'${Buffer.from(value).toString('hex')}' USING utf8mb4)`;
}

function integer(type: Extract<OracleType, { kind: 'integer' }>, value: string): string | undefined {
  if (parts(value) === undefined || (parts(value)?.exponent ?? 0) > 40) return undefined;
  const whole = plain(value);
  if (!/^-?\d+$/.test(whole)) return undefined;
  const number = BigInt(whole);
  if (number < BigInt(type.min) || number > BigInt(type.max)) return undefined;
  if (type.display === 'year' && number !== 0n && number < 1901n) return undefined;
  // A number 0 is taken for 2000, a text '0000' for 0.
  if (type.display === 'year') return `'${whole.padStart(4, '0')}'`;
  return whole;
}

function decimal(type: Extract<OracleType, { kind: 'decimal' }>, value: string, postgres: boolean): string | undefined {
  const number = parts(value);
  if (number === undefined) {
    // numeric(10,2) takes NaN, too, but no infinity; both are told apart from MySQL's numbers.
    return postgres && !type.money && (type.precision === undefined || value === 'NaN') ? `'${value}'` : undefined;
  }
  if (Math.abs(number.exponent) > 100) return undefined;
  const { precision, scale = 0 } = type;
  if (precision === undefined) return plain(value);
  const kept = rounded(value, scale);
  const whole = kept.replace(/^-/, '').split('.')[0]?.replace(/^0+/, '') ?? '';
  if (whole.length > precision - scale) return undefined;
  if (type.money && whole.length > 16) return undefined;
  return type.money ? `'${kept}'` : plain(value);
}

function float(bits: 32 | 64, value: string, postgres: boolean): string | undefined {
  if (parts(value) === undefined) return postgres ? `'${value}'` : undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || (number !== 0 && Math.abs(number) < Number.MIN_VALUE)) return undefined;
  const single = Math.fround(number);
  if (bits === 32 && (!Number.isFinite(single) || (number !== 0 && Math.abs(number) < 1.2e-38))) return undefined;
  // MySQL has no subnormal numbers as literals; -0 as a literal of a decimal is 0.
  if (!postgres && number !== 0 && Math.abs(number) < 2.3e-308) return undefined;
  if (postgres) return `'${value}'`;
  return /e/i.test(value) ? value : `${value}e0`;
}

/** What every latin1 of MySQL (which is cp1252) and Unicode have at one place. */
const LATIN1 = /^[\0-\u007f\u00a0-\u00ff]*$/;

function text(
  type: Extract<OracleType, { kind: 'text' }>,
  kind: string,
  value: string,
  postgres: boolean,
): string | undefined {
  if (type.latin1 && !LATIN1.test(value)) return undefined;
  if (type.length !== undefined && [...value].length > type.length) return undefined;
  if (kind === 'text' && value.length > 300 && type.length !== undefined) return undefined;
  if (/[\ud800-\udfff]/.test(value) && !value.isWellFormed()) return undefined;
  return quoted(value, postgres);
}

function dated(value: string, postgres: boolean): string | undefined {
  if (!postgres && /BC|infinity|^\d{5}/.test(value)) return undefined;
  if (postgres && /-00/.test(value)) return undefined;
  return `'${value}'`;
}

function moment(
  type: Extract<OracleType, { kind: 'timestamp' }>,
  value: string,
  postgres: boolean,
): string | undefined {
  const plainDate = dated(value, postgres);
  if (plainDate === undefined) return undefined;
  if (postgres) return type.zone && !/infinity/.test(value) ? `'${value.replace(/( BC)?$/, '+00$1')}'` : plainDate;
  const year = Number(value.slice(0, 4));
  // TIMESTAMP: from 1970-01-01 00:00:01 to 2038 at least; '0000-00-00' is its own.
  if (type.zone && (year < 1971 || year > 2037) && value !== '0000-00-00 00:00:00') return undefined;
  if (type.zone && /^\d{4}-00/.test(value) && year !== 0) return undefined;
  // Rounding up would leave the calendar.
  if (/^9999.*\./.test(value)) return undefined;
  return plainDate;
}

function timeOfDay(type: Extract<OracleType, { kind: 'time' }>, value: string, postgres: boolean): string | undefined {
  const zoned = /[+-]\d{2}(:\d{2})?$/.test(value) && !/^-/.test(value);
  if (zoned && !type.zone) return undefined;
  if (!postgres) return `'${value}'`;
  const hours = Number(/^-?(\d+)/.exec(value)?.[1]);
  if (value.startsWith('-') || hours > 24) return undefined;
  // 24:00 in UTC is the next day's 00:00, or is it not? Only `time` has it here, also by rounding.
  if (type.zone && (hours === 24 || /^23:59:59\.[5-9]/.test(value))) return undefined;
  return `'${value}${type.zone && !zoned ? '+00' : ''}'`;
}
