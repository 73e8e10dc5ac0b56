import { DIGIT, isWide, kindIn, signAt } from '../letters.ts';
import { isSecretNameIn } from '../secret-names.ts';
import {
  AMPERSAND,
  BACKSLASH,
  BAR,
  COLON,
  COMMA,
  DASH,
  DOLLAR,
  EQUALS,
  endsWith,
  GREATER,
  isAnySpace,
  isBlank,
  isDigit,
  isNameCharacter,
  isPlain,
  isQuote,
  isSpace,
  isWordCharacter,
  LESS,
  LETTER_B,
  LETTER_D,
  LETTER_E,
  LETTER_N,
  LETTER_T,
  LETTER_V,
  LETTER_Y,
  OPEN,
  OPENING,
  PLAIN,
  SEMICOLON,
  SLASH,
  SPACE,
  tableOf,
} from './characters.ts';
import { BEFORE, MASK } from './mask.ts';
import { Next, NOWHERE } from './next.ts';
import { MAX_NAME, MEANING, QUOTE_ENTITY, Reader } from './reader.ts';

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

/** Whether the word `password` ends at a position. */
function isPasswordBefore(units: Uint16Array, end: number): boolean {
  const length = endsWith(units, end, 'password') ? 8 : endsWith(units, end, 'passwd') ? 6 : 0;
  return length > 0 && !isWordCharacter(units[end - length - 1] ?? 0);
}

