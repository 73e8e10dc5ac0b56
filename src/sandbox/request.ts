/** What `sandbox up` does unless a request says otherwise; times in ms. */
export const DEFAULTS = {
  /** Until every component is healthy. */
  timeout: 120_000,
} as const;
