/** Defaults of the dlq commands; in a file of their own, so that the help loads nothing else. */
export const DEFAULTS = {
  /** A record that failed again after these many replays is skipped. */
  maxAttempts: 3,
  /** Records that one run quarantines. */
  maxRecords: 1,
} as const;
