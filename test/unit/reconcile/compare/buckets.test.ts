import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketVector, bucketCount } from '../../../../src/reconcile/compare/buckets.ts';

describe('bucketCount', () => {
  it.each([
    [0, 1],
    [-1, 1],
    [64, 1],
    [65, 2],
    [3_000_000, 46_877],
  ])('%i rows → %i buckets', (rows, buckets) => {
    expect(bucketCount(rows)).toBe(buckets);
  });

  it('never asks for more result rows than are bearable', () => {
    expect(bucketCount(1e12)).toBeLessThan(201_000);
  });
});

describe('BucketVector', () => {
  it('finds the buckets whose rows or hashes differ, negative remainders included', () => {
    const entry = fc.record({
      bucket: fc.integer({ min: -10, max: 10 }),
      rows: fc.integer({ min: 1, max: 3 }),
      hash: fc.bigInt({ min: 0n, max: 3n }),
    });
    const entries = fc.uniqueArray(entry, { selector: ({ bucket }) => bucket });
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const vector = (list: typeof a) => {
          const made = new BucketVector(11, 1);
          for (const { bucket, rows, hash } of list) made.set(bucket, rows, [hash]);
          return made;
        };
        const of = (list: typeof a, bucket: number) => {
          const found = list.find((one) => one.bucket === bucket);
          return `${found?.rows ?? 0}/${found?.hash ?? 0n}`;
        };
        const expected = Array.from({ length: 21 }, (_, index) => index - 10).filter((n) => of(a, n) !== of(b, n));
        expect(BucketVector.different(vector(a), vector(b)).buckets).toEqual(expected);
        expect(vector(a).total).toBe(a.reduce((sum, { rows }) => sum + rows, 0));
      }),
    );
  });

  it('compares every hash of a strong checksum', () => {
    const a = new BucketVector(1, 2);
    const b = new BucketVector(1, 2);
    a.set(0, 1, [1n, 2n]);
    b.set(0, 1, [1n, 3n]);
    expect(BucketVector.different(a, b)).toEqual({ buckets: [0], mostRows: 1, rows: { source: 1, target: 1 } });
  });
});
