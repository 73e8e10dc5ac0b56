import { hasHidden } from '../../text/visible.ts';
import { keyMatch } from '../keys.ts';
import type { Cells, Column, Form, Statement, Step, TableName } from '../model.ts';
import {
  type Dialect,
  type DigestName,
  type FetchRequest,
  integerBucket,
  keyCondition,
  LETTERS,
  type RowPart,
  rowPieces,
} from './dialect.ts';
import { isWhole } from './mysql-types.ts';
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
      return rounded('TIME', name, column, form.precision);
    case 'timestamp':
      return form.step === undefined
        ? rounded('DATETIME', name, column, form.precision)
        : onStep(name, form.step, form.precision);
    case 'interval':
    case 'native':
      if (family === 'bytes') return `LOWER(HEX(${name}))`;
      return family === 'integer' || family === 'decimal' ? text(number(column)) : lossless(column);
  }
}

/** A number without what is display only: the zeros of ZEROFILL and of YEAR, and BIT(1), whose text is a byte. */
function number({ name, nativeType }: Column): string {
  return /zerofill|^year|^bit/i.test(nativeType) ? `(${quote(name)} + 0)` : quote(name);
}

/** @param own the column's text in UTF-8 */
function characters(own: string, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed = trim === false ? own : `TRIM(${trim === 'both' ? 'BOTH' : 'TRAILING'} ' ' FROM ${own})`;
  if (!ignoreCase) return trimmed;
  // LOWER goes by a collation's own notion of letters.
  return [...LETTERS].reduce((text, letter) => `REPLACE(${text}, '${letter.toUpperCase()}', '${letter}')`, trimmed);
}

function utf8({ name, charset }: Column): string {
  return charset === 'utf8mb4' ? quote(name) : `CONVERT(${quote(name)} USING utf8mb4)`;
}

/** Character sets that have U+FFFD themselves. */
const UNICODE = /^(ucs2|utf16(le)?|utf32)$/i;

/**
 * The same, but of a text that has bytes which are no characters, as most character sets allow, with its bytes behind it:
 * each of them becomes a question mark or U+FFFD, and many texts one. The two have as many question marks where none was made.
 */
function lossless(column: Column): string {
  const converted = utf8(column);
  if (column.charset === undefined || isWhole(column.charset)) return converted;
  const name = quote(column.name);
  const mark = "_utf8mb4 X'EFBFBD'";
  // The default collation may take other characters for a question mark.
  const exact = `${converted} COLLATE utf8mb4_bin`;
  const others = (text_: string) => `CHAR_LENGTH(REPLACE(${text_}, '?', ''))`;
  const kept = [
    `(LOCATE('?', ${exact}) = 0 OR ${others(exact)} = ${others(name)})`,
    ...(UNICODE.test(column.charset ?? '') ? [] : [`LOCATE(${mark}, ${exact}) = 0`]),
  ].join(' AND ');
  return `IF(${kept}, ${converted}, CONCAT(${converted}, ${mark}, HEX(${name})))`;
}

/**
 * PostgreSQL's form: no trailing zeros of a second, and no point where none is left. The session rounds (see the adapter);
 * a value that it cannot round, since no day comes after a zero date, is given as it is, and not as the NULL it becomes.
 */
function rounded(type: 'TIME' | 'DATETIME', name: string, column: Column, precision: number): string {
  const declared = column.type.family === 'time' || column.type.family === 'timestamp' ? column.type.precision : 0;
  if (declared <= precision) return trimmedFraction(type, name, declared);
  const cast = trimmedFraction(type, `CAST(${name} AS ${type}(${precision}))`, precision);
  return `IFNULL(${cast}, ${trimmedFraction(type, name, declared)})`;
}

function trimmedFraction(type: 'TIME' | 'DATETIME', name: string, digits: number): string {
  const value = text(name);
  if (digits === 0) return value;
  if (type === 'TIME') return `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${value}))`;
  // Half the work where a column could hold fractions and does not.
  return `IF(MICROSECOND(${name}) = 0, LEFT(${value}, 19), TRIM(TRAILING '0' FROM ${value}))`;
}

/** In so many digits, whatever the column has: what is reckoned with has six of them. */
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
  // A cast to more digits cuts a large number down to what fits, in silence.
  return `CONCAT(${text(value)}, '${own === 0 ? '.' : ''}${'0'.repeat(scale - own)}')`;
}

/** The bytes of the double, which only a point's binary form shows; zero is added to make -0 and 0 one. */
function float(column: Column, form: Extract<Form, { kind: 'float' }>): string {
  const bits = (expression: string) => `LOWER(HEX(REVERSE(SUBSTR(ST_AsBinary(POINT(${expression} + 0e0, 0)), 6, 8))))`;
  if (column.type.family === 'float' || form.bits === 64) return bits(quote(column.name));
  const value = number(column);
  // The cast makes the largest FLOAT of all that is larger.
  const tooLarge = `${value} >= 3.4028235677973363e38 OR ${value} <= -3.4028235677973363e38`;
  return `IF(${tooLarge}, ${text(value)}, ${bits(`CAST(${value} AS FLOAT)`)})`;
}

