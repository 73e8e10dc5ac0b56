import { base64Of, placesOf } from './known-forms.ts';
import { isSecretName, letterBit, mayBeSecretName, saysSecret } from './secret-names.ts';

/** Fixed length: the mask must not tell how long a secret is. */
export const MASK = '********';

/** Characters of a name that are looked at before `=` or `:`. */
const MAX_NAME = 200;

/** A part of a text that is not shown. */
export interface Span {
  start: number;
  end: number;
}

/**
 * A text with every credential in it masked, whatever the text is: one value of a configuration, an error message, a
 * trace, a body that echoes a configuration. Linear in the text's length.
 *
 * Masked are passwords in URLs (with any characters), values behind names that say secret (`password=…`, `"apiKey": …`, in
 * query parameters, JDBC's `;password={…}`, JAAS and Java's maps, also in JSON inside of JSON), private keys in PEM, and what
 * follows `Basic` and `Bearer`.
 */
export function redactText(text: string): string {
  return mask(text, secretSpans(text));
}

/** The text with the spans masked; they are in their order, and do not overlap. */
export function mask(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let shown = '';
  let at = 0;
  for (const { start, end } of spans) {
    shown += text.slice(at, start) + MASK;
    at = end;
  }
  return shown + text.slice(at);
}

/**
 * Where in a text credentials are, in order.
 * @param whole the text is one value and no sentence: a URL in it may have blanks
 */
export function secretSpans(text: string, whole = false): Span[] {
  const spans = new Scanner(text, whole).all();
  return whole && spans.length === 0 ? withoutScheme(text) : spans;
}

/** A URL that was written where a host is wanted, without its scheme: `user:password@host:5432/db`. */
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

