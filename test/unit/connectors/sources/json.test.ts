import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../src/connectors/sources/json.ts';

/** An object as its author wrote it: a key may stand twice. */
type Written = [key: string, value: string | number | Written][];

const words = fc.constantFrom('a', 'b', '"', 'a"b', '\\', '\\"', 'c:d', '{', 'é', 'u0022', '\\u0022', '');
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.array(
    fc.tuple(words, fc.oneof({ maxDepth: 3 }, words, fc.integer(), tie('written') as fc.Arbitrary<Written>)),
    { maxLength: 4 },
  ),
}));

function toText(value: string | number | Written, write: (text: string) => string): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return write(JSON.stringify(value));
  return `{ ${value.map(([key, one]) => `${write(JSON.stringify(key))}: ${toText(one, write)}`).join(', ')} }`;
}

function doubles(value: string | number | Written): number {
  if (!Array.isArray(value)) return 0;
  const own = value.length - new Set(value.map(([key]) => key)).size;
  return value.reduce((sum, [, one]) => sum + doubles(one), own);
}

describe('parseJson', () => {
  it('finds every key that appears twice, escaped in any way', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.boolean(), async (value, unicode) => {
        const write = (text: string) =>
          unicode ? text.replaceAll(/\\(.)/g, (all, char: string) => (char === '"' ? '\\u0022' : all)) : text;
        const text = toText(value, write);
        const { problems } = await parseJson(text);
        expect(problems.map(({ rule }) => rule)).toEqual(Array(doubles(value)).fill('duplicate-key'));
      }),
      { numRuns: 2000 },
    );
  });
});
