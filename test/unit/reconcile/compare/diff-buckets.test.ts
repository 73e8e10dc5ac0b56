import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cells } from '../../../../src/databases/model.ts';
import {
  DIFFERENCE_KINDS,
  diffBucket,
  diffMultiset,
  type KeyDifference,
  mergeBuckets,
  noDifferences,
} from '../../../../src/reconcile/compare/diff-buckets.ts';

const BUCKETS = 7;

/** A table as a map from key to value; the bucket is a function of the key, as in the databases. */
const tables = fc.uniqueArray(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 0, max: 3 })), {
  selector: ([key]) => key,
});

function rowsOf(table: [number, number][]): Cells[] {
  return table
    .map(([key, value]): Cells => [String(key % BUCKETS), String(key), String(value)])
    .sort((a, b) => Number(a[0]) - Number(b[0]));
}

async function* inBatches(rows: Cells[], size: number): AsyncGenerator<Cells[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

async function merged(source: Cells[], target: Cells[], size: number): Promise<KeyDifference[]> {
  const found: KeyDifference[] = [];
  const diff = (a: readonly Cells[], b: readonly Cells[]) => diffBucket(a, b, 1);
  for await (const some of mergeBuckets(inBatches(source, size), inBatches(target, size), diff))
    found.push(...some.found);
  return found;
}

const text = (differences: readonly KeyDifference[]) =>
  differences
    .flatMap((one) =>
      DIFFERENCE_KINDS.flatMap((kind) => (one[kind] > 0 ? [`${kind} ${one.key.join()} ${one[kind]}`] : [])),
    )
    .sort();

describe('mergeBuckets', () => {
  it('finds exactly the difference of two tables, in any batches', async () => {
    await fc.assert(
      fc.asyncProperty(tables, tables, fc.integer({ min: 1, max: 9 }), async (a, b, size) => {
        const source = new Map(a);
        const target = new Map(b);
        const expected: KeyDifference[] = [];
        for (const [key, value] of source) {
          if (!target.has(key)) expected.push({ ...noDifferences(), key: [String(key)], missing: 1 });
          else if (target.get(key) !== value) expected.push({ ...noDifferences(), key: [String(key)], different: 1 });
        }
        for (const key of target.keys()) {
          if (!source.has(key)) expected.push({ ...noDifferences(), key: [String(key)], extra: 1 });
        }
        expect(text(await merged(rowsOf(a), rowsOf(b), size))).toEqual(text(expected));
      }),
    );
  });

  it('ends both streams when the reader stops', async () => {
    const ended: string[] = [];
    async function* stream(name: string, offset: number): AsyncGenerator<Cells[]> {
      try {
        for (let bucket = 0; bucket < 1000; bucket++) yield [[String(bucket), String(bucket + offset), 'h']];
      } finally {
        ended.push(name);
      }
    }
    for await (const _ of mergeBuckets(stream('source', 0), stream('target', 5000), (a, b) => diffBucket(a, b, 1)))
      break;
    expect(ended.sort()).toEqual(['source', 'target']);
  });
});

describe('diffBucket', () => {
  it.each<[string, Cells[], Cells[], string[]]>([
    [
      'a key twice in the target, one of them stale',
      [['0', 'a', '1']],
      [
        ['0', 'a', '1'],
        ['0', 'a', '2'],
      ],
      ['extra a 1'],
    ],
    [
      'a key twice on both sides',
      [
        ['0', 'a', '1'],
        ['0', 'a', '2'],
      ],
      [
        ['0', 'a', '2'],
        ['0', 'a', '1'],
      ],
      [],
    ],
    ['NULL is not a text', [['0', null, '1']], [['0', 'null', '1']], ['extra null 1', 'missing  1']],
    [
      'values swapped between two keys',
      [
        ['0', 'a', 'h(a,1)'],
        ['0', 'b', 'h(b,2)'],
      ],
      [
        ['0', 'a', 'h(a,2)'],
        ['0', 'b', 'h(b,1)'],
      ],
      ['different a 1', 'different b 1'],
    ],
  ])('%s', (_name, source, target, expected) => {
    expect(text(diffBucket(source, target, 1))).toEqual(expected);
  });

  it('tells composite keys apart whose texts run together', () => {
    expect(text(diffBucket([['0', 'a,b', 'c', 'h']], [['0', 'a', 'b,c', 'h']], 2))).toEqual([
      'extra a,b,c 1',
      'missing a,b,c 1',
    ]);
  });
});

describe('diffMultiset', () => {
  it('finds exactly the difference of two multisets', () => {
    const bags = fc.array(fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(bags, bags, (a, b) => {
        const count = (bag: number[]) => Map.groupBy(bag, (one) => one);
        const rows = (bag: number[]) =>
          [...count(bag)].map(([hash, all]): Cells => ['0', String(hash), String(all.length)]);
        const expected = [0, 1, 2, 3, 4, 5].flatMap((hash) => {
          const more = (count(a).get(hash)?.length ?? 0) - (count(b).get(hash)?.length ?? 0);
          return more === 0 ? [] : [`${more > 0 ? 'missing' : 'extra'} ${hash} ${Math.abs(more)}`];
        });
        expect(text(diffMultiset(rows(a), rows(b)))).toEqual(expected.sort());
      }),
    );
  });
});
