import type { Cells } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/sqlserver/names.ts';
import { integerBucket } from '../common.ts';
import type { Dialect } from '../dialect.ts';
import { digests, LOW_HALF, reduce, rowText } from './hashes.ts';
import { exactly, fetch, keyRange } from './keys.ts';
import { literal } from './literals.ts';
import { log } from './log.ts';
import { canonical, value } from './values.ts';

export const sqlserver: Dialect = {
  ...log,
  engine: 'sqlserver',
  quote,
  table,
  canonical,
  value,
  halves: ['up'],
  characterBytes: () => 4,
  rowText,
  digests,
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
  maxKeys: 250,
  // The limit is 2,100, of which the driver needs some.
  maxParameters: 2000,
  limit: (sql, rows) => sql.replace(/^SELECT /, `SELECT TOP (${rows}) `),
  partCondition: (splitting, from, to) => (splitting.by === 'key' ? keyRange(splitting.column, from, to) : undefined),
  keyAfter: (of, column, from, rows) =>
    `SELECT ${quote(column)} FROM ${table(of)}${from === undefined ? '' : ` WHERE ${keyRange(column, from, undefined)}`} ` +
    `ORDER BY ${quote(column)} OFFSET ${rows} ROWS FETCH NEXT 1 ROWS ONLY`,
  pack: undefined,
  literal,
  scriptHead: [
    '-- Run sqlcmd with -x, or it treats $(…) in a name as a variable, and with -f 65001: the file is UTF-8.',
    'SET XACT_ABORT ON;',
    'SET QUOTED_IDENTIFIER ON;',
    'SET DATEFORMAT ymd;',
  ],
  begin: 'BEGIN TRANSACTION;',
  commit: 'COMMIT TRANSACTION;',
  // The server numbers an identity column itself, and no UPDATE can set it.
  updatesIdentity: false,
  insertOverride: '',
  insertIdentity: (insert, name) =>
    `SET IDENTITY_INSERT ${table(name)} ON; ${insert} SET IDENTITY_INSERT ${table(name)} OFF;`,
  // The server would convert the values of several rows to a common type before it converts them to the column's.
  insertsSeveral: false,
  fromNothing: '',
  foldsCase: true,
  conflicts: /^(2601|2627|547)$/,
  passing: /^(1205|1222|3960)$/,
};
