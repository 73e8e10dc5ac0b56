import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../../src/databases/model.ts';
import type { ForeignKey } from '../../../../src/databases/session.ts';
import { postgresDialect } from '../../../../src/reconcile/dialects/postgres/dialect.ts';
import {
  inOrder,
  orderingColumns,
  type RowStatement,
  waitingFor,
  withOnly,
} from '../../../../src/reconcile/repair/script-order.ts';
import type { RepairAction, RepairTarget } from '../../../../src/reconcile/repair/statements.ts';

const column = (name: string): Column => ({
  name,
  nativeType: 'text',
  type: { family: 'text' },
  nullable: true,
  generated: false,
  identity: false,
});

/** A table of `id`, `p` and a unique `u`. */
function targetOf(name: string): RepairTarget {
  const pairs = ['id', 'p', 'u'].map((one) => ({
    source: column(one),
    target: column(one),
    form: { kind: 'text', trim: false } as const,
  }));
  return {
    dialect: postgresDialect({ major: 18 }),
    table: {
      schema: 's',
      name,
      kind: 'table',
      transactional: true,
      columns: pairs.map(({ target }) => target),
      primaryKey: ['id'],
      uniqueKeys: [['id'], ['u']],
      estimatedRows: 0,
    },
    plan: { pairs, key: pairs.slice(0, 1), unique: true, oneSided: [], uncompared: [], leftOut: [], unwritten: [] },
  };
}

type Row = readonly (string | null)[];

function statement(
  target: RepairTarget,
  action: RepairAction,
  source: Row | undefined,
  old: Row | undefined,
): RowStatement {
  const columns = [0, 1, 2].filter((at) => action !== 'update' || source?.[at] !== old?.[at]);
  const kind = ({ insert: 'missing', delete: 'extra', update: 'different' } as const)[action];
  return {
    target,
    action,
    sql: `${action} ${(source ?? old)?.[0]}`,
    difference: {
      kind,
      key: [(source ?? old)?.[0] ?? null],
      rows: 1,
      columns,
      ...(source === undefined ? {} : { source }),
      ...(old === undefined ? {} : { target: old }),
    },
  };
}

const self: ForeignKey = {
  child: { schema: 's', name: 't' },
  childColumns: ['p'],
  parent: { schema: 's', name: 't' },
  parentColumns: ['id'],
  onDelete: 'refuse',
  onUpdate: 'refuse',
};
const t = targetOf('t');
const insert = (id: string, p: string | null = null, u: string | null = null) =>
  statement(t, 'insert', [id, p, u], undefined);
const remove = (id: string, p: string | null = null, u: string | null = null) =>
  statement(t, 'delete', undefined, [id, p, u]);
const update = (
  id: string,
  [p, oldP]: [string | null, string | null],
  u: [string | null, string | null] = [null, null],
) => statement(t, 'update', [id, p, u[0]], [id, oldP, u[1]]);
const order = (statements: RowStatement[], keys = [self]) => inOrder(statements, keys).map(({ sql }) => sql);

