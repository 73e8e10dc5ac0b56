import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../../src/databases/model.ts';
import type { RowDifference } from '../../../../src/reconcile/compare/rows.ts';
import { postgresDialect } from '../../../../src/reconcile/dialects/postgres/dialect.ts';
import type { ColumnPair } from '../../../../src/reconcile/model.ts';
import { exchanges, isCycle, temporaryUpdates } from '../../../../src/reconcile/repair/exchange.ts';
import type { RepairTarget } from '../../../../src/reconcile/repair/statements.ts';
import { id } from '../../../helpers/columns.ts';

function targetOf(email: Partial<Column>): RepairTarget {
  const column: Column = { ...id, name: 'email', nativeType: 'text', type: { family: 'text' }, ...email };
  const pairs: ColumnPair[] = [
    { source: id, target: id, form: { kind: 'integer' } },
    { source: column, target: column, form: { kind: 'text', trim: false } },
  ];
  return {
    dialect: postgresDialect({ major: 18 }),
    table: {
      schema: 's',
      name: 't',
      kind: 'table',
      transactional: true,
      columns: [id, column],
      primaryKey: ['id'],
      uniqueKeys: [['id'], ['email']],
      estimatedRows: 0,
    },
    plan: { pairs, key: pairs.slice(0, 1), unique: true, oneSided: [], uncompared: [], leftOut: [], unwritten: [] },
  };
}

function changed(key: number, from: string | null, to: string | null): RowDifference {
  return {
    kind: 'different',
    key: [String(key)],
    rows: 1,
    columns: [1],
    source: [String(key), to],
    target: [String(key), from],
  };
}

const groupsOf = (groups: readonly RowDifference[][]) =>
  groups
    .map((group) =>
      group
        .map(({ key }) => key[0])
        .sort()
        .join(),
    )
    .sort();

describe('rows that exchange values of a unique key', () => {
  const target = targetOf({});

  it.each<[string, RowDifference[], string[]]>([
    ['two that swap', [changed(1, 'b', 'a'), changed(2, 'a', 'b')], ['1,2']],
    ['a circle of three', [changed(1, 'a', 'b'), changed(2, 'b', 'c'), changed(3, 'c', 'a')], ['1,2,3']],
    [
      'two pairs',
      [changed(1, 'b', 'a'), changed(2, 'a', 'b'), changed(3, 'd', 'c'), changed(4, 'c', 'd')],
      ['1,2', '3,4'],
    ],
    ['a chain', [changed(1, 'a', 'b'), changed(2, 'b', 'c')], ['1,2']],
    ['others', [changed(1, 'a', 'x'), changed(2, 'b', 'y')], []],
    ['the same but for case and blanks', [changed(1, 'B ', 'a'), changed(2, 'A', 'b')], ['1,2']],
  ])('%s', (_name, differences, expected) => {
    expect(groupsOf(exchanges(target, differences))).toEqual(expected);
  });

  it.each<[string, RowDifference[], boolean]>([
    ['two that swap', [changed(1, 'b', 'a'), changed(2, 'a', 'b')], true],
    ['a chain', [changed(1, 'a', 'b'), changed(2, 'b', 'c'), changed(3, 'c', 'd')], false],
    ['a chain and a circle', [changed(1, 'a', 'b'), changed(2, 'b', 'a'), changed(3, 'c', 'd')], true],
    ['none', [], false],
  ])('are in a cycle or not: %s', (_name, differences, expected) => {
    expect(isCycle(target, differences)).toBe(expected);
    expect(isCycle(target, differences.toReversed())).toBe(expected);
  });

  it('a permutation falls into its cycles', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const differences = order.flatMap((to, from) => (to === from ? [] : [changed(from, `v${from}`, `v${to}`)]));
        const cycles: string[] = [];
        const seen = new Set<number>();
        for (const start of order.keys()) {
          const cycle: number[] = [];
          for (let at = start; !seen.has(at); at = order[at] ?? 0) {
            seen.add(at);
            cycle.push(at);
          }
          if (cycle.length > 1) cycles.push(cycle.map(String).sort().join());
        }
        expect(groupsOf(exchanges(target, differences))).toEqual(cycles.sort());
      }),
    );
  });
});

describe('a value in between', () => {
  const differences = [changed(1, 'b', 'a')];

  it('is NULL where the column may be NULL', () => {
    expect(temporaryUpdates(targetOf({ nullable: true }), differences).map(({ sql }) => sql)).toEqual([
      'UPDATE "s"."t" SET "email" = NULL WHERE "id" = 1;',
    ]);
  });

  it('cannot be NULL twice where the key treats two NULLs as equal', () => {
    const target = targetOf({ nullable: true });
    target.table.oneNull = ['email'];
    expect(temporaryUpdates(target, differences)[0]?.sql).toMatch(/SET "email" = '[0-9a-f]{32}'/);
  });

  it('is a random one of the type elsewhere, no longer than the column', () => {
    const [statement] = temporaryUpdates(targetOf({ nativeType: 'character varying(8)' }), differences);
    expect(statement?.sql).toMatch(/^UPDATE "s"\."t" SET "email" = '[0-9a-f]{8}' WHERE "id" = 1;$/);
  });

  it('does not exist for an unknown type', () => {
    expect(temporaryUpdates(targetOf({ nativeType: 'point', type: { family: 'other' } }), differences)).toEqual([]);
  });

  it.each<[string, string[], Partial<Column>]>([
    ['a number', Array.from({ length: 2000 }, (_, at) => `${16_384 + at}`), { type: { family: 'integer', bits: 16 } }],
    ['a letter or digit', ['a', 'B', '0', '1'], { nativeType: 'character(1)' }],
    ['a date', ['2024-02-29', '2024-03-01'], { type: { family: 'date' } }],
    ['a time', ['12:00:00', '12:00:01'], { type: { family: 'time', zone: false, precision: 0 } }],
    [
      'a timestamp',
      ['2024-02-29 12:00:00', '2024-02-29 12:00:01'],
      { type: { family: 'timestamp', zone: false, precision: 3 } },
    ],
    ['a double', ['1', '2.5'], { type: { family: 'float', bits: 64 } }],
  ])('is another one for each row, and none that they have, also where there are few: %s', (_type, values, column) => {
    const many = values.map((value, at) => changed(at, value, values[(at + 1) % values.length] ?? null));
    const given = temporaryUpdates(targetOf(column), many).map(({ sql }) =>
      /= '?([^';]+?)'? WHERE/.exec(sql)?.[1]?.toLowerCase(),
    );
    expect(given).toHaveLength(values.length);
    expect(new Set([...given, ...values.map((value) => value.toLowerCase())]).size).toBe(2 * values.length);
  });
});
