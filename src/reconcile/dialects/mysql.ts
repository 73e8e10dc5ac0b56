import type { Cells, Column, Form, Statement, Step, TableName } from '../model.ts';
import { type Dialect, type FetchRequest, integerBucket, keyCondition, type RowPart, rowPieces } from './dialect.ts';
import { mysqlStep } from './steps.ts';

function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``;
}

function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

const text = (expression: string) => `CAST(${expression} AS CHAR CHARACTER SET utf8mb4)`;

/** The session runs in UTC, with NAMES utf8mb4: see the adapter. */
function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      // BIT(1) is no number as text; adding zero makes it one.
      return text(column.nativeType.startsWith('bit') ? `(${name} + 0)` : name);
    case 'decimal':
      return decimal(column, form.scale);
    case 'float':
      return float(name, form);
    case 'text':
      return characters(column, form);
    case 'uuid':
      return `LOWER(${utf8(column)})`;
    case 'json':
      return json(column);
    case 'bytes':
      return `LOWER(HEX(${name}))`;
    case 'date':
      return text(name);
    case 'time':
      return trimmedFraction('TIME', name, column, form.precision);
    case 'timestamp':
      return form.step === undefined
        ? trimmedFraction('DATETIME', name, column, form.precision)
        : onStep(name, form.step, form.precision);
    case 'interval':
    case 'native':
      return family === 'bytes' ? `LOWER(HEX(${name}))` : utf8(column);
  }
}

function characters(column: Column, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const own = utf8(column);
  const trimmed = trim === false ? own : `TRIM(${trim === 'both' ? 'BOTH' : 'TRAILING'} ' ' FROM ${own})`;
  return ignoreCase ? `LOWER(${trimmed})` : trimmed;
}

function utf8({ name, charset }: Column): string {
  return charset === 'utf8mb4' ? quote(name) : `CONVERT(${quote(name)} USING utf8mb4)`;
}

/** PostgreSQL's form: no trailing zeros of a second, and no point where none is left. The session rounds (see the adapter). */
function trimmedFraction(type: 'TIME' | 'DATETIME', name: string, column: Column, precision: number): string {
  const declared = column.type.family === 'time' || column.type.family === 'timestamp' ? column.type.precision : 0;
  const digits = Math.min(declared, precision);
  const rounded = declared > precision ? `CAST(${name} AS ${type}(${precision}))` : name;
  const value = text(rounded);
  if (digits === 0) return value;
  if (type === 'TIME') return `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${value}))`;
  // Half the work where a column could hold fractions and does not.
  return `IF(MICROSECOND(${rounded}) = 0, LEFT(${value}, 19), TRIM(TRAILING '0' FROM ${value}))`;
}

/** In so many digits, whatever the column has: what is reckoned with has six of them. */
function onStep(name: string, step: Step, precision: number): string {
  const value = text(`CAST(${mysqlStep(step, name)} AS DATETIME(${precision}))`);
  return precision === 0 ? value : `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${value}))`;
}

function decimal(column: Column, scale: number | undefined): string {
  const name = quote(column.name);
  const own = column.type.family === 'decimal' ? (column.type.scale ?? 0) : 0;
  const number = column.nativeType.startsWith('bit') ? `(${name} + 0)` : name;
  if (scale !== undefined) return own === scale ? text(number) : text(`CAST(${number} AS DECIMAL(65, ${scale}))`);
  return own === 0 ? text(number) : `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${text(number)}))`;
}

function float(name: string, form: Extract<Form, { kind: 'float' }>): string {
  // A FLOAT prints six digits only; as a double it prints them all.
  const number = `(${name} + 0e0)`;
  if (form.by !== 'digits') return text(number);
  const mantissa = `REPLACE(TRIM(LEADING '-' FROM SUBSTRING_INDEX(${text(number)}, 'e', 1)), '.', '')`;
  return (
    `CASE WHEN ${name} IS NULL THEN NULL WHEN ${name} = 0 THEN '0' ELSE CONCAT(IF(${name} < 0, '-', ''), ` +
    `TRIM(BOTH '0' FROM ${mantissa}), 'e', CAST(FLOOR(LOG10(ABS(${number}))) AS SIGNED)) END`
  );
}

function json(column: Column): string {
  const name = quote(column.name);
  // MariaDB's json is text: loosely spaced it is what PostgreSQL prints, so that few rows need a second look.
  if (column.type.family === 'json' && column.nativeType === 'longtext') {
    return `IF(JSON_VALID(${name}), JSON_LOOSE(${name}), ${utf8(column)})`;
  }
  return utf8(column);
}

function value(column: Column, form: Form): string {
  const name = quote(column.name);
  if (form.kind === 'float') return text(`(${name} + 0e0)`);
  if (form.kind === 'json') return utf8(column);
  if (form.kind === 'decimal') return text(column.nativeType.startsWith('bit') ? `(${name} + 0)` : name);
  return canonical(column, form);
}

