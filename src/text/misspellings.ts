import { letterOf } from './letters.ts';

/** A similar word counts as a misspelling of one of these; shorter words are too close to unrelated ones. */
const WORDS = ['password', 'passphrase', 'passcode', 'secret', 'credential', 'credentials'];

/** Beyond all distances that matter. */
const FAR = 3;

/** What a state says about a word that ends there. */
const OTHER = 0;
const NEAR = 1;
const MAY_BE_SWAPPED = 2;

interface Spelt {
  letters: readonly number[];
  /** One letter in four may be wrong. */
  most: number;
  /** The index of its distance in a row. */
  at: number;
}

/**
 * Finds misspellings of words with the same first letter, which is never wrong. It is an automaton whose states are the rows of
 * the tables of edit distances, side by side. Each state is made when it is first needed; then a letter costs one look-up, which
 * is three times faster than computing the distances: names may be in every few characters of a text.
 */
class Misspellings {
  readonly #spelt: readonly Spelt[];
  readonly #shortest: number;
  readonly #longest: number;
  /** Distances of at most FAR. */
  readonly #rows: (readonly number[])[] = [];
  readonly #verdicts: number[] = [];
  readonly #states = new Map<string, number>();
  /** By state and letter, the next state; 0 if it has not been made, since none leads back to the first. */
  readonly #next: number[] = [];

  constructor(words: readonly string[]) {
    let at = -1;
    this.#spelt = words.map((word) => {
      at += word.length + 1;
      const letters = Array.from(word, (letter) => letterOf(letter.charCodeAt(0)));
      return { letters, most: Math.floor(word.length / 4), at };
    });
    this.#shortest = Math.min(...this.#spelt.map(({ letters, most }) => letters.length - most));
    this.#longest = Math.max(...this.#spelt.map(({ letters, most }) => letters.length + most));
    this.#state(this.#spelt.flatMap(({ letters }) => [0, ...letters.map((_letter, at) => Math.min(at + 1, FAR))]));
  }

  has(text: Uint8Array, start: number, end: number): boolean {
    if (end - start < this.#shortest || end - start > this.#longest) return false;
    let state = 0;
    for (let at = start; at < end; at += 1) {
      const letter = text[at] ?? 0;
      state = this.#next[(state << 5) | letter] || this.#step(state, letter);
    }
    const verdict = this.#verdicts[state];
    return verdict === NEAR || (verdict === MAY_BE_SWAPPED && this.#isSwapped(state, text.subarray(start, end)));
  }

  /** Whether it has the letters of a word from which two are different. */
  #isSwapped(state: number, text: Uint8Array): boolean {
    // Without digits.
    const used = new Set(text.filter((letter) => letter > 0));
    return this.#spelt.some(({ letters, at }) => {
      if (this.#rows[state]?.[at] !== 2 || text.length !== letters.length) return false;
      const own = new Set(letters);
      return used.size === own.size && used.isSubsetOf(own);
    });
  }

  #step(state: number, letter: number): number {
    const above = this.#rows[state] ?? [];
    const row = above.map((distance) => Math.min(distance + 1, FAR));
    for (const { letters, at: end } of this.#spelt) {
      for (const [index, one] of letters.entries()) {
        const at = end - letters.length + 1 + index;
        const across = (above[at - 1] ?? FAR) + (one === letter ? 0 : 1);
        row[at] = Math.min(row[at] ?? FAR, (row[at - 1] ?? FAR) + 1, across);
      }
    }
    const next = this.#state(row);
    this.#next[(state << 5) | letter] = next;
    return next;
  }

  #state(row: readonly number[]): number {
    const id = row.join('');
    let state = this.#states.get(id);
    if (state === undefined) {
      state = this.#rows.push(row) - 1;
      this.#states.set(id, state);
      this.#verdicts.push(this.#verdictOf(row));
      for (let letter = 0; letter < 32; letter += 1) this.#next.push(0);
    }
    return state;
  }

  #verdictOf(row: readonly number[]): number {
    if (this.#spelt.some(({ at, most }) => (row[at] ?? FAR) <= most)) return NEAR;
    return this.#spelt.some(({ at }) => row[at] === 2) ? MAY_BE_SWAPPED : OTHER;
  }
}

/** By the number of the first letter. */
const MISSPELLINGS: (Misspellings | undefined)[] = Array(32).fill(undefined);
for (const [first, words] of Map.groupBy(WORDS, (word) => letterOf(word.charCodeAt(0))))
  MISSPELLINGS[first] = new Misspellings(words);

/**
 * Whether a word is nearly one of these: one letter in four may be wrong, or two adjacent letters may be swapped.
 * @param text the numbers of letters, of which the word is a part
 */
export function isMisspelt(text: Uint8Array, start: number, end: number): boolean {
  return MISSPELLINGS[text[start] ?? 0]?.has(text, start, end) ?? false;
}
