import type { Cells } from '../model.ts';
import { type Dialect, type DigestName, inGroups, integerBucket, type RowPart, rowPieces } from './dialect.ts';
import { exactly, fetch, keyRange } from './sqlserver-keys.ts';
import { literal } from './sqlserver-literals.ts';
import { canonical, quote, table, value } from './sqlserver-text.ts';

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
  exactly,
  fetchAlias: 't',
  maxKeys: 250,
  // 2,100 in truth, of which the driver needs some.
  maxParameters: 2000,
  limit: (sql, rows) => sql.replace(/^SELECT /, `SELECT TOP (${rows}) `),
  partCondition: (splitting, from, to) => (splitting.by === 'key' ? keyRange(splitting.column, from, to) : undefined),
  keyAfter: (of, column, from, rows) =>
    `SELECT ${quote(column)} FROM ${table(of)}${from === undefined ? '' : ` WHERE ${keyRange(column, from, undefined)}`} ` +
    `ORDER BY ${quote(column)} OFFSET ${rows} ROWS FETCH NEXT 1 ROWS ONLY`,
  pack: undefined,
  literal,
  scriptHead: [
    '-- By sqlcmd run it with -x, or it takes $(…) in a name for a variable, and with -f 65001: the file is UTF-8.',
    'SET XACT_ABORT ON;',
    'SET QUOTED_IDENTIFIER ON;',
    'SET DATEFORMAT ymd;',
  ],
  begin: 'BEGIN TRANSACTION;',
  commit: 'COMMIT TRANSACTION;',
  insertOverride: '',
};
