import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, type Shown, shownPair, shownValue } from '../../../../src/cli/views/reconcile-values.ts';
import { visibleValue } from '../../../../src/text/visible.ts';

const LINE: Shown = { max: 40, quoted: true };

describe('counted', () => {
  it('shows what was not counted as a dash, never as zero', () => {
    expect([counted(null), counted(0), counted(1234)]).toEqual(['-', '0', '1,234']);
  });
});

describe('shownPair', () => {
  it('shows short values in full', () => {
    expect(shownPair('a', 'b', LINE)).toEqual({ source: '"a"', target: '"b"' });
    expect(shownPair('1.5', '-2', LINE)).toEqual({ source: '1.5', target: '-2' });
  });

  it('shows long values from the same place, a little before their first difference', () => {
    const head = 'The quick brown fox jumps over the lazy dog. '.repeat(50);
    const pair = shownPair(`${head}cats and dogs${head}`, `${head}cows and dogs${head}`, LINE);
    expect(pair.source).toBe('"… lazy dog. cats and dogsThe quick brown …"');
    expect(pair.target).toBe('"… lazy dog. cows and dogsThe quick brown …"');
    expect(pair.cut).toEqual({
      from: head.length - 10,
      source: 2 * head.length + 13,
      target: 2 * head.length + 13,
    });
  });

  it('shows a difference at the very end, and one in the length only', () => {
    const long = 'x'.repeat(10_000);
    expect(shownPair(`${long}a`, `${long}b`, LINE)).toMatchObject({
      source: `"…${'x'.repeat(12)}a"`,
      target: `"…${'x'.repeat(12)}b"`,
    });
    expect(shownPair(long, `${long} `, LINE)).toMatchObject({
      source: `"…${'x'.repeat(12)}"`,
      target: `"…${'x'.repeat(12)} "`,
    });
  });

  it.each([
    ['an emoji of several code points', '👨‍👩‍👧‍👦', '👨‍👩‍👧'],
    ['flags', '🇩🇪', '🇩🇰'],
    ['a letter with accents', 'e\u0301\u0327', 'e\u0301'],
    ['the second half of a pair of surrogates', '😀', '😁'],
  ])('cuts %s nowhere', (_what, a, b) => {
    const head = 'a'.repeat(500);
    const pair = shownPair(head + a + head, head + b + head, LINE);
    const shown = (text: string) => JSON.stringify(visibleValue(text)).slice(1, -1).replaceAll('\\\\', '\\');
    expect(pair.source).toBe(`"…${'a'.repeat(12)}${shown(a)}${'a'.repeat(27)}…"`);
    expect(pair.target).toBe(`"…${'a'.repeat(12)}${shown(b)}${'a'.repeat(27)}…"`);
  });

  it.each([
    ['one accent as one character or two', '\u00e9', 'e\u0301'],
    ['a blank that does not break', 'a b', 'a\u00a0b'],
    ['a character of no width', 'ab', 'a\u200bb'],
    ['a mark of direction', 'ab', 'a\u202eb'],
    ['a tab', 'a b', 'a\tb'],
    ['half a surrogate', 'a', 'a\ud83d'],
  ])('makes a difference visible that is %s', (_what, a, b) => {
    for (const head of ['', 'long '.repeat(100)]) {
      const { source, target } = shownPair(head + a, head + b, LINE);
      expect(source.normalize()).not.toBe(target.normalize());
      expect(target).toMatch(/^[\x20-\x7e…]+$/);
    }
  });

  it('differs for all values that differ, on one line, without terminal control characters or lone surrogates', {
    timeout: 60_000,
  }, () => {
    const text = fc.string({ unit: 'binary', maxLength: 150 });
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.constantFrom<Shown>(LINE, { max: 5, quoted: true }, { max: 80, quoted: false }),
        (head, a, b, shown) => {
          fc.pre(a !== b);
          const { source, target } = shownPair(head + a, head + b, shown);
          expect(source).not.toBe(target);
          for (const one of [source, target]) {
            expect(one).not.toMatch(shown.quoted ? /[\p{Cc}\p{Cf}\p{Cs}]/u : /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}]/u);
            expect(one.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('shownValue', () => {
  it.each([
    [null, 'NULL'],
    [undefined, '?'],
    ['NULL', '"NULL"'],
    ['12.5', '12.5'],
    ['a\nb\u001b[31m', '"a\\nb\\u001b[31m"'],
    ['x'.repeat(100), `"${'x'.repeat(40)}…"`],
    ['👨‍👩‍👧‍👦'.repeat(41), `"${'👨\\u200d👩\\u200d👧\\u200d👦'.repeat(40)}…"`],
  ])('%j', (value, text) => {
    expect(shownValue(value, LINE)).toBe(text);
  });
});
