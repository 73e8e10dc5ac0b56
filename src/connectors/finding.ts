/** `error` stops a deploy and makes `validate` exit 11; `warning` deserves a look; `note` only tells. */
export type Severity = 'error' | 'warning' | 'note';

/** A stretch of a text file. Lines and columns count from 1, columns in UTF-16 code units; `end` is exclusive. */
export interface Position {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** One thing that is wrong or doubtful, and where. */
export interface Finding {
  /** Stable id, as `sluice.yaml` and docs/rules.md name it. */
  rule: string;
  severity: Severity;
  /** What is wrong. Never contains a secret's text. */
  message: string;
  /** What to write instead, where that is known. */
  hint?: string;
  /** The path as it was given; `-` for stdin. */
  file: string;
  /** The connector's name, where the file is one. */
  connector?: string;
  /** The config key it is about. */
  key?: string;
  /** Other keys that it is about as much. */
  also?: string[];
  /** Absent where the finding is about the file as a whole. */
  position?: Position;
  /** The line it points at, as far as it helps. */
  excerpt?: Excerpt;
}

/** A line of the file, or the part of a long one around a position, with secrets masked. */
export interface Excerpt {
  text: string;
  /** Where its first character stands in the line, from 0. */
  offset: number;
  /** A secret was masked: columns behind it are not those of the file. */
  masked?: true;
}
