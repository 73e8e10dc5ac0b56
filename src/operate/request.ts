/** Defaults of pause, resume, stop, restart, scale and delete; in a file of their own, so that the help loads nothing else. */
export const DEFAULTS = {
  wait: true,
  /** Give up after this long, ms. */
  timeout: 60_000,
  /** How long started tasks must keep running, ms. */
  stable: 5000,
  /** Records behind from which on a sink may need more tasks. */
  minLag: 1000,
} as const;
