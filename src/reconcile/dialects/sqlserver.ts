import type { Cells, Column, Form, Statement, TableName } from '../model.ts';
import {
  type Dialect,
  type DigestName,
  type FetchRequest,
  inGroups,
  integerBucket,
  keyCondition,
  type RowPart,
  rowPieces,
} from './dialect.ts';

function quote(identifier: string): string {
  return `[${identifier.replaceAll(']', ']]')}]`;
}

function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** Binary order and UTF-8 bytes (SQL Server 2019 and later), so that a hash sees what the other engines hash. */
const UTF8 = 'Latin1_General_100_BIN2_UTF8';

function utf8(column: Column): string {
  const name = quote(column.name);
  // (max) types are slow to hash: a short column needs none. A UTF-16 unit takes three bytes at most.
  const declared = /\((\d+)\)$/.exec(column.nativeType)?.[1];
  const wide = declared === undefined || Number(declared) > 2600;
  return wide
    ? `CAST(CAST(${name} AS nvarchar(max)) COLLATE ${UTF8} AS varchar(max))`
    : `CAST(CAST(${name} AS nvarchar(${declared})) COLLATE ${UTF8} AS varchar(8000))`;
}

function characters(column: Column, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed =
    trim === false ? utf8(column) : trim === 'both' ? `LTRIM(RTRIM(${utf8(column)}))` : `RTRIM(${utf8(column)})`;
  return ignoreCase ? `LOWER(${trimmed})` : trimmed;
}

function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return `CONVERT(varchar(20), ${name})`;
    case 'decimal':
      return decimal(column, form.scale);
    case 'float':
      // -0 and 0 are one value; adding zero makes them one.
      return `LOWER(CONVERT(char(16), CAST(CAST(${name} AS float(53)) + 0 AS binary(8)), 2))`;
    case 'text':
      return characters(column, form);
    case 'uuid':
      return family === 'uuid' ? `LOWER(CONVERT(char(36), ${name}))` : `LOWER(${utf8(column)})`;
    case 'json':
    case 'interval':
      return utf8(column);
    case 'bytes':
      return `LOWER(CONVERT(varchar(max), CAST(${name} AS varbinary(max)), 2))`;
    case 'date':
      // No char(n) may leave this function: where a row is one value, ISNULL(char(10), '') is ten blanks.
      return `CONVERT(varchar(10), ${name}, 23)`;
    case 'time': {
      const time = `CAST(${name} AS time(${Math.min(fractional(column), form.precision)}))`;
      return withFraction(`CONVERT(varchar(8), ${time}, 108)`, `CONVERT(char(16), CAST(${time} AS time(7)), 121)`);
    }
    case 'timestamp': {
      const local = column.type.family === 'timestamp' && column.type.zone ? `SWITCHOFFSET(${name}, '+00:00')` : name;
      const rounded = `CAST(${local} AS datetime2(${Math.min(fractional(column), form.precision)}))`;
      const full = `CONVERT(char(27), CAST(${rounded} AS datetime2(7)), 121)`;
      return withFraction(`LEFT(${full}, 19)`, full);
    }
    case 'native':
      return family === 'text' || family === 'other' ? utf8(column) : `CONVERT(varchar(50), ${name})`;
  }
}

/** PostgreSQL's form: no trailing zeros of a second, and no point where none is left. FORMAT() would cost 100 times this. */
function withFraction(seconds: string, full: string): string {
  const digits = `REPLACE(RTRIM(REPLACE(RIGHT(${full}, 7), '0', ' ')), ' ', '0')`;
  return `${seconds} + CASE WHEN ${digits} = '' THEN '' ELSE '.' + ${digits} END`;
}

function fractional(column: Column): number {
  return column.type.family === 'time' || column.type.family === 'timestamp' ? column.type.precision : 0;
}

function decimal(column: Column, scale: number | undefined): string {
  const name = quote(column.name);
  const own = column.type.family === 'decimal' ? (column.type.scale ?? 0) : 0;
  // money prints two digits only, whatever it holds.
  if (/money$/.test(column.nativeType)) return `CONVERT(varchar(41), CAST(${name} AS decimal(38, ${scale ?? own})))`;
  return own === (scale ?? own)
    ? `CONVERT(varchar(41), ${name})`
    : `CONVERT(varchar(41), CAST(${name} AS decimal(38, ${scale})))`;
}

function value(column: Column, form: Form): string {
  const name = quote(column.name);
  if (form.kind === 'float') return `CONVERT(varchar(40), CAST(${name} AS float(53)), 3)`;
  if (form.kind === 'decimal') return decimal(column, undefined);
  return canonical(column, form);
}

/** A function takes at most 254 arguments. */
const MOST_ARGUMENTS = 200;
/** Values other than free text, none of which has more than 50 characters. */
const MOST_SHORT = 150;

function rowText(parts: readonly RowPart[]): string {
  const pieces = rowPieces(parts, { length: (sql) => `CONVERT(varchar(20), DATALENGTH(${sql}))`, separator: "','" });
  // A concatenation of short strings ends at 8000 bytes, in silence, unless one of them is (max).
  const long = parts.some((part) => part.free) || parts.length > MOST_SHORT;
  return inGroups(pieces, MOST_ARGUMENTS, ([first = "''", ...rest]) => {
    const head = long ? `CAST(${first} AS varchar(max))` : first;
    return rest.length === 0 ? `ISNULL(${head}, '')` : `CONCAT(${[head, ...rest].join(', ')})`;
  });
}