/** What a name is made of: letters, digits, `_`, `.`, `-` and `$`; above ASCII, anything. */
const NAME_CHARACTERS = new Uint8Array(128);
for (const one of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$')
  NAME_CHARACTERS[one.charCodeAt(0)] = 1;

function isNameCharacter(code: number): boolean {
  return code > 127 || NAME_CHARACTERS[code] === 1;
}

const isBlank = (code: number) => code === 32 || code === 9;
const isSpace = (code: number) => isBlank(code) || code === 10 || code === 13;
const isQuote = (code: number) => code === 34 || code === 39;

const PORT = /(?:;|$|[\s"'<>`])/y;
const QUERY = /\?[\w.-]{1,100}=/y;
const ORACLE = /:[a-z0-9]{1,20}:(?=[^@\s"'])/iy;
const SCHEME = /(?:basic|bearer)[ \t]+([\w+/=.~-]{6,})/iy;
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/y;
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)|[\w.-]{1,100}\.webhook\.office\.com|discord(?:app)?\.com\/api\/webhooks)\//iy;
const REFERENCE = /\$\{[^}\s]{1,300}\}/y;
/** What SQL has before a password in quotes. */
const SQL_PASSWORD = /(?:\bpassw(?:or)?d|\bidentified\s(?:[\s\w]{0,60}\s)?(?:by|as|values))\s{1,8}$/i;
const SQL_LOOK_BACK = 90;
const INVALID = 'Invalid value ';
const FOR = ' for configuration ';
/** Behind a name and a colon it is not a value, but has one of its own. */
const PAIR = /([\w.$-]{1,200})=\S/y;
/** A word of a sentence, or a number, behind a name and a colon: "password: must be set". */
const PROSE = /^(?:["'(\u2018\u201c]{0,2}\p{L}[\p{L}\u2019'-]{0,30}|-?\d{1,9})[."')\u2019\u201d:,;!?]{0,3}$/u;
/** Where in a file: `secrets.yaml:3:4:`. */
const FILE = /\.(?:json|ya?ml|properties|env|sql|ts|js)$/i;
const POSITION = /\d{1,9}:\d{1,9}(?=$|[\s:,)"'])/y;
/** Brackets, quotes and separators, which are part of a value unless what comes behind them shows that it has ended. */
const CLOSERS = new Uint8Array(128);
for (const one of `])}"'\`,;&\\`) CLOSERS[one.charCodeAt(0)] = 1;
const isCloser = (code: number) => code < 128 && CLOSERS[code] === 1;
const isSeparator = (code: number) => code === 44 || code === 59 || code === 38;
const MAX_CLOSERS = 8;

/** What a character may begin, or end. */
const KIND = { pair: 1, colon: 2, key: 3, scheme: 4, invalid: 5, quote: 6 } as const;
const KINDS = new Uint8Array(128);
for (const [characters, kind] of [
  ['=', KIND.pair],
  [':', KIND.colon],
  ['-', KIND.key],
  ['bB', KIND.scheme],
  ['I', KIND.invalid],
  [`"'`, KIND.quote],
] as const)
  for (const one of characters) KINDS[one.charCodeAt(0)] = kind;

/** Where a sign comes next, for places that only go forward: each part of the text is searched once. */
class Next {
  #at = -1;
  readonly #text: string;
  readonly #sign: string;

  constructor(text: string, sign: string) {
    this.#text = text;
    this.#sign = sign;
  }

  /** Infinity where there is none. */
  from(start: number): number {
    if (this.#at < start) {
      const found = this.#text.indexOf(this.#sign, start);
      this.#at = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#at;
  }
}

interface SecretName {
  text: string;
  isConnectionString: boolean;
  isAuthorization: boolean;
}

const NO_NAME: SecretName = { text: '', isConnectionString: false, isAuthorization: false };
const MAX_NAMES = 1000;

class Scanner {
  readonly #text: string;
  readonly #whole: boolean;
  readonly #spans: Span[] = [];
  /** The end of what is between blanks or quotes, and the last `@` in it; kept, since one may hold many URLs. */
  #token = { end: -1, at: -1 };
  /** The secret's name that was found last. */
  #name: SecretName = NO_NAME;
  #nameStart = 0;
  #nameQuoted = false;
  /** Names that were judged: one text often has the same ones over and over. */
  readonly #names = new Map<string, SecretName>();
  readonly #slash: Next;
  readonly #question: Next;
  readonly #at: Next;
  readonly #for: Next;
  readonly #endOfKey: Next;

  constructor(text: string, whole: boolean) {
    this.#text = text;
    this.#whole = whole;
    this.#slash = new Next(text, '/');
    this.#question = new Next(text, '?');
    this.#at = new Next(text, '@');
    this.#for = new Next(text, FOR);
    this.#endOfKey = new Next(text, '-----END');
  }

  all(): Span[] {
    const text = this.#text;
    const { length } = text;
    for (let at = 0; at < length; ) {
      const code = text.charCodeAt(at);
      const kind = code < 128 ? KINDS[code] : 0;
      at = kind === 0 ? at + 1 : this.#read(kind, at);
    }
    return this.#spans;
  }

  /** Reads what is at a sign, and says where to go on. */
  #read(kind: number | undefined, at: number): number {
    const text = this.#text;
    switch (kind) {
      case KIND.pair:
        return this.#pair(at);
      case KIND.colon:
        return this.#colon(at);
      case KIND.key:
        return text.charCodeAt(at + 5) === 66 ? this.#privateKey(at) : at + 1;
      case KIND.scheme: {
        const next = text.charCodeAt(at + 1) | 32;
        return next === 97 || next === 101 ? this.#scheme(at) : at + 1;
      }
      case KIND.invalid:
        return text.startsWith(INVALID, at) ? this.#invalidValue(at + INVALID.length) : at + 1;
      default:
        return this.#quoted(at);
    }
  }

  /** Masks what is there, and goes on behind it. */
  #mask(start: number, end: number): number {
    if (end > start && !(end - start === MASK.length && this.#text.startsWith(MASK, start)))
      this.#spans.push({ start, end });
    return Math.max(end, start);
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#text);
  }

  #colon(at: number): number {
    const text = this.#text;
    if (text.charCodeAt(at + 1) === SLASH && text.charCodeAt(at + 2) === SLASH)
      return isNameCharacter(text.charCodeAt(at - 1)) ? this.#url(at + 3) : at + 3;
    if ((text.charCodeAt(at - 1) | 32) === 101 && text.slice(Math.max(0, at - 11), at).toLowerCase() === 'jdbc:oracle')
      return this.#oracle(at);
    return this.#pair(at);
  }

  /** `user:password@`: up to the last `@`, since a password that nobody has encoded may have any character. */
  #url(start: number): number {
    const { at, end } = this.#tokenAt(start);
    const webhook = this.#match(WEBHOOK, start);
    if (webhook !== null) return this.#mask(start + webhook[0].length, end);
    if (at < start) return start;
    let colon = start;
    for (; colon < at; colon++) {
      const code = this.#text.charCodeAt(colon);
      if (code === COLON) break;
      // Before the colon there is a path, a query or a property, and no user.
      if (code === SLASH || code === 63 || code === 35 || code === 59) return start;
    }
    if (colon >= at || this.#isPort(colon + 1)) return start;
    return this.#maskUnlessReference(colon + 1, at);
  }

  /** Digits, and behind them the URL's end, its properties, or a path with a query. */
  #isPort(start: number): boolean {
    const text = this.#text;
    let end = start;
    while (end < start + 6 && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
    if (end === start || end === start + 6) return false;
    if (this.#match(PORT, end) !== null) return true;
    const next = text.charCodeAt(end);
    if (next !== SLASH && next !== 63) return false;
    const question = this.#question.from(end);
    return question < this.#token.end && question < this.#at.from(end) && this.#match(QUERY, question) !== null;
  }

  /** `jdbc:oracle:thin:user/password@`, also with the password in quotes. */
  #oracle(from: number): number {
    const driver = this.#match(ORACLE, from);
    if (driver === null) return from + 1;
    const start = from + driver[0].length;
    const { at, end } = this.#tokenAt(start);
    const slash = this.#slash.from(start);
    if (slash >= end) return start;
    const quoted = this.#quotedValue(slash + 1);
    if (quoted !== undefined) return this.#mask(quoted.start, quoted.end) + 1;
    return slash >= at ? start : this.#maskUnlessReference(slash + 1, at);
  }

  /** `user:${PASSWORD}@` only says where the password is. */
  #maskUnlessReference(start: number, end: number): number {
    const reference = this.#match(REFERENCE, start)?.[0];
    const isAll = reference !== undefined && start + reference.length === end && !reference.includes(':-');
    return isAll ? end : this.#mask(start, end);
  }

  #tokenAt(start: number): { end: number; at: number } {
    if (start < this.#token.end) return this.#token;
    const text = this.#text;
    let end = start;
    let at = -1;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (
        (isSpace(code) && !(this.#whole && isBlank(code))) ||
        isQuote(code) ||
        code === 60 ||
        code === 62 ||
        code === 96
      )
        break;
      if (code === AT) at = end;
    }
    this.#token = { end, at };
    return this.#token;
  }

  #privateKey(at: number): number {
    const header = this.#match(PRIVATE_KEY, at);
    if (header === null) return at + 1;
    const start = at + header[0].length;
    return this.#mask(start, Math.min(this.#endOfKey.from(start), this.#text.length));
  }

  /** `Bearer …`; a word behind it that could be prose, such as "Basic authentication", is left. */
  #scheme(at: number): number {
    const found = this.#match(SCHEME, at);
    const token = found?.[1];
    if (found === null || token === undefined) return at + 1;
    const end = at + found[0].length;
    const isProse = /^[A-Za-z]?[a-z.-]{0,23}$/.test(token);
    return isProse ? end : this.#mask(end - token.length, end);
  }

  /** `Invalid value … for configuration database.password`, as Kafka says it. */
  #invalidValue(start: number): number {
    const end = this.#for.from(start);
    if (end === Number.POSITIVE_INFINITY) return start;
    const text = this.#text;
    const from = end + FOR.length;
    let to = from;
    while (to < from + MAX_NAME && isNameCharacter(text.charCodeAt(to))) to += 1;
    if (!isSecretName(text.slice(from, to))) return start;
    this.#mask(start, end);
    // What is wrong with it stands behind a colon, and is no value.
    return text.charCodeAt(to) === COLON ? to + 1 : to;
  }

  /** `PASSWORD '…'` and `IDENTIFIED BY '…'` of SQL, at the quote. */
  #quoted(at: number): number {
    const text = this.#text;
    let before = at;
    while (before > at - 8 && text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if (
      !isSpace(text.charCodeAt(before - 1)) ||
      !SQL_PASSWORD.test(text.slice(Math.max(0, before - SQL_LOOK_BACK), before))
    )
      return at + 1;
    const quote = text.charCodeAt(at);
    const start = at + 1;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      // Written twice it stands for itself.
      if (code === quote && text.charCodeAt(++end) !== quote) return this.#mask(start, end - 1) + 1;
    }
    return this.#mask(start, text.length);
  }

  /** `name=value`, `name: value`, `"name":"value"`, at the sign between them. */
  #pair(at: number): number {
    if (!this.#isSecretBefore(at)) return at + 1;
    const text = this.#text;
    const name = this.#name;
    const nameStart = this.#nameStart;
    const nameQuoted = this.#nameQuoted;
    if (!nameQuoted && FILE.test(name.text) && this.#match(POSITION, at + 1) !== null) return POSITION.lastIndex;
    let start = at + 1;
    while (start < at + 9 && isBlank(text.charCodeAt(start))) start += 1;
    // Its hosts are for operators to see.
    if (name.isConnectionString && /^[\\"']{0,8}[a-z][a-z0-9+.-]{0,30}:\/\//i.test(text.slice(start, start + 45)))
      return start;
    const quoted = this.#quotedValue(start);
    if (quoted !== undefined) return this.#mask(quoted.start, quoted.end) + 1;
    const first = text.charCodeAt(start);
    const reference = first === 36 ? this.#match(REFERENCE, start) : null;
    if (reference !== null) return start + reference[0].length;
    // It has blanks and line breaks.
    if (first === 45 && this.#match(PRIVATE_KEY, start) !== null) return this.#privateKey(start);
    if (text.charCodeAt(at) === COLON && !nameQuoted && isSecretName(this.#match(PAIR, start)?.[1] ?? '')) return start;
    if ((first | 32) === 98 && this.#match(SCHEME, start) !== null) return this.#mask(start, SCHEME.lastIndex);
    const isPair = text.charCodeAt(at) === EQUALS;
    if (this.#isDocument(start)) return this.#mask(start, this.#endOfDocument(start));
    if (isPair && first === 123) return this.#mask(start, this.#endOfBraces(start));
    const end = this.#endOfValue(start, text.charCodeAt(nameStart - 1), name.isAuthorization);
    // "database.password: must be set" is prose; a value is the last of its line, or of what is around it.
    if (!isPair && !nameQuoted && !this.#endsLine(end) && PROSE.test(text.slice(start, Math.min(end, start + 40))))
      return at + 1;
    return this.#mask(start, end);
  }

  /** Whether a secret's name stands before this place; it is kept as `#name`. */
  #isSecretBefore(at: number): boolean {
    const text = this.#text;
    let end = at;
    while (end > at - 8 && isBlank(text.charCodeAt(end - 1))) end -= 1;
    const quoted = isQuote(text.charCodeAt(end - 1));
    if (quoted) {
      end -= 1;
      while (end > at - 24 && text.charCodeAt(end - 1) === BACKSLASH) end -= 1;
    }
    let start = end;
    let letters = 0;
    for (; start > 0 && start > end - MAX_NAME; start -= 1) {
      const code = text.charCodeAt(start - 1);
      if (!isNameCharacter(code)) break;
      letters |= letterBit(code);
    }
    // The n of an escaped line break is not the name's.
    if (!quoted && text.charCodeAt(start - 1) === BACKSLASH && /[nrt]/.test(text[start] ?? '')) start += 1;
    if (end - start < 2 || !mayBeSecretName(letters)) return false;
    const before = this.#name.text;
    if (end - start !== before.length || !text.startsWith(before, start)) {
      const name = this.#judged(text.slice(start, end));
      if (name === undefined) return false;
      this.#name = name;
    }
    this.#nameStart = start;
    this.#nameQuoted = quoted;
    return true;
  }

  #judged(name: string): SecretName | undefined {
    const known = this.#names.get(name);
    if (known !== undefined) return known === NO_NAME ? undefined : known;
    const judged = saysSecret(name)
      ? {
          text: name,
          isConnectionString: /connection[._-]?string$/i.test(name),
          isAuthorization: /authorization$/i.test(name),
        }
      : NO_NAME;
    if (this.#names.size < MAX_NAMES) this.#names.set(name, judged);
    return judged === NO_NAME ? undefined : judged;
  }

  /** A value in quotes, which are escaped where the text is itself in a string. Without its end it goes to the text's end. */
  #quotedValue(at: number): Span | undefined {
    const text = this.#text;
    let open = at;
    while (open < at + 16 && text.charCodeAt(open) === BACKSLASH) open += 1;
    const quote = text.charCodeAt(open);
    if (!isQuote(quote)) return undefined;
    const depth = open - at;
    let slashes = 0;
    for (let end = open + 1; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === BACKSLASH) slashes += 1;
      else {
        if (code === quote && (depth === 0 ? slashes % 2 === 0 : slashes <= depth))
          return { start: open + 1, end: depth === 0 ? end : end - slashes };
        slashes = 0;
      }
    }
    return { start: open + 1, end: text.length };
  }

  /** Whether JSON begins there: an object, or a list of texts or objects. */
  #isDocument(start: number): boolean {
    const text = this.#text;
    let at = start;
    while (at < start + 4 && text.charCodeAt(at) === 91) at += 1;
    if (text.charCodeAt(at) === 123) at += 1;
    if (at === start) return false;
    while (at < start + 24 && (isSpace(text.charCodeAt(at)) || text.charCodeAt(at) === BACKSLASH)) at += 1;
    return text.charCodeAt(at) === 34;
  }

  /** Where its brackets are closed, whatever the texts in it; else the text's end. */
  #endOfDocument(start: number): number {
    const text = this.#text;
    let depth = 0;
    for (let end = start; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === 91 || code === 123) depth += 1;
      else if (code === 93 || code === 125) depth -= 1;
      if (depth === 0) return end + 1;
    }
    return text.length;
  }

  /** SQL Server's: any character, `}` twice. */
  #endOfBraces(open: number): number {
    const text = this.#text;
    for (let end = text.indexOf('}', open); end >= 0; end = text.indexOf('}', end + 2))
      if (text[end + 1] !== '}') return end + 1;
    return text.length;
  }

  /** @param before what comes before the name: it tells what separates values here; @param line blanks are part of it */
  #endOfValue(start: number, before: number, line: boolean): number {
    const text = this.#text;
    // `?a=1&b=2`, `;a=1;b=2`
    const separator = before === 63 ? 38 : before === 38 || before === 59 ? before : -1;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (isSpace(code) && !(line && isBlank(code))) break;
      if (code === separator || (isCloser(code) && this.#isEnd(end, code))) break;
    }
    return end;
  }

  /** Whether a bracket, quote or separator ends a value: behind it the text ends, a blank comes, or the next name. */
  #isEnd(at: number, code: number): boolean {
    const text = this.#text;
    let end = at + 1;
    while (end < at + MAX_CLOSERS && isCloser(text.charCodeAt(end))) end += 1;
    if (end >= text.length || isSpace(text.charCodeAt(end))) return true;
    if (!isSeparator(code)) return end > at + 1 && text.charCodeAt(end) !== code && end < at + MAX_CLOSERS;
    const name = end;
    while (end < name + MAX_NAME && isNameCharacter(text.charCodeAt(end))) end += 1;
    while (end < name + MAX_NAME && isCloser(text.charCodeAt(end))) end += 1;
    const next = text.charCodeAt(end);
    return end > name && (next === EQUALS || next === COLON);
  }

  #endsLine(at: number): boolean {
    const code = this.#text.charCodeAt(at);
    return Number.isNaN(code) || !isBlank(code);
  }
}

/** A value that only points at a secret (`${vault:…}`, `${NAME}`) may be shown, unless it has a default: that is the secret. */
export const REFERENCE_ONLY = /^\$\{(?![^}:]*:-)[^}]+\}$/;

