import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serialize } from '../../../src/text/serialize.ts';
import { visible, visibleButColours, visibleLines, visibleTree } from '../../../src/text/visible.ts';

const ACTS = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('\x1b[31m', '\x1b]0;x\x07', '\x1b[2J', '\u202e', '\u2066', '\r', '\b', '\x9b31m', 'a', '"', '\n'),
    )
    .map((parts) => parts.join('')),
);

describe('text from elsewhere', () => {
  it.each([
    ['\x1b[2Jgone', '\\x1b[2Jgone'],
    ['name\u202etxt.exe', 'name\\u202etxt.exe'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['نعم 👨‍👩‍👧 é', 'نعم 👨‍👩‍👧 é'],
  ])('%j is shown as %j', (text, shown) => expect(visible(text)).toBe(shown));

  it('has nothing left that a terminal acts on', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(ACTS);
        expect(JSON.stringify(visibleTree({ [text]: [text, { a: text }] }))).not.toMatch(ACTS);
      }),
    );
  });

  it('changes only the parts of a tree that have such characters, and leaves the tree as it was', () => {
    const error = new Error('\x1b');
    const plain = { a: ['x', { b: null, c: 1 }], error };
    expect(visibleTree(plain)).toBe(plain);
    const tree = { plain, list: ['x', '\x1b'], '\x1b': 1 };
    const shown = visibleTree(tree);
    expect(shown).toEqual({ plain, list: ['x', '\\x1b'], '\\x1b': 1 });
    expect(shown.plain).toBe(plain);
    expect(tree.list).toEqual(['x', '\x1b']);
  });

  it('has no line of its own where it is a name or a value of a setting', () => {
    const forged = 'a\n✔  healthy  prod-sink';
    const shown = visibleTree({
      name: forged,
      keys: [{ key: forged, before: forged }],
      unknown: [forged],
      message: forged,
    });
    const line = 'a\\n✔  healthy  prod-sink';
    expect(shown).toEqual({
      name: line,
      keys: [{ key: line, before: line }],
      unknown: [line],
      message: forged.replace('\n', '\n  '),
    });
    expect(Object.keys(visibleTree({ [forged]: 1 }))).toEqual([line]);
  });

  it('is indented where it has several lines', () => {
    expect(visibleLines('a\nOn prod nothing differs\n  b')).toBe('a\n  On prod nothing differs\n  b');
  });

  it('keeps colours of ours and no other sequence', () => {
    expect(visibleButColours('\x1b[31mred\x1b[39m \x1b[2J \x1b]8;;x\x07')).toBe(
      '\x1b[31mred\x1b[39m \\x1b[2J \\x1b]8;;x\\x07',
    );
  });
});

describe('a document', () => {
  it.each(['json', 'yaml'] as const)('in %s has the very text, and nothing that a terminal acts on', async (format) => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (key, value) => {
        const document = { [`k${key}`]: { list: [value, 1, null, true] } };
        const text = await serialize(document, format);
        expect(text).not.toMatch(ACTS);
        expect(format === 'json' ? JSON.parse(text) : parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });
});
