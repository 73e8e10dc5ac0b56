import type { Column } from '../../../databases/model.ts';
import { quote } from '../../../databases/sqlserver/names.ts';
import { fractional, roundings } from '../../columns/fractions.ts';
import type { Form } from '../../model.ts';
import { LETTERS } from '../common.ts';
import { sqlserverStep } from './steps.ts';

/** Binary order and UTF-8 bytes (SQL Server 2019 and later), so that hashes match the other engines. */
const UTF8 = 'Latin1_General_100_BIN2_UTF8';

function utf8(column: Column): string {
  const name = quote(column.name);
  // (max) types are slow to hash, and short columns do not need them. A UTF-16 unit takes at most three bytes.
  const declared = /\((\d+)\)$/.exec(column.nativeType)?.[1];
  const wide = declared === undefined || Number(declared) > 2600;
  return wide
    ? `CAST(CAST(${name} AS nvarchar(max)) COLLATE ${UTF8} AS varchar(max))`
    : `CAST(CAST(${name} AS nvarchar(${declared})) COLLATE ${UTF8} AS varchar(8000))`;
}

function characters(column: Column, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed =
    trim === false ? utf8(column) : trim === 'both' ? `LTRIM(RTRIM(${utf8(column)}))` : `RTRIM(${utf8(column)})`;
  return ignoreCase ? `TRANSLATE(${trimmed}, '${LETTERS.toUpperCase()}', '${LETTERS}')` : trimmed;
}

export function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return `CONVERT(varchar(20), ${name})`;
    case 'decimal':
      return decimal(column, form.scale);
    case 'float':
      // Adding zero turns -0 into 0.
      return `LOWER(CONVERT(char(16), CAST(${double(column, form.bits)} + 0 AS binary(8)), 2))`;
    case 'text':
      return characters(column, form);
    case 'uuid':
      return family === 'uuid' ? `LOWER(CONVERT(char(36), ${name}))` : `LOWER(${utf8(column)})`;
    case 'json':
    case 'interval':
      return utf8(column);
    case 'bytes':
      return `LOWER(${hexadecimal(column)})`;
    case 'date':
      // Never return char(n): if a row has one value, ISNULL(char(10), '') is ten blanks.
      return `CONVERT(varchar(10), ${name}, 23)`;
    case 'time': {
      const time = roundedTo('time', name, fractional(column), form);
      return withFraction(`CONVERT(varchar(8), ${time}, 108)`, `CONVERT(char(16), CAST(${time} AS time(7)), 121)`);
    }
    case 'timestamp':
      return timestamp(column, form);
    case 'native':
      if (family === 'text' || family === 'other') return utf8(column);
      // All four digits of money; without a style only two are shown.
      return `CONVERT(varchar(50), ${name}${isMoney(column) ? ', 2' : ''})`;
  }
}

/** A decimal number as a float column of so many bits would hold it. */
function double(column: Column, bits: 32 | 64): string {
  const name = quote(column.name);
  return `CAST(${column.type.family !== 'float' && bits === 32 ? `CAST(${name} AS real)` : name} AS float(53))`;
}

/** Long types are slow, and a short column needs none. */
function hexadecimal({ name, nativeType }: Column): string {
  const declared = Number(/\((\d+)\)$/.exec(nativeType)?.[1] ?? Number.POSITIVE_INFINITY);
  return declared <= 4000
    ? `CONVERT(varchar(${2 * declared}), ${quote(name)}, 2)`
    : `CONVERT(varchar(max), CAST(${quote(name)} AS varbinary(max)), 2)`;
}

function timestamp(column: Column, form: Extract<Form, { kind: 'timestamp' }>): string {
  const { step } = form;
  const { type } = column;
  const name = quote(column.name);
  const local = type.family === 'timestamp' && type.zone ? `SWITCHOFFSET(${name}, '+00:00')` : name;
  const onGrid = step === undefined || (type.family === 'timestamp' && type.step === step);
  const exact = onGrid ? local : sqlserverStep(step, `CAST(${local} AS datetime2(7))`);
  const rounded = roundedTo('datetime2', exact, onGrid ? fractional(column) : 7, form);
  const full = `CONVERT(char(27), CAST(${rounded} AS datetime2(7)), 121)`;
  return withFraction(`LEFT(${full}, 19)`, full);
}

/**
 * PostgreSQL's form: no trailing zeros of a second, and no point without digits. FORMAT() would cost 100 times as much.
 */
function withFraction(seconds: string, full: string): string {
  const digits = `REPLACE(RTRIM(REPLACE(RIGHT(${full}, 7), '0', ' ')), ' ', '0')`;
  return `${seconds} + CASE WHEN ${digits} = '' THEN '' ELSE '.' + ${digits} END`;
}

/** @param own digits of a second that the value has */
function roundedTo(
  type: 'time' | 'datetime2',
  value: string,
  own: number,
  form: { precision: number; held?: number },
): string {
  const [first = own, ...others] = roundings(own, form);
  return [first, ...others].reduce((rounded, digits) => `CAST(${rounded} AS ${type}(${digits}))`, value);
}

function isMoney({ nativeType }: Column): boolean {
  return /money$/.test(nativeType);
}

/** Digits are appended to the number's text: a decimal with a larger scale could not hold every number. */
function decimal(column: Column, scale: number | undefined): string {
  const name = quote(column.name);
  const own = column.type.family === 'decimal' ? (column.type.scale ?? 0) : 0;
  const text = `CONVERT(varchar(41), ${name}${isMoney(column) ? ', 2' : ''})`;
  const more = (scale ?? own) - own;
  if (more < 0) return `CONVERT(varchar(41), CAST(${name} AS decimal(38, ${scale})))`;
  if (more === 0) return text;
  // With many more digits, a row of such columns would exceed the limit for concatenated short texts.
  return `${more > 8 ? `CAST(${text} AS varchar(max))` : text} + '${own === 0 ? '.' : ''}${'0'.repeat(more)}'`;
}

export function value(column: Column, form: Form): string {
  const name = quote(column.name);
  if (form.kind === 'float') return `CONVERT(varchar(40), CAST(${name} AS float(53)), 3)`;
  if (form.kind === 'uuid' && column.type.family === 'text') return utf8(column);
  if (form.kind === 'decimal') return decimal(column, undefined);
  return canonical(column, form);
}
