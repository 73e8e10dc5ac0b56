/** What `sandbox up` and `sandbox logs` do unless a request says otherwise; times in ms. */
export const DEFAULTS = {
  /** Until every component is healthy. */
  timeout: 120_000,
  /** Lines of each log that are shown. */
  tail: 50,
} as const;
