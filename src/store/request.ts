/** What the history shows and keeps unless a request says otherwise. */
export const DEFAULTS = {
  /** Entries shown, the latest first. */
  limit: 20,
  /** Comparisons kept. */
  keepRuns: 1000,
  /** Status reports kept per cluster. */
  keepReports: 500,
} as const;
