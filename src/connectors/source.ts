import { holdsSecret, MASK, mask, REFERENCE_ONLY, redactText } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { Excerpt, Position } from './finding.ts';

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

/** A document of a file: its value, and how to find where its parts stand (a second, costlier parse). */
export interface SourceDocument {
  value: unknown;
  locator(): Promise<Locate>;
}

/** What a parser has to say against a text; `span` where it knows the place. */
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

const LONGEST_EXCERPT = 120;
/** A line that is longer and has a secret is not shown: there is no window of it to choose without reading all of it again. */
const LONGEST_MASKED = 2000;

/** Turns offsets of one text into lines and columns. */
export class Lines {
  readonly #starts: number[] = [0];
  readonly #text: string;
  /** The last one: who compares it with itself need not look into it. */
  #read: { number: number; text: string } | undefined;
  /** Of the last long line: all findings of a file may stand on one. */
  #judged: { line: number; safe: string } | undefined;

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  position(span: Span): Position {
    const [line, column] = this.#at(span.start);
    const [endLine, endColumn] = this.#at(Math.max(span.start, span.end));
    return { line, column, endLine, endColumn };
  }

  /** The text of a line, from 1; empty where there is none. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return '';
    if (this.#read?.number !== number) {
      const text = this.#text.slice(start, (this.#starts[number] ?? this.#text.length + 1) - 1).trimEnd();
      this.#read = { number, text };
    }
    return this.#read.text;
  }

  /** @param hidden what of the text is secret; undefined where its parts are not known, and the text must tell */
  excerpt({ line, column }: Position, hidden: readonly Span[] | undefined): Excerpt {
    const whole = this.line(line);
    const offset = whole.length <= LONGEST_EXCERPT ? 0 : Math.max(0, column - 1 - LONGEST_EXCERPT / 3);
    // Masked before it is cut: half a secret must not escape for want of its key.
    const safe = this.#safe(line, whole, hidden);
    if (safe === whole) return { text: whole.slice(offset, offset + LONGEST_EXCERPT), offset };
    return { text: safe.length <= LONGEST_EXCERPT ? safe : '', offset: 0, masked: true };
  }

  #safe(line: number, whole: string, hidden: readonly Span[] | undefined): string {
    const parts = hidden === undefined ? [] : this.#within(line, hidden);
    if (whole.length <= LONGEST_MASKED)
      return hidden === undefined ? this.#guarded(line) : redactText(mask(whole, parts));
    if (parts.length > 0) return '';
    if (this.#judged?.line !== line) {
      const safe = hidden === undefined ? this.#guarded(line) : redactText(whole);
      this.#judged = { line, safe: safe === whole ? whole : '' };
    }
    return this.#judged.safe;
  }

  /** The parts of spans that are on a line, counted from its beginning. */
  #within(line: number, spans: readonly Span[]): Span[] {
    const from = this.#starts[line - 1] ?? 0;
    const { length } = this.line(line);
    const parts = spans
      .map(({ start, end }) => ({ start: Math.max(0, start - from), end: Math.min(length, end - from) }))
      .filter(({ start, end }) => start < end)
      .sort((a, b) => a.start - b.start);
    // Where one is within another, such as an alias, the outer one counts.
    let end = 0;
    return parts.filter((part) => {
      if (part.start < end) return false;
      end = part.end;
      return true;
    });
  }

  /** A line of a text that nothing could be made of: what comes behind a secret's name is not shown, nor what goes on from it. */
  #guarded(line: number): string {
    const whole = this.line(line);
    const before = this.line(line - 1);
    const open = secretNameIn(before);
    if (open !== undefined && /[:=|>\-,["']\s*$/.test(before.slice(open))) return MASK;
    const end = secretNameIn(whole);
    return end === undefined
      ? redactText(whole)
      : `${redactText(whole.slice(0, end))}${whole.length > end ? ` ${MASK}` : ''}`;
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

/** Where the first secret's name in a line ends. */
function secretNameIn(line: string): number | undefined {
  for (const { 0: name, index } of line.matchAll(/[\w.$-]{2,200}/g)) if (isSecretName(name)) return index + name.length;
  return undefined;
}

/** Where a document has secrets: values of keys that say so, with all that is below them, and values that hold credentials. */
export function secretSpansIn(value: unknown, locate: Locate, isSecret: (key: string) => boolean): Span[] {
  const spans: Span[] = [];
  const walk = (part: unknown, path: KeyPath) => {
    const isText = typeof part === 'string';
    if (part === null || part === undefined || (isText && part === '')) return;
    const key = path.findLast((one) => !/^\d+$/.test(one)) ?? '';
    if (path.length > 0 && (isSecret(key) || (isText && holdsSecret(part)))) {
      if (isText && REFERENCE_ONLY.test(part)) return;
      const span = locate(path)?.value;
      if (span) spans.push(span);
      return;
    }
    if (typeof part === 'object') for (const [name, inner] of Object.entries(part)) walk(inner, [...path, name]);
  };
  walk(value, []);
  return spans;
}
