import type { Cells } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/postgres/names.ts';
import { combineIntegers, KEY_PRIME, keyCondition } from '../common.ts';
import type { Dialect } from '../dialect.ts';
import { digests, reduce, rowText } from './hashes.ts';
import { exactly, fetch } from './keys.ts';
import { literal, quoted } from './literals.ts';
import { log } from './log.ts';
import { ownHash } from './own-hash.ts';
import { canonical, textRefusal, value } from './values.ts';

/** Maximum number of transactions across which the server can compare ages. */
const LONG_AGO = 2n ** 30n;

/** @param encoding the server's: hashes use UTF-8, regardless of the database's encoding */
export function postgresDialect({
  encoding = 'UTF8',
  major,
}: {
  encoding?: string | undefined;
  major: number;
}): Dialect {
  const inUtf8 = (text: string) => (encoding === 'UTF8' ? text : `convert_to(${text}, 'UTF8')`);
  return {
    ...common,
    digests: (by) => digests(by, { encoding, major }),
    rowText: (parts) => rowText(parts, inUtf8),
    ownHash: ownHash(major),
    xor: major >= 14 ? (hash) => `bit_xor(${hash})` : undefined,
  };
}

const common: Omit<Dialect, 'digests' | 'rowText' | 'ownHash' | 'xor'> = {
  ...log,
  engine: 'postgresql',
  quote,
  table,
  canonical,
  value,
  // Away from the year 2000, which it counts from.
  halves: ['away', 'up'],
  textRefusal,
  characterBytes: () => 4,
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
  exactly,
  maxKeys: 1000,
  rowVersion: ({ name }) => `${quote(name)}.xmin::text`,
  // A DELETE does not see an uncommitted INSERT, and would not wait for it.
  lockTable: (name) => [`LOCK TABLE ${table(name)} IN SHARE ROW EXCLUSIVE MODE;`],
  // The server sees other tables as of the statement's start, not what changed while it waited for the row.
  lockRow: (name, condition) => `SELECT FROM ${table(name)} WHERE ${condition} FOR UPDATE;`,
  // Constraints and their triggers may be deferred.
  doNow: 'SET CONSTRAINTS ALL IMMEDIATE;',
  // Each partition of a table numbers its own rows.
  rowAddress: ({ name }) => `${quote(name)}.tableoid::text || ' ' || ${quote(name)}.ctid::text`,
  addressCondition: (address) => {
    const [table = '', row = ''] = address.split(' ');
    return `tableoid = ${quoted(table)}::oid AND ctid = ${quoted(row)}::tid`;
  },
  maxParameters: 65_535,
  // A result has 1,664 columns at most, and a table 1,600.
  together: (texts) => `array_to_json(ARRAY[${texts.join(', ')}]::text[])::text`,
  limit: (sql, rows) => `${sql} LIMIT ${rows}`,
  partCondition(splitting, from, to) {
    if (splitting.by === 'key') return keyCondition(quote(splitting.column), from, to);
    const bounds = [
      ...(from === undefined ? [] : [`ctid >= '(${BigInt(from)},0)'::tid`]),
      ...(to === undefined ? [] : [`ctid < '(${BigInt(to)},0)'::tid`]),
    ];
    return bounds.length === 0 ? undefined : bounds.join(' AND ');
  },
  newer: {
    moment: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text',
    since(moment, now, block) {
      // A row stores only the lower 32 bits of its transaction number: frozen rows may look new.
      const since = BigInt(now) - BigInt(moment);
      // Transaction numbers never decrease: another server, such as a restored one, has taken this one's place.
      if (since < 0n || since >= LONG_AGO) return undefined;
      const came = `age(xmin) <= age('${BigInt(moment) % 2n ** 32n}'::xid)`;
      return block === undefined ? came : `ctid < '(${BigInt(block)},0)'::tid AND ${came}`;
    },
  },
  keyAfter: (of, column, from, rows) =>
    // By the column, and not by its selected text, which has the same name.
    `SELECT t.${quote(column)}::text FROM ${table(of)} AS t${from === undefined ? '' : ` WHERE ${keyCondition(quote(column), from, undefined)}`} ` +
    `ORDER BY t.${quote(column)} LIMIT 1 OFFSET ${rows}`,
  // Packs thousands of buckets into a row of three arrays: result rows cost more than their contents.
  pack: (scan, [bucket = 'b', ...columns]) =>
    `SELECT ${[bucket, ...columns].map((column) => `array_agg(${column})`).join(', ')} FROM (${scan}) p GROUP BY ${bucket} / 8192`,
  literal,
  scriptHead: [
    // The file is UTF-8; a client may assume another encoding.
    "SET client_encoding = 'UTF8';",
    "SET TimeZone = 'UTC';",
    'SET standard_conforming_strings = on;',
    // Texts of a key's values are compared with those in the script.
    "SET DateStyle = 'ISO, YMD';",
    "SET IntervalStyle = 'iso_8601';",
    "SET bytea_output = 'hex';",
    'SET extra_float_digits = 1;',
    // If a policy hides rows, the server refuses instead of skipping them.
    'SET row_security = off;',
    'SET array_nulls = on;',
    // A text that is XML but not a document can be written.
    'SET xmloption = content;',
  ],
  scriptInside: [
    // Use built-in operators and types first; triggers still find what they did before. An empty path would read
    // `pg_catalog, `, so it gets a harmless empty quoted name.
    "DO $$ BEGIN PERFORM pg_catalog.set_config('search_path', pg_catalog.concat('pg_catalog, ', pg_catalog.regexp_replace(pg_catalog.current_setting('search_path'), '^$', '\"\"')), true); END $$;",
  ],
  begin: 'BEGIN;',
  commit: 'COMMIT;',
  updatesIdentity: true,
  insertOverride: ' OVERRIDING SYSTEM VALUE',
  insertsSeveral: true,
  fromNothing: '',
  foldsCase: false,
  conflicts: /^(23505|23P01|23503|23001)$/,
  passing: /^(40001|40P01|55P03)$/,
};
