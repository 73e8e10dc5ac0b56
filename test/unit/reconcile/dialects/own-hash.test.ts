import { describe, expect, it } from 'vitest';
import { ownHash } from '../../../../src/reconcile/dialects/postgres/own-hash.ts';
import type { ColumnPair, Form } from '../../../../src/reconcile/model.ts';
import { columnOf } from '../../../helpers/declared-columns.ts';

const FORMS: Record<string, Form> = {
  numeric: { kind: 'decimal' },
  'double precision': { kind: 'float', bits: 64 },
  bigint: { kind: 'integer' },
};

function pair(name: string, nativeType: string, nullable = true): ColumnPair {
  const column = columnOf('postgresql', name, nativeType, { nullable });
  return { source: column, target: column, form: FORMS[nativeType] ?? { kind: 'native' } };
}

/** Columns of numbers whose own hash is hashed once more. */
function scatteredColumns(columns: readonly ColumnPair[], key: readonly ColumnPair[], unique = true): string[] {
  const { row } = ownHash(18).hash(columns, key, { side: 'source', canonical: () => 'text', unique });
  return [...row.matchAll(/hashint4extended\(0, hash(?:_numeric_|float8)extended\("(\w+)"/g)].map(
    ([, name = '']) => name,
  );
}

const id = pair('id', 'bigint', false);
const [a, b, c] = [pair('a', 'numeric'), pair('b', 'double precision'), pair('c', 'numeric')];

describe('numbers in the hash of a row', () => {
  it('one of them has none beside it that could cancel it out, and is scattered by the key', () => {
    expect(scatteredColumns([id, a], [id])).toEqual([]);
    expect(scatteredColumns([id, b], [id])).toEqual([]);
  });

  it('all others are scattered on their own', () => {
    expect(scatteredColumns([id, a, b, c], [id])).toEqual(['b', 'c']);
    expect(scatteredColumns([b, a], [])).toEqual(['a']);
  });

  it('so is a key, of which nothing may be lost on the way to the next column', () => {
    const key = pair('k', 'numeric', false);
    expect(scatteredColumns([key, id, a], [id, key])).toEqual(['k']);
  });

  it('beside a key that begins with one, all are: a value would be the seed of the other, and they could exchange', () => {
    for (const type of ['numeric', 'double precision']) {
      const key = pair('k', type, false);
      expect(scatteredColumns([key, a], [key])).toEqual(['k', 'a']);
      expect(scatteredColumns([key, id, b], [key, id])).toEqual(['k', 'b']);
    }
  });

  it('without a unique key, the whole row is', () => {
    const { row } = ownHash(18).hash([a], [], { side: 'source', canonical: () => 'text', unique: false });
    expect(row).toMatch(/^hashint4extended\(0, coalesce\(hash_numeric_extended\("a"/);
  });
});
