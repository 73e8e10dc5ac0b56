import type { Cells, Column, Form, Statement, TableName } from '../model.ts';
import {
  combineIntegers,
  type Dialect,
  type FetchRequest,
  inGroups,
  KEY_PRIME,
  keyCondition,
  type RowPart,
  rowPieces,
} from './dialect.ts';
import { postgresStep } from './steps.ts';

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** The session runs with TimeZone UTC, DateStyle ISO and bytea_output hex: see the adapter. */
function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return family === 'boolean' ? `${name}::int::text` : `${name}::text`;
    case 'decimal':
      return decimal(column, form);
    case 'float':
      return float(name, form);
    case 'text':
      return text(name, form);
    case 'uuid':
      return family === 'uuid' ? `${name}::text` : `lower(${name}::text)`;
    case 'json':
      return family === 'json' ? `${name}::jsonb::text` : `${name}::text`;
    case 'bytes':
      return `encode(${name}, 'hex')`;
    case 'date':
      return `${name}::text`;
    case 'time':
      return time(column, form);
    case 'timestamp':
      return timestamp(column, form);
    case 'interval':
      return family === 'text'
        ? `CASE WHEN ${name} ~ ${DURATION} THEN ${name}::interval::text ELSE ${name}::text END`
        : `${name}::text`;
    case 'native':
      // The cast adds /32 and /128, which the type's own output, and so a connector, leaves out.
      return column.nativeType === 'inet'
        ? `CASE WHEN masklen(${name}) = CASE family(${name}) WHEN 4 THEN 32 ELSE 128 END THEN host(${name}) ELSE ${name}::text END`
        : `${name}::text`;
  }
}

/** What a cast to interval takes without fail. */
const DURATION =
  "'^P(?=.)(-?\\d{1,6}Y)?(-?\\d{1,6}M)?(-?\\d{1,8}D)?(T(?=.)(-?\\d{1,6}H)?(-?\\d{1,6}M)?(-?\\d{1,6}([.]\\d+)?S)?)?$'";

function text(name: string, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed = trim === false ? `${name}::text` : `${trim === 'both' ? 'btrim' : 'rtrim'}(${name}::text, ' ')`;
  return ignoreCase ? `lower(${trimmed})` : trimmed;
}

function decimal(column: Column, { scale, rounded }: { scale?: number; rounded?: true }): string {
  const name = quote(column.name);
  const number =
    column.type.family === 'decimal' && column.nativeType !== 'money'
      ? name
      : column.type.family === 'boolean'
        ? `${name}::int::numeric`
        : `${name}::numeric`;
  if (scale === undefined) return `trim_scale(${number})::text`;
  if (column.type.family === 'decimal') {
    if (column.type.scale === scale) return `${number}::text`;
    // No digit may be lost: a value with more of them keeps them, and so differs from any value of the other side.
    if (column.type.scale === undefined && !rounded) {
      return `CASE WHEN ${name} = round(${name}, ${scale}) THEN round(${name}, ${scale})::text ELSE trim_scale(${name})::text END`;
    }
  }
  return `round(${number}, ${scale})::text`;
}

function float(name: string, form: Extract<Form, { kind: 'float' }>): string {
  if (form.by === 'bits') return `encode(float8send(${name}::float8 + 0), 'hex')`;
  if (form.by === 'native')
    return form.bits === 32 ? `(${name}::float4 + 0::float4)::text` : `(${name}::float8 + 0)::text`;
  const text = `(${name}::float8 + 0)::text`;
  const digits = `trim(both '0' from replace(ltrim(split_part(${text}, 'e', 1), '-'), '.', ''))`;
  return (
    `CASE WHEN ${name} IS NULL THEN NULL WHEN ${name}::float8 IN ('NaN', 'Infinity', '-Infinity') THEN ${text} ` +
    `WHEN ${name} = 0 THEN '0' ELSE CASE WHEN ${name} < 0 THEN '-' ELSE '' END || ${digits} || 'e' || ` +
    `floor(log(abs(${name}::float8)))::int::text END`
  );
}

