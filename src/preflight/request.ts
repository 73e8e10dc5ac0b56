/** How long preflight waits unless a request says otherwise, ms. */
export const DEFAULTS = {
  /** For a connection. */
  connectTimeout: 10_000,
  /** For one query of a catalog. */
  statementTimeout: 30_000,
} as const;

/** A deploy must not wait long for a database that only the worker can reach. */
export const BEFORE_DEPLOY = { ...DEFAULTS, connectTimeout: 5_000 } as const;
