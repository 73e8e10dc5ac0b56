import type { Count } from '../../text/numbers.ts';
import { addCounts, type DifferenceCounts, type DifferenceKind, noDifferences, rowsOf } from './diff-buckets.ts';

/** Rows that differ between two values of the column, both included. */
export interface KeyBand {
  /** @pattern ^-?\d+$ */
  from: string;
  /** @pattern ^-?\d+$ */
  to: string;
  missing: Count;
  extra: Count;
  different: Count;
}

/** Where in a table the rows that differ lie, by one integer column. Every differing row counts, also beyond the limit of the list. */
export interface KeySpread {
  /** The key's first column, by the source's name. */
  column: string;
  /** Smallest value of both tables when the comparison ended; absent if no index gives it. */
  first?: string;
  /** Largest value, likewise. */
  last?: string;
  /** In ascending order, all of one width, which is a power of two; those without differences are left out. */
  bands: KeyBand[];
  /** Rows with NULL in the column: they are in no band. */
  unplaced: Count;
}

/** Bands of a picture. */
export const MAX_BANDS = 64;
const INTEGER = /^-?\d+$/;

/**
 * Counts differing rows by a column's value in at most `MAX_BANDS` bands, however many there are. Bands begin at multiples of
 * their width, which doubles when they become too many: the outcome is independent of the order of the rows, and two
 * spreads can be merged.
 */
export class SpreadCounter {
  readonly #bands = new Map<bigint, DifferenceCounts>();
  #shift = 0n;
  #lowest = 0n;
  #highest = 0n;
  #unplaced = 0;

  get rows(): number {
    return [...this.#bands.values()].reduce((sum, counts) => sum + rowsOf(counts), this.#unplaced);
  }

  /** @param value canonical text of an integer */
  add(value: string | null, kind: DifferenceKind, rows: number): void {
    if (value === null || !INTEGER.test(value)) this.#unplaced += rows;
    else this.#add(BigInt(value), { ...noDifferences(), [kind]: rows });
  }

  merge({ bands, unplaced }: KeySpread): void {
    this.#unplaced += unplaced;
    for (const { from, to, ...counts } of bands) {
      const width = BigInt(to) - BigInt(from) + 1n;
      while (1n << this.#shift < width) this.#widen();
      this.#add(BigInt(from), counts);
    }
  }

  report(column: string): KeySpread {
    const bands = [...this.#bands]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([band, counts]) => ({
        from: String(band << this.#shift),
        to: String(((band + 1n) << this.#shift) - 1n),
        ...counts,
      }));
    return { column, bands, unplaced: this.#unplaced };
  }

  #add(value: bigint, counts: DifferenceCounts): void {
    const first = this.#bands.size === 0;
    let band = value >> this.#shift;
    if (first || band < this.#lowest) this.#lowest = band;
    if (first || band > this.#highest) this.#highest = band;
    while (this.#highest - this.#lowest >= BigInt(MAX_BANDS)) {
      this.#widen();
      band = value >> this.#shift;
    }
    const known = this.#bands.get(band);
    if (known === undefined) this.#bands.set(band, { ...counts });
    else addCounts(known, counts);
  }

  #widen(): void {
    this.#shift += 1n;
    this.#lowest >>= 1n;
    this.#highest >>= 1n;
    const narrow = [...this.#bands];
    this.#bands.clear();
    for (const [band, counts] of narrow) {
      const known = this.#bands.get(band >> 1n);
      if (known === undefined) this.#bands.set(band >> 1n, counts);
      else addCounts(known, counts);
    }
  }
}

/** The spreads of all shards of a table together. @returns undefined if one of them is unknown */
export function mergeSpreads(all: readonly (KeySpread | undefined)[]): KeySpread | undefined {
  const known = all.filter((one) => one !== undefined);
  const [first] = known;
  if (first === undefined || known.length < all.length) return undefined;
  if (known.some(({ column }) => column !== first.column)) return undefined;
  const counter = new SpreadCounter();
  for (const one of known) counter.merge(one);
  return { ...counter.report(first.column), ...widest(known) };
}

/** The ends of several ranges together; none if one of them is unknown. */
export function widest(all: readonly { first?: string; last?: string }[]): { first?: string; last?: string } {
  const ends = all.flatMap(({ first, last }) => (first === undefined || last === undefined ? [] : [first, last]));
  if (ends.length < 2 * all.length || ends.length === 0) return {};
  const sorted = ends.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { first: String(sorted[0]), last: String(sorted.at(-1)) };
}

/** Whether it is one: a report may come from another version, or have been edited. */
export function isKeySpread(spread: unknown): spread is KeySpread {
  const { column, first, last, bands, unplaced } = Object(spread) as Partial<Record<keyof KeySpread, unknown>>;
  const ends = [first, last];
  return (
    typeof column === 'string' &&
    isCount(unplaced) &&
    (ends.every((one) => one === undefined) || ends.every(isInteger)) &&
    Array.isArray(bands) &&
    bands.every(isBand)
  );
}

function isBand(band: unknown): boolean {
  const { from, to, ...counts } = Object(band) as Partial<Record<keyof KeyBand, unknown>>;
  return (
    isInteger(from) &&
    isInteger(to) &&
    BigInt(from) <= BigInt(to) &&
    [counts.missing, counts.extra, counts.different].every(isCount)
  );
}

function isInteger(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 40 && INTEGER.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
