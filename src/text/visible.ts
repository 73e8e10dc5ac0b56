/**
 * Characters that a terminal acts on, or that make text look other than it is: C0 and C1 controls but for tab and line break,
 * bidirectional marks and other invisible ones. Joiners are not among them: letters and emoji are made with them.
 */
const HIDDEN = /(?![\t\n])[\p{Cc}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** The source of the expression, for those that are made of it. */
export const HIDDEN_CHARACTER = HIDDEN.source;
/** A colour of our own. */
const COLOURED = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,3}(?:;\\d{1,3}){0,8}m`, 'g');

/** Whether a terminal, or a reader's eye, would be misled by it. */
export function hasHidden(text: string): boolean {
  return text.search(HIDDEN) >= 0;
}

/** As `\x1b` or `\u202e`. */
function escaped(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The text with each such character written by its code. */
export function replaceHidden(text: string, by: (code: number) => string): string {
  return text.replace(HIDDEN, (character) => by(character.charCodeAt(0)));
}

/** Text from elsewhere, fit for a terminal: what would act on it is written out. */
export function visible(text: string): string {
  return replaceHidden(text, escaped);
}

/** The same for every text, and every name, in a value of any shape. */
export function visibleTree<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map(visibleTree) as T;
  if (value === null || typeof value !== 'object' || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visible(key), visibleTree(item)])) as T;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Text with colours of our own in it: all other sequences are written out. */
export function visibleButColours(text: string): string {
  if (text.search(HIDDEN) < 0) return text;
  let shown = '';
  let at = 0;
  for (const { 0: colour, index } of text.matchAll(COLOURED)) {
    shown += visible(text.slice(at, index)) + colour;
    at = index + colour.length;
  }
  return shown + visible(text.slice(at));
}

/** A JSON text with the characters that JSON leaves as they are written as `\uXXXX`: it means the same. */
export function visibleJson(json: string): string {
  return replaceHidden(json, (code) => `\\u${code.toString(16).padStart(4, '0')}`);
}
