import { redactText } from '../text/redact.ts';
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

/** Turns offsets of one text into lines and columns. */
export class Lines {
  readonly #starts: number[] = [0];
  readonly #text: string;

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
    return this.#text.slice(start, (this.#starts[number] ?? this.#text.length + 1) - 1).trimEnd();
  }

  excerpt({ line, column }: Position): Excerpt {
    const whole = this.line(line);
    const offset = whole.length <= LONGEST_EXCERPT ? 0 : Math.max(0, column - 1 - LONGEST_EXCERPT / 3);
    // Masked before it is cut: half a secret must not escape for want of its key.
    const safe = redactText(whole);
    if (safe === whole) return { text: whole.slice(offset, offset + LONGEST_EXCERPT), offset };
    return { text: safe.length <= LONGEST_EXCERPT ? safe : '', offset: 0, masked: true };
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