describe('the order of a script', () => {
  it('is as it was where nothing refers to anything', () => {
    expect(order([remove('9'), update('5', ['7', null]), insert('1')], [])).toEqual([
      'delete 9',
      'update 5',
      'insert 1',
    ]);
  });

  it('has a row after the one that it refers to, and deletes it before, in any order of the rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 30 }).chain((parents) =>
          fc.record({
            rows: fc.constant(
              parents.map((parent, at) => [String(at), at === 0 ? null : String(parent % at)] as const),
            ),
            seed: fc.array(fc.nat({ max: 1000 }), { minLength: parents.length, maxLength: parents.length }),
          }),
        ),
        ({ rows, seed }) => {
          const mixed = rows.map((row, at) => ({ row, at: seed[at] ?? 0 })).sort((a, b) => a.at - b.at);
          const inserted = order(mixed.map(({ row: [id, p] }) => insert(id, p)));
          const deleted = order(mixed.map(({ row: [id, p] }) => remove(id, p)));
          expect(new Set(inserted).size).toBe(rows.length);
          for (const [id, p] of rows) {
            if (p === null) continue;
            expect(inserted.indexOf(`insert ${p}`)).toBeLessThan(inserted.indexOf(`insert ${id}`));
            expect(deleted.indexOf(`delete ${id}`)).toBeLessThan(deleted.indexOf(`delete ${p}`));
          }
        },
      ),
    );
  });

  it('has an update after the row that it refers to now, and before the one that it referred to is deleted', () => {
    expect(order([remove('9'), update('5', ['1', '9']), insert('1')])).toEqual(['insert 1', 'update 5', 'delete 9']);
  });

  it('has a unique value free before it is taken', () => {
    expect(order([insert('1', null, 'x'), update('2', [null, null], ['y', 'X']), remove('3', null, 'y')], [])).toEqual([
      'delete 3',
      'update 2',
      'insert 1',
    ]);
  });

  it('takes rows out of the way before others take their values, and after those that refer to them are gone', () => {
    const aside = (id: string, old: string): RowStatement => {
      const { difference, ...one } = statement(t, 'update', [id, null, null], [id, null, old]);
      const { source: _source, ...found } = difference;
      return { ...one, difference: found, sql: `aside ${id}`, aside: true };
    };
    const key = { ...self, child: { schema: 's', name: 'c' }, parentColumns: ['u'] };
    const child = statement(targetOf('c'), 'delete', undefined, ['8', 'b', null]);
    const ordered = order(
      [
        update('1', [null, null], ['b', 'a']),
        update('2', [null, null], ['c', 'b']),
        update('3', [null, null], ['a', 'c']),
        aside('1', 'a'),
        aside('2', 'b'),
        aside('3', 'c'),
        child,
      ],
      [key],
    );
    expect(ordered).toHaveLength(7);
    expect(ordered.indexOf('delete 8')).toBeLessThan(ordered.indexOf('aside 2'));
    for (const [row, taken] of [
      ['1', '2'],
      ['2', '3'],
      ['3', '1'],
    ]) {
      expect(ordered.indexOf(`aside ${row}`)).toBeLessThan(ordered.indexOf(`update ${row}`));
      expect(ordered.indexOf(`aside ${taken}`)).toBeLessThan(ordered.indexOf(`update ${row}`));
    }
  });

  it('needs the values of keys alone', () => {
    const wide = targetOf('t');
    const { pairs, key } = wide.plan;
    const note = { source: column('note'), target: column('note'), form: { kind: 'text', trim: false } as const };
    const target = { ...wide, plan: { ...wide.plan, pairs: [note, ...pairs], key } };
    const others = { ...self, childColumns: ['note'], child: { schema: 's', name: 'other' } };
    const columns = orderingColumns(target, [self, others]);
    expect([...columns].sort()).toEqual([1, 2, 3]);
    const { difference } = update('5', ['1', '9'], ['y', 'x']);
    const row = (cells: Row | undefined, of: string | null) => [of, ...(cells ?? [])];
    const { source, target: old, ...rest } = difference;
    const kept = withOnly({ ...rest, source: row(source, 'new'), target: row(old, 'old') }, columns);
    expect(kept).toEqual({ ...rest, source: row(source, null), target: row(old, null) });
    expect(withOnly(rest, columns)).toEqual(rest);
  });

  it('keeps all that wait for each other in a circle', () => {
    expect(order([insert('1', '2'), insert('2', '1'), insert('3', '3')]).sort()).toEqual([
      'insert 1',
      'insert 2',
      'insert 3',
    ]);
  });

  it('takes a chain of any length, and two tables', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) =>
      insert(String(9_999 - at), at === 9_999 ? null : String(9_998 - at)),
    );
    const ordered = order(chain);
    expect(ordered[0]).toBe('insert 0');
    expect(ordered.at(-1)).toBe('insert 9999');
    const other = statement(targetOf('c'), 'insert', ['7', '4', null], undefined);
    const key = { ...self, child: { schema: 's', name: 'c' } };
    expect(order([other, insert('4')], [key])).toEqual(['insert 4', 'insert 7']);
  });
});

describe('rows that wait for one that is left', () => {
  const names = (left: RowStatement[], statements: RowStatement[], keys = [self]) =>
    [...waitingFor(left, statements, keys)].map(({ sql }) => sql);

  it('are those that would take its value, refer to it, or are referred to by it, and those behind them', () => {
    expect(names([remove('9', null, 'x')], [insert('1', null, 'x'), insert('2', '1'), insert('3', null, 'y')])).toEqual(
      ['insert 1', 'insert 2'],
    );
    expect(names([update('5', ['7', '9'])], [remove('9', '8'), remove('8'), remove('7')])).toEqual([
      'delete 9',
      'delete 8',
    ]);
    expect(names([], [insert('1', '2'), insert('2', '1')])).toEqual([]);
  });

  it('are not taken out of the way for values that they do not get', () => {
    const { source: _source, ...difference } = update('1', [null, null], ['b', 'a']).difference;
    const aside: RowStatement = { target: t, action: 'update', difference, sql: 'aside 1', aside: true };
    const swap = [aside, update('1', [null, null], ['b', 'a']), update('2', [null, null], ['a', 'c'])];
    expect(names([remove('9', null, 'b')], swap).sort()).toEqual(['aside 1', 'update 1', 'update 2']);
  });

  it('in PostgreSQL do not include values that only look similar', () => {
    expect(names([remove('9', null, 'X')], [insert('1', null, 'x')])).toEqual([]);
  });
});

it('the exact value takes precedence over a similar one', () => {
  expect(order([insert('b', 'a'), insert('A', 'b'), insert('a')])).toEqual(['insert a', 'insert b', 'insert A']);
});
