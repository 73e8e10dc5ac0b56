import { setOwn } from '../../text/own.ts';
import { COMMENT_KEY } from './comments.ts';
import type { EntrySpans, ParsedSource, SourceProblem } from './source.ts';

/** Whitespace as in `java.util.Properties`. */
const BLANK = /[ \t\f]/;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

interface Entry {
  key: string;
  value: string;
  spans: Required<EntrySpans>;
}

/**
 * Parses Java properties, the format of connectors for a standalone worker. Source: the documentation of
 * java.util.Properties.load; here the text is UTF-8, and Java reads only ASCII the same way.
 */
export function parseProperties(text: string): ParsedSource {
  const value: Record<string, string> = {};
  const spans = new Map<string, EntrySpans>();
  const problems: SourceProblem[] = [];
  for (const entry of entriesOf(text, problems)) {
    if (entry.key === '') {
      const message = 'a key is missing before its value';
      problems.push({ rule: 'syntax', message, hint: 'Write key=value.', span: entry.spans.value });
    } else if (spans.has(entry.key) && !COMMENT_KEY.test(entry.key)) {
      problems.push({
        rule: 'duplicate-key',
        message: `the key "${entry.key}" appears twice; only the last one counts`,
        hint: 'Keep one of the two.',
        key: entry.key,
        span: entry.spans.key,
      });
    }
    setOwn(value, entry.key, entry.value);
    spans.set(entry.key, entry.spans);
  }
  const whole = { start: 0, end: text.length };
  const locate = ([key, ...more]: readonly string[]): EntrySpans | undefined =>
    key === undefined ? { value: whole } : more.length > 0 ? undefined : spans.get(key);
  return { documents: [{ value, locator: async () => locate }], problems };
}

function* entriesOf(text: string, problems: SourceProblem[]): Generator<Entry> {
  let at = 0;
  while (at < text.length) {
    while (at < text.length && (BLANK.test(text[at] ?? '') || isBreak(text[at]))) at += 1;
    if (at >= text.length) return;
    if (text[at] === '#' || text[at] === '!') {
      while (at < text.length && !isBreak(text[at])) at += 1;
      continue;
    }
    const reader = new LogicalLine(text, at, problems);
    const key = reader.key();
    const value = reader.value();
    yield { key: key.text, value: value.text, spans: { key: key.span, value: value.span } };
    at = reader.end;
  }
}

/** One line with its continuation lines. */
class LogicalLine {
  readonly #text: string;
  readonly #problems: SourceProblem[];
  #at: number;

  constructor(text: string, start: number, problems: SourceProblem[]) {
    this.#text = text;
    this.#at = start;
    this.#problems = problems;
  }

  get end(): number {
    return this.#at;
  }

  key() {
    const read = this.#read((char) => char === '=' || char === ':' || BLANK.test(char));
    this.#skipBlanks();
    if (this.#text[this.#at] === '=' || this.#text[this.#at] === ':') {
      this.#at += 1;
      this.#skipBlanks();
    }
    return read;
  }

  value() {
    return this.#read(() => false);
  }

  #read(ends: (char: string) => boolean) {
    const start = this.#at;
    let text = '';
    let end = start;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (isBreak(char) || ends(char)) break;
      if (char !== '\\') {
        text += char;
        this.#at += 1;
      } else if (!this.#continues()) text += this.#escape();
      end = this.#at;
    }
    return { text, span: { start, end } };
  }

  /** Skips a backslash at the end of a line, the line break and the whitespace after it. */
  #continues(): boolean {
    const next = this.#text[this.#at + 1];
    if (next !== undefined && !isBreak(next)) return false;
    this.#at += next === '\r' && this.#text[this.#at + 2] === '\n' ? 3 : 2;
    while (BLANK.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      if (BLANK.test(this.#text[this.#at] ?? '')) this.#at += 1;
      else if (this.#text[this.#at] !== '\\' || !this.#continues()) return;
    }
  }

  #escape(): string {
    const start = this.#at;
    const char = this.#text[start + 1] ?? '';
    this.#at += 2;
    if (char !== 'u') return ESCAPES[char] ?? char;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (/^[\dA-Fa-f]{4}$/.test(digits)) {
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    this.#problems.push({
      rule: 'syntax',
      message: 'not valid properties: invalid escape',
      hint: 'Write four hexadecimal digits after \\u.',
      span: { start, end: this.#at },
    });
    return '';
  }
}

function isBreak(char: string | undefined): boolean {
  return char === '\n' || char === '\r';
}

/** A key or a value escaped so that Java reads it in any encoding. */
export function writeProperty(text: string, part: 'key' | 'value'): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\f', '\\f')
    .replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return part === 'key' ? escaped.replaceAll(/[ =:]|^[#!]/g, '\\$&') : escaped.replace(/^ /, '\\ ');
}