/** One key of a configuration for display. @param isSecret what is known of keys; by default their names alone decide */
export function redactEntry(key: string, value: string, isSecret: (key: string) => boolean = isSecretName): string {
  if (REFERENCE_ONLY.test(value) || value === '') return value;
  if (!isSecret(key)) return redactValue(value);
  // A connection string keeps its hosts, which an operator needs to see; one of another form is masked whole.
  return isHostList(key, value) || (CONNECTION_STRING.test(key) && URL_BEGINS.test(value)) ? redactText(value) : MASK;
}

const CONNECTION_STRING = /connection[._-]?string$/i;
const URL_BEGINS = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `rs0/a:27017,b:27017`, as MongoDB's connectors took it once: servers, and nothing beside them. */
const HOSTS = /^(?:[\w-]+\/)?[a-z0-9][\w.-]*:\d{1,5}(?:,[a-z0-9][\w.-]*:\d{1,5})*$/i;

/** Whether a connection string, which may hold a password, is only a list of servers. */
export function isHostList(key: string, value: string): boolean {
  return CONNECTION_STRING.test(key) && HOSTS.test(value.trim());
}

/** Every string inside a value of any shape; keys that name a secret lose their value whole. */
export function redactTree<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactTree) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' ? redactEntry(key, item) : redactTree(item),
    ]),
  ) as T;
}

