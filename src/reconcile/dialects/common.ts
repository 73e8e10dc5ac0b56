import type { RowPart } from './dialect.ts';

/**
 * The pieces of a row's text. NULL contributes nothing; other values are followed by a separator, free text is preceded
 * by its length. Only free text can be empty, so NULL differs from every value.
 */
export function rowPieces(
  parts: readonly RowPart[],
  pieces: { length: (sql: string) => string; separator: string; value?: (sql: string) => string },
): string[] {
  const { length, separator, value = (sql) => sql } = pieces;
  return parts.flatMap(({ sql, free }, at) => {
    if (free) return [length(sql), separator, sql];
    return at === parts.length - 1 ? [value(sql)] : [value(sql), separator];
  });
}

/** Joins many expressions into one; `join` takes at most `most` at a time. */
export function inGroups(pieces: readonly string[], most: number, join: (group: readonly string[]) => string): string {
  if (pieces.length <= most) return join(pieces);
  const groups = Array.from({ length: Math.ceil(pieces.length / most) }, (_, at) =>
    join(pieces.slice(at * most, (at + 1) * most)),
  );
  return inGroups(groups, most, join);
}

/**
 * Letters whose case a checksum ignores on request. Databases disagree beyond ASCII, so rows with other letters that
 * differ in case are read and compared here.
 */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Bounds are integers; they may come from a file. */
export function keyCondition(column: string, from: string | undefined, to: string | undefined): string | undefined {
  const bounds = [
    ...(from === undefined ? [] : [`${column} >= ${BigInt(from)}`]),
    ...(to === undefined ? [] : [`${column} < ${BigInt(to)}`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(' AND ');
}

/** Ordinary modulus for composite integer keys: prime, and small enough that products stay within 64 bits. */
export const KEY_PRIME = 1_000_003;
const KEY_FACTOR = 7919;

/** `((a % P) * F + b % P) * F + …`, the same in every engine. */
export function combineIntegers(
  reduced: readonly string[],
  modulo: (expression: string, by: number) => string,
): string {
  const [first = '0', ...rest] = reduced;
  return rest.reduce((sum, next) => modulo(`(${sum}) * ${KEY_FACTOR} + ${next}`, KEY_PRIME), first);
}

/** The bucket of an integer key, of one column or several, for engines whose remainder keeps the type of its operand. */
export function integerBucket(
  columns: readonly string[],
  buckets: number,
  modulo: (expression: string, by: number) => string,
): string {
  const [only = '0'] = columns;
  if (columns.length === 1) return modulo(only, buckets);
  const reduced = columns.map((column) => modulo(column, KEY_PRIME));
  return modulo(combineIntegers(reduced, modulo), buckets);
}
