import type { Column } from '../../../databases/model.ts';
import { quote } from '../../../databases/postgres/names.ts';
import { fractional, roundings } from '../../columns/fractions.ts';
import type { Form } from '../../model.ts';
import { NO_TEXT } from '../../model.ts';
import { LETTERS } from '../common.ts';
import { postgresHalfUp as halfUp, postgresStep } from './steps.ts';

/**
 * A built-in operator. A script's conditions run where users' operators and functions are visible, and a better match,
 * such as one for a domain, would be chosen: everything that produces a key's text is qualified.
 */
export const op = (symbol: string) => `OPERATOR(pg_catalog.${symbol})`;

/** Sessions use TimeZone UTC, DateStyle ISO and bytea_output hex: see the adapter. */
export function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return family === 'boolean' ? `${name}::int::text` : `${name}::text`;
    case 'decimal':
      return decimal(column, form);
    case 'float':
      return float(column, form);
    case 'text':
      return text(own(column), form);
    case 'uuid':
      // The letters of a uuid are ASCII: the column's own collation would decide how others are lower-cased.
      return family === 'uuid' ? `${name}::text` : `pg_catalog.lower(${name}::text COLLATE "C")`;
    case 'json':
      return json(column);
    case 'bytes':
      return `pg_catalog.encode(${name}, 'hex')`;
    case 'date':
      return `${name}::text`;
    case 'time':
      return time(column, form);
    case 'timestamp':
      return timestamp(column, form);
    case 'interval':
      // As text first, without the blanks of a char(n), which a cast to interval would refuse.
      return family === 'text'
        ? `CASE WHEN ${name}::text COLLATE "C" ${op('~')} ${DURATION} THEN ${name}::text::interval::text ELSE ${name}::text END`
        : `${name}::text`;
    case 'native':
      // The cast adds /32 and /128, which the type's own output, and so a connector, leaves out.
      return column.nativeType === 'inet'
        ? `CASE WHEN pg_catalog.masklen(${name}) = CASE pg_catalog.family(${name}) WHEN 4 THEN 32 ELSE 128 END THEN pg_catalog.host(${name}) ELSE ${name}::text END`
        : isUserDefined(column)
          ? // By the type's output function: the owner of a type may have created a cast to text that returns anything. A
            // composite value whose members are all NULL is not NULL itself, although IS NULL says so.
            `CASE WHEN ${name} IS DISTINCT FROM NULL THEN pg_catalog.concat(${name}) END`
          : column.type.family === 'decimal'
            ? `${exact(column)}::text`
            : own(column);
  }
}

/** The column's own text. */
function own({ name, unchecked }: Column): string {
  return unchecked ? lossless(`${quote(name)}::text`) : `${quote(name)}::text`;
}

const VALID_UTF8 =
  "'^([0-7][0-9a-f]|(c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|e0[ab][0-9a-f][89ab][0-9a-f]|(e[1-9abcef][89ab]|ed[89])[0-9a-f][89ab][0-9a-f]" +
  "|(f0[9ab]|f[1-3][89ab]|f48)[0-9a-f][89ab][0-9a-f][89ab][0-9a-f])*$'";

/**
 * A text with invalid bytes, which the server could not even send, as a mark followed by two digits per byte. A text
 * that begins with the mark itself is written the same way.
 * @param value SQL, a text
 */
function lossless(value: string): string {
  const doubled = `pg_catalog.replace(${value}, pg_catalog.chr(92), pg_catalog.repeat(pg_catalog.chr(92), 2))`;
  const hex = `pg_catalog.encode(pg_catalog.decode(${doubled}, 'escape'), 'hex')`;
  const plain = `${hex} ${op('~')} ${VALID_UTF8} AND pg_catalog.strpos(${value}, '${NO_TEXT}') ${op('<>')} 1`;
  return `CASE WHEN ${value} IS NULL OR (${plain}) THEN ${value} ELSE pg_catalog.concat('${NO_TEXT}', ${hex}) END`;
}

