import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ForeignKey } from '../../../../src/databases/session.ts';
import { parentsFirst } from '../../../../src/reconcile/repair/order.ts';

const table = (name: string) => ({ table: { schema: 's', name } });

function reference(child: string, parent: string): ForeignKey {
  return {
    child: { schema: 's', name: child },
    childColumns: ['p'],
    parent: { schema: 's', name: parent },
    parentColumns: ['id'],
    onDelete: 'refuse',
    onUpdate: 'refuse',
  };
}

const names = (tables: readonly { table: { name: string } }[]) => tables.map(({ table: { name } }) => name);

describe('the order of tables', () => {
  it('has parents before their children, in any order of the request', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))),
        (order, edges) => {
          // From a later letter to an earlier one: no circles.
          const keys = edges.filter(([x, y]) => x > y).map(([x, y]) => reference('abcde'[x] ?? '', 'abcde'[y] ?? ''));
          const sorted = names(parentsFirst(order.map(table), keys));
          expect([...sorted].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
          for (const { child, parent } of keys)
            expect(sorted.indexOf(parent.name)).toBeLessThan(sorted.indexOf(child.name));
        },
      ),
    );
  });

  it('keeps tables in a circle, and one that refers to itself', () => {
    const keys = [reference('a', 'b'), reference('b', 'a'), reference('c', 'c')];
    expect(names(parentsFirst(['a', 'b', 'c'].map(table), keys)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('takes no notice of tables that are not repaired', () => {
    expect(names(parentsFirst([table('a')], [reference('a', 'z'), reference('y', 'a')]))).toEqual(['a']);
  });
});