/**
 * The shortest decimal that is this double, which only a JSON document has in both servers: a FLOAT prints six digits, and
 * MySQL cuts an expression's text to 15 where it is long. `5.0` is 5.
 */
function shortest(name: string): string {
  const number_ = `TRIM(LEADING '[' FROM TRIM(TRAILING ']' FROM ${text(`JSON_ARRAY(${name} + 0e0)`)}))`;
  return `IF(${name} IS NULL, NULL, TRIM(TRAILING '.0' FROM ${number_}))`;
}

function json(column: Column): string {
  const name = quote(column.name);
  // MariaDB's json is text: loosely spaced it is what PostgreSQL prints, so that few rows need a second look.
  if (column.type.family === 'json' && column.nativeType === 'longtext') {
    return `IF(JSON_VALID(${name}), JSON_LOOSE(${name}), ${utf8(column)})`;
  }
  if (column.nativeType !== 'json') return lossless(column);
  // A document has no empty text.
  return `IFNULL(NULLIF(${utf8(column)}, ''), IF(${name} IS NULL, NULL, ${TOO_LONG}))`;
}

function value(column: Column, form: Form): string {
  const name = quote(column.name);
  if (form.kind === 'float') return column.type.family === 'float' ? shortest(name) : text(number(column));
  if (form.kind === 'json') return column.nativeType === 'json' ? json(column) : utf8(column);
  if (form.kind === 'uuid' && column.type.family === 'text') return utf8(column);
  if (form.kind === 'decimal') return text(number(column));
  // What a repair writes has no mark in it that only tells bytes apart.
  if (form.kind === 'text') return characters(utf8(column), form);
  if (form.kind === 'native' && column.type.family === 'text') return utf8(column);
  return canonical(column, form);
}

function rowText(parts: readonly RowPart[]): string {
  const pieces = rowPieces(parts, { length: (sql) => `LENGTH(${sql})`, separator: "','", value: asArgument });
  // Columns of different binary collations have none in common, unless one is named; which costs a fifth of the statement.
  const collation = parts.filter(({ free }) => free).length > 1 ? ' COLLATE utf8mb4_bin' : '';
  return `CONCAT_WS(''${collation}, ${pieces.join(', ')})`;
}