/** Characters allowed before the separator of a name and its value; everything above ASCII. `;` ends `&quot;`. */
const ENDS_NAME = tableOf(`${PLAIN} \t"';`, 1);
const ENDS_QUOTE_ENTITY = tableOf('tTsS4927');
const PORT = /(?:;|$|[\s"'<>`])/y;
const QUERY = /\?[\w.-]{1,100}=/y;
const ORACLE = /:[a-z0-9]{1,20}:(?=[^@\s"'])/iy;
const ORACLE_QUOTED_USER = /:[a-z0-9]{1,20}:\\{0,8}(["'])[^"'\\\s@]{1,128}\\{0,8}\1\//iy;
const SCHEME = /(?:basic|bearer)[ \t]+[\w+/=.~-]{6,}/iy;
const START_OF_KEY = '-----BEGIN';
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;

const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)|[\w.-]{1,100}\.webhook\.office\.com|discord(?:app)?\.com\/api\/webhooks)\//iy;

/** Longer ones are not those of webhooks. */
const MAX_HOST = 150;

/** How far back SQL may begin before a quoted password, if it is not just `PASSWORD`. */
const SQL_LOOK_BACK = 90;

/** What may be between the SQL and the quote. */
const SQL_BEFORE_QUOTE = tableOf(' \t\r\n(\\EeNn');
/** The last letters of `password`, `by`, `as` and `values`, and spaces. */
const ENDS_SQL = tableOf('dysDYS \t\n\v\f\r', 1);
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

/** A position in a file: `secrets.yaml:3:4:`. */
const POSITION = /\d{1,9}:\d{1,9}(?=$|[\s:,)"'])/y;

/** What follows the separator of a name that is a value itself. */
const NAMED =
  /\s{0,8}[\\"']{0,8}[\w.$\u0080-\uffff-]{1,200}[\\"']{0,8}(?:[\s,]{1,80}[\\"']{0,8}value[\\"']{0,8}\s{0,8}[:=]\s{0,8}|\s{0,8}>)/iy;

/** Characters between a name and its separator. */
const ENDS_WORD = tableOf(` \t"'\\`);

/** Starts of a value that determine its end: a quote, a bracket, `$`, `-----BEGIN`, `Basic` and `Bearer`. */
const OPENING_SIGNS = `"'\\[{$-bB&`;
const OPENERS = tableOf(OPENING_SIGNS);
/** Also those of YAML's texts: `|` and `>`. */
const STARTERS = tableOf(`${OPENING_SIGNS}|>`);
const PART = 1000;

/** What a character is behind, and from `scheme` on what it may start. */
const KIND = { pair: 1, colon: 2, quote: 3, tag: 4, scheme: 5, key: 6, invalid: 7 } as const;

const KINDS = tableOf('');
for (const [characters, kind] of [
  ['=', KIND.pair],
  [':', KIND.colon],
  [`"'`, KIND.quote],
  ['>', KIND.tag],
  ['-', KIND.key],
  ['bB', KIND.scheme],
  ['I', KIND.invalid],
] as const)
  for (const one of characters) KINDS[one.charCodeAt(0)] = kind;

/** How the first line of a text in YAML starts: indented, or empty; perhaps escaped. */
const STARTS_BLOCK = tableOf(' \t\r\n\\');

/** The name of a connection string. */
export const CONNECTION_STRING = /connection[._-]?string$/i;

/** Finds credentials in a text. */
export class Scanner extends Reader {
  /** Where credentials start and end. */
  #bounds = new Int32Array(32);
  #count = 0;
  /** Where a message of Kafka names a configuration that is not secret. */
  #notSecret = -1;
  readonly #slash: Next;
  readonly #question: Next;
  readonly #at: Next;
  readonly #less: Next;
  readonly #for: Next;
  readonly #endOfKey: Next;
  readonly #passwordFor: Next;
  readonly #endsFor: Next;
  readonly #identified: Next;
  readonly #endsIdentified: Next;

  /** @param whole the text is one value, not a sentence */
  constructor(shown: string, whole: boolean) {
    super(shown, whole);
    const { text } = this;
    this.#slash = new Next(text, '/');
    this.#question = new Next(text, '?');
    this.#at = new Next(text, '@');
    this.#less = new Next(text, '<');
    this.#for = new Next(text, FOR);
    this.#endOfKey = new Next(text, '-----END');
    this.#passwordFor = new Next(text, PASSWORD_FOR, 4);
    this.#endsFor = new Next(text, ENDS_FOR);
    this.#identified = new Next(text, IDENTIFIED, 11);
    this.#endsIdentified = new Next(text, ENDS_IDENTIFIED);
  }

  /** Where credentials start and end, in the units. */
  scan(): Int32Array {
    const { length } = this.text;
    // In parts: V8 optimises a function that is called often sooner, and for longer, than a loop.
    for (let at = BEFORE.length; at < length; ) at = this.#scanPart(at, Math.min(at + PART, length));
    return this.#bounds.subarray(0, this.#count);
  }

  #scanPart(start: number, end: number): number {
    const units = this.units;
    let at = start;
    while (at < end) {
      const kind = KINDS[units[at] ?? 0] ?? 0;
      if (kind === 0) at += 1;
      else if (kind === KIND.scheme) {
        // Few of these letters start `basic` or `bearer`.
        at = isBlank(units[at + 5] ?? 0) || isBlank(units[at + 6] ?? 0) ? this.#scheme(at) : at + 1;
      } else if (kind > KIND.scheme) at = this.#started(kind, at);
      else at = kind === KIND.pair ? this.#equals(at) : this.#ended(kind, at);
    }
    return at;
  }

  /** Reads what starts at a character, and returns where to continue. */
  #started(kind: number, at: number): number {
    const units = this.units;
    if (kind === KIND.key) return units[at + 5] === LETTER_B ? this.#privateKey(at) : at + 1;
    return units[at + 1] === LETTER_N && units[at + 2] === LETTER_V ? this.#invalidValue(at) : at + 1;
  }

  /** Reads what is around a character that is behind something, and returns where to continue. */
  #ended(kind: number, at: number): number {
    if (kind === KIND.quote) return this.#mayFollowSql(at) ? this.#quoted(at) : at + 1;
    if (kind === KIND.colon && this.units[at + 1] === SLASH) return this.#colon(at);
    if (!this.#mayFollowName(at)) return at + 1;
    return kind === KIND.colon ? this.#colon(at) : this.#tag(at);
  }

  #equals(at: number): number {
    return this.#mayFollowName(at) ? this.#pair(at) : at + 1;
  }

  /** Whether a character may be behind a name, which has two characters at least. */
  #mayFollowName(at: number): boolean {
    const before = this.units[at - 1] ?? 0;
    if (isPlain(before)) return ENDS_NAME[this.units[at - 2] ?? 0] === 1;
    return ENDS_NAME[before] === 1 && (before !== SEMICOLON || ENDS_QUOTE_ENTITY[this.units[at - 2] ?? 0] === 1);
  }

  /** Whether a quote may be behind SQL that sets a password. */
  #mayFollowSql(at: number): boolean {
    const before = this.units[at - 1] ?? 0;
    if (before !== SPACE) return SQL_BEFORE_QUOTE[before] === 1;
    return ENDS_SQL[this.units[at - 2] ?? 0] === 1 || this.#passwordFor.from(at - SQL_LOOK_BACK) < at;
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
    if (end > start && !(end - start === MASK.length && this.text.startsWith(MASK, start))) this.#addBounds(start, end);
    return Math.max(end, start);
  }

  #colon(at: number): number {
    const units = this.units;
    if (units[at + 1] === SLASH && units[at + 2] === SLASH)
      return isNameCharacter(units[at - 1] ?? 0) ? this.#url(at + 3) : at + 3;
    return units[at - 7] === COLON && endsWith(units, at, 'jdbc:oracle') ? this.#oracle(at) : this.#pair(at);
  }

  /** `user:password@`: up to the last `@`, since an unencoded password may contain any character. */
  #url(start: number): number {
    this.readToken(start);
    const webhook = this.#isHostOfWebhook(start) ? this.endOf(WEBHOOK, start) : -1;
    if (webhook >= 0) return this.#mask(webhook, this.tokenEnd);
    const at = this.tokenAt;
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
    if (this.endOf(PORT, end) >= 0) return true;
    const next = units[end];
    if (next !== SLASH && next !== 63) return false;
    const question = this.#question.from(end);
    return question < this.tokenEnd && question < this.#at.from(end) && this.endOf(QUERY, question) >= 0;
  }

  /** `jdbc:oracle:thin:user/password@`, also with either in quotes. */
  #oracle(from: number): number {
    const password = this.endOf(ORACLE_QUOTED_USER, from);
    if (password >= 0) return this.#oraclePassword(password, from + 1);
    const start = this.endOf(ORACLE, from);
    if (start < 0) return from + 1;
    this.readToken(start);
    const slash = this.#slash.from(start);
    return slash >= this.tokenEnd ? start : this.#oraclePassword(slash + 1, start);
  }

  /** Also in quotes. @param otherwise where to continue if there is none */
  #oraclePassword(start: number, otherwise: number): number {
    if (this.readQuoted(start)) return this.#mask(this.quotedStart, this.quotedEnd) + 1;
    this.readToken(start);
    return start > this.tokenAt ? otherwise : this.#maskUnlessReference(start, this.tokenAt);
  }

  /** `user:${PASSWORD}@` is only a reference to the password. */
  #maskUnlessReference(start: number, end: number): number {
    return this.units[start] === DOLLAR && this.endOfReference(start) === end ? end : this.#mask(start, end);
  }

  #privateKey(at: number): number {
    const start = this.endOf(PRIVATE_KEY, at);
    if (start < 0) return at + 1;
    return this.#mask(start, Math.min(this.#endOfKey.from(start), this.text.length));
  }

  /** `Bearer …`; a following word that could be prose, as in "Basic authentication", is not masked. */
  #scheme(at: number): number {
    const end = this.endOf(SCHEME, at);
    if (end < 0) return at + 1;
    const units = this.units;
    let start = at + 5;
    while (!isBlank(units[start - 1] ?? 0) || isBlank(units[start] ?? 0)) start += 1;
    const isProse = /^[A-Za-z]?[a-z.-]{0,23}$/.test(this.text.slice(start, end));
    return isProse ? end : this.#mask(start, end);
  }

  /** `Invalid value … for configuration database.password`, a message of Kafka. */
  #invalidValue(at: number): number {
    if (!this.text.startsWith(INVALID, at)) return at + 1;
    const start = at + INVALID.length;
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
    const { length } = this.text;
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
    const from = at - SQL_LOOK_BACK;
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
    if (!this.findName(at)) return this.#named(at);
    const meaning = this.meaningOf(this.nameStart, this.nameEnd);
    if ((meaning & MEANING.secret) !== 0) return this.#secretPair(at, meaning);
    return meaning === MEANING.name ? this.#named(at) : at + 1;
  }

  /** At the separator behind the name found last. In parts: V8 makes one of a function and those it calls, up to a size. */
  #secretPair(at: number, meaning: number): number {
    const units = this.units;
    const nameQuoted = this.nameQuoted;
    const isPair = units[at] === EQUALS;
    let start = isPair && this.#isArrow(at) ? at + 2 : at + 1;
    while (start < at + 9 && isBlank(units[start] ?? 0)) start += 1;
    if (nameQuoted) start = this.quoteOnNextLine(start);
    if (meaning !== MEANING.secret) {
      const behind = this.#withoutSecret(at, start, meaning);
      if (behind >= 0) return behind;
    }
    const first = units[start] ?? 0;
    if (!isPair && !nameQuoted && isPlain(first) && this.#isSecretPair(start)) return start;
    if (STARTERS[first] === 1) {
      const behind = this.#startedValue(start, isPair);
      if (behind >= 0) return behind;
    }
    const end = this.endOfValue(start, units[this.nameStart - 1] ?? 0, (meaning & MEANING.header) !== 0);
    if (isPair) return this.#mask(start, units[end] === SPACE ? this.#endInMap(end) : end);
    // "database.password: must be set" is prose; a value ends its line, or the text that encloses it.
    return !nameQuoted && !this.endsLine(end) && isProse(units, start, end) ? at + 1 : this.#mask(start, end);
  }

  /** Where to continue if the name is that of a file, or of a connection string with hosts, which may be shown; -1 if not. */
  #withoutSecret(at: number, start: number, meaning: number): number {
    if ((meaning & MEANING.file) !== 0 && !this.nameQuoted && isDigit(this.units[at + 1] ?? 0)) {
      const position = this.endOf(POSITION, at + 1);
      if (position >= 0) return position;
    }
    return (meaning & MEANING.connectionString) !== 0 && this.#isConnectionString(start) ? start : -1;
  }

  /** Masks a value of which the first characters show its form, and returns where to continue; -1 if they do not. */
  #startedValue(start: number, isPair: boolean): number {
    const first = this.units[start] ?? 0;
    if (first !== BAR && first !== GREATER) return this.#openedValue(start, isPair);
    return isPair ? -1 : this.#block(start, this.nameStart);
  }

  /** The end of a value with spaces, if the name is preceded as in a map that Java prints: `{a=1, b=2}`. */
  #endInMap(end: number): number {
    const before = this.units[this.nameStart - 1];
    const isInMap = before === OPENING || (before === SPACE && this.units[this.nameStart - 2] === COMMA);
    return isInMap ? this.endOfMapValue(end) : end;
  }

  /** Whether a `=` starts a `=>` that separates a name and its value, as in Ruby; without a space or a quote, `>` may be part of the value. */
  #isArrow(at: number): boolean {
    if (this.units[at + 1] !== GREATER) return false;
    const next = this.units[at + 2] ?? 0;
    return isBlank(next) || isQuote(next) || next === BACKSLASH;
  }

  /**
   * `password: |` in YAML, also in a string whose line breaks are escaped: masks the lines after it that are indented more, and
   * returns where to continue; -1 without any.
   */
  #block(start: number, nameStart: number): number {
    const units = this.units;
    const { length } = this.text;
    const header = this.endOfHeader(start);
    const depth = this.backslashes(header);
    let line = this.behindBreak(header, depth);
    if (line < 0 || STARTS_BLOCK[units[line] ?? 0] === 0) return -1;
    const indent = this.indentOf(nameStart, depth);
    let first = -1;
    let end = -1;
    while (line >= 0 && line < length) {
      let at = line;
      let width = 0;
      for (; isBlank(units[at] ?? 0) || this.isEscape(at, depth, LETTER_T); width += 1)
        at += isBlank(units[at] ?? 0) ? 1 : depth + 1;
      if (at < length && this.behindBreak(at, depth) < 0) {
        if (width <= indent) break;
        if (first < 0) first = at;
        at = this.endOfLine(at, depth);
        end = at;
      }
      line = this.behindBreak(at, depth);
    }
    if (first < 0) return -1;
    // A key that is not closed there, because indentation is missing, ends further below.
    const key = end - first < START_OF_KEY.length ? -1 : this.text.slice(first, end).lastIndexOf(START_OF_KEY);
    const endOfKey = key < 0 ? -1 : this.#endOfKey.from(first + key);
    if (endOfKey > end) end = this.endOfLine(Math.min(endOfKey, length), depth);
    return this.#maskUnlessReference(first, end);
  }

  /** `{"name": "database.password", "value": "…"}`, in the forms of JSON, Java and XML, at the first separator. */
  #named(at: number): number {
    const text = this.text;
    const units = this.units;
    let end = at;
    while (end > at - 16 && ENDS_WORD[units[end - 1] ?? 0] === 1) end -= 1;
    const last = (units[end - 1] ?? 0) | 32;
    if (last !== LETTER_E && last !== LETTER_Y) return at + 1;
    const word = last === LETTER_E ? 'name' : 'key';
    if (isPlain(units[end - word.length - 1] ?? 0) || !endsWith(units, end, word)) return at + 1;
    let nameStart = at + 1;
    while (nameStart < at + 17 && !isNameCharacter(units[nameStart] ?? 0)) nameStart += 1;
    let nameEnd = nameStart;
    while (nameEnd < nameStart + MAX_NAME && isNameCharacter(units[nameEnd] ?? 0)) nameEnd += 1;
    if (!this.isSecret(nameStart, nameEnd)) return at + 1;
    const start = this.endOf(NAMED, at + 1);
    if (start < 0) return at + 1;
    if (units[start - 1] === GREATER) return this.#element(start - 1);
    if (text.startsWith('null', start)) return start;
    const first = units[start] ?? 0;
    const behind = OPENERS[first] === 1 ? this.#openedValue(start, true) : -1;
    return behind >= 0 ? behind : this.#mask(start, this.endOfValue(start, 0, false));
  }

  /** A trailing `<password>`. */
  #tag(at: number): number {
    const units = this.units;
    if (ENDS_NAME[units[at - 1] ?? 0] === 0 || !this.findName(at)) return at + 1;
    return units[this.nameStart - 1] === LESS && this.isSecret(this.nameStart, this.nameEnd)
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
    const text = this.text;
    return (
      CONNECTION_STRING.test(text.slice(this.nameStart, this.nameEnd)) &&
      /^[\\"']{0,8}[a-z][a-z0-9+.-]{0,30}:\/\//i.test(text.slice(start, start + 45))
    );
  }

  /** Masks a value whose first characters determine its end, and returns where to continue; -1 if they do not. */
  #openedValue(start: number, isPair: boolean): number {
    if (this.readQuoted(start)) return this.#mask(this.quotedStart, this.quotedEnd) + 1;
    const reference = this.endOfReference(start);
    if (reference >= 0 && this.endsReference(reference)) return reference;
    const first = this.units[start] ?? 0;
    const quote = first === AMPERSAND ? this.endOf(QUOTE_ENTITY, start) : -1;
    if (quote >= 0) {
      const end = this.text.indexOf(this.text.slice(start, quote), quote);
      return this.#mask(quote, end < 0 ? this.text.length : end);
    }
    // It contains spaces and line breaks.
    if (first === DASH && this.endOf(PRIVATE_KEY, start) >= 0) return this.#privateKey(start);
    const scheme = (first | 32) === 98 ? this.endOf(SCHEME, start) : -1;
    if (scheme >= 0) return this.#mask(start, scheme);
    if (this.isDocument(start)) return this.#mask(start, this.endOfDocument(start));
    return isPair && first === OPENING ? this.#mask(start, this.endOfBraces(start)) : -1;
  }

  /** Whether this is not the value, but the start of another pair: `secrets: password=x`. */
  #isSecretPair(start: number): boolean {
    const units = this.units;
    let end = start;
    while (end < start + MAX_NAME && isPlain(units[end] ?? 0)) end += 1;
    if (units[end] !== EQUALS || end + 1 >= this.text.length || isAnySpace(units[end + 1] ?? 0)) return false;
    return this.isSecret(start, end);
  }
}
