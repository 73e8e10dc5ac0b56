import { base64Of, encodedPlacesOf, placesOf } from './known-forms.ts';
import { DIGIT, isWide, kindIn, signAt } from './letters.ts';
import { isSecretName, isSecretNameIn } from './secret-names.ts';
import { unitsOf } from './units.ts';

/** Fixed length: the mask must not reveal the length of a secret. */
export const MASK = '********';

/** Maximum length of a name before `=` or `:`. */
const MAX_NAME = 200;

/** A hidden part of a text. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Masks every credential in any text: a configuration value, an error message, a trace, a body that echoes a
 * configuration. Linear in the text's length.
 *
 * Masks passwords in URLs (with any characters), values of secret names (`password=…`, `"apiKey": …`, in query parameters,
 * JDBC's `;password={…}`, JAAS and Java maps, `password => "…"`, YAML's `password: |`, all also in JSON inside JSON), private keys
 * in PEM, and what follows `Basic` and `Bearer`.
 */
export function redactText(text: string): string {
  const scanner = new Scanner(text, false);
  return masked(text, scanner.units, scanner.scan());
}

/** The text with the spans masked; they must be sorted and not overlap. */
export function mask(text: string, spans: readonly Span[]): string {
  const bounds = spans.flatMap(({ start, end }) => [start + BEFORE.length, end + BEFORE.length]);
  return masked(text, unitsOf(BEFORE + text), bounds);
}

/** In front of a text that is read, so that a few characters before it can be read like any others. */
const BEFORE = '\0'.repeat(32);
const MASK_UNITS = unitsOf(MASK);

/**
 * Copies units, since a text may have a hundred thousand spans: as many strings would take longer than finding them.
 * @param units with BEFORE
 * @param bounds where spans start and end in the units
 */
function masked(text: string, units: Uint16Array, bounds: ArrayLike<number>): string {
  if (bounds.length === 0) return text;
  let length = text.length;
  for (let at = 0; at < bounds.length; at += 2) length += MASK.length - (bounds[at + 1] ?? 0) + (bounds[at] ?? 0);
  const shown = new Uint16Array(length);
  let to = 0;
  let from = BEFORE.length;
  for (let at = 0; at < bounds.length; at += 2) {
    to = copy(units, from, bounds[at] ?? 0, shown, to);
    to = copy(MASK_UNITS, 0, MASK.length, shown, to);
    from = bounds[at + 1] ?? 0;
  }
  copy(units, from, BEFORE.length + text.length, shown, to);
  return Buffer.from(shown.buffer).toString('utf16le');
}

/** @returns where to continue */
function copy(units: Uint16Array, start: number, end: number, into: Uint16Array, to: number): number {
  // A few units are copied faster one by one.
  if (end - start > 50) into.set(units.subarray(start, end), to);
  else for (let at = start; at < end; at += 1) into[to + at - start] = units[at] ?? 0;
  return to + end - start;
}

/**
 * The positions of credentials in a text, in order.
 * @param whole the text is one value, not a sentence: a URL in it may contain spaces
 */
export function secretSpans(text: string, whole = false): Span[] {
  if (text.length < SHORT && !MAY_HOLD_SECRET.test(text)) return [];
  const bounds = new Scanner(text, whole).scan();
  const spans = Array.from({ length: bounds.length / 2 }, (_none, at) => ({
    start: (bounds[2 * at] ?? 0) - BEFORE.length,
    end: (bounds[2 * at + 1] ?? 0) - BEFORE.length,
  }));
  return whole && spans.length === 0 ? withoutScheme(text) : spans;
}

/** Without any of these the scanner finds nothing; most values of a configuration have none. */
const MAY_HOLD_SECRET = /[=:"'>]|-----B|(?:basic|bearer)[ \t]|Invalid value /i;
const SHORT = 1000;

/** A URL without its scheme, where a host is expected: `user:password@host:5432/db`. */
const WITHOUT_SCHEME =
  /^(?!(?:jdbc|oracle|mailto|urn|arn|user|group):)[\w.+%-]{1,100}:(?![/$])(\S+)@[\w.-]{1,253}(?::\d{1,5})?(?:[/?,;]\S*)?$/i;

function withoutScheme(text: string): Span[] {
  const value = text.trim();
  const password = value.includes('@') ? WITHOUT_SCHEME.exec(value)?.[1] : undefined;
  if (password === undefined) return [];
  const start = text.indexOf(value) + value.indexOf(':') + 1;
  return [{ start, end: start + password.length }];
}

const BACKSLASH = 92;
const COLON = 58;
const EQUALS = 61;
const AT = 64;
const SLASH = 47;
const LESS = 60;
const GREATER = 62;
const DOLLAR = 36;
const OPENING = 123;
const CLOSING_BRACE = 125;
const SPACE = 32;
const COMMA = 44;
const OPEN = 40;
const DASH = 45;
const BAR = 124;
const QUOTE = 34;
const APOSTROPHE = 39;
const AMPERSAND = 38;
const SEMICOLON = 59;
const HASH = 35;
const LINE_BREAK = 10;
const RETURN = 13;
const LETTER_B = 66;
const LETTER_D = 100;
const LETTER_E = 101;
const LETTER_N = 110;
const LETTER_R = 114;
const LETTER_T = 116;
const LETTER_V = 118;
const LETTER_Y = 121;

/** Whether a code unit is one of these characters. For all units: reading beyond a table takes V8 several times as long. */
function tableOf(characters: string, above = 0): Uint8Array {
  const table = new Uint8Array(0x1_0000).fill(above, 128);
  for (const one of characters) table[one.charCodeAt(0)] = 1;
  return table;
}

/** `[\w.$-]` */
const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$';
const PLAIN_CHARACTERS = tableOf(PLAIN);
/** Characters of a name. */
const NAME_CHARACTERS = tableOf(PLAIN, 1);
const isNameCharacter = (code: number) => NAME_CHARACTERS[code] === 1;

/** Whether a part of a text is the same as another one. */
function isSame(units: Uint16Array, start: number, end: number, other: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - other) return false;
  for (let at = start; at < end; at += 1) if (units[at] !== units[at - start + other]) return false;
  return true;
}

