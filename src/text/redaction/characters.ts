export const BACKSLASH = 92;
export const COLON = 58;
export const EQUALS = 61;
export const AT = 64;
export const SLASH = 47;
export const LESS = 60;
export const GREATER = 62;
export const DOLLAR = 36;
export const OPENING = 123;
export const CLOSING_BRACE = 125;
export const SPACE = 32;
export const COMMA = 44;
export const OPEN = 40;
export const DASH = 45;
export const BAR = 124;
export const QUOTE = 34;
export const APOSTROPHE = 39;
export const AMPERSAND = 38;
export const SEMICOLON = 59;
export const HASH = 35;
export const LINE_BREAK = 10;
export const RETURN = 13;
export const LETTER_B = 66;
export const LETTER_D = 100;
export const LETTER_E = 101;
export const LETTER_N = 110;
export const LETTER_R = 114;
export const LETTER_T = 116;
export const LETTER_V = 118;
export const LETTER_Y = 121;

/** Whether a code unit is one of these characters. For all units: reading beyond a table takes V8 several times as long. */
export function tableOf(characters: string, above = 0): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  if (above > 0) table.fill(above, 128);
  for (const one of characters) table[one.charCodeAt(0)] = 1;
  return table;
}

/** `[\w.$-]` */
export const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$';
const PLAIN_CHARACTERS = tableOf(PLAIN);

/** Characters of a name. */
const NAME_CHARACTERS = tableOf(PLAIN, 1);
export const isNameCharacter = (code: number) => NAME_CHARACTERS[code] === 1;

/** Whether a part of a text is the same as another one. */
export function isSame(units: Uint16Array, start: number, end: number, other: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - other) return false;
  for (let at = start; at < end; at += 1) if (units[at] !== units[at - start + other]) return false;
  return true;
}

/** Whether a word, in lower case, ends at a position of a text; ignores the case of ASCII letters. */
export function endsWith(units: Uint16Array, end: number, word: string): boolean {
  const start = end - word.length;
  for (let at = word.length - 1; at >= 0; at -= 1) {
    const wanted = word.charCodeAt(at);
    const code = units[start + at] ?? 0;
    if (code !== wanted && !(wanted > 96 && (code | 32) === wanted)) return false;
  }
  return true;
}
export const isBlank = (code: number) => code === 32 || code === 9;
export const endsLine = (code: number) => code === LINE_BREAK || code === RETURN;
export const isSpace = (code: number) => isBlank(code) || endsLine(code);

/** The same as `\s` in an expression. */
export const isAnySpace = (code: number) =>
  isSpace(code) || code === 11 || code === 12 || (code > 127 && /\s/.test(String.fromCharCode(code)));
export const isDigit = (code: number) => code >= 48 && code <= 57;

/** `[\w.$-]`: a character of a name, in ASCII. */
export const isPlain = (code: number) => PLAIN_CHARACTERS[code] === 1;

/** `\w` */
export const isWordCharacter = (code: number) => isPlain(code) && code !== DOLLAR && code !== 45 && code !== 46;
export const isQuote = (code: number) => code === 34 || code === 39;
