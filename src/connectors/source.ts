import type { Position } from './finding.ts';

/** A path of keys from the document's root. */
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

/** Turns offsets of one text into lines and columns. */
export class Lines {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  position(span: Span): Position {
    const [line, column] = this.#at(span.start);
    const [endLine, endColumn] = this.#at(Math.max(span.start, span.end));
    return { line, column, endLine, endColumn };
  }

  #at(offset: number): [line: number, column: number] {
    const within = Math.min(Math.max(offset, 0), this.#length);
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