/** Whether a word, in lower case, ends at a position of a text; ignores the case of ASCII letters. */
function endsWith(units: Uint16Array, end: number, word: string): boolean {
  const start = end - word.length;
  for (let at = word.length - 1; at >= 0; at -= 1) {
    const wanted = word.charCodeAt(at);
    const code = units[start + at] ?? 0;
    if (code !== wanted && !(wanted > 96 && (code | 32) === wanted)) return false;
  }
  return true;
}

/** Whether this is a word of a sentence, or a number, after a name and a colon: "password: must be set". */
function isProse(units: Uint16Array, start: number, end: number): boolean {
  let at = units[start] === DASH ? start + 1 : start;
  const number = at;
  while (at < number + 9 && isDigit(units[at] ?? 0)) at += 1;
  if (at === number) {
    at = start;
    while (at < start + 2 && BEFORE_WORD[units[at] ?? 0] === 1) at += 1;
    const word = at;
    for (let letters = 0; letters < MAX_WORD && at < end; letters += 1) {
      const sign = signAt(units, at, end);
      if (kindIn(sign) <= DIGIT && (at === word || WITHIN_WORD[units[at] ?? 0] !== 1)) break;
      at += isWide(sign) ? 2 : 1;
    }
    if (at === word) return false;
  }
  const behind = at;
  while (at < behind + 3 && AFTER_WORD[units[at] ?? 0] === 1) at += 1;
  return at >= end;
}

/** What is known of a name, as bits. */
const MEANING = { secret: 1, connectionString: 2, header: 4, file: 8, name: 16 } as const;
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

/** Whether the word `password` ends at a position. */
function isPasswordBefore(units: Uint16Array, end: number): boolean {
  const length = endsWith(units, end, 'password') ? 8 : endsWith(units, end, 'passwd') ? 6 : 0;
  return length > 0 && !isWordCharacter(units[end - length - 1] ?? 0);
}

/** Characters allowed before the separator of a name and its value; everything above ASCII. `;` ends `&quot;`. */
const ENDS_NAME = tableOf(`${PLAIN} \t"';`, 1);

const isBlank = (code: number) => code === 32 || code === 9;
const endsLine = (code: number) => code === LINE_BREAK || code === RETURN;
const isSpace = (code: number) => isBlank(code) || endsLine(code);
/** The same as `\s` in an expression. */
const isAnySpace = (code: number) =>
  isSpace(code) || code === 11 || code === 12 || (code > 127 && /\s/.test(String.fromCharCode(code)));
