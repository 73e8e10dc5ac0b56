import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inGroups, rowPieces } from '../../../../src/reconcile/dialects/common.ts';

/** As a database puts it together: a NULL leaves nothing. */
function textOf(values: readonly (string | null)[], free: readonly boolean[]): string {
  const parts = free.map((one, at) => ({ sql: String(at), free: one }));
  const value = (at: string) => values[Number(at)];
  return rowPieces(parts, { length: (at) => `length ${at}`, separator: ',' })
    .map((piece) => {
      if (piece === ',') return piece;
      const [word, at = word] = piece.split(' ');
      const own = value(at ?? '') ?? null;
      if (own === null) return '';
      return word === 'length' ? String(Buffer.byteLength(own)) : own;
    })
    .join('');
}

const FREE = [null, '', '0', ',', ';', '1,', '0,1', '3,0;'] as const;
const PLAIN = [null, '0', '1', '10', '-1', '1.0'] as const;

/** Every row of so many columns of small values. */
function rowsOf(free: readonly boolean[]): (string | null)[][] {
  const [first, ...rest] = free;
  if (first === undefined) return [[]];
  return rowsOf(rest).flatMap((row) => (first ? FREE : PLAIN).map((value) => [value, ...row]));
}

const masks = (columns: number) =>
  Array.from({ length: 2 ** columns }, (_, bits) =>
    Array.from({ length: columns }, (_column, at) => (bits >> at) % 2 === 1),
  );

describe('the text of a row', () => {
  it.each(masks(3))('is another one for every other row (free text: %s, %s, %s)', (...free) => {
    const texts = rowsOf(free).map((row) => textOf(row, free));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it.each(masks(2))('is another one for every other two rows together (free text: %s, %s)', (...free) => {
    const texts = rowsOf(free).map((row) => textOf(row, free));
    const pairs = texts.flatMap((one) => texts.map((other) => `${one};${other}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('is put together in groups, none larger than a function takes, in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 2, max: 90 }),
        (list, most) => {
          const sizes: number[] = [];
          const joined = inGroups(list.map(String), most, (group) => {
            sizes.push(group.length);
            return group.join(' ');
          });
          expect(joined).toBe(list.join(' '));
          expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});
