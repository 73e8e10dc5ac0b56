import { holdsSecret, MASK, mask, redactEntry, redactText, secretSpans } from '../../text/redact.ts';
import { isSecretName } from '../../text/secret-names.ts';
import type { Excerpt, Position } from '../finding.ts';

/** A path of keys (and numbers of list items) from the document's root. */
export type KeyPath = readonly string[];

export interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

export interface EntrySpans {
  key?: Span;
  value?: Span;
}

/** Finds an entry of one document; the root is the empty path. */
export type Locate = (path: KeyPath) => EntrySpans | undefined;

/** A document of a file: its value, and how to locate its parts (with a second, slower parse). */
export interface SourceDocument {
  value: unknown;
  locator(): Promise<Locate>;
  /** Values that several keys share by YAML anchors and aliases: a secret under one key is secret under all. */
  shared?: readonly SharedValue[] | undefined;
}

export interface SharedValue {
  value: string;
  /** The keys that have it. */
  keys: readonly string[];
  /** The positions of the value and of its aliases. */
  spans: readonly Span[];
}

/** The secrets among them. */
export function secretsShared(
  shared: readonly Omit<SharedValue, 'spans'>[] | undefined,
  isSecret: (key: string) => boolean,
): string[] {
  return (shared ?? []).flatMap(({ value, keys }) => (keys.some(isSecret) ? [value] : []));
}

/** Extends `isSecret` to keys that share a secret value. */
export function withShared(
  shared: readonly Pick<SharedValue, 'keys'>[] | undefined,
  isSecret: (key: string) => boolean,
): (key: string) => boolean {
  if (shared === undefined) return isSecret;
  const also = new Set(shared.flatMap(({ keys }) => (keys.some(isSecret) ? keys : [])));
  return (key) => also.has(key) || isSecret(key);
}

/** A problem that a parser found; `span` if it knows the position. */
export interface SourceProblem {
  rule: 'syntax' | 'duplicate-key';
  message: string;
  hint?: string;
  key?: string;
  span?: Span;
}

export interface ParsedSource {
  documents: SourceDocument[];
  problems: SourceProblem[];
}

const MAX_EXCERPT = 120;
/** A longer line with a secret is not shown: choosing an excerpt would mean reading all of it again. */
const MAX_MASKED_LINE = 2000;

/** Turns offsets of one text into lines and columns. */
export class LineIndex {
  readonly #starts: number[] = [0];
  readonly #text: string;
  /** Cached last line; comparing the same string with itself is cheap. */
  #read: { number: number; text: string } | undefined;
  /** Cached for the last long line: all findings of a file may be on one line. */
  #judged: { line: number; safe: string } | undefined;

  #credentials: readonly Span[] | undefined;

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  position(span: Span): Position {
    const [line, column] = this.#at(span.start);
    const [endLine, endColumn] = this.#at(Math.max(span.start, span.end));
    return { line, column, endLine, endColumn };
  }

  slice({ start, end }: Span): string {
    return this.#text.slice(start, end);
  }

  /** The text of a line, from 1; empty if it does not exist. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return '';
    if (this.#read?.number !== number) {
      const text = this.#text.slice(start, (this.#starts[number] ?? this.#text.length + 1) - 1).trimEnd();
      this.#read = { number, text };
    }
    return this.#read.text;
  }

  /** @param hidden the secret parts of the text; undefined if its parts are unknown and only the text can tell */
  excerpt({ line, column }: Position, hidden: readonly Span[] | undefined): Excerpt {
    const whole = this.line(line);
    const offset = whole.length <= MAX_EXCERPT ? 0 : Math.max(0, column - 1 - MAX_EXCERPT / 3);
    // Masked before it is cut: half a secret without its key would not be recognized.
    const safe = this.#safe(line, whole, hidden);
    if (safe === whole) return { text: whole.slice(offset, offset + MAX_EXCERPT), offset };
    return { text: safe.length <= MAX_EXCERPT ? safe : '', offset: 0, masked: true };
  }