/**
 * Text of json that jsonb refuses: NUL, half a surrogate pair, or numbers with thousands of digits; and if the database is
 * not in UTF-8, characters by their codes; and thousands of levels. It stays unchanged and is compared by meaning if it
 * differs.
 */
const NOT_JSONB = "'\\\\u(0000|[dD][89a-fA-F])|[eE][+-]?[0-9]{4}|[0-9]{255}'";
/** A character by its code that a database's encoding may lack. */
const BEYOND_ASCII = "'\\\\u(00[89a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])'";

/** Levels of json that any server casts to jsonb: with the default max_stack_depth it takes three times as many. */
const CAST_LEVELS = 5000;
/** Levels of small values that are taken away before the brackets left are counted. */
const SMALL_LEVELS = 16;

/**
 * Whether a json may have more levels than the server can cast. Only one with so many brackets is checked: without
 * its strings, and without parts of only a few levels.
 */
function isDeep(text_: string): string {
  const without = (from: string, what: string) => `pg_catalog.replace(${from}, '${what}', '')`;
  const length = (of: string) => `pg_catalog.octet_length(${of})`;
  const bracketsOf = (from: string) =>
    `pg_catalog.regexp_replace(pg_catalog.regexp_replace(${from}, '"(?:[^"\\\\]|\\\\.)*"', '', 'g'), '[^][{}]+', '', 'g')`;
  let left = bracketsOf(text_);
  for (let level = 0; level < SMALL_LEVELS; level++) left = without(without(left, '[]'), '{}');
  return (
    `${length(text_)} ${op('>')} ${2 * CAST_LEVELS} AND ` +
    `${length(without(without(text_, '['), '{'))} ${op('+')} ${CAST_LEVELS} ${op('<')} ${length(text_)} AND ` +
    `${length(left)} ${op('>')} ${2 * (CAST_LEVELS - SMALL_LEVELS)}`
  );
}

function json(column: Column): string {
  const { nativeType, type } = column;
  const name = quote(column.name);
  if (type.family !== 'json' || nativeType !== 'json') return own(column);
  const refused =
    `${name}::text ${op('~')} ${NOT_JSONB} OR ` +
    `(pg_catalog.getdatabaseencoding() ${op('<>')} 'UTF8' AND ${name}::text ${op('~')} ${BEYOND_ASCII}) OR ` +
    `(${isDeep(`${name}::text`)})`;
  return `CASE WHEN ${refused} THEN ${name}::text ELSE ${name}::jsonb::text END`;
}

/** The session's search path is only pg_catalog, so format_type qualifies all other types. */
export function isUserDefined({ nativeType }: Column): boolean {
  return nativeType.replace(/"[^"]*"/g, '').includes('.');
}

/** Accepted by a cast to interval without errors or rounding. */
const DURATION =
  "'^P(?=.)(-?\\d{1,6}Y)?(-?\\d{1,6}M)?(-?\\d{1,8}D)?(T(?=.)(-?\\d{1,6}H)?(-?\\d{1,6}M)?(-?\\d{1,6}([.]\\d{1,6})?S)?)?$'";

function text(own_: string, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed = trim === false ? own_ : `pg_catalog.${trim === 'both' ? 'btrim' : 'rtrim'}(${own_}, ' ')`;
  return ignoreCase ? `pg_catalog.translate(${trimmed}, '${LETTERS.toUpperCase()}', '${LETTERS}')` : trimmed;
}

function decimal(column: Column, { scale, rounded }: { scale?: number; rounded?: true }): string {
  const name = quote(column.name);
  const number =
    column.type.family === 'decimal'
      ? exact(column)
      : column.type.family === 'boolean'
        ? `${name}::int::numeric`
        : `${name}::numeric`;
  if (scale === undefined) return `pg_catalog.trim_scale(${number})::text`;
  const inScale = `pg_catalog.round(${number}, ${scale})`;
  if (column.type.family === 'decimal') {
    if (column.type.scale === scale) return `${number}::text`;
    // No digit may be lost: a value with more of them keeps them, and so differs from any value of the other side.
    if (column.type.scale === undefined && !rounded) {
      return `CASE WHEN ${number} ${op('=')} ${inScale} THEN ${inScale}::text ELSE pg_catalog.trim_scale(${number})::text END`;
    }
  }
  return `${inScale}::text`;
}