/** Shorter values (`1`, `on`) would mask half of every sentence. */
const MIN_SECRET = 4;

/** One value, whatever its key is: unlike a sentence, a URL in it may have blanks. */
export function redactValue(value: string): string {
  return mask(value, secretSpans(value, true));
}

/** Whether a value has credentials in it, whatever its key is. */
export function holdsSecret(value: string): boolean {
  return secretSpans(value, true).length > 0;
}

/** What a value that is not itself a secret has of them, such as the password in a URL. */
export function secretParts(value: string): string[] {
  return secretSpans(value, true).map(({ start, end }) => value.slice(start, end));
}

/**
 * The values of a configuration that must not be shown in what comes back from elsewhere: an answer may echo them under any
 * name. One that is also in clear elsewhere, such as a password that is the user's name, cannot be told from that.
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

/** Text that comes from elsewhere, with these very values masked in it, in whatever form it has them: see known-forms.ts. */
export function redactKnown(text: string, secrets: Iterable<string>): string {
  let masked = text;
  // A secret may be part of another one.
  for (const secret of [...new Set(secrets)]
    .filter((one) => one.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length)) {
    for (const form of new Set([
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      ...base64Of(secret),
    ]))
      masked = masked.replaceAll(form, MASK);
    masked = mask(masked, [...placesOf(secret, masked)]);
  }
  return redactText(masked);
}
