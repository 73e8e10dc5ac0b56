import type { DigestName } from '../../../databases/session.ts';
import { inGroups, rowPieces } from '../common.ts';
import type { Digests, RowPart } from '../dialect.ts';

/** A function takes at most 254 arguments. */
const MAX_ARGUMENTS = 200;
/** Values other than free text have at most 50 characters. */
const MAX_SHORT = 150;

export function rowText(parts: readonly RowPart[]): string {
  const pieces = rowPieces(parts, { length: (sql) => `CONVERT(varchar(20), DATALENGTH(${sql}))`, separator: "','" });
  // A concatenation of short strings is silently cut at 8000 bytes, unless one of them is (max).
  const long = parts.some((part) => part.free) || parts.length > MAX_SHORT;
  return inGroups(pieces, MAX_ARGUMENTS, ([first = "''", ...rest]) => {
    const head = long ? `CAST(${first} AS varchar(max))` : first;
    return rest.length === 0 ? `ISNULL(${head}, '')` : `CONCAT(${[head, ...rest].join(', ')})`;
  });
}

const DIGESTS: Record<DigestName, string> = { md5: 'MD5', sha256: 'SHA2_256' };

export function digests(by: DigestName): Digests {
  const of = (value_: string) => `HASHBYTES('${DIGESTS[by]}', ${value_})`;
  const bits = (row: string, from: number) => `CAST(SUBSTRING(${of(row)}, ${from}, 8) AS bigint)`;
  return {
    hash: (row, strong) => (strong ? [bits(row, 1), bits(row, 9)] : [bits(row, 1)]),
    // The first 28 bits of a digest are its first four bytes, unsigned, by 16.
    textBucket: (key, buckets) => `(CAST(SUBSTRING(${of(key)}, 1, 4) AS bigint) & ${LOW_HALF}) / 16 % ${buckets}`,
  };
}

export const reduce = (expression: string, by: number) => `CAST((${expression}) % ${by} AS bigint)`;
export const LOW_HALF = 'CAST(4294967295 AS bigint)';
