import { describe, expect, it } from 'vitest';
import { keyCandidates, matchColumns } from '../../oracle/columns.ts';
import { canonicalRows, differencesOf } from '../../oracle/compare.ts';
import { type Column, type OwnOptions, type PairCase, POSTGRESQL, type Row, type Table } from '../../oracle/model.ts';

const BOTH = [POSTGRESQL, POSTGRESQL] as const;

function table(names: readonly string[], more: Partial<Table> = {}): Table {
  const columns = names.map(
    (name): Column => ({ name, declared: 'text', type: { kind: 'text' }, nullable: true, kind: 'text', keyable: true }),
  );
  return {
    schema: 's',
    name: 't',
    columns,
    primaryKey: [],
    unique: [],
    indexes: [],
    parts: [],
    after: [],
    rows: [],
    ...more,
  };
}

function pair(source: Table, target: Table, own: OwnOptions = {}): PairCase {
  return { source, target, own };
}

function found(key: readonly number[], source: readonly Row[], target: readonly Row[], own: OwnOptions = {}): string[] {
  const { pairs } = matchColumns(pair(table(['a', 'b', 'c']), table(['a', 'b', 'c']), own), BOTH);
  return differencesOf(canonicalRows(source, pairs, 'source'), canonicalRows(target, pairs, 'target'), pairs, key)
    .map(({ kind, key: id, rows, columns }) => `${kind} ${id.join()} ×${rows} ${columns?.join() ?? ''}`.trim())
    .sort();
}

describe('the dumb comparison', () => {
  it.each<[string, number[], Row[], Row[], string[]]>([
    ['nothing', [0], [], [], []],
    [
      'equal rows in another order',
      [0],
      [
        ['1', 'x', null],
        ['2', 'y', null],
      ],
      [
        ['2', 'y', null],
        ['1', 'x', null],
      ],
      [],
    ],
    [
      'a missing, an extra and a different row',
      [0],
      [
        ['1', 'x', 'k'],
        ['2', 'y', 'k'],
      ],
      [
        ['2', 'Y', 'k'],
        ['3', 'z', 'k'],
      ],
      ['different 2 ×1 b', 'extra 3 ×1 a,b,c', 'missing 1 ×1 a,b,c'],
    ],
    [
      'two rows that swapped their values',
      [0],
      [
        ['1', 'x', ''],
        ['2', 'y', ''],
      ],
      [
        ['1', 'y', ''],
        ['2', 'x', ''],
      ],
      ['different 1 ×1 b', 'different 2 ×1 b'],
    ],
    ['values that moved to the next column', [0], [['1', 'xy', 'z']], [['1', 'x', 'yz']], ['different 1 ×1 b,c']],
    ['NULL in the key', [0], [[null, 'x', '']], [[null, 'y', '']], ['different  ×1 b']],
    ["NULL and '' in the key", [0], [[null, 'x', '']], [['', 'x', '']], ['extra  ×1 a,b,c', 'missing  ×1 a,b,c']],
    [
      'a row that is there twice',
      [0],
      [['1', 'x', '']],
      [
        ['1', 'x', ''],
        ['1', 'x', ''],
      ],
      ['extra 1 ×1'],
    ],
    [
      'one of two rows of a key',
      [0],
      [
        ['1', 'x', ''],
        ['1', 'y', ''],
      ],
      [
        ['1', 'y', ''],
        ['1', 'z', ''],
        ['1', 'z', ''],
      ],
      ['different 1 ×1', 'extra 1 ×1'],
    ],
    [
      'two columns as key',
      [0, 1],
      [['1', '2', 'x']],
      [['2', '1', 'x']],
      ['extra 2,1 ×1 a,b,c', 'missing 1,2 ×1 a,b,c'],
    ],
    [
      'no key: how often a row is there',
      [],
      [
        ['1', 'x', ''],
        ['1', 'x', ''],
      ],
      [
        ['1', 'x', ''],
        ['2', 'x', ''],
      ],
      ['extra 2,x, ×1', 'missing 1,x, ×1'],
    ],
  ])('%s', (_, key, source, target, expected) => {
    expect(found(key, source, target)).toEqual(expected);
  });

  it('finds the best pairing where a tolerance makes "alike" not transitive', () => {
    const columns = ['k', 'v'].map(
      (name): Column => ({
        name,
        declared: 'int',
        type: { kind: 'integer', min: '0', max: '9' },
        nullable: true,
        kind: 'number',
        keyable: true,
      }),
    );
    const { pairs } = matchColumns(
      pair(table([], { columns }), table([], { columns }), { rules: { v: { tolerance: '1' } } }),
      BOTH,
    );
    const rows = (values: string[]) =>
      canonicalRows(
        values.map((value) => ['1', value]),
        pairs,
        'source',
      );
    // 2 could go with 1 or 3; only 1–2 and 2–3 leave none alone.
    expect(differencesOf(rows(['2', '1']), rows(['2', '3']), pairs, [0])).toEqual([]);
    expect(differencesOf(rows(['1', '1']), rows(['2', '3']), pairs, [0])).toMatchObject([
      { kind: 'different', rows: 1 },
    ]);
  });
});

describe('which columns belong together', () => {
  const names = (one: PairCase) => {
    const { pairs, oneSided } = matchColumns(one, BOTH);
    return [
      ...pairs.map(({ source, target }) => `${source.name}=${target.name}`),
      ...oneSided.map(({ side, column }) => `${side} ${column}`),
    ];
  };

  it.each<[string, string[], string[], OwnOptions, string[]]>([
    ['the same names', ['a', 'b'], ['b', 'a'], {}, ['a=a', 'b=b']],
    ['names of another case', ['A'], ['a'], {}, ['A=a']],
    ['the exact name first', ['Name', 'name'], ['name'], {}, ['name=name', 'source Name']],
    ['neither of two', ['NAME', 'Name'], ['name'], {}, ['source NAME', 'source Name', 'target name']],
    ['a renamed column', ['a', 'b'], ['b', 'c'], { rename: { a: 'c' } }, ['a=c', 'b=b']],
    ['a rename goes before a name', ['a', 'b'], ['b'], { rename: { a: 'b' } }, ['a=b', 'source b']],
    ['ignored ones', ['a', 'b'], ['a', 'c'], { ignore: ['b', 'C'] }, ['a=a']],
    ['chosen ones and the key', ['k', 'a', 'b'], ['k', 'a', 'b'], { columns: ['b'], key: ['k'] }, ['k=k', 'b=b']],
  ])('%s', (_, source, target, own, expected) => {
    expect(names(pair(table(source), table(target), own))).toEqual(expected);
  });

  it('prefers the primary key of the source, then of the target, then a unique key without NULL', () => {
    const candidates = (source: Partial<Table>, target: Partial<Table>, own: OwnOptions = {}) => {
      const one = pair(table(['a', 'b'], source), table(['a', 'b'], target), own);
      return keyCandidates(one, matchColumns(one, BOTH).pairs);
    };
    expect(candidates({ primaryKey: ['a'] }, { primaryKey: ['b'] })).toEqual([['a'], ['b'], []]);
    expect(candidates({ unique: [['a']] }, {})).toEqual([[]]);
    expect(candidates({}, {}, { key: ['b'] })).toEqual([['b']]);
    expect(candidates({ primaryKey: ['a'] }, {}, { ignore: ['a'] })).toEqual([[]]);
  });
});