function time(column: Column, form: Extract<Form, { kind: 'time' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'time' && column.type.zone;
  const local = zone ? `(${name} AT TIME ZONE 'UTC')::time` : name;
  return fractional(column) > form.precision ? `${local}::time(${form.precision})::text` : `${local}::text`;
}

function timestamp(column: Column, form: Extract<Form, { kind: 'timestamp' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'timestamp' && column.type.zone;
  const local = zone ? `(${name} AT TIME ZONE 'UTC')` : name;
  const stepped = form.step === undefined ? local : postgresStep(form.step, local);
  return fractional(column) > form.precision ? `${stepped}::timestamp(${form.precision})::text` : `${stepped}::text`;
}

function fractional(column: Column): number {
  return column.type.family === 'time' || column.type.family === 'timestamp' ? column.type.precision : 0;
}

function value(column: Column, form: Form): string {
  if (form.kind === 'float') return `${quote(column.name)}::float8::text`;
  if (form.kind === 'json') return `${quote(column.name)}::text`;
  if (form.kind === 'decimal') return `${quote(column.name)}${column.nativeType === 'money' ? '::numeric' : ''}::text`;
  return canonical(column, form);
}

/** A function takes at most 100 arguments. */
const MOST_ARGUMENTS = 100;
/** Cheaper to output than a text; concat_ws takes longer for a separator than for a value. */
const SEPARATOR = `','::"char"`;

function rowText(parts: readonly RowPart[], inUtf8: (text: string) => string): string {
  const pieces = rowPieces(parts, {
    length: (sql) => `octet_length(${inUtf8(sql)})`,
    separator: SEPARATOR,
    value: asArgument,
  });
  return inGroups(pieces, MOST_ARGUMENTS, (group) => `concat(${group.join(', ')})`);
}

/** The function makes texts of its arguments, by what a cast does to these. */
function asArgument(canonical: string): string {
  return canonical.startsWith('CASE') || canonical.startsWith('trim_scale')
    ? canonical
    : canonical.replace(/::text$/, '');
}

function bits(md5: string, from: number): string {
  return `('x' || substr(${md5}, ${from}, 16))::bit(64)::bigint`;
}

const reduce = (expression: string, by: number) => `(${expression}) % ${by}`;

function keyValue(column: Column, form: Form, reference: string): string {
  return form.kind === 'bytes' ? `decode(${reference}, 'hex')` : `${reference}::${column.nativeType}`;
}

function fetch({ table: name, key, keys, select, where, lock }: FetchRequest): Statement {
  const arrays = key.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const names = key.map((_, index) => `sluice_k${index + 1}`).join(', ');
  const equal = key.map(({ column, form }, index) => {
    const operator = column.nullable ? 'IS NOT DISTINCT FROM' : '=';
    return `t.${quote(column.name)} ${operator} ${keyValue(column, form, `k.sluice_k${index + 1}`)}`;
  });
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const join = where === undefined ? equal : [...equal, `(${where})`];
  return {
    sql:
      `SELECT ${columns.join(', ')} FROM unnest(${arrays}) AS k(${names}) JOIN ${table(name)} AS t ON ` +
      `${join.join(' AND ')}${lock ? ' FOR UPDATE OF t' : ''}`,
    parameters: key.map((_, index) => keys.map((one) => one[index] ?? null)),
  };
}

function literal(column: Column, form: Form, text: string | null): string {
  if (text === null) return 'NULL';
  if (form.kind === 'bytes') return `'\\x${text}'`;
  if (/^(integer|decimal)$/.test(column.type.family) && /^-?\d+(\.\d+)?$/.test(text)) return text;
  if (column.type.family === 'timestamp' && column.type.zone && form.kind === 'timestamp' && !/infinity$/.test(text)) {
    // The text is in UTC; the zone stands before a year's BC.
    return quoted(text.replace(/( BC)?$/, '+00$1'));
  }
  return quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** @param encoding the server's: hashes are of UTF-8, whatever the database is stored in */
export function postgresDialect({
  encoding = 'UTF8',
  major,
}: {
  encoding?: string | undefined;
  major: number;
}): Dialect {
  const inUtf8 = (text: string) => (encoding === 'UTF8' ? text : `convert_to(${text}, 'UTF8')`);
  const md5 = (text: string) => `md5(${inUtf8(text)})`;
  // PostgreSQL 18 takes bytes for a number; before that only digits are.
  const number = (text: string, from: number) =>
    major >= 18 ? `substr(decode(${md5(text)}, 'hex'), ${(from + 1) / 2}, 8)::bigint` : bits(md5(text), from);
  return {
    ...common,
    rowText: (parts) => rowText(parts, inUtf8),
    // The text is as long as the rows are many, up to what the server has memory for.
    digest: ({ text, key, from, most }) =>
      `SELECT count(*), ${md5("string_agg(t, ';' ORDER BY k)")} FROM ` +
      `(SELECT ${text} AS t, ${key} AS k ${from} ORDER BY ${key} LIMIT ${most}) s`,
    hash: (text, strong) => (strong ? [number(text, 1), number(text, 17)] : [number(text, 1)]),
    xor: major >= 14 ? (hash) => `bit_xor(${hash})` : undefined,
    textBucket: (text, buckets) => `('x' || left(${md5(text)}, 7))::bit(28)::int % ${buckets}`,
  };
}

const common: Omit<Dialect, 'rowText' | 'hash' | 'textBucket' | 'xor'> = {
  engine: 'postgresql',
  quote,
  table,
  canonical,
  value,
  integerBucket: (columns, buckets) =>
    columns.length === 1
      ? `(${columns[0]} % ${buckets})::int`
      : `(${combineIntegers(
          columns.map((column) => `(${column} % ${KEY_PRIME})::bigint`),
          reduce,
        )} % ${buckets})::int`,
  hashBucket: (hash, buckets) => `((${hash} & 4294967295) % ${buckets})::int`,
  signed: (hash) => hash,
  count: 'count(*)',
  sum: (hash) => [`sum(${hash})`],
  sumOf: ([cell]: Cells) => BigInt.asUintN(64, BigInt(cell ?? '0')),
  among: (expression, numbers) => ({ sql: `${expression} = ANY($1::int[])`, parameters: [numbers] }),
  fetch,
  maxKeys: 1000,
  rowVersion: 't.xmin::text',
  maxParameters: 65_535,
  limit: (sql, rows) => `${sql} LIMIT ${rows}`,
  partCondition(splitting, from, to) {
    if (splitting.by === 'key') return keyCondition(quote(splitting.column), from, to);
    const bounds = [
      ...(from === undefined ? [] : [`ctid >= '(${BigInt(from)},0)'::tid`]),
      ...(to === undefined ? [] : [`ctid < '(${BigInt(to)},0)'::tid`]),
    ];
    return bounds.length === 0 ? undefined : bounds.join(' AND ');
  },
  keyAfter: (of, column, from, rows) =>
    // By the column, and not by the text of it that is selected, which goes by the same name.
    `SELECT t.${quote(column)}::text FROM ${table(of)} AS t${from === undefined ? '' : ` WHERE ${keyCondition(quote(column), from, undefined)}`} ` +
    `ORDER BY t.${quote(column)} LIMIT 1 OFFSET ${rows}`,
  // Thousands of buckets in a row of three arrays: each row of a result costs more than what is in it.
  pack: (scan, [bucket = 'b', ...columns]) =>
    `SELECT ${[bucket, ...columns].map((column) => `array_agg(${column})`).join(', ')} FROM (${scan}) p GROUP BY ${bucket} / 8192`,
  literal,
  scriptHead: ["SET TimeZone = 'UTC';", 'SET standard_conforming_strings = on;', "SET DateStyle = 'ISO, YMD';"],
  begin: 'BEGIN;',
  commit: 'COMMIT;',
  insertOverride: ' OVERRIDING SYSTEM VALUE',
};
