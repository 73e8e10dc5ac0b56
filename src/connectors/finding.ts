import type { Integer } from '../text/numbers.ts';
/** The rules of schemas/rules.json. */
export type RuleId = keyof typeof import('../../schemas/rules.json', { with: { 'resolution-mode': 'import' }})['rules'];

/** `error` stops a deploy and makes `validate` exit 11; `warning` should be checked; `note` only informs. */
export type Severity = 'error' | 'warning' | 'note';

/** Lines and columns count from 1, columns in UTF-16 code units; the end is exclusive. */
export interface Position {
  line: Integer;
  column: Integer;
  endLine: Integer;
  endColumn: Integer;
}

/** One problem, with its position. */
export interface Finding {
  /**
   * Stable id; docs/rules.md has a section for each.
   * @asType string
   */
  rule: RuleId;
  severity: Severity;
  /** What is wrong. Never contains a secret's text. */
  message: string;
  /** What to write instead, if known. */
  hint?: string;
  /** As given; `-` for stdin. */
  file: string;
  /** Name of the connector. */
  connector?: string;
  /** The config key it concerns. */
  key?: string;
  /** Other keys that it concerns equally. */
  also?: string[];
  /** Lines and columns count from 1, the end is exclusive; absent if the finding is about the whole file. */
  position?: Position;
  /** The line it points at, if that helps. */
  excerpt?: Excerpt;
}

/** A line of the file, or the part of a long one around a position, with secrets masked. */
export interface Excerpt {
  text: string;
  /** The position of its first character in the line, from 0. */
  offset: number;
  /** A secret was masked: later columns differ from the file. */
  masked?: true;
}