function rowText(parts: readonly RowPart[]): string {
  const pieces = rowPieces(parts, { length: (sql) => `LENGTH(${sql})`, separator: "','", value: asArgument });
  return `CONCAT_WS('', ${pieces.join(', ')})`;
}

const PLAIN = /CAST\((`(?:[^`]|``)*`) AS CHAR CHARACTER SET utf8mb4\)/g;

/**
 * The function makes texts of its arguments, for less than a cast does, the connection's character set being UTF-8; what is
 * cut from a text is cut sooner from bytes.
 */
function asArgument(canonical: string): string {
  return canonical.replace(PLAIN, (cast, column) => (cast === canonical ? column : `CAST(${column} AS BINARY)`));
}

function bits(row: string, from: number): string {
  return `CAST(CONV(SUBSTR(MD5(${row}), ${from}, 16), 16, 10) AS UNSIGNED)`;
}

const reduce = (expression: string, by: number) => `CAST((${expression}) % ${by} AS SIGNED)`;

function keyValue(column: Column, form: Form): string {
  switch (form.kind) {
    case 'integer':
      return column.type.family === 'integer' && column.type.unsigned ? 'CAST(? AS UNSIGNED)' : 'CAST(? AS SIGNED)';
    case 'decimal':
      return `CAST(? AS DECIMAL(65, ${column.type.family === 'decimal' ? (column.type.scale ?? 0) : 0}))`;
    case 'bytes':
      return 'UNHEX(?)';
    default:
      return '?';
  }
}

function fetch({ table: name, key, keys, select, where, lock }: FetchRequest): Statement {
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const row = key.some(({ column }) => column.nullable)
    ? `(${key.map(({ column, form }) => `${quote(column.name)} <=> ${keyValue(column, form)}`).join(' AND ')})`
    : undefined;
  const condition =
    row === undefined
      ? `(${key.map(({ column }) => quote(column.name)).join(', ')}) IN (${keys
          .map(() => `(${key.map(({ column, form }) => keyValue(column, form)).join(', ')})`)
          .join(', ')})`
      : `(${keys.map(() => row).join(' OR ')})`;
  return {
    sql:
      `SELECT ${columns.join(', ')} FROM ${table(name)} WHERE ${condition}` +
      `${where === undefined ? '' : ` AND (${where})`}${lock ? ' FOR UPDATE' : ''}`,
    parameters: keys.flatMap((one) => key.map((_, index) => one[index] ?? null)),
  };
}

function literal(_column: Column, form: Form, value_: string | null): string {
  if (value_ === null) return 'NULL';
  if (form.kind === 'bytes') return `X'${value_}'`;
  if (form.kind === 'integer' || form.kind === 'decimal') return value_;
  // NO_BACKSLASH_ESCAPES is set at the head: a backslash stands for itself.
  return `'${value_.replaceAll("'", "''")}'`;
}

export const mysql: Dialect = {
  engine: 'mysql',
  quote,
  table,
  canonical,
  value,
  rowText,
  // In an order that MySQL does not promise; in another one a digest is another, which costs a second look and no more.
  digest: ({ text: row, from }) => `SELECT COUNT(*), MD5(GROUP_CONCAT(${row} SEPARATOR ';')) ${from}`,
  hash: (row, strong) => (strong ? [bits(row, 1), bits(row, 17)] : [bits(row, 1)]),
  integerBucket: (columns, buckets) => integerBucket(columns, buckets, reduce),
  textBucket: (key, buckets) => `CAST(CONV(LEFT(MD5(${key}), 7), 16, 10) AS SIGNED) % ${buckets}`,
  hashBucket: (hash, buckets) => `CAST((${hash} & 4294967295) % ${buckets} AS SIGNED)`,
  signed: (hash) => `CAST(${hash} AS SIGNED)`,
  count: 'COUNT(*)',
  sum: (hash) => [`SUM(${hash})`],
  xor: (hash) => `BIT_XOR(${hash})`,
  sumOf: ([cell]: Cells) => BigInt.asUintN(64, BigInt(cell ?? '0')),
  among: (expression, numbers) => ({ sql: `${expression} IN (${numbers.join(', ')})`, parameters: [] }),
  fetch,
  maxKeys: 500,
  maxParameters: 65_535,
  limit: (sql, rows) => `${sql} LIMIT ${rows}`,
  partCondition: (splitting, from, to) =>
    splitting.by === 'key' ? keyCondition(quote(splitting.column), from, to) : undefined,
  keyAfter: (of, column, from, rows) =>
    `SELECT ${quote(column)} FROM ${table(of)}${from === undefined ? '' : ` WHERE ${keyCondition(quote(column), from, undefined)}`} ` +
    `ORDER BY ${quote(column)} LIMIT 1 OFFSET ${rows}`,
  pack: undefined,
  literal,
  scriptHead: [
    'SET NAMES utf8mb4;',
    "SET time_zone = '+00:00';",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO';",
  ],
  begin: 'START TRANSACTION;',
  commit: 'COMMIT;',
  insertOverride: '',
};
