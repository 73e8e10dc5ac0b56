import { isSecretNameIn } from '../secret-names.ts';
import { unitsOf } from '../units.ts';
import {
  AMPERSAND,
  APOSTROPHE,
  AT,
  BACKSLASH,
  CLOSING_BRACE,
  COLON,
  COMMA,
  DASH,
  DOLLAR,
  EQUALS,
  endsLine,
  endsWith,
  GREATER,
  HASH,
  isAnySpace,
  isBlank,
  isNameCharacter,
  isPlain,
  isQuote,
  isSame,
  isSpace,
  LESS,
  LETTER_N,
  LETTER_R,
  LETTER_T,
  LINE_BREAK,
  OPENING,
  QUOTE,
  RETURN,
  SEMICOLON,
  SLASH,
  SPACE,
  tableOf,
} from './characters.ts';
import { BEFORE } from './mask.ts';
import { Next } from './next.ts';

/** Maximum length of a name before `=` or `:`. */
export const MAX_NAME = 200;

/** What is known of a name, as bits. */
export const MEANING = { secret: 1, connectionString: 2, header: 4, file: 8, name: 16 } as const;

/** A file may be named like a secret, before a position in it: `secrets.yaml:3:4:`. */
const FILES = ['.json', '.yaml', '.yml', '.properties', '.env', '.sql', '.ts', '.js'];

/** The last letters of these. */
const ENDS_MEANING = tableOf('gnlsvGNLSV');

function secretMeaning(units: Uint16Array, end: number): number {
  if (ENDS_MEANING[units[end - 1] ?? 0] === 0) return MEANING.secret;
  let meaning: number = MEANING.secret;
  if (endsWith(units, end, 'string')) meaning |= MEANING.connectionString;
  if (endsWith(units, end, 'authorization')) meaning |= MEANING.header;
  for (const file of FILES) if (endsWith(units, end, file)) meaning |= MEANING.file;
  return meaning;
}

/** `name` and `key`, of which the value may be the name of a secret. */
function plainMeaning(units: Uint16Array, end: number): number {
  return endsWith(units, end, 'ame') || endsWith(units, end, 'ey') ? MEANING.name : 0;
}

