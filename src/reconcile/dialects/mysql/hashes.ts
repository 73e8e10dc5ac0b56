import { TOO_LONG } from '../../../databases/mysql/settings.ts';
import type { DigestName } from '../../../databases/session.ts';
import { rowPieces } from '../common.ts';
import type { Digests, RowPart } from '../dialect.ts';

/**
 * MariaDB's TRIM returns a part of its argument's buffer. If that is read twice, as by IFNULL around a digest, the
 * second read sees the untrimmed text (seen in 11.4.5). CONCAT copies it.
 */
function copied(sql: string): string {
  return sql.includes('TRIM(') ? `CONCAT(${sql}, '')` : sql;
}

export function rowText(parts: readonly RowPart[]): string {
  const safe = parts.map((part) => ({ ...part, sql: copied(part.sql) }));
  const pieces = rowPieces(safe, { length: (sql) => `LENGTH(${sql})`, separator: "','", value: asArgument });
  // Columns with different binary collations have none in common, unless one is named, which costs a fifth of the
  // statement's time.
  const collation = parts.filter(({ free }) => free).length > 1 ? ' COLLATE utf8mb4_bin' : '';
  return `CONCAT_WS(''${collation}, ${pieces.join(', ')})`;
}

const PLAIN = /CAST\((`(?:[^`]|``)*`) AS CHAR CHARACTER SET utf8mb4\)/g;

/**
 * Implicit conversion to text is cheaper than a cast, since the connection uses UTF-8; truncating bytes is faster than
 * truncating text.
 */
function asArgument(canonical: string): string {
  return canonical.replace(PLAIN, (cast, column) => (cast === canonical ? column : `CAST(${column} AS BINARY)`));
}

/** In hexadecimal digits. MySQL 9.6 and later have no MD5 of their own. */
const DIGESTS: Record<DigestName, (text: string) => string> = {
  md5: (value_) => `MD5(${value_})`,
  sha256: (value_) => `SHA2(${value_}, 256)`,
};

export function digests(by: DigestName): Digests {
  const plain = DIGESTS[by];
  const of = (value_: string) => `IFNULL(${plain(value_)}, ${TOO_LONG})`;
  const half = (digest: string) => (by === 'md5' ? digest : `LEFT(${digest}, 32)`);
  const bits = (row: string, from: number) => `CAST(CONV(SUBSTR(${of(row)}, ${from}, 16), 16, 10) AS UNSIGNED)`;
  return {
    // MySQL does not guarantee the order; another order gives another digest, which only costs a recheck.
    digest: ({ text: row, from }) => `SELECT COUNT(*), ${half(plain(`GROUP_CONCAT(${row} SEPARATOR ';')`))} ${from}`,
    hash: (row, strong) => (strong ? [bits(row, 1), bits(row, 17)] : [bits(row, 1)]),
    textBucket: (key, buckets) => `CAST(CONV(LEFT(${of(key)}, 7), 16, 10) AS SIGNED) % ${buckets}`,
  };
}

export const reduce = (expression: string, by: number) => `CAST((${expression}) % ${by} AS SIGNED)`;
