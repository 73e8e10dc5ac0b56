import type { Count, Integer } from '../../text/numbers.ts';

/** @title A line on stderr with --log-format json */
export interface LogDocument {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** ISO 8601, UTC */
  time: string;
  msg: string;
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

export type LogLevel = LogDocument['level'];

/** What a line says besides its message. */
export type LogFields = Omit<LogDocument, 'level' | 'time' | 'msg'>;

/** Writes a line of JSON to stderr. */
export type JsonLog = (level: LogLevel, message: string, fields?: LogFields) => void;
