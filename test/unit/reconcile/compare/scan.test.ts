import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/databases/session.ts';
import { nextBound, serialized } from '../../../../src/reconcile/compare/scan.ts';

/** All bounds of a table, from its start to its open end. */
async function bounds(next: (from: string | undefined) => Promise<string | undefined>): Promise<string[]> {
  const found: string[] = [];
  for (let to = await next(undefined); to !== undefined; to = await next(to)) {
    found.push(to);
    if (found.length > 10_000) throw new Error('the parts do not come to an end');
  }
  return found;
}

describe('the parts of a table', () => {
  it('by blocks go forward to an open end, each of about as many rows as wanted', async () => {
    const sizes = fc.record({
      blocks: fc.integer({ min: 1, max: 5000 }),
      rows: fc.integer({ min: 1, max: 1_000_000 }),
      estimated: fc.integer({ min: 0, max: 10_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ blocks, rows, estimated }) => {
        const splitting = { by: 'blocks', blocks, file: '1' } as const;
        const session = {} as Session;
        const found = (await bounds((from) => nextBound(session, () => '', splitting, estimated, from, rows))).map(
          Number,
        );
        const edges = [0, ...found];
        const step = Math.max(1, Math.round((blocks * rows) / Math.max(1, estimated)));
        for (const [at, edge] of found.entries()) expect(edge - (edges[at] ?? 0)).toBe(step);
        expect(found.every((edge) => edge < blocks)).toBe(true);
        expect(blocks - (edges.at(-1) ?? 0)).toBeLessThanOrEqual(step);
      }),
    );
  });

  it('by keys leave no key out and read none twice, however often the first column repeats a value', async () => {
    const keys = fc
      .array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 })
      .map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 10 }), async (list, rows) => {
        // As the index answers it: the key some rows behind the first one that is not below the start.
        const session = {
          query: async (statement: string) => {
            const [from, offset] = JSON.parse(statement) as [string | null, number];
            const rest = from === null ? list : list.filter((key) => key >= Number(from));
            const key = rest[offset];
            return key === undefined ? [] : [[String(key)]];
          },
        } as unknown as Session;
        const keyAfter = (_column: string, from: string | undefined, offset: number) =>
          JSON.stringify([from ?? null, offset]);
        const splitting = { by: 'key', column: 'id' } as const;
        const found = await bounds((from) => nextBound(session, keyAfter, splitting, list.length, from, rows));
        const edges = [Number.NEGATIVE_INFINITY, ...found.map(Number), Number.POSITIVE_INFINITY];
        const parts = edges.slice(1).map((to, at) => list.filter((key) => key >= (edges[at] ?? 0) && key < to));
        expect(parts.flat()).toEqual(list);
        expect(found.map(Number)).toEqual([...new Set(found.map(Number))].sort((a, b) => a - b));
      }),
    );
  });
});

describe('calls that are serialized', () => {
  it('run one after another in their order, also behind one that fails', async () => {
    const log: string[] = [];
    const run = serialized(async (name: string) => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, name === 'a' ? 5 : 0));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b');
      return name;
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map(run));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
