import fc from 'fast-check';
import { distance } from 'fastest-levenshtein';
import { describe, expect, it } from 'vitest';
import { letterOf } from '../../../src/text/letters.ts';
import { isMisspelt } from '../../../src/text/misspellings.ts';

const WORDS = ['password', 'passphrase', 'passcode', 'secret', 'credential', 'credentials'];

const numbersOf = (text: string) => Uint8Array.from(text.split(''), (letter) => letterOf(letter.charCodeAt(0)));

/** The rule itself: one letter in four may be wrong, or two adjacent letters may be swapped. */
function isNear(word: string, right: string): boolean {
  const wrong = distance(word, right);
  if (wrong <= Math.floor(right.length / 4)) return true;
  return wrong === 2 && word.length === right.length && lettersOf(word) === lettersOf(right);
}

function lettersOf(word: string): string {
  return [...new Set(word.replaceAll(/\d/g, ''))].sort().join('');
}

/** A word with some letters changed, left out, added or swapped, but not the first. */
const misspelt = fc
  .record({
    word: fc.constantFrom(...WORDS),
    edits: fc.array(
      fc.record({
        kind: fc.constantFrom('change', 'leave out', 'add', 'swap'),
        at: fc.nat(12),
        letter: fc.constantFrom(...'abcdehilnoprstw', 'x', '7', 'é'),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ word, edits }) =>
    edits.reduce((text, { kind, at, letter }) => {
      const place = 1 + (at % (text.length - 1 || 1));
      const [before, own, after] = [text.slice(0, place), text[place] ?? '', text.slice(place + 1)];
      if (kind === 'change') return before + letter + after;
      if (kind === 'leave out') return before + after;
      return kind === 'add' ? before + letter + own + after : before + after.slice(0, 1) + own + after.slice(1);
    }, word),
  );

describe('misspellings', () => {
  it('are the words that the distances to the right ones say', () => {
    fc.assert(
      fc.property(misspelt, fc.boolean(), (word, upper) => {
        const text = `..${upper ? word.toUpperCase() : word}..`;
        const expected = WORDS.some((right) => right[0] === word[0] && isNear(word, right));
        expect(isMisspelt(numbersOf(text), 2, text.length - 2)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['secert', true],
    ['secrte', true],
    ['sceret', true],
    ['secre', true],
    ['secrets', true],
    ['sec2rt', true],
    ['secure', false],
    ['sector', false],
    ['secreted', false],
    ['s', false],
    ['', false],
  ])('of "secret": %s is %s', (word, expected) => {
    expect(isMisspelt(numbersOf(word), 0, word.length)).toBe(expected);
  });
});