const NAN = "'7ff8000000000000'";
/** Bounds beyond which a decimal number is infinite or 0 as floating point; casts refuse those. */
const FLOAT_RANGE = { 32: ['3.4028235677973363e38', '7.1e-46'], 64: ['1.7976931348623158e308', '2.5e-324'] } as const;

/** Adding zero turns -0 into 0; NaN has many bit patterns, which the server treats as equal. */
function float(column: Column, form: Extract<Form, { kind: 'float' }>): string {
  const name = quote(column.name);
  const bits = (number: string) => `pg_catalog.encode(pg_catalog.float8send(${number} ${op('+')} 0), 'hex')`;
  if (column.type.family === 'float')
    return `CASE WHEN ${name} ${op('=')} 'NaN' THEN ${NAN} ELSE ${bits(`${name}::float8`)} END`;
  const number = column.type.family === 'decimal' ? exact(column) : `${name}::numeric`;
  const [largest, smallest] = FLOAT_RANGE[form.bits];
  const rounded = form.bits === 32 ? `${number}::float4::float8` : `${number}::float8`;
  // What no floating-point column can hold keeps its digits, so it differs from every floating-point value.
  return (
    `CASE WHEN ${number} ${op('=')} 'NaN' THEN ${NAN} WHEN ${number}::text ${op('~')} 'Infinity' THEN ${bits(rounded)} ` +
    `WHEN pg_catalog.abs(${number}) ${op('>=')} ${largest} OR (${number} ${op('<>')} 0 AND pg_catalog.abs(${number}) ${op('<')} ${smallest}) THEN pg_catalog.trim_scale(${number})::text ` +
    `ELSE ${bits(rounded)} END`
  );
}

/** A number as numeric: money is printed in the format of a country. */
function exact({ name, nativeType }: Column): string {
  return nativeType === 'money' ? `${quote(name)}::numeric` : quote(name);
}

function time(column: Column, form: Extract<Form, { kind: 'time' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'time' && column.type.zone;
  // 24:00 must not become 00:00, as it would when converting zones.
  const local = zone
    ? `(CASE WHEN ${name} ${op('=')} '24:00:00+00'::timetz THEN '24:00:00'::time ELSE (${name} AT TIME ZONE 'UTC')::time END)`
    : name;
  return `${roundings(fractional(column), form).reduce((value, digits) => `${value}::time(${digits})`, local)}::text`;
}

function timestamp(column: Column, form: Extract<Form, { kind: 'timestamp' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'timestamp' && column.type.zone;
  const local = zone ? `(${name} AT TIME ZONE 'UTC')` : name;
  const stepped = form.step === undefined ? local : postgresStep(form.step, local);
  const rounded = (value: string, digits: number) =>
    form.half === 'up' ? halfUp(value, digits) : `${value}::timestamp(${digits})`;
  return `${roundings(fractional(column), form).reduce(rounded, stepped)}::text`;
}

export function value(column: Column, form: Form): string {
  if (form.kind === 'float') {
    const name = quote(column.name);
    if (column.type.family === 'float') return `${name}::float8::text`;
    return `${column.type.family === 'decimal' ? exact(column) : name}::text`;
  }
  if (form.kind === 'json' || form.kind === 'uuid') return own(column);
  if (form.kind === 'decimal') return `${exact(column)}::text`;
  // As a pipeline writes it: a cast to text strips blanks, and without them a key would be a different one in a varchar
  // column.
  if (form.kind === 'text' && column.type.family === 'text' && column.type.fixed) {
    const padded = `CASE WHEN ${quote(column.name)} IS NOT NULL THEN pg_catalog.concat(${quote(column.name)}) END`;
    return column.unchecked ? lossless(padded) : padded;
  }
  return canonical(column, form);
}

/** A text can hold any character but one. */
export function textRefusal(text: string): string | undefined {
  return text.includes('\0') ? 'it contains the character NUL, which PostgreSQL text cannot hold' : undefined;
}