const isDigit = (code: number) => code >= 48 && code <= 57;
/** `[\w.$-]`: a character of a name, in ASCII. */
const isPlain = (code: number) => PLAIN_CHARACTERS[code] === 1;
/** `\w` */
const isWordCharacter = (code: number) => isPlain(code) && code !== DOLLAR && code !== 45 && code !== 46;
/** The letter of an escaped line break or tab. */
const isLineBreak = (code: number) => code === 110 || code === 114 || code === 116;
const isQuote = (code: number) => code === 34 || code === 39;
const ENCLOSING = /["'<>`]/;
const isEnclosing = (code: number) => isQuote(code) || code === LESS || code === GREATER || code === 96;

/** A quote in HTML. */
const QUOTE_ENTITY = /&(?:amp;){0,2}(?:quot|apos|#0{0,4}3[49]|#x0{0,4}2[27]);/iy;
const ENDS_QUOTE_ENTITY = tableOf('tTsS4927');
const MAX_ENTITY = 20;
const PORT = /(?:;|$|[\s"'<>`])/y;
const QUERY = /\?[\w.-]{1,100}=/y;
const ORACLE = /:[a-z0-9]{1,20}:(?=[^@\s"'])/iy;
const ORACLE_QUOTED_USER = /:[a-z0-9]{1,20}:\\{0,8}(["'])[^"'\\\s@]{1,128}\\{0,8}\1\//iy;
const SCHEME = /(?:basic|bearer)[ \t]+[\w+/=.~-]{6,}/iy;
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)|[\w.-]{1,100}\.webhook\.office\.com|discord(?:app)?\.com\/api\/webhooks)\//iy;
/** Longer ones are not those of webhooks. */
const MAX_HOST = 150;
const MAX_REFERENCE = 300;
/** The shell's other forms of a reference with a text, which may be the secret. */
const SHELL = /[A-Z_][A-Z0-9_]*:?[-=?+]/y;
/** How far back SQL may begin before a quoted password, if it is not just `PASSWORD`. */
const SQL_LOOK_BACK = 90;
/** What may be between the SQL and the quote. */
const SQL_BEFORE_QUOTE = tableOf(' \t\r\n(\\EeNn');
const PASSWORD_FOR = /for(?<=\bpassw(?:or)?d\s{1,8}for)\s/gi;
const ENDS_FOR = /[\n;=]/g;
const IDENTIFIED = /\bidentified\s/gi;
const ENDS_IDENTIFIED = /[^\s\w]/g;
const INVALID = 'Invalid value ';
const FOR = ' for configuration ';
/** Around a word of a sentence, and in it. */
const BEFORE_WORD = tableOf(`"'(\u2018\u201c`);
const WITHIN_WORD = tableOf(`'\u2019-`);
const AFTER_WORD = tableOf(`."')\u2019\u201d:,;!?`);
const MAX_WORD = 31;
/** Of a text over several lines in YAML. */
const INDICATORS = tableOf('+-123456789');
const MAX_COMMENT = 80;
/** JSON in JSON in JSON in JSON has 8 backslashes before a line break. */
const MAX_DEPTH = 32;
/** A position in a file: `secrets.yaml:3:4:`. */
const POSITION = /\d{1,9}:\d{1,9}(?=$|[\s:,)"'])/y;
/** What follows the separator of a name that is a value itself. */
const NAMED =
  /\s{0,8}[\\"']{0,8}[\w.$\u0080-\uffff-]{1,200}[\\"']{0,8}(?:[\s,]{1,80}[\\"']{0,8}value[\\"']{0,8}\s{0,8}[:=]\s{0,8}|\s{0,8}>)/iy;
/** Characters between a name and its separator. */
const ENDS_WORD = tableOf(` \t"'\\`);
/** Brackets, quotes and separators: part of a value, unless what follows shows that it has ended. */
const CLOSING = `])}"'\`,;&\\`;
const CLOSERS = tableOf(CLOSING);
const isCloser = (code: number) => CLOSERS[code] === 1;
/** What may end a value. */
const ENDS_VALUE = tableOf(`${CLOSING} \t\r\n`);
/** Starts of a value that determine its end: a quote, a bracket, `$`, `-----BEGIN`, `Basic` and `Bearer`. */
const OPENERS = tableOf(`"'\\[{$-bB&`);
const isSeparator = (code: number) => code === 44 || code === 59 || code === 38;
const MAX_CLOSERS = 8;

/** In a map that Java prints, these show that a value with spaces is not one. */
const ENDS_MAP_VALUE = tableOf('\0\n\r{"=');
const MAX_MAP_VALUE = 200;

const PART = 1000;

/** A power of two. */
const MAX_JUDGED = 32;

/** What a character may start or end. */
const KIND = { pair: 1, colon: 2, key: 3, scheme: 4, invalid: 5, quote: 6, tag: 7 } as const;
const KINDS = tableOf('');
for (const [characters, kind] of [
  ['=', KIND.pair],
  [':', KIND.colon],
  ['-', KIND.key],
  ['bB', KIND.scheme],
  ['I', KIND.invalid],
  [`"'`, KIND.quote],
  ['>', KIND.tag],
] as const)
  for (const one of characters) KINDS[one.charCodeAt(0)] = kind;

/** Beyond the longest string, and an integer: with Infinity, V8 would compute all positions as floating-point numbers. */
const NOWHERE = 2 ** 30;

/** The next match in a text, for positions that only increase: each part of the text is searched once. */
class Next {
  #at = -1;
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

class Scanner {
  readonly #text: string;
  /** Of the text, with BEFORE: all positions are in these. */
  readonly units: Uint16Array;
  readonly #whole: boolean;
  /** Where credentials start and end. */
  #bounds = new Int32Array(32);
  #count = 0;
  /** The end of the current word or quoted text, and the last `@` in it; cached, since it may contain many URLs. */
  #tokenEnd = -1;
  #tokenAt = -1;
  /** The first character that may enclose a part of the text; -1 if there is none. */
  #enclosed: number | undefined;
  /** The name found last. */
  #nameStart = 0;
  #nameEnd = 0;
  #nameQuoted = false;
  /** The quoted value found last. */
  #quotedStart = 0;
  #quotedEnd = 0;
  /** The run of brackets, quotes and separators found last. */
  #closersStart = -1;
  #closersEnd = -1;
  /** Where a message of Kafka names a configuration that is not secret. */
  #notSecret = -1;
  /** Names that were judged, by a hash: start, end and verdict. */
  readonly #judged = new Int32Array(MAX_JUDGED * 3);
  readonly #slash: Next;
  readonly #question: Next;
  readonly #at: Next;
  readonly #less: Next;
  readonly #lineBreak: Next;
  readonly #closing: Next;
  readonly #for: Next;
  readonly #endOfKey: Next;
  readonly #passwordFor: Next;
  readonly #endsFor: Next;
  readonly #identified: Next;
  readonly #endsIdentified: Next;

  constructor(shown: string, whole: boolean) {
    const text = BEFORE + shown;
    this.#text = text;
    this.units = unitsOf(text);
    this.#whole = whole;
    this.#slash = new Next(text, '/');
    this.#question = new Next(text, '?');
    this.#at = new Next(text, '@');
    this.#less = new Next(text, '<');
    this.#lineBreak = new Next(text, '\n');
    this.#closing = new Next(text, '}');
    this.#for = new Next(text, FOR);
    this.#endOfKey = new Next(text, '-----END');
    this.#passwordFor = new Next(text, PASSWORD_FOR, 4);
    this.#endsFor = new Next(text, ENDS_FOR);
    this.#identified = new Next(text, IDENTIFIED, 11);
    this.#endsIdentified = new Next(text, ENDS_IDENTIFIED);
  }

  /** Where credentials start and end, in the units. */
  scan(): Int32Array {
    const { length } = this.#text;
    // In parts: V8 optimises a function that is called often sooner, and for longer, than a loop.
    for (let at = BEFORE.length; at < length; ) at = this.#scanPart(at, Math.min(at + PART, length));
    return this.#bounds.subarray(0, this.#count);
  }

  #scanPart(start: number, end: number): number {
    const units = this.units;
    let at = start;
    while (at < end) {
      const code = units[at] ?? 0;
      const kind = KINDS[code] ?? 0;
      at = kind !== 0 && this.#mayBe(kind, at) ? this.#read(kind, at) : at + 1;
    }
    return at;
  }

  /** A quick check of the characters around one that may start or end something: few of them do. */
  #mayBe(kind: number, at: number): boolean {
    const units = this.units;
    if (kind === KIND.key) return units[at + 5] === LETTER_B;
    // After `basic` or `bearer`.
    if (kind === KIND.scheme) return isBlank(units[at + 5] ?? 0) || isBlank(units[at + 6] ?? 0);
    if (kind === KIND.invalid) return units[at + 1] === LETTER_N && units[at + 2] === LETTER_V;
    const before = units[at - 1] ?? 0;
    if (kind === KIND.quote) return SQL_BEFORE_QUOTE[before] === 1;
    if (kind === KIND.colon && units[at + 1] === SLASH) return true;
    if (before === SEMICOLON) return ENDS_QUOTE_ENTITY[units[at - 2] ?? 0] === 1;
    // A name has two characters at least.
    return ENDS_NAME[before] === 1 && !(isPlain(before) && ENDS_NAME[units[at - 2] ?? 0] === 0);
  }

  /** Reads what is at a character, and returns where to continue. */
  #read(kind: number, at: number): number {
    switch (kind) {
      case KIND.pair:
        return this.#pair(at);
      case KIND.colon:
        return this.#colon(at);
      case KIND.key:
        return this.#privateKey(at);
      case KIND.scheme:
        return this.#scheme(at);
      case KIND.invalid:
        return this.#text.startsWith(INVALID, at) ? this.#invalidValue(at + INVALID.length) : at + 1;
      case KIND.tag:
        return this.#tag(at);
      default:
        return this.#quoted(at);
    }
  }

  #addBounds(start: number, end: number): void {
    const count = this.#count;
    if (count === this.#bounds.length) {
      const more = new Int32Array(4 * count);
      more.set(this.#bounds);
      this.#bounds = more;
    }
    this.#bounds[count] = start;
    this.#bounds[count + 1] = end;
    this.#count = count + 2;
  }

  /** Masks a span, and continues after it. */
  #mask(start: number, end: number): number {
    if (end > start && !(end - start === MASK.length && this.#text.startsWith(MASK, start)))
      this.#addBounds(start, end);
    return Math.max(end, start);
  }

  /** The end of what matches there; -1 if nothing does. @param pattern with the flag `y` */
  #endOf(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.test(this.#text) ? pattern.lastIndex : -1;
  }

  #colon(at: number): number {
    const units = this.units;
    if (units[at + 1] === SLASH && units[at + 2] === SLASH)
      return isNameCharacter(units[at - 1] ?? 0) ? this.#url(at + 3) : at + 3;
    return units[at - 7] === COLON && endsWith(units, at, 'jdbc:oracle') ? this.#oracle(at) : this.#pair(at);
  }

  /** `user:password@`: up to the last `@`, since an unencoded password may contain any character. */
  #url(start: number): number {
    this.#readToken(start);
    const webhook = this.#isHostOfWebhook(start) ? this.#endOf(WEBHOOK, start) : -1;
    if (webhook >= 0) return this.#mask(webhook, this.#tokenEnd);
    const at = this.#tokenAt;
    let colon = start;
    for (; colon < at; colon++) {
      const code = this.units[colon] ?? 0;
      if (code === COLON) break;
      // Before the colon is a path, a query or a property, not a user.
      if (code === SLASH || code === 63 || code === 35 || code === 59) return start;
    }
    if (colon >= at || this.#isPort(colon + 1)) return start;
    return this.#maskUnlessReference(colon + 1, at);
  }

  /** A quick check: the hosts of all webhooks end in `.com`. */
  #isHostOfWebhook(start: number): boolean {
    const units = this.units;
    let end = start;
    while (end < start + MAX_HOST && isPlain(units[end] ?? 0)) end += 1;
    return units[end] === SLASH && endsWith(units, end, '.com');
  }

  /** Digits, followed by the URL's end, its properties, or a path with a query. */
  #isPort(start: number): boolean {
    const units = this.units;
    let end = start;
    while (end < start + 6 && isDigit(units[end] ?? 0)) end += 1;
    if (end === start || end === start + 6) return false;
    if (this.#endOf(PORT, end) >= 0) return true;
    const next = units[end];
    if (next !== SLASH && next !== 63) return false;
    const question = this.#question.from(end);
    return question < this.#tokenEnd && question < this.#at.from(end) && this.#endOf(QUERY, question) >= 0;
  }

  /** `jdbc:oracle:thin:user/password@`, also with either in quotes. */
  #oracle(from: number): number {
    const password = this.#endOf(ORACLE_QUOTED_USER, from);
    if (password >= 0) return this.#oraclePassword(password, from + 1);
    const start = this.#endOf(ORACLE, from);
    if (start < 0) return from + 1;
    this.#readToken(start);
    const slash = this.#slash.from(start);
    return slash >= this.#tokenEnd ? start : this.#oraclePassword(slash + 1, start);
  }

  /** Also in quotes. @param otherwise where to continue if there is none */
  #oraclePassword(start: number, otherwise: number): number {
    if (this.#readQuoted(start)) return this.#mask(this.#quotedStart, this.#quotedEnd) + 1;
    this.#readToken(start);
    return start > this.#tokenAt ? otherwise : this.#maskUnlessReference(start, this.#tokenAt);
  }

  /** `user:${PASSWORD}@` is only a reference to the password. */
  #maskUnlessReference(start: number, end: number): number {
    return this.#endOfReference(start) === end ? end : this.#mask(start, end);
  }

  /** The end of a `${…}` that starts there; -1 if none does, or if it contains a text, which may be the secret: `${NAME:-text}`. */
  #endOfReference(start: number): number {
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
    return this.#endOf(SHELL, from) < 0 ? end + 1 : -1;
  }

  #readToken(start: number): void {
    if (start < this.#tokenEnd) return;
    const units = this.units;
    const { length } = this.#text;
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
    this.#tokenEnd = end;
    this.#tokenAt = at;
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
    this.#enclosed ??= this.#text.search(ENCLOSING);
    return this.#enclosed < 0 || this.#enclosed >= start;
  }

  #privateKey(at: number): number {
    const start = this.#endOf(PRIVATE_KEY, at);
    if (start < 0) return at + 1;
    return this.#mask(start, Math.min(this.#endOfKey.from(start), this.#text.length));
  }

  /** `Bearer …`; a following word that could be prose, as in "Basic authentication", is not masked. */
  #scheme(at: number): number {
    const end = this.#endOf(SCHEME, at);
    if (end < 0) return at + 1;
    const units = this.units;
    let start = at + 5;
    while (!isBlank(units[start - 1] ?? 0) || isBlank(units[start] ?? 0)) start += 1;
    const isProse = /^[A-Za-z]?[a-z.-]{0,23}$/.test(this.#text.slice(start, end));
    return isProse ? end : this.#mask(start, end);
  }

  /** `Invalid value … for configuration database.password`, a message of Kafka. */
  #invalidValue(start: number): number {
    const end = this.#for.from(start);
    if (end === NOWHERE || end === this.#notSecret) return start;
    const units = this.units;
    const from = end + FOR.length;
    let to = from;
    while (to < from + MAX_NAME && isNameCharacter(units[to] ?? 0)) to += 1;
    if (!isSecretNameIn(units, from, to)) {
      this.#notSecret = end;
      return start;
    }
    this.#mask(start, end);
    // The reason follows a colon, and is not a value.
    return units[to] === COLON ? to + 1 : to;
  }

  /** `PASSWORD '…'` and `IDENTIFIED BY '…'` in SQL, at the quote. */
  #quoted(at: number): number {
    const units = this.units;
    let before = at;
    while (before > at - 8 && units[before - 1] === BACKSLASH) before -= 1;
    // E'…' and N'…', or a call: PASSWORD('…').
    const prefix = (units[before - 1] ?? 0) | 32;
    if (prefix === LETTER_E || prefix === LETTER_N) {
      const first = units[before - 2] ?? 0;
      if (first === OPEN || isAnySpace(first)) before -= 1;
    }
    const isCall = units[before - 1] === OPEN && ((units[before - 2] ?? 0) | 32) === LETTER_D;
    if (!isCall && !isSpace(units[before - 1] ?? 0)) return at + 1;
    if (!this.#setsPassword(before, isCall)) return at + 1;
    const { length } = this.#text;
    const quote = units[at];
    const start = at + 1;
    let end = start;
    for (; end < length; end++) {
      // Doubled it is literal.
      if (units[end] === quote && units[++end] !== quote) return this.#mask(start, end - 1) + 1;
    }
    return this.#mask(start, length);
  }

  /** Whether SQL sets a password at a position. @param isCall after an opening bracket, else after a space */
  #setsPassword(at: number, isCall: boolean): boolean {
    const units = this.units;
    const end = isCall ? at - 1 : at;
    let word = end;
    while (!isCall && word > end - 8 && isAnySpace(units[word - 1] ?? 0)) word -= 1;
    const last = units[word - 1] ?? 0;
    if ((last | 32) === LETTER_D && isPasswordBefore(units, word)) return true;
    const from = Math.max(0, at - SQL_LOOK_BACK);
    if (this.#isOpen(this.#passwordFor, this.#endsFor, from, last === EQUALS ? word - 1 : word)) return true;
    if (isCall) return false;
    const length =
      endsWith(units, word, 'by') || endsWith(units, word, 'as') ? 2 : endsWith(units, word, 'values') ? 6 : 0;
    return (
      length > 0 &&
      isAnySpace(units[word - length - 1] ?? 0) &&
      this.#isOpen(this.#identified, this.#endsIdentified, from, word - length)
    );
  }

  /** Whether a sign is between two positions, with nothing behind it that ends it. */
  #isOpen(sign: Next, ending: Next, from: number, end: number): boolean {
    let at = sign.from(from) + sign.length;
    while (at <= end && ending.from(at) < end) at = sign.from(at - sign.length + 1) + sign.length;
    return at <= end;
  }

  /** `name=value`, `name: value`, `"name":"value"`, at the separator. */
  #pair(at: number): number {
    if (!this.#findName(at)) return this.#named(at);
    const nameStart = this.#nameStart;
    const meaning = this.#meaningOf(nameStart, this.#nameEnd);
    if ((meaning & MEANING.secret) === 0) return meaning === MEANING.name ? this.#named(at) : at + 1;
    const units = this.units;
    const nameQuoted = this.#nameQuoted;
    if ((meaning & MEANING.file) !== 0 && !nameQuoted && isDigit(units[at + 1] ?? 0)) {
      const position = this.#endOf(POSITION, at + 1);
      if (position >= 0) return position;
    }
    let start = this.#isArrow(at) ? at + 2 : at + 1;
    while (start < at + 9 && isBlank(units[start] ?? 0)) start += 1;
    if (nameQuoted) start = this.#quoteOnNextLine(start);
    if ((meaning & MEANING.connectionString) !== 0 && this.#isConnectionString(start)) return start;
    const isPair = units[at] === EQUALS;
    if (!isPair && !nameQuoted && this.#isSecretPair(start)) return start;
    const first = units[start] ?? 0;
    if (!isPair && (first === BAR || first === GREATER)) {
      const behind = this.#block(start, nameStart);
      if (behind >= 0) return behind;
    }
    if (OPENERS[first] === 1) {
      const behind = this.#openedValue(start, isPair);
      if (behind >= 0) return behind;
    }
    let end = this.#endOfValue(start, units[nameStart - 1] ?? 0, (meaning & MEANING.header) !== 0);
    if (isPair && units[end] === SPACE && this.#isInMap(nameStart)) end = this.#endOfMapValue(end);
    // "database.password: must be set" is prose; a value ends its line, or the text that encloses it.
    if (!isPair && !nameQuoted && !this.#endsLine(end) && isProse(units, start, end)) return at + 1;
    return this.#mask(start, end);
  }

  /** Whether a name is preceded as in a map that Java prints: `{a=1, b=2}`. */
  #isInMap(nameStart: number): boolean {
    const before = this.units[nameStart - 1];
    return before === OPENING || (before === SPACE && this.units[nameStart - 2] === COMMA);
  }

  /** The end of a value with spaces in a map that Java prints; the position itself if this seems to be a sentence. */
  #endOfMapValue(start: number): number {
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

  /** Whether `=>` separates a name and its value, as in Ruby; without a space or a quote, `>` may be part of the value. */
  #isArrow(at: number): boolean {
    const units = this.units;
    if (units[at] !== EQUALS || units[at + 1] !== GREATER) return false;
    const next = units[at + 2] ?? 0;
    return isBlank(next) || isQuote(next) || next === BACKSLASH;
  }

  /**
   * `password: |` in YAML, also in a string whose line breaks are escaped: masks the lines after it that are indented more, and
   * returns where to continue; -1 without any.
   */
  #block(start: number, nameStart: number): number {
    const units = this.units;
    const { length } = this.#text;
    const header = this.#endOfHeader(start);
    const depth = this.#backslashes(header);
    let line = this.#behindBreak(header, depth);
    if (line < 0) return -1;
    const indent = this.#indentOf(nameStart, depth);
    let first = -1;
    let end = -1;
    while (line >= 0 && line < length) {
      let at = line;
      let width = 0;
      for (; isBlank(units[at] ?? 0) || this.#isEscape(at, depth, LETTER_T); width += 1)
        at += isBlank(units[at] ?? 0) ? 1 : depth + 1;
      if (at < length && this.#behindBreak(at, depth) < 0) {
        if (width <= indent) break;
        if (first < 0) first = at;
        at = this.#endOfLine(at, depth);
        end = at;
      }
      line = this.#behindBreak(at, depth);
    }
    if (first < 0) return -1;
    // A key that is not closed there, for want of indentation, ends further below.
    const key = this.#text.slice(first, end).lastIndexOf('-----BEGIN');
    const endOfKey = key < 0 ? -1 : this.#endOfKey.from(first + key);
    if (endOfKey > end) end = this.#endOfLine(Math.min(endOfKey, length), depth);
    return this.#maskUnlessReference(first, end);
  }

  /** The end of `|2+ # comment`. */
  #endOfHeader(start: number): number {
    const units = this.units;
    let at = start + 1;
    while (at < start + 4 && INDICATORS[units[at] ?? 0] === 1) at += 1;
    const blanks = at;
    while (at < blanks + 8 && isBlank(units[at] ?? 0)) at += 1;
    if (units[at] !== HASH || at === blanks) return at;
    for (const comment = at; at < comment + MAX_COMMENT && !endsLine(units[at] ?? 0); ) {
      const slashes = this.#backslashes(at);
      const code = units[at + slashes];
      if (slashes > 0 && (code === LETTER_N || code === LETTER_R)) break;
      at += slashes + 1;
    }
    return at;
  }

  /** How many there are, up to a limit. */
  #backslashes(at: number): number {
    let end = at;
    while (end < at + MAX_DEPTH && this.units[end] === BACKSLASH) end += 1;
    return end - at;
  }

  /** Whether there is such an escape in a string at some depth, which doubles backslashes. */
  #isEscape(at: number, depth: number, letter: number): boolean {
    return depth > 0 && this.units[at + depth] === letter && this.#backslashes(at) === depth;
  }

  /** The position after a line break; -1 if there is none. */
  #behindBreak(at: number, depth: number): number {
    const units = this.units;
    if (depth === 0) {
      const line = units[at] === RETURN ? at + 1 : at;
      return units[line] === LINE_BREAK ? line + 1 : -1;
    }
    const line = this.#isEscape(at, depth, LETTER_R) ? at + depth + 1 : at;
    return this.#isEscape(line, depth, LETTER_N) ? line + depth + 1 : -1;
  }

  /** The next line break; else the end of the text, or of the string. */
  #endOfLine(start: number, depth: number): number {
    const units = this.units;
    const { length } = this.#text;
    if (depth === 0) {
      const end = Math.min(this.#lineBreak.from(start), length);
      return units[end - 1] === RETURN ? end - 1 : end;
    }
    for (let at = start; at < length; ) {
      const slashes = this.#backslashes(at);
      const code = units[at + slashes] ?? 0;
      if (slashes < depth ? code === QUOTE : slashes === depth && (code === LETTER_N || code === LETTER_R)) return at;
      at += slashes + 1;
    }
    return length;
  }

  /** How far the line of a name is indented: up to the name, if there are only blanks, quotes and dashes of lists before it. */
  #indentOf(name: number, depth: number): number {
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

  /** `{"name": "database.password", "value": "…"}`, in the forms of JSON, Java and XML, at the first separator. */
  #named(at: number): number {
    const text = this.#text;
    const units = this.units;
    let end = at;
    while (end > at - 16 && ENDS_WORD[units[end - 1] ?? 0] === 1) end -= 1;
    const last = (units[end - 1] ?? 0) | 32;
    if (last !== LETTER_E && last !== LETTER_Y) return at + 1;
    const length = endsWith(units, end, 'name') ? 4 : endsWith(units, end, 'key') ? 3 : 0;
    if (length === 0 || isPlain(units[end - length - 1] ?? 0)) return at + 1;
    let nameStart = at + 1;
    while (nameStart < at + 17 && !isNameCharacter(units[nameStart] ?? 0)) nameStart += 1;
    let nameEnd = nameStart;
    while (nameEnd < nameStart + MAX_NAME && isNameCharacter(units[nameEnd] ?? 0)) nameEnd += 1;
    if (!this.#isSecret(nameStart, nameEnd)) return at + 1;
    const start = this.#endOf(NAMED, at + 1);
    if (start < 0) return at + 1;
    if (units[start - 1] === GREATER) return this.#element(start - 1);
    if (text.startsWith('null', start)) return start;
    const first = units[start] ?? 0;
    const behind = OPENERS[first] === 1 ? this.#openedValue(start, true) : -1;
    return behind >= 0 ? behind : this.#mask(start, this.#endOfValue(start, 0, false));
  }

  /** A trailing `<password>`. */
  #tag(at: number): number {
    const units = this.units;
    if (ENDS_NAME[units[at - 1] ?? 0] === 0 || !this.#findName(at)) return at + 1;
    return units[this.#nameStart - 1] === LESS && this.#isSecret(this.#nameStart, this.#nameEnd)
      ? this.#element(at)
      : at + 1;
  }

  /** `<password>…</password>`, at the end of the first tag. */
  #element(at: number): number {
    const end = this.#less.from(at + 1);
    return end < NOWHERE && this.units[end + 1] === SLASH ? this.#mask(at + 1, end) : at + 1;
  }

  /** Whether a connection string starts there, after its name: operators need to see its hosts. */
  #isConnectionString(start: number): boolean {
    const text = this.#text;
    return (
      CONNECTION_STRING.test(text.slice(this.#nameStart, this.#nameEnd)) &&
      /^[\\"']{0,8}[a-z][a-z0-9+.-]{0,30}:\/\//i.test(text.slice(start, start + 45))
    );
  }

  /** The position of a quote after a line break, as some write JSON; else the position itself. */
  #quoteOnNextLine(start: number): number {
    const units = this.units;
    let at = start;
    while (at < start + 80 && isSpace(units[at] ?? 0)) at += 1;
    return isQuote(units[at] ?? 0) ? at : start;
  }

  /** Masks a value whose first characters determine its end, and returns where to continue; -1 if they do not. */
  #openedValue(start: number, isPair: boolean): number {
    if (this.#readQuoted(start)) return this.#mask(this.#quotedStart, this.#quotedEnd) + 1;
    const reference = this.#endOfReference(start);
    if (reference >= 0 && this.#endsReference(reference)) return reference;
    const first = this.units[start] ?? 0;
    const quote = first === AMPERSAND ? this.#endOf(QUOTE_ENTITY, start) : -1;
    if (quote >= 0) {
      const end = this.#text.indexOf(this.#text.slice(start, quote), quote);
      return this.#mask(quote, end < 0 ? this.#text.length : end);
    }
    // It contains spaces and line breaks.
    if (first === DASH && this.#endOf(PRIVATE_KEY, start) >= 0) return this.#privateKey(start);
    const scheme = (first | 32) === 98 ? this.#endOf(SCHEME, start) : -1;
    if (scheme >= 0) return this.#mask(start, scheme);
    if (this.#isDocument(start)) return this.#mask(start, this.#endOfDocument(start));
    return isPair && first === OPENING ? this.#mask(start, this.#endOfBraces(start)) : -1;
  }

  /** Whether nothing of the value follows a reference. */
  #endsReference(at: number): boolean {
    const code = this.units[at] ?? 0;
    return at >= this.#text.length || isSpace(code) || isCloser(code);
  }

  /** Finds a name of at least two characters before a position, perhaps in quotes. */
  #findName(at: number): boolean {
    const units = this.units;
    let end = at;
    let quoted = false;
    if (!isNameCharacter(units[at - 1] ?? 0)) {
      while (end > at - 8 && isBlank(units[end - 1] ?? 0)) end -= 1;
      const entity = units[end - 1] === SEMICOLON ? this.#entityBefore(end) : -1;
      quoted = entity >= 0 || isQuote(units[end - 1] ?? 0);
      if (entity >= 0) end = entity;
      else if (quoted) {
        end -= 1;
        while (end > at - 24 && units[end - 1] === BACKSLASH) end -= 1;
      }
    }
    const least = end - MAX_NAME;
    let start = end;
    while (start > least && isNameCharacter(units[start - 1] ?? 0)) start -= 1;
    // The n of an escaped line break is not part of the name.
    if (!quoted && units[start - 1] === BACKSLASH && isLineBreak(units[start] ?? 0)) start += 1;
    this.#nameStart = start;
    this.#nameEnd = end;
    this.#nameQuoted = quoted;
    return end - start >= 2;
  }

  /** Where the quote in HTML starts that ends at a position; -1 if none does. */
  #entityBefore(end: number): number {
    for (let at = end - 5; at > end - MAX_ENTITY; at -= 1)
      if (this.units[at] === AMPERSAND && this.#endOf(QUOTE_ENTITY, at) === end) return at;
    return -1;
  }

  /** Whether a name is secret. */
  #isSecret(start: number, end: number): boolean {
    return (this.#meaningOf(start, end) & MEANING.secret) !== 0;
  }

  /** What a name says of its value, in bits; a text often repeats a few names. */
  #meaningOf(start: number, end: number): number {
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

  /** Whether this is not the value, but the start of another pair: `secrets: password=x`. */
  #isSecretPair(start: number): boolean {
    const units = this.units;
    let end = start;
    while (end < start + MAX_NAME && isPlain(units[end] ?? 0)) end += 1;
    if (units[end] !== EQUALS || end + 1 >= this.#text.length || isAnySpace(units[end + 1] ?? 0)) return false;
    return this.#isSecret(start, end);
  }

  /** Finds a quoted value; the quotes are escaped if the text is itself inside a string. If unclosed, it extends to the text's end. */
  #readQuoted(at: number): boolean {
    const units = this.units;
    const { length } = this.#text;
    let open = at;
    while (open < at + 16 && units[open] === BACKSLASH) open += 1;
    const quote = units[open] ?? 0;
    if (!isQuote(quote)) return false;
    const depth = open - at;
    let slashes = 0;
    this.#quotedStart = open + 1;
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
          this.#quotedEnd = depth === 0 ? end : end - slashes;
          return true;
        }
        slashes = 0;
      }
    }
    this.#quotedEnd = length;
    return true;
  }

  /** How many characters after a `'` make it part of the value: `''` in SQL and YAML, `'\\''` in the shell. */
  #apostrophe(at: number): number {
    const units = this.units;
    if (units[at + 1] === APOSTROPHE) return 1;
    return units[at + 1] === BACKSLASH && units[at + 2] === APOSTROPHE && units[at + 3] === APOSTROPHE ? 3 : 0;
  }

  /** Whether JSON starts there: an object, or a list of texts or objects. */
  #isDocument(start: number): boolean {
    const units = this.units;
    let at = start;
    while (at < start + 4 && units[at] === 91) at += 1;
    if (units[at] === OPENING) at += 1;
    if (at === start) return false;
    while (at < start + 24 && (isSpace(units[at] ?? 0) || units[at] === BACKSLASH)) at += 1;
    return units[at] === 34;
  }

  /** The end of its brackets, ignoring those in strings; else the text's end. */
  #endOfDocument(start: number): number {
    const units = this.units;
    const { length } = this.#text;
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
  #endOfBraces(open: number): number {
    const text = this.#text;
    for (let end = text.indexOf('}', open); end >= 0; end = text.indexOf('}', end + 2))
      if (text[end + 1] !== '}') return end + 1;
    return text.length;
  }

  /** @param before the text before the name, which shows the separator of values; @param line spaces are part of the value */
  #endOfValue(start: number, before: number, line: boolean): number {
    const units = this.units;
    const { length } = this.#text;
    // `?a=1&b=2`, `;a=1;b=2`
    const separator = before === 63 ? 38 : before === 38 || before === 59 ? before : -1;
    // In a value that is only a URL, nothing else ends it.
    const bare = separator !== -1 && this.#isBare(start);
    let end = start;
    for (; end < length; end++) {
      const code = units[end] ?? 0;
      if (ENDS_VALUE[code] === 0) continue;
      const next = code === BACKSLASH && (end === start || units[end - 1] !== BACKSLASH) ? this.#nextLine(end) : -1;
      if (next >= 0) {
        // Its first character is part of the value.
        end = next;
        continue;
      }
      if (isSpace(code) && !((line || bare) && isBlank(code))) break;
      if (code === separator || (!bare && isCloser(code) && this.#isEnd(end, code))) break;
    }
    return end;
  }

  /**
   * Where a value continues after a backslash at the end of its line, as in properties; -1 if it does not. In a string, both are
   * escaped: three backslashes and an `n`, or as many for each string around it.
   */
  #nextLine(at: number): number {
    const units = this.units;
    const slashes = this.#backslashes(at);
    let depth = 0;
    let line = this.#behindBreak(at + slashes, 0);
    if (line < 0 && slashes % 3 === 0) {
      depth = slashes / 3;
      line = this.#behindBreak(at + slashes - depth, depth);
    } else if (slashes % 2 === 0) return -1;
    if (line < 0) return -1;
    while (line < this.#text.length && (isBlank(units[line] ?? 0) || this.#isEscape(line, depth, LETTER_T)))
      line += isBlank(units[line] ?? 0) ? 1 : depth + 1;
    return line < this.#text.length && this.#behindBreak(line, depth) < 0 ? line : -1;
  }

  /** Whether a bracket, quote or separator ends a value: it is followed by the end of the text, a space, or the next name. */
  #isEnd(at: number, code: number): boolean {
    const units = this.units;
    let end = Math.min(this.#endOfClosers(at + 1), at + MAX_CLOSERS);
    if (end >= this.#text.length || isSpace(units[end] ?? 0)) return true;
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

  #endsLine(at: number): boolean {
    return !isBlank(this.units[at] ?? 0);
  }
}

/** A reference to a secret (`${vault:…}`, `${NAME}`) may be shown, unless it contains a text, such as a default. */
export const REFERENCE_ONLY = /^\$\{(?![^}:]*:-|[A-Z_][A-Z0-9_]*:?[-=?+])[^}]+\}$/;