const PLAIN = /CAST\((`(?:[^`]|``)*`) AS CHAR CHARACTER SET utf8mb4\)/g;

/**
 * The function makes texts of its arguments, for less than a cast does, the connection's character set being UTF-8; what is
 * cut from a text is cut sooner from bytes.
 */
function asArgument(canonical: string): string {
  return canonical.replace(PLAIN, (cast, column) => (cast === canonical ? column : `CAST(${column} AS BINARY)`));
}

/** In hexadecimal digits. MySQL 9.6 and later have no MD5 of their own. */
const DIGESTS: Record<DigestName, (text: string) => string> = {
  md5: (value_) => `MD5(${value_})`,
  sha256: (value_) => `SHA2(${value_}, 256)`,
};

/**
 * Fails the statement. CONCAT_WS gives NULL, and JSON an empty text, where the result is longer than max_allowed_packet: with
 * no more than a warning such rows would have no hash on either side, and would be equal whatever is in them.
 */
export const TOO_LONG = 'EXP(710)';

function hashing(by: DigestName): Pick<Dialect, 'digest' | 'hash' | 'textBucket'> {
  const plain = DIGESTS[by];
  const of = (value_: string) => `IFNULL(${plain(value_)}, ${TOO_LONG})`;
  const half = (digest: string) => (by === 'md5' ? digest : `LEFT(${digest}, 32)`);
  const bits = (row: string, from: number) => `CAST(CONV(SUBSTR(${of(row)}, ${from}, 16), 16, 10) AS UNSIGNED)`;
  return {
    // In an order that MySQL does not promise; in another one a digest is another, which costs a second look and no more.
    digest: ({ text: row, from }) => `SELECT COUNT(*), ${half(plain(`GROUP_CONCAT(${row} SEPARATOR ';')`))} ${from}`,
    hash: (row, strong) => (strong ? [bits(row, 1), bits(row, 17)] : [bits(row, 1)]),
    textBucket: (key, buckets) => `CAST(CONV(LEFT(${of(key)}, 7), 16, 10) AS SIGNED) % ${buckets}`,
  };
}

const reduce = (expression: string, by: number) => `CAST((${expression}) % ${by} AS SIGNED)`;

/** A literal that the column's index is made for; the text is a value of the column: see `keyMatch`. */
function keyValue({ type }: Column, value_: string): string {
  switch (type.family) {
    case 'integer':
    case 'boolean':
    case 'decimal':
      return value_;
    case 'bytes':
      return `X'${value_}'`;
    // Of its type: where it is one of several columns, MySQL may compare a time with a text, and '12:34:56.5' is not '12:34:56.500'.
    case 'date':
      return `DATE${quoted(value_)}`;
    case 'time':
      return `TIME${quoted(value_)}`;
    case 'timestamp':
      return `TIMESTAMP${quoted(value_)}`;
    default:
      return quoted(value_);
  }
}

/** Of these texts exactly, whatever the collation takes for equal: `utf8mb4_bin` too ignores blanks at the end. */
const bytesOf = (expression: string) => `CAST(${expression} AS BINARY)`;
const literalBytes = (value_: string) => `X'${Buffer.from(value_).toString('hex')}'`;

function fetch({ table: name, key, keys, select, where, lock }: FetchRequest): Statement {
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const among = (
    terms: readonly { index: number; left: string; right: (value_: string) => string }[],
  ): readonly string[] => {
    if (terms.length === 0) return [];
    const tuple = (values: readonly string[]) => (values.length === 1 ? (values[0] ?? '') : `(${values.join(', ')})`);
    const rows = keys.map((one) => tuple(terms.map(({ index, right }) => right(one[index] ?? ''))));
    return [`${tuple(terms.map(({ left }) => left))} IN (${rows.join(', ')})`];
  };
  const native = key.flatMap(({ column, match }, index) =>
    match === 'native' ? [{ index, left: quote(column.name), right: (one: string) => keyValue(column, one) }] : [],
  );
  const exact = key.flatMap(({ column, form, match }, index) =>
    match === 'canonical' || (match === 'native' && column.type.family === 'text')
      ? [{ index, left: bytesOf(canonical(column, form)), right: literalBytes }]
      : [],
  );
  const conditions = [
    ...key.flatMap(({ column, match }) => (match === 'null' ? [`${quote(column.name)} IS NULL`] : [])),
    ...among(native),
    ...among(exact),
    ...(where === undefined ? [] : [`(${where})`]),
  ];
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${table(name)} WHERE ${conditions.join(' AND ')}${lock ? ' FOR UPDATE' : ''}`,
    parameters: [],
  };
}

function exactly(column: Column, form: Form, text_: string | null): string {
  if (text_ === null) return `${quote(column.name)} IS NULL`;
  const match = keyMatch(column, form, text_, 'mysql');
  if (match === 'none') return 'FALSE';
  const exact = `${bytesOf(canonical(column, form))} = ${literalBytes(text_)}`;
  if (match === 'canonical') return exact;
  const native = `${quote(column.name)} = ${keyValue(column, text_)}`;
  return column.type.family === 'text' ? `${native} AND ${exact}` : native;
}

function quoted(value_: string): string {
  // mysql, the client, makes CR LF one character of a script, and refuses NUL; on others a reader's terminal acts.
  if (hasHidden(value_)) return `_utf8mb4 X'${Buffer.from(value_).toString('hex')}'`;
  return `'${value_.replaceAll("'", "''")}'`;
}

function literal(_column: Column, form: Form, value_: string | null): string {
  if (value_ === null) return 'NULL';
  if (form.kind === 'bytes') return `X'${value_}'`;
  // NaN and Infinity would be the names of columns.
  if (/^(integer|decimal)$/.test(form.kind) && /^-?\d+(\.\d+)?$/.test(value_)) return value_;
  // NO_BACKSLASH_ESCAPES is set at the head: a backslash stands for itself.
  return quoted(value_);
}

export const mysql: Dialect = {
  engine: 'mysql',
  quote,
  table,
  canonical,
  value,
  rowText,
  ...hashing('md5'),
  digesting: (by) => ({ ...mysql, ...hashing(by) }),
  integerBucket: (columns, buckets) => integerBucket(columns, buckets, reduce),
  hashBucket: (hash, buckets) => `CAST((${hash} & 4294967295) % ${buckets} AS SIGNED)`,
  signed: (hash) => `CAST(${hash} AS SIGNED)`,
  count: 'COUNT(*)',
  sum: (hash) => [`SUM(${hash})`],
  xor: (hash) => `BIT_XOR(${hash})`,
  sumOf: ([cell]: Cells) => BigInt.asUintN(64, BigInt(cell ?? '0')),
  among: (expression, numbers) => ({ sql: `${expression} IN (${numbers.join(', ')})`, parameters: [] }),
  fetch,
  exactly,
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
    'SET SESSION foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0;',
  ],
  begin: 'START TRANSACTION;',
  commit: 'COMMIT;',
  insertOverride: '',
};