/** A line break, escaped or not. */
const STARTS_BREAK = tableOf('\n\r\\');
/** The letter of an escaped line break or tab. */
const isLineBreak = (code: number) => code === 110 || code === 114 || code === 116;
const ENCLOSING = /["'<>`]/;
const isEnclosing = (code: number) => isQuote(code) || code === LESS || code === GREATER || code === 96;

/** A quote in HTML. */
export const QUOTE_ENTITY = /&(?:amp;){0,2}(?:quot|apos|#0{0,4}3[49]|#x0{0,4}2[27]);/iy;
const MAX_ENTITY = 20;
const MAX_REFERENCE = 300;

/** The shell's other forms of a reference with a text, which may be the secret. */
const SHELL = /[A-Z_][A-Z0-9_]*:?[-=?+]/y;

/** Of a text over several lines in YAML. */
const INDICATORS = tableOf('+-123456789');
const MAX_COMMENT = 80;

/** JSON in JSON in JSON in JSON has 8 backslashes before a line break. */
const MAX_DEPTH = 32;

/** Brackets, quotes and separators: part of a value, unless what follows shows that it has ended. */
const CLOSING = `])}"'\`,;&\\`;
const CLOSERS = tableOf(CLOSING);
const isCloser = (code: number) => CLOSERS[code] === 1;

/** What may end a value. */
const ENDS_VALUE = tableOf(`${CLOSING} \t\r\n`);
const isSeparator = (code: number) => code === 44 || code === 59 || code === 38;
const MAX_CLOSERS = 8;

/** In a map that Java prints, these show that a value with spaces is not one. */
const ENDS_MAP_VALUE = tableOf('\0\n\r{"=');
const MAX_MAP_VALUE = 200;

/** A power of two. */
const MAX_JUDGED = 32;

/** Reads names, values and references in a text: where they start and end. What was found last is kept in fields, without an object. */
export class Reader {
  protected readonly text: string;
  /** Of the text, with BEFORE: all positions are in these. */
  readonly units: Uint16Array;
  readonly #whole: boolean;
  /** The end of the current word or quoted text, and the last `@` in it; cached, since it may contain many URLs. */
  protected tokenEnd = -1;
  protected tokenAt = -1;
  /** The first character that may enclose a part of the text; -1 if there is none. */
  #enclosed: number | undefined;
  /** The name found last. */
  protected nameStart = 0;
  protected nameEnd = 0;
  protected nameQuoted = false;
  /** The quoted value found last. */
  protected quotedStart = 0;
  protected quotedEnd = 0;
  /** The run of brackets, quotes and separators found last. */
  #closersStart = -1;
  #closersEnd = -1;
  /** Names that were judged, by a hash: start, end and verdict. */
  readonly #judged = new Int32Array(MAX_JUDGED * 3);
  readonly #closing: Next;
  readonly #lineBreak: Next;

  constructor(shown: string, whole: boolean) {
    const text = BEFORE + shown;
    this.text = text;
    this.units = unitsOf(text);
    this.#whole = whole;
    this.#closing = new Next(text, '}');
    this.#lineBreak = new Next(text, '\n');
  }

  /** The end of what matches there; -1 if nothing does. @param pattern with the flag `y` */
  protected endOf(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : -1;
  }

  /** The end of a `${…}` that starts there; -1 if none does, or if it contains a text, which may be the secret: `${NAME:-text}`. */
  protected endOfReference(start: number): number {
    const units = this.units;
    if (units[start] !== DOLLAR || units[start + 1] !== OPENING) return -1;
    const from = start + 2;
    const end = this.#closing.from(from);
    if (end === from || end > from + MAX_REFERENCE) return -1;
    let colon = end;
    for (let at = end - 1; at >= from; at -= 1) {
      const code = units[at] ?? 0;
      if (isAnySpace(code)) return -1;
      if (code === COLON) colon = at;
    }
    if (units[colon + 1] === DASH && colon < end) return -1;
    return this.endOf(SHELL, from) < 0 ? end + 1 : -1;
  }

  protected readToken(start: number): void {
    if (start < this.tokenEnd) return;
    const units = this.units;
    const { length } = this.text;
    let end = start;
    let at = -1;
    let isEnclosed: boolean | undefined;
    for (; end < length; end++) {
      const code = units[end] ?? 0;
      if (isSpace(code) && !(this.#whole && isBlank(code))) break;
      // A password may contain `'`, which URLs leave as it is.
      if (isEnclosing(code) && !this.#isBare(start)) {
        if (code !== APOSTROPHE || at >= 0) break;
        isEnclosed ??= this.#isInApostrophes(start);
        if (isEnclosed) break;
      }
      if (code === AT) at = end;
    }
    this.tokenEnd = end;
    this.tokenAt = at;
  }

  /** Whether a `'` is in front of a URL, of which the host starts at a position. */
  #isInApostrophes(start: number): boolean {
    const units = this.units;
    let at = start;
    while (at > start - MAX_NAME && (isPlain(units[at - 1] ?? 0) || units[at - 1] === COLON || units[at - 1] === SLASH))
      at -= 1;
    return units[at - 1] === APOSTROPHE;
  }

  /** Whether a position belongs to a value without quotes or tags before it: such a character after it encloses nothing. */
  #isBare(start: number): boolean {
    if (!this.#whole) return false;
    this.#enclosed ??= this.text.search(ENCLOSING);
    return this.#enclosed < 0 || this.#enclosed >= start;
  }

  /** The end of a value with spaces in a map that Java prints; the position itself if this seems to be a sentence. */
  protected endOfMapValue(start: number): number {
    const units = this.units;
    for (let end = start; end < start + MAX_MAP_VALUE; end += 1) {
      const code = units[end] ?? 0;
      if (code === CLOSING_BRACE) return end;
      if (code === COMMA && units[end + 1] === SPACE) {
        let name = end + 2;
        while (name < end + MAX_NAME && isNameCharacter(units[name] ?? 0)) name += 1;
        if (name > end + 2 && units[name] === EQUALS) return end;
      }
      if (ENDS_MAP_VALUE[code] === 1) break;
    }
    return start;
  }

  /** The end of `|2+ # comment`. */
  protected endOfHeader(start: number): number {
    return STARTS_BREAK[this.units[start + 1] ?? 0] === 1 ? start + 1 : this.#endOfIndicators(start);
  }

  #endOfIndicators(start: number): number {
    const units = this.units;
    let at = start + 1;
    while (at < start + 4 && INDICATORS[units[at] ?? 0] === 1) at += 1;
    const blanks = at;
    while (at < blanks + 8 && isBlank(units[at] ?? 0)) at += 1;
    if (units[at] !== HASH || at === blanks) return at;
    for (const comment = at; at < comment + MAX_COMMENT && !endsLine(units[at] ?? 0); ) {
      const slashes = this.backslashes(at);
      const code = units[at + slashes];
      if (slashes > 0 && (code === LETTER_N || code === LETTER_R)) break;
      at += slashes + 1;
    }
    return at;
  }

  /** How many there are, up to a limit. */
  protected backslashes(at: number): number {
    return this.units[at] === BACKSLASH ? this.#endOfBackslashes(at) - at : 0;
  }

  #endOfBackslashes(at: number): number {
    let end = at + 1;
    while (end < at + MAX_DEPTH && this.units[end] === BACKSLASH) end += 1;
    return end;
  }

  /** Whether there is such an escape in a string at some depth, which doubles backslashes. */
  protected isEscape(at: number, depth: number, letter: number): boolean {
    return depth > 0 && this.units[at + depth] === letter && this.backslashes(at) === depth;
  }

  /** The position after a line break; -1 if there is none. */
  protected behindBreak(at: number, depth: number): number {
    return STARTS_BREAK[this.units[at] ?? 0] === 1 ? this.#endOfBreak(at, depth) : -1;
  }

  #endOfBreak(at: number, depth: number): number {
    const units = this.units;
    if (depth === 0) {
      const line = units[at] === RETURN ? at + 1 : at;
      return units[line] === LINE_BREAK ? line + 1 : -1;
    }
    const line = this.isEscape(at, depth, LETTER_R) ? at + depth + 1 : at;
    return this.isEscape(line, depth, LETTER_N) ? line + depth + 1 : -1;
  }

  /** The next line break; else the end of the text, or of the string. */
  protected endOfLine(start: number, depth: number): number {
    const units = this.units;
    const { length } = this.text;
    if (depth === 0) {
      const end = Math.min(this.#lineBreak.from(start), length);
      return units[end - 1] === RETURN ? end - 1 : end;
    }
    for (let at = start; at < length; ) {
      const slashes = this.backslashes(at);
      const code = units[at + slashes] ?? 0;
      if (slashes < depth ? code === QUOTE : slashes === depth && (code === LETTER_N || code === LETTER_R)) return at;
      at += slashes + 1;
    }
    return length;
  }

  /** How far the line of a name is indented: up to the name, if there are only blanks, quotes and dashes of lists before it. */
  protected indentOf(name: number, depth: number): number {
    return this.units[name - 1] === LINE_BREAK ? 0 : this.#indentBefore(name, depth);
  }

  #indentBefore(name: number, depth: number): number {
    const units = this.units;
    let isFirst = true;
    let indent = 0;
    let blanks = 0;
    for (let at = name; at > BEFORE.length && !this.#startsLine(at, depth); at -= 1) {
      const code = units[at - 1] ?? 0;
      blanks = isBlank(code) ? blanks + 1 : 0;
      if (isBlank(code) || code === DASH) indent += 1;
      else if (!isQuote(code) && !(depth > 0 && code === BACKSLASH)) isFirst = false;
    }
    return isFirst ? indent : blanks;
  }

  #startsLine(at: number, depth: number): boolean {
    const units = this.units;
    const code = units[at - 1];
    if (depth === 0 || code === LINE_BREAK) return code === LINE_BREAK;
    if (code === LETTER_N) return units[at - 2] === BACKSLASH;
    if (code !== QUOTE) return false;
    let slashes = 0;
    while (slashes < depth && units[at - 2 - slashes] === BACKSLASH) slashes += 1;
    return slashes < depth;
  }

  /** The position of a quote after a line break, as some write JSON; else the position itself. */
  protected quoteOnNextLine(start: number): number {
    const units = this.units;
    let at = start;
    while (at < start + 80 && isSpace(units[at] ?? 0)) at += 1;
    return isQuote(units[at] ?? 0) ? at : start;
  }

  /** Whether nothing of the value follows a reference. */
  protected endsReference(at: number): boolean {
    const code = this.units[at] ?? 0;
    return at >= this.text.length || isSpace(code) || isCloser(code);
  }

  /** Finds a name of at least two characters before a position, perhaps in quotes. */
  protected findName(at: number): boolean {
    const units = this.units;
    const isDirect = isNameCharacter(units[at - 1] ?? 0);
    const end = isDirect ? at : this.#endOfName(at);
    const quoted = !isDirect && this.nameQuoted;
    const least = end - MAX_NAME;
    let start = end;
    while (start > least && isNameCharacter(units[start - 1] ?? 0)) start -= 1;
    // The n of an escaped line break is not part of the name.
    if (!quoted && units[start - 1] === BACKSLASH && isLineBreak(units[start] ?? 0)) start += 1;
    this.nameStart = start;
    this.nameEnd = end;
    this.nameQuoted = quoted;
    return end - start >= 2;
  }

  /** Where a name ends that has blanks or quotes behind it; also finds out whether it is quoted. */
  #endOfName(at: number): number {
    const units = this.units;
    let end = at;
    while (end > at - 8 && isBlank(units[end - 1] ?? 0)) end -= 1;
    const entity = units[end - 1] === SEMICOLON ? this.#entityBefore(end) : -1;
    const quoted = entity >= 0 || isQuote(units[end - 1] ?? 0);
    this.nameQuoted = quoted;
    if (entity >= 0 || !quoted) return entity >= 0 ? entity : end;
    end -= 1;
    while (end > at - 24 && units[end - 1] === BACKSLASH) end -= 1;
    return end;
  }

  /** Where the quote in HTML starts that ends at a position; -1 if none does. */
  #entityBefore(end: number): number {
    for (let at = end - 5; at > end - MAX_ENTITY; at -= 1)
      if (this.units[at] === AMPERSAND && this.endOf(QUOTE_ENTITY, at) === end) return at;
    return -1;
  }

  /** Whether a name is secret. */
  protected isSecret(start: number, end: number): boolean {
    return (this.meaningOf(start, end) & MEANING.secret) !== 0;
  }

  /** What a name says of its value, in bits; a text often repeats a few names. */
  protected meaningOf(start: number, end: number): number {
    const units = this.units;
    const judged = this.#judged;
    const hash = Math.imul(units[start] ?? 0, 31) + Math.imul(units[end - 1] ?? 0, 7) + end - start;
    const slot = (hash & (MAX_JUDGED - 1)) * 3;
    if (!isSame(units, start, end, judged[slot] ?? 0, judged[slot + 1] ?? 0)) {
      judged[slot] = start;
      judged[slot + 1] = end;
      judged[slot + 2] = isSecretNameIn(units, start, end) ? secretMeaning(units, end) : plainMeaning(units, end);
    }
    return judged[slot + 2] ?? 0;
  }

  /** Finds a quoted value; the quotes are escaped if the text is itself inside a string. If unclosed, it extends to the text's end. */
  protected readQuoted(at: number): boolean {
    const units = this.units;
    const { length } = this.text;
    let open = at;
    while (open < at + 16 && units[open] === BACKSLASH) open += 1;
    const quote = units[open] ?? 0;
    if (!isQuote(quote)) return false;
    const depth = open - at;
    let slashes = 0;
    this.quotedStart = open + 1;
    for (let end = open + 1; end < length; end++) {
      const code = units[end];
      if (code === BACKSLASH) slashes += 1;
      else {
        if (code === quote && (depth === 0 ? slashes % 2 === 0 : slashes <= depth)) {
          const literal = quote === APOSTROPHE ? this.#apostrophe(end) : 0;
          if (literal > 0 && end > open + 1) {
            end += literal;
            slashes = 0;
            continue;
          }
          this.quotedEnd = depth === 0 ? end : end - slashes;
          return true;
        }
        slashes = 0;
      }
    }
    this.quotedEnd = length;
    return true;
  }

  /** How many characters after a `'` make it part of the value: `''` in SQL and YAML, `'\\''` in the shell. */
  #apostrophe(at: number): number {
    const units = this.units;
    if (units[at + 1] === APOSTROPHE) return 1;
    return units[at + 1] === BACKSLASH && units[at + 2] === APOSTROPHE && units[at + 3] === APOSTROPHE ? 3 : 0;
  }

  /** Whether JSON starts there: an object, or a list of texts or objects. */
  protected isDocument(start: number): boolean {
    const units = this.units;
    let at = start;
    while (at < start + 4 && units[at] === 91) at += 1;
    if (units[at] === OPENING) at += 1;
    if (at === start) return false;
    while (at < start + 24 && (isSpace(units[at] ?? 0) || units[at] === BACKSLASH)) at += 1;
    return units[at] === 34;
  }

  /** The end of its brackets, ignoring those in strings; else the text's end. */
  protected endOfDocument(start: number): number {
    const units = this.units;
    const { length } = this.text;
    let depth = 0;
    for (let end = start; end < length; end++) {
      const code = units[end];
      if (code === 91 || code === OPENING) depth += 1;
      else if (code === 93 || code === 125) depth -= 1;
      if (depth === 0) return end + 1;
    }
    return length;
  }

  /** For SQL Server: any character, `}` doubled. */
  protected endOfBraces(open: number): number {
    const text = this.text;
    for (let end = text.indexOf('}', open); end >= 0; end = text.indexOf('}', end + 2))
      if (text[end + 1] !== '}') return end + 1;
    return text.length;
  }

  /** @param before the text before the name, which shows the separator of values; @param line spaces are part of the value */
  protected endOfValue(start: number, before: number, line: boolean): number {
    const units = this.units;
    const { length } = this.text;
    // `?a=1&b=2`, `;a=1;b=2`
    const separator = before === 63 ? 38 : before === 38 || before === 59 ? before : -1;
    // In a value that is only a URL, nothing else ends it.
    const bare = separator !== -1 && this.#isBare(start);
    const blanks = line || bare;
    let end = start;
    for (; end < length; end++) {
      const code = units[end] ?? 0;
      if (ENDS_VALUE[code] === 0) continue;
      if (isSpace(code)) {
        if (blanks && isBlank(code)) continue;
        break;
      }
      const last = code === separator ? -1 : this.#lastOfValue(end, start, code, bare);
      if (last < 0) break;
      end = last;
    }
    return end;
  }

  /** The last character that is known to be part of a value with a bracket, a quote, a separator or a backslash; -1 if it ends there. */
  #lastOfValue(at: number, start: number, code: number, bare: boolean): number {
    const isFirstBackslash = code === BACKSLASH && (at === start || this.units[at - 1] !== BACKSLASH);
    const next = isFirstBackslash ? this.#nextLine(at) : -1;
    if (next >= 0) return next;
    return !bare && this.#isEnd(at, code) ? -1 : at;
  }

  /**
   * Where a value continues after a backslash at the end of its line, as in properties; -1 if it does not. In a string, both are
   * escaped: three backslashes and an `n`, or as many for each string around it.
   */
  #nextLine(at: number): number {
    const units = this.units;
    const slashes = this.backslashes(at);
    let depth = 0;
    let line = this.behindBreak(at + slashes, 0);
    if (line < 0 && slashes % 3 === 0) {
      depth = slashes / 3;
      line = this.behindBreak(at + slashes - depth, depth);
    } else if (slashes % 2 === 0) return -1;
    if (line < 0) return -1;
    while (line < this.text.length && (isBlank(units[line] ?? 0) || this.isEscape(line, depth, LETTER_T)))
      line += isBlank(units[line] ?? 0) ? 1 : depth + 1;
    return line < this.text.length && this.behindBreak(line, depth) < 0 ? line : -1;
  }

  /** Whether a bracket, quote or separator ends a value: it is followed by the end of the text, a space, or the next name. */
  #isEnd(at: number, code: number): boolean {
    const units = this.units;
    let end = Math.min(this.#endOfClosers(at + 1), at + MAX_CLOSERS);
    if (end >= this.text.length || isSpace(units[end] ?? 0)) return true;
    if (!isSeparator(code)) return end > at + 1 && units[end] !== code && end < at + MAX_CLOSERS;
    const name = end;
    while (end < name + MAX_NAME && isNameCharacter(units[end] ?? 0)) end += 1;
    end = Math.min(this.#endOfClosers(end), name + MAX_NAME);
    const next = units[end];
    return end > name && (next === EQUALS || next === COLON);
  }

  /** The end of the brackets, quotes and separators that start there. */
  #endOfClosers(start: number): number {
    if (start < this.#closersStart || start >= this.#closersEnd) {
      const units = this.units;
      let end = start;
      while (isCloser(units[end] ?? 0)) end += 1;
      if (end === start) return end;
      this.#closersStart = start;
      this.#closersEnd = end;
    }
    return this.#closersEnd;
  }

  protected endsLine(at: number): boolean {
    return !isBlank(this.units[at] ?? 0);
  }
}
