import type { DigestName } from '../../../databases/session.ts';
import { inGroups, rowPieces } from '../common.ts';
import type { Digests, RowPart } from '../dialect.ts';

/** A function takes at most 100 arguments. */
const MAX_ARGUMENTS = 100;
/** Cheaper to output than text; in concat_ws a separator costs more than a value. */
const SEPARATOR = `','::"char"`;

export function rowText(parts: readonly RowPart[], inUtf8: (text: string) => string): string {
  const pieces = rowPieces(parts, {
    length: (sql) => `octet_length(${inUtf8(sql)})`,
    separator: SEPARATOR,
    value: asArgument,
  });
  return inGroups(pieces, MAX_ARGUMENTS, (group) => `concat(${group.join(', ')})`);
}

/** The function converts its arguments like a cast. */
function asArgument(canonical: string): string {
  return canonical.startsWith('CASE') || canonical.startsWith('pg_catalog.trim_scale')
    ? canonical
    : canonical.replace(/::text$/, '');
}

export const reduce = (expression: string, by: number) => `(${expression}) % ${by}`;

export function digests(by: DigestName, { encoding, major }: { encoding: string; major: number }): Digests {
  const bytes = (text: string) => `convert_to(${text}, 'UTF8')`;
  const hex = (text: string) => {
    if (by === 'sha256') return `encode(sha256(${bytes(text)}), 'hex')`;
    return `md5(${encoding === 'UTF8' ? text : bytes(text)})`;
  };
  const binary = (text: string) => (by === 'sha256' ? `sha256(${bytes(text)})` : `decode(${hex(text)}, 'hex')`);
  const half = (digest: string) => (by === 'md5' ? digest : `left(${digest}, 32)`);
  // PostgreSQL 18 can convert bytes to a number; before that only digits.
  const number = (text: string, from: number) =>
    major >= 18
      ? `substr(${binary(text)}, ${(from + 1) / 2}, 8)::bigint`
      : `('x' || substr(${hex(text)}, ${from}, 16))::bit(64)::bigint`;
  return {
    // The text grows with the rows, limited by the server's memory.
    digest: ({ text, key, from, most }) =>
      `SELECT count(*), ${half(hex("string_agg(t, ';' ORDER BY k)"))} FROM ` +
      `(SELECT ${text} AS t, ${key} AS k ${from} ORDER BY ${key} LIMIT ${most}) s`,
    hash: (text, strong) => (strong ? [number(text, 1), number(text, 17)] : [number(text, 1)]),
    textBucket: (text, buckets) => `('x' || left(${hex(text)}, 7))::bit(28)::int % ${buckets}`,
  };
}
