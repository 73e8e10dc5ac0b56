/** Beyond the longest string, and an integer: with Infinity, V8 would compute all positions as floating-point numbers. */
export const NOWHERE = 2 ** 30;

/** The next match in a text, for positions that only increase: each part of the text is searched once. */
export class Next {
  #at = -NOWHERE;
  readonly #text: string;
  readonly #sign: string | RegExp;
  readonly length: number;

  /** @param sign an expression must have the flag `g`, and its matches the same length */
  constructor(text: string, sign: string | RegExp, length = 1) {
    this.#text = text;
    this.#sign = sign;
    this.length = length;
  }

  /** NOWHERE if there is none. */
  from(start: number): number {
    if (this.#at < start) {
      const found = this.#search(start);
      this.#at = found < 0 ? NOWHERE : found;
    }
    return this.#at;
  }

  #search(start: number): number {
    const sign = this.#sign;
    if (typeof sign === 'string') return this.#text.indexOf(sign, start);
    sign.lastIndex = start;
    return sign.test(this.#text) ? sign.lastIndex - this.length : -1;
  }
}
