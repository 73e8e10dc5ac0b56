import { isSecretName, letterBit, mayBeSecretName } from './secret-names.ts';

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

/** Where in a text credentials are, in order. */
export function secretSpans(text: string): Span[] {
  return new Scanner(text).all();
}

const BACKSLASH = 92;
const COLON = 58;
const EQUALS = 61;
const AT = 64;

/** A character of a name: a letter, a digit, `_`, `.`, `-` or `$`. */
function isNameCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 46 ||
    code === 45 ||
    code === 36 ||
    code > 127
  );
}

const isBlank = (code: number) => code === 32 || code === 9;
const isSpace = (code: number) => isBlank(code) || code === 10 || code === 13;
const isQuote = (code: number) => code === 34 || code === 39;

const PORT = /\d{1,5}(?:;|(?:\/[^?@\s]{0,1000})?\?[\w.-]{1,100}=|$|[\s"'<>`])/y;
const ORACLE = /:[a-z0-9]{1,20}:(?=[^@\s"'])/iy;
const SCHEME = /(?:basic|bearer)[ \t]+([\w+/=.~-]{6,})/iy;
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/y;
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)|[\w.-]{1,100}\.webhook\.office\.com|discord(?:app)?\.com\/api\/webhooks)\//iy;
const REFERENCE = /\$\{[^}\s]{1,300}\}/y;
/** Brackets, quotes and separators, which are part of a value unless what comes behind them shows that it has ended. */
const CLOSERS = new Set([...`])}"'\`,;&\\`].map((one) => one.charCodeAt(0)));
const SEPARATORS = new Set([44, 59, 38]);
const MAX_CLOSERS = 8;

/** Where in a text a sign is, from a place on. */
class Sign {
  at = -1;
  readonly read: (at: number) => number;
  readonly #text: string;
  readonly #sign: string;

  /** @param read reads what is at the sign, and says where to go on */
  constructor(text: string, sign: string, read: (at: number) => number) {
    this.#text = text;
    this.#sign = sign;
    this.read = read;
  }

  from(start: number): number {
    const found = this.#text.indexOf(this.#sign, start);
    this.at = found < 0 ? Number.POSITIVE_INFINITY : found;
    return this.at;
  }
}

function soonest(signs: readonly Sign[], start: number): Sign | undefined {
  let first: Sign | undefined;
  for (const sign of signs) {
    // Most of them are far ahead, and need not be asked.
    const at = sign.at < start ? sign.from(start) : sign.at;
    if (at < (first?.at ?? Number.POSITIVE_INFINITY)) first = sign;
  }
  return first;
}

class Scanner {
  readonly #text: string;
  readonly #spans: Span[] = [];
  /** The end of what is between blanks or quotes, and the last `@` in it; kept, since one may hold many URLs. */
  #token = { end: -1, at: -1 };

  constructor(text: string) {
    this.#text = text;
  }

  all(): Span[] {
    const text = this.#text;
    // Searched for, since hardly any character of a text is one of these.
    const signs = [
      new Sign(text, '=', (at) => this.#pair(at)),
      new Sign(text, ':', (at) => this.#colon(at)),
      new Sign(text, '-----BEGIN ', (at) => this.#privateKey(at)),
      // Of Basic and Bearer, which may begin with a capital letter or be written in capitals.
      ...['asic', 'ASIC', 'earer', 'EARER'].map((word) => new Sign(text, word, (at) => this.#scheme(at))),
    ];
    let at = 0;
    for (let first = soonest(signs, at); first !== undefined; first = soonest(signs, at)) at = first.read(first.at);
    return this.#spans;
  }

  /** Masks what is there, and goes on behind it. */
  #mask(start: number, end: number): number {
    if (end > start && this.#text.slice(start, end) !== MASK) this.#spans.push({ start, end });
    return Math.max(end, start);
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#text);
  }

  #colon(at: number): number {
    const text = this.#text;
    if (text.startsWith('//', at + 1)) return isNameCharacter(text.charCodeAt(at - 1)) ? this.#url(at + 3) : at + 3;
    if (text.slice(Math.max(0, at - 11), at).toLowerCase() === 'jdbc:oracle') return this.#oracle(at);
    return this.#pair(at);
  }

  /** `user:password@`: up to the last `@`, since a password that nobody has encoded may have any character. */
  #url(start: number): number {
    const webhook = this.#match(WEBHOOK, start);
    if (webhook !== null) return this.#mask(start + webhook[0].length, this.#tokenAt(start).end);
    const { at } = this.#tokenAt(start);
    if (at < start) return start;
    let colon = start;
    for (; colon < at; colon++) {
      const code = this.#text.charCodeAt(colon);
      if (code === COLON) break;
      // Before the colon there is a path, a query or a property, and no user.
      if (code === 47 || code === 63 || code === 35 || code === 59) return start;
    }
    if (colon >= at || this.#match(PORT, colon + 1) !== null) return start;
    return this.#mask(colon + 1, at);
  }

  /** `jdbc:oracle:thin:user/password@` */
  #oracle(from: number): number {
    const driver = this.#match(ORACLE, from);
    if (driver === null) return from + 1;
    const start = from + driver[0].length;
    const { at } = this.#tokenAt(start);
    const slash = this.#text.indexOf('/', start);
    return slash < 0 || slash >= at ? start : this.#mask(slash + 1, at);
  }

  #tokenAt(start: number): { end: number; at: number } {
    if (start < this.#token.end) return this.#token;
    const text = this.#text;
    let end = start;
    let at = -1;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (isSpace(code) || isQuote(code) || code === 60 || code === 62 || code === 96) break;
      if (code === AT) at = end;
    }
    this.#token = { end, at };
    return this.#token;
  }

  #privateKey(at: number): number {
    const header = this.#match(PRIVATE_KEY, at);
    if (header === null) return at + 1;
    const start = at + header[0].length;
    const end = this.#text.indexOf('-----END', start);
    return this.#mask(start, end < 0 ? this.#text.length : end);
  }

  /** `Bearer …`; a word behind it that could be prose, such as "Basic authentication", is left. */
  #scheme(at: number): number {
    const found = this.#match(SCHEME, at - 1);
    const token = found?.[1];
    if (found === null || token === undefined) return at + 1;
    const end = at - 1 + found[0].length;
    const isProse = /^[A-Za-z]?[a-z.-]{0,23}$/.test(token);
    return isProse ? end : this.#mask(end - token.length, end);
  }

  /** `name=value`, `name: value`, `"name":"value"`, at the sign between them. */
  #pair(at: number): number {
    const name = this.#nameBefore(at);
    if (name === undefined || !isSecretName(name.text)) return at + 1;
    const text = this.#text;
    let start = at + 1;
    while (start < at + 9 && isBlank(text.charCodeAt(start))) start += 1;
    // Its hosts are for operators to see.
    if (
      /connection[._-]?string$/i.test(name.text) &&
      /^[\\"']{0,8}[a-z][a-z0-9+.-]{0,30}:\/\//i.test(text.slice(start, start + 45))
    )
      return start;
    const quoted = this.#quotedValue(start);
    if (quoted !== undefined) return this.#mask(quoted.start, quoted.end) + 1;
    const reference = text[start] === '$' ? this.#match(REFERENCE, start) : null;
    if (reference !== null) return start + reference[0].length;
    if (text.charCodeAt(at) === EQUALS && text[start] === '{') return this.#mask(start, this.#endOfBraces(start));
    const end = this.#endOfValue(start, text.charCodeAt(name.start - 1), /authorization$/i.test(name.text));
    // "database.password: must be set" is prose; a value is the last of its line, or of what is around it.
    if (text.charCodeAt(at) === COLON && !name.quoted && !this.#endsLine(end)) return at + 1;
    return this.#mask(start, end);
  }

  #nameBefore(at: number): { text: string; start: number; quoted: boolean } | undefined {
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
    return mayBeSecretName(end - start, letters) ? { text: text.slice(start, end), start, quoted } : undefined;
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
      if (code === separator || (CLOSERS.has(code) && this.#isEnd(end, code))) break;
    }
    return end;
  }

  /** Whether a bracket, quote or separator ends a value: behind it the text ends, a blank comes, or the next name. */
  #isEnd(at: number, code: number): boolean {
    const text = this.#text;
    let end = at + 1;
    while (end < at + MAX_CLOSERS && CLOSERS.has(text.charCodeAt(end))) end += 1;
    if (end >= text.length || isSpace(text.charCodeAt(end))) return true;
    if (!SEPARATORS.has(code)) return end > at + 1 && text.charCodeAt(end) !== code && end < at + MAX_CLOSERS;
    const name = end;
    while (end < name + MAX_NAME && isNameCharacter(text.charCodeAt(end))) end += 1;
    while (end < name + MAX_NAME && CLOSERS.has(text.charCodeAt(end))) end += 1;
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
  if (!isSecret(key)) return redactText(value);
  // A connection string keeps its hosts, which an operator needs to see; one that is not a URL is masked whole.
  return /connection\.string$/i.test(key) && /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? redactText(value) : MASK;
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
    if (typeof value === 'string' && !REFERENCE_ONLY.test(value)) (isSecret(key) ? secret : plain).add(value);
  }
  return [...secret.difference(plain)].filter((value) => value.length >= MIN_SECRET);
}

/** Text that comes from elsewhere, with these very values masked in it, as they are and as URLs and JSON write them. */
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
    ]))
      masked = masked.replaceAll(form, MASK);
  }
  return redactText(masked);
}
