import type { Cells } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/mysql/names.ts';
import { isWhole } from '../../../databases/mysql/types.ts';
import { integerBucket, keyCondition } from '../common.ts';
import type { Dialect } from '../dialect.ts';
import { digests, reduce, rowText } from './hashes.ts';
import { exactly, fetch } from './keys.ts';
import { literal, misreads } from './literals.ts';
import { log } from './log.ts';
import { canonical, value } from './values.ts';

export const mysql: Dialect = {
  ...log,
  engine: 'mysql',
  quote,
  table,
  canonical,
  value,
  halves: ['up', 'away'],
  // Invalid bytes: the text, a marker, then all bytes as hex.
  characterBytes: ({ charset }) => (charset === undefined || isWhole(charset) ? 4 : 12),
  rowText,
  digests,
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
  misreads,
  updatesIdentity: true,
  insertOverride: '',
  insertsSeveral: true,
  fromNothing: ' FROM DUAL',
  // The server refuses to read a table that the statement changes, except for rows that it has copied first.
  setAside: (rows, most) => `${rows} LIMIT ${most}`,
  foldsCase: true,
  conflicts:
    /^(ER_DUP_ENTRY|ER_DUP_ENTRY_WITH_KEY_NAME|ER_NO_REFERENCED_ROW(_2)?|ER_ROW_IS_REFERENCED(_2)?|ER_FOREIGN_DUPLICATE_KEY.*)$/,
  passing: /^(ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_CHECKREAD)$/,
};
