import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIFFERENCE_KINDS } from '../../../../src/reconcile/compare/diff-buckets.ts';
import {
  isKeySpread,
  type KeySpread,
  MAX_BANDS,
  mergeSpreads,
  SpreadCounter,
  widest,
} from '../../../../src/reconcile/compare/key-spread.ts';

const rows = fc.array(
  fc.record({
    key: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.bigInt({ min: -300n, max: 300n })),
    kind: fc.constantFrom(...DIFFERENCE_KINDS),
    rows: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 300 },
);
type Rows = { key: bigint; kind: (typeof DIFFERENCE_KINDS)[number]; rows: number }[];

function spread(all: Rows): KeySpread {
  const counter = new SpreadCounter();
  for (const one of all) counter.add(String(one.key), one.kind, one.rows);
  return counter.report('id');
}

describe('SpreadCounter', () => {
  it('counts every row in the band of its key, in few bands of one width', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const { bands } = spread(all);
        expect(BigInt(bands.at(-1)?.from ?? 0) - BigInt(bands[0]?.from ?? 0)).toBeLessThan(
          BigInt(MAX_BANDS) * (BigInt(bands[0]?.to ?? 0) - BigInt(bands[0]?.from ?? 0) + 1n),
        );
        const widths = new Set(bands.map(({ from, to }) => BigInt(to) - BigInt(from)));
        expect(widths.size).toBe(1);
        for (const kind of DIFFERENCE_KINDS) {
          for (const band of bands) {
            const inside = all.filter(
              (one) => one.kind === kind && one.key >= BigInt(band.from) && one.key <= BigInt(band.to),
            );
            expect(band[kind]).toBe(inside.reduce((sum, one) => sum + one.rows, 0));
          }
          expect(bands.reduce((sum, band) => sum + band[kind], 0)).toBe(
            all.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.rows, 0),
          );
        }
        expect(isKeySpread(spread(all))).toBe(true);
      }),
    );
  });

  it('gives the same for rows in any order, and for shards that are merged', () => {
    fc.assert(
      fc.property(rows, rows, (some, others) => {
        const whole = spread([...some, ...others]);
        expect(spread([...others, ...some].reverse())).toEqual(whole);
        const merged = mergeSpreads([spread(some), spread(others)]);
        // A shard alone may need wider bands than the union starts with: never narrower ones.
        expect(merged?.bands.reduce((sum, band) => sum + band.missing, 0)).toBe(
          whole.bands.reduce((sum, band) => sum + band.missing, 0),
        );
        expect(merged).toEqual(whole);
      }),
    );
  });

  it('counts what has no place apart', () => {
    const counter = new SpreadCounter();
    counter.add(null, 'missing', 2);
    counter.add('1.5', 'extra', 1);
    expect(counter.report('id')).toEqual({ column: 'id', bands: [], unplaced: 3 });
    expect(counter.rows).toBe(3);
  });
});

describe('merging', () => {
  const one = { column: 'id', bands: [{ from: '8', to: '8', missing: 1, extra: 0, different: 0 }], unplaced: 1 };

  it('knows only what every shard knows', () => {
    expect(mergeSpreads([one, undefined])).toBeUndefined();
    expect(mergeSpreads([])).toBeUndefined();
    expect(mergeSpreads([one, { ...one, column: 'other' }])).toBeUndefined();
    expect(mergeSpreads([{ ...one, first: '1', last: '9' }, one])).not.toHaveProperty('first');
    expect(mergeSpreads([one, one])).toEqual({ ...one, bands: [{ ...one.bands[0], missing: 2 }], unplaced: 2 });
  });

  it('takes the ends that are furthest apart, as numbers', () => {
    expect(
      widest([
        { first: '9', last: '10' },
        { first: '-2', last: '9' },
      ]),
    ).toEqual({ first: '-2', last: '10' });
    expect(widest([{ first: '9', last: '10' }, {}])).toEqual({});
    expect(widest([])).toEqual({});
  });

  it.each([
    [null],
    [{}],
    [{ ...one, unplaced: -1 }],
    [{ ...one, first: '1' }],
    [{ ...one, first: 'x', last: '2' }],
    [{ ...one, bands: {} }],
    [{ ...one, bands: [null] }],
    [{ ...one, bands: [{ ...one.bands[0], to: '7' }] }],
    [{ ...one, bands: [{ ...one.bands[0], from: '1e3' }] }],
    [{ ...one, bands: [{ ...one.bands[0], extra: 0.5 }] }],
  ])('refuses %j', (spoilt) => {
    expect(isKeySpread(spoilt)).toBe(false);
  });
});
