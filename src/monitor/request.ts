/** What `status` does unless a request says otherwise; times in ms. */
export const DEFAULTS = {
  /** Between two polls of a watch. */
  interval: 2_000,
} as const;
