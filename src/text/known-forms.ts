// A response may contain a value in another form: escaped for JSON, a URL, HTML or SQL, in Base64, as bytes, or with
// whitespace collapsed. The text is read forward only, and never twice from one position: an expression for all forms would take
// quadratic time or worse on a crafted text.

export interface Place {
  start: number;
  end: number;
}

/** A shorter one could occur anywhere by chance. */
const MIN_LENGTH = 4;
const MIN_BASE64_LENGTH = 6;
const MAX_BACKSLASHES = 64;

/** The occurrences of a value in a text, in order. Each starts at its first letter or digit, which no form changes. */
export function* placesOf(secret: string, text: string): Generator<Place> {
  const core = secret.slice(Math.max(0, secret.search(/[\dA-Za-z]/))).trimEnd();
  const anchor = /^[\dA-Za-z]{1,64}/.exec(core)?.[0];
  if (anchor === undefined || core.length < MIN_LENGTH || anchor.length === core.length) return;
  for (let start = text.indexOf(anchor); start >= 0; ) {
    const end = endOf(core, anchor.length, text, start + anchor.length);
    if (end !== undefined) yield { start, end };
    start = text.indexOf(anchor, end ?? start + 1);
  }
}

/** As placesOf, where the first character has another form, too: that of letters of other alphabets and of signs. */
export function* encodedPlacesOf(secret: string, text: string): Generator<Place> {
  const value = secret.trim();
  if (value.length < MIN_LENGTH) return;
  const first = /^[+\dA-Za-z]/.test(value) ? '' : `|\\u{${value.codePointAt(0)?.toString(16)}}`;
  const starts = new RegExp(`\\\\+|[%&]${first}`, 'gu');
  for (let start = starts.exec(text); start !== null; start = starts.exec(text)) {
    const end = endOf(value, 0, text, start.index);
    if (end === undefined) continue;
    yield { start: start.index, end };
    starts.lastIndex = end;
  }
}

/** The end of the value in the text, both from a position on; undefined if the text differs. */
function endOf(value: string, from: number, text: string, start: number): number | undefined {
  let at = start;
  for (let done = from; done < value.length; ) {
    const blanks = runOf(BLANK, value, done);
    const step = blanks > done ? { done: blanks, at: runOf(ANY_BLANK, text, at) } : oneStep(value, done, text, at);
    if (step === undefined || step.at === at) return undefined;
    done = step.done;
    at = step.at;
  }
  return at;
}

const BLANK = /\s+/y;
// Limited: it may be read from every position.
const ANY_BLANK =
  /(?:[\s+]|%(?:25)?(?:20|0[9AD])|&#0{0,4}(?:32|9|1[03]);|&#x0{0,4}(?:20|[9AD]);|\\{1,16}(?:[nrt\s]|(?:u00|x)(?:20|0[9AD]))){1,100}/iy;
const BACKSLASHES = /\\+/y;
const UNICODE = /u([\da-f]{4})|x([\da-f]{2})/iy;
const PERCENT = /(?:%(?:25)?[\da-f]{2}){1,4}/iy;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#0{0,4}(\d{1,7})|#x0{0,4}([\da-f]{1,6}));/iy;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The end of the match from there; the position itself if nothing matches. */
function runOf(pattern: RegExp, text: string, at: number): number {
  return matchAt(pattern, text, at) === null ? at : pattern.lastIndex;
}

interface Step {
  done: number;
  at: number;
}

function oneStep(value: string, done: number, text: string, at: number): Step | undefined {
  const wanted = value[done];
  const found = text[at];
  // Each form doubles it, or leaves it unchanged.
  if (wanted === '\\' && found === '\\')
    return { done: runOf(BACKSLASHES, value, done), at: runOf(BACKSLASHES, text, at) };
  // The shell's `'\''`; SQL and CSV double it.
  if (wanted === "'" && text.startsWith(`'\\''`, at)) return { done: done + 1, at: at + 4 };
  if ((wanted === "'" || wanted === '"') && found === wanted)
    return { done: done + 1, at: at + (value[done + 1] !== wanted && text[at + 1] === wanted ? 2 : 1) };
  const encoded =
    found === '%' ? percentStep(value, done, text, at) : found === '&' ? entityStep(value, done, text, at) : undefined;
  if (encoded !== undefined) return encoded;
  if (wanted === found) return { done: done + 1, at: at + 1 };
  if (found !== '\\') return undefined;
  const behind = runOf(BACKSLASHES, text, at);
  if (behind - at > MAX_BACKSLASHES) return undefined;
  if (text[behind] === wanted) return { done: done + 1, at: behind + 1 };
  if (text[behind] === '&') return entityStep(value, done, text, behind);
  const [whole, four, two] = matchAt(UNICODE, text, behind) ?? [];
  if (whole === undefined || Number.parseInt(four ?? two ?? '', 16) !== value.charCodeAt(done)) return undefined;
  return { done: done + 1, at: behind + whole.length };
}

function entityStep(value: string, done: number, text: string, at: number): Step | undefined {
  const [whole = '', name, decimal, hexadecimal] = matchAt(ENTITY, text, at) ?? [];
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  const one = name === undefined ? (code <= 0x10ffff ? String.fromCodePoint(code) : '') : NAMED[name.toLowerCase()];
  return one && value.startsWith(one, done) ? { done: done + one.length, at: at + whole.length } : undefined;
}

/** One character of UTF-8, perhaps with its percent signs encoded once more. */
function percentStep(value: string, done: number, text: string, at: number): Step | undefined {
  const one = String.fromCodePoint(value.codePointAt(done) ?? 0);
  const bytes = Buffer.from(one.toWellFormed()).toString('hex').toUpperCase();
  let end = at;
  let read = '';
  for (const byte of (matchAt(PERCENT, text, at)?.[0] ?? '')
    .toUpperCase()
    .matchAll(/%(?:25(?=[\dA-F]{2}))?([\dA-F]{2})/g)) {
    if (read.length === bytes.length) break;
    read += byte[1];
    end += byte[0].length;
  }
  return read === bytes ? { done: done + one.length, at: end } : undefined;
}

/** The bytes of a value in hexadecimal, as databases show them: `\x6162…`, `0x6162…`. */
export function bytesOf(secret: string): RegExp {
  return new RegExp(Buffer.from(secret.toWellFormed()).toString('hex'), 'gi');
}

/**
 * A value in Base64, alone or after other text, such as the user in `Authorization: Basic …`: it can be split into
 * groups of six bits in three ways.
 */
export function* base64Of(secret: string): Generator<RegExp> {
  const bytes = Buffer.from(secret);
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last characters also depend on neighbours.
    const whole = text.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1);
    if (whole.length < MIN_BASE64_LENGTH) continue;
    const either = whole.replaceAll(/[+/]/g, (sign) => (sign === '+' ? '[+-]' : '[/_]'));
    yield new RegExp(`${either}[\\w+/-]{0,2}={0,2}`, 'g');
  }
}