const DIGESTS: Record<DigestName, string> = { md5: 'MD5', sha256: 'SHA2_256' };

function hashing(by: DigestName): Pick<Dialect, 'hash' | 'textBucket'> {
  const of = (value_: string) => `HASHBYTES('${DIGESTS[by]}', ${value_})`;
  const bits = (row: string, from: number) => `CAST(SUBSTRING(${of(row)}, ${from}, 8) AS bigint)`;
  return {
    hash: (row, strong) => (strong ? [bits(row, 1), bits(row, 9)] : [bits(row, 1)]),
    // The first 28 bits of a digest are its first four bytes, unsigned, by 16.
    textBucket: (key, buckets) => `(CAST(SUBSTRING(${of(key)}, 1, 4) AS bigint) & ${LOW_HALF}) / 16 % ${buckets}`,
  };
}

const reduce = (expression: string, by: number) => `CAST((${expression}) % ${by} AS bigint)`;
const LOW_HALF = 'CAST(4294967295 AS bigint)';

function keyValue(column: Column, form: Form, reference: string): string {
  return form.kind === 'bytes'
    ? `CONVERT(${column.nativeType}, ${reference}, 2)`
    : `CONVERT(${column.nativeType}, ${reference}${form.kind === 'timestamp' || form.kind === 'time' ? ', 121' : ''})`;
}

function fetch({ table: name, key, keys, select, where, lock }: FetchRequest): Statement {
  const names = key.map((_, index) => `sluice_k${index + 1}`).join(', ');
  const rows = keys.map((_, row) => `(${key.map((_column, index) => `@p${row * key.length + index + 1}`).join(', ')})`);
  const equal = key.map(({ column, form }, index) => {
    const reference = `k.sluice_k${index + 1}`;
    const same = `t.${quote(column.name)} = ${keyValue(column, form, reference)}`;
    return column.nullable ? `(${same} OR (t.${quote(column.name)} IS NULL AND ${reference} IS NULL))` : same;
  });
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const join = where === undefined ? equal : [...equal, `(${where})`];
  return {
    sql:
      `SELECT ${columns.join(', ')} FROM (VALUES ${rows.join(', ')}) AS k(${names}) JOIN ${table(name)} AS t` +
      `${lock ? ' WITH (UPDLOCK, HOLDLOCK, ROWLOCK)' : ''} ON ${join.join(' AND ')}`,
    parameters: keys.flatMap((one) => key.map((_, index) => one[index] ?? null)),
  };
}

function literal(_column: Column, form: Form, text: string | null): string {
  if (text === null) return 'NULL';
  if (form.kind === 'bytes') return `0x${text}`;
  if (form.kind === 'integer' || form.kind === 'decimal') return text;
  return `N'${text.replaceAll("'", "''")}'`;
}

export const sqlserver: Dialect = {
  engine: 'sqlserver',
  quote,
  table,
  canonical,
  value,
  rowText,
  ...hashing('md5'),
  digesting: (by) => ({ ...sqlserver, ...hashing(by) }),
  integerBucket: (columns, buckets) => integerBucket(columns, buckets, reduce),
  hashBucket: (hash, buckets) => `(${hash} & ${LOW_HALF}) % ${buckets}`,
  signed: (hash) => hash,
  count: 'COUNT_BIG(*)',
  // Halves, each summed as a bigint: the sum of whole hashes overflows.
  sum: (hash) => [
    `SUM((${hash} - (${hash} & ${LOW_HALF})) / CAST(4294967296 AS bigint))`,
    `SUM(${hash} & ${LOW_HALF})`,
  ],
  xor: undefined,
  sumOf: ([high, low]: Cells) => BigInt.asUintN(64, BigInt(high ?? '0') * 4_294_967_296n + BigInt(low ?? '0')),
  among: (expression, numbers) => ({
    sql: `${expression} IN (SELECT CAST([value] AS int) FROM OPENJSON(@p1))`,
    parameters: [JSON.stringify(numbers)],
  }),
  fetch,
  maxKeys: 250,
  // 2,100 in truth, of which the driver needs some.
  maxParameters: 2000,
  limit: (sql, rows) => sql.replace(/^SELECT /, `SELECT TOP (${rows}) `),
  partCondition: (splitting, from, to) =>
    splitting.by === 'key' ? keyCondition(quote(splitting.column), from, to) : undefined,
  keyAfter: (of, column, from, rows) =>
    `SELECT ${quote(column)} FROM ${table(of)}${from === undefined ? '' : ` WHERE ${keyCondition(quote(column), from, undefined)}`} ` +
    `ORDER BY ${quote(column)} OFFSET ${rows} ROWS FETCH NEXT 1 ROWS ONLY`,
  pack: undefined,
  literal,
  scriptHead: ['SET XACT_ABORT ON;', 'SET QUOTED_IDENTIFIER ON;', 'SET DATEFORMAT ymd;'],
  begin: 'BEGIN TRANSACTION;',
  commit: 'COMMIT TRANSACTION;',
  insertOverride: '',
};
