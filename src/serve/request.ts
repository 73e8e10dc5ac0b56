/** Defaults of `sluice serve`. */
export const SERVE_DEFAULTS = {
  listen: '127.0.0.1:9464',
  everyMs: 10_000,
  databasesEveryMs: 30_000,
  driftEveryMs: 600_000,
} as const;