  #safe(line: number, whole: string, hidden: readonly Span[] | undefined): string {
    const parts = hidden === undefined ? [] : this.#within(line, hidden);
    if (whole.length <= MAX_MASKED_LINE)
      return hidden === undefined ? this.#guarded(line) : redactText(mask(whole, parts));
    if (parts.length > 0) return '';
    if (this.#judged?.line !== line) {
      const safe = hidden === undefined ? this.#guarded(line) : redactText(whole);
      this.#judged = { line, safe: safe === whole ? whole : '' };
    }
    return this.#judged.safe;
  }

  /** The parts of spans on a line, relative to its start. */
  #within(line: number, spans: readonly Span[]): Span[] {
    const from = this.#starts[line - 1] ?? 0;
    const { length } = this.line(line);
    const parts = spans
      .map(({ start, end }) => ({ start: Math.max(0, start - from), end: Math.min(length, end - from) }))
      .filter(({ start, end }) => start < end)
      .sort((a, b) => a.start - b.start);
    // If one is inside another, such as an alias, the outer one counts.
    let end = 0;
    return parts.filter((part) => {
      if (part.start < end) return false;
      end = part.end;
      return true;
    });
  }

  /** A line of a text that could not be parsed: everything after a secret's name is hidden, and its continuation lines. */
  #guarded(line: number): string {
    const whole = this.line(line);
    if (this.#isBelowSecret(line)) return MASK;
    const before = this.line(line - 1);
    const open = secretNameIn(before);
    if (open !== undefined && /[:=|>\-,["']\s*$/.test(before.slice(open))) return MASK;
    const end = secretNameIn(whole);
    return end === undefined
      ? redactText(mask(whole, this.#within(line, this.#spans())))
      : `${redactText(whole.slice(0, end))}${whole.length > end ? ` ${MASK}` : ''}`;
  }

  /** Whether a line is indented more than one above it that names a secret, such as lines of a text in YAML. */
  #isBelowSecret(line: number): boolean {
    let indent = indentOf(this.line(line));
    for (let above = line - 1; above > 0 && above >= line - MAX_LINES_ABOVE && indent > 0; above -= 1) {
      const text = this.line(above);
      const own = indentOf(text);
      if (text.trim() === '' || own >= indent) continue;
      if (secretNameIn(text) !== undefined) return true;
      indent = own;
    }
    return false;
  }

  /** Credentials that only the text shows, such as a private key over several lines. */
  #spans(): readonly Span[] {
    this.#credentials ??= secretSpans(this.#text);
    return this.#credentials;
  }

  #at(offset: number): [line: number, column: number] {
    const within = Math.min(Math.max(offset, 0), this.#text.length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= within) low = middle;
      else high = middle - 1;
    }
    return [low + 1, within - (this.#starts[low] ?? 0) + 1];
  }
}

const MAX_LINES_ABOVE = 200;

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The end of the first secret name in a line. */
function secretNameIn(line: string): number | undefined {
  for (const { 0: name, index } of line.matchAll(/[\w.$-]{2,200}/g)) if (isSecretName(name)) return index + name.length;
  return undefined;
}

/** The credentials of a value in its file; all of the value if it is written differently there, such as with escapes. */
function credentialsIn(value: string, span: Span, lines: LineIndex): Span[] {
  const at = lines.slice(span).indexOf(value);
  if (at < 0) return [span];
  const start = span.start + at;
  return secretSpans(value, true).map((one) => ({ start: start + one.start, end: start + one.end }));
}

/**
 * The secrets in a document: values of secret keys, with everything below them, and values that contain credentials. Of a
 * connection string only the credentials are hidden, since operators need to see its hosts.
 */
export function secretSpansIn(
  { value, shared = [] }: SourceDocument,
  locate: Locate,
  lines: LineIndex,
  isSecret: (key: string) => boolean,
): Span[] {
  const spans: Span[] = shared.flatMap((one) => (one.keys.some(isSecret) ? one.spans : []));
  // The key of an item in a list is that of the list.
  const walk = (part: unknown, path: KeyPath, key: string) => {
    const isText = typeof part === 'string';
    if (part === null || part === undefined || (isText && part === '')) return;
    if (path.length > 0 && (isSecret(key) || (isText && holdsSecret(part)))) {
      const shown = isText ? redactEntry(key, part, isSecret) : MASK;
      // References, and servers without credentials.
      if (shown === part) return;
      const span = locate(path)?.value;
      if (span) spans.push(...(isText && shown !== MASK ? credentialsIn(part, span, lines) : [span]));
      return;
    }
    if (typeof part !== 'object') return;
    for (const [name, inner] of Object.entries(part)) walk(inner, [...path, name], /^\d+$/.test(name) ? key : name);
  };
  walk(value, [], '');
  return spans;
}
