import type { Count, Integer } from '../../text/numbers.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** @title A line on stderr with --log-format json */
export interface LogDocument extends LogFields {
  level: LogLevel;
  /** ISO 8601, UTC */
  time: string;
  msg: string;
}

/** What a line says besides its message. */
export interface LogFields {
  /** `reconcile schedule`; absent for an error before a command was found. */
  command?: string;
  /** Of a step of the work: it began, it ended, it failed. */
  step?: 'began' | 'done' | 'failed';
  /** What a step found or did. */
  detail?: string;
  /** How long a step took. */
  durationMs?: Count;
  /**
   * The error's code (docs/errors.md).
   * @asType string
   */
  code?: string;
  /** What to do about an error. */
  hint?: string;
  /** The exit code that an error leads to. */
  exitCode?: Integer;
  /** Where an error and its causes came from (--verbose). */
  stack?: string;
}