/** One key of a configuration for display. @param isSecret decides by key; by default by its name */
export function redactEntry(key: string, value: string, isSecret: (key: string) => boolean = isSecretName): string {
  if (REFERENCE_ONLY.test(value) || value === '') return value;
  if (!isSecret(key)) return redactValue(value);
  // A connection string keeps its hosts, which operators need to see; any other form is masked completely.
  const hasHosts = isHostList(key, value) || (CONNECTION_STRING.test(key) && URL_BEGINS.test(value));
  return hasHosts ? redactText(redactValue(value)) : MASK;
}

const CONNECTION_STRING = /connection[._-]?string$/i;
const URL_BEGINS = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `rs0/a:27017,b:27017`, an old format of MongoDB's connectors: servers only. */
const HOSTS = /^(?:[\w-]+\/)?[a-z0-9][\w.-]*:\d{1,5}(?:,[a-z0-9][\w.-]*:\d{1,5})*$/i;

/** Whether a connection string, which may contain a password, is only a list of servers. */
export function isHostList(key: string, value: string): boolean {
  return CONNECTION_STRING.test(key) && HOSTS.test(value.trim());
}

/** Masks all strings in a value of any shape; values of secret keys are masked completely. */
export function redactTree<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactTree) as T;
  if (value === null || typeof value !== 'object') return value;
  const { name, key: other } = value as { name?: unknown; key?: unknown };
  // `{ name: 'database.password', value: … }`
  const named = [name, other].find((one) => typeof one === 'string' && isSecretName(one)) as string | undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' ? redactEntry(key === 'value' ? (named ?? key) : key, item) : redactTree(item),
    ]),
  ) as T;
}

