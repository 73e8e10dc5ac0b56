import type { Side } from '../model.ts';

/** Target rows per bucket: few, so that a scattered difference means little rereading. */
const ROWS_PER_BUCKET = 64;
/** Result rows that one scan may return; beyond it buckets grow. */
const MAX_BUCKETS = 200_000;
/** Maximum rows of one bucket held in memory while it is resolved. */
export const MAX_BUCKET_ROWS = 20_000;

/** A prime, so that keys in steps (ids of ten, ids of a shard) still spread over all buckets. */
export function bucketCount(rows: number, rowsPerBucket = ROWS_PER_BUCKET): number {
  const wanted = Math.min(MAX_BUCKETS, Math.ceil(Math.max(0, rows) / rowsPerBucket));
  return wanted <= 1 ? 1 : nextPrime(wanted);
}

function nextPrime(from: number): number {
  let candidate = from;
  while (!isPrime(candidate)) candidate += 1;
  return candidate;
}

function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

/** A vector's content, to be stored. */
export interface BucketVectorData {
  buckets: number;
  rows: Float64Array;
  hashes: BigUint64Array[];
  total: number;
}

/** What one side's scan returned: per bucket the rows and the combined hashes; 16 bytes per bucket, for any table. */
export class BucketVector {
  /** Remainders of negative keys are negative: buckets run from 1-n to n-1. */
  readonly #offset: number;
  readonly #buckets: number;
  readonly #rows: Float64Array;
  readonly #hashes: BigUint64Array[];
  total = 0;

  constructor(buckets: number, hashes: number) {
    this.#buckets = buckets;
    this.#offset = buckets - 1;
    this.#rows = new Float64Array(2 * buckets - 1);
    this.#hashes = Array.from({ length: hashes }, () => new BigUint64Array(2 * buckets - 1));
  }

  static from({ buckets, rows, hashes, total }: BucketVectorData): BucketVector {
    const vector = new BucketVector(buckets, hashes.length);
    vector.#rows.set(rows);
    for (const [index, column] of vector.#hashes.entries()) column.set(hashes[index] ?? []);
    vector.total = total;
    return vector;
  }

  get data(): BucketVectorData {
    return { buckets: this.#buckets, rows: this.#rows, hashes: this.#hashes, total: this.total };
  }

  /** Adds another part of the same table, bucket by bucket. */
  add(part: BucketVector, combine: 'sum' | 'xor'): void {
    for (let at = 0; at < part.#rows.length; at++) {
      const rows = part.#rows[at] ?? 0;
      if (rows === 0) continue;
      this.#rows[at] = (this.#rows[at] ?? 0) + rows;
      for (const [index, column] of this.#hashes.entries()) {
        const own = column[at] ?? 0n;
        const other = part.#hashes[index]?.[at] ?? 0n;
        // A BigUint64Array keeps the sum modulo 2^64.
        column[at] = combine === 'xor' ? own ^ other : own + other;
      }
    }
    this.total += part.total;
  }

  /** @param hashes combined over the bucket, modulo 2^64 */
  set(bucket: number, rows: number, hashes: readonly bigint[]): void {
    const at = bucket + this.#offset;
    this.#rows[at] = rows;
    for (const [index, hash] of hashes.entries()) {
      const column = this.#hashes[index];
      if (column !== undefined) column[at] = hash;
    }
    this.total += rows;
  }

  /** Buckets in which two sides differ, the rows that they hold on each, and the most that one holds on either. */
  static different(
    a: BucketVector,
    b: BucketVector,
  ): { buckets: number[]; mostRows: number; rows: Record<Side, number> } {
    const buckets: number[] = [];
    let mostRows = 0;
    const rows = { source: 0, target: 0 };
    for (let at = 0; at < a.#rows.length; at++) {
      const alike =
        a.#rows[at] === b.#rows[at] && a.#hashes.every((column, index) => column[at] === b.#hashes[index]?.[at]);
      if (alike) continue;
      buckets.push(at - a.#offset);
      const held = { source: a.#rows[at] ?? 0, target: b.#rows[at] ?? 0 };
      mostRows = Math.max(mostRows, held.source, held.target);
      rows.source += held.source;
      rows.target += held.target;
    }
    return { buckets, mostRows, rows };
  }

  /** Buckets that hold any row. */
  get used(): number {
    let used = 0;
    for (const rows of this.#rows) if (rows > 0) used += 1;
    return used;
  }
}