/** Shorter values (`1`, `on`) would mask parts of every sentence. */
const MIN_SECRET = 4;

/** One value, of any key: unlike in a sentence, a URL in it may contain spaces. */
export function redactValue(value: string): string {
  return mask(value, secretSpans(value, true));
}

/** Whether a value contains credentials, regardless of its key. */
export function holdsSecret(value: string): boolean {
  return secretSpans(value, true).length > 0;
}

/** The secrets within a value that is not itself one, such as the password in a URL. */
export function secretParts(value: string): string[] {
  return secretSpans(value, true).map(({ start, end }) => value.slice(start, end));
}

/**
 * The values of a configuration that must not be shown in responses, which may echo them under any name. Excludes a value
 * that is also used in clear text, such as a password that equals the user's name: the two cannot be distinguished.
 */
export function secretValues(
  config: Readonly<Record<string, unknown>>,
  isSecret: (key: string) => boolean = isSecretName,
): string[] {
  const secret = new Set<string>();
  const plain = new Set<string>();
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'string' || REFERENCE_ONLY.test(value)) continue;
    if (isSecret(key)) secret.add(value);
    else {
      plain.add(value);
      for (const part of secretParts(value)) secret.add(part);
    }
  }
  return [...secret.difference(plain)].filter((value) => value.length >= MIN_SECRET);
}

/** Text from elsewhere with these values masked, in any form: see known-forms.ts. */
export function redactKnown(text: string, secrets: Iterable<string>): string {
  let masked = text;
  // A secret may be part of another secret.
  for (const secret of [...new Set(secrets)]
    .filter((one) => one.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length)) {
    for (const form of new Set([
      secret,
      ...(secret.trim().length < MIN_SECRET ? [] : [secret.trim()]),
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      ...base64Of(secret),
    ]))
      masked = masked.replaceAll(form, MASK);
    masked = mask(masked, [...placesOf(secret, masked)]);
    masked = mask(masked, [...encodedPlacesOf(secret, masked)]);
  }
  return redactText(masked);
}
