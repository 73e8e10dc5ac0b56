/** How the databases of sources are asked again and again; times in ms. */
export const POOL = {
  connectTimeout: 5_000,
  /** For one query of a catalog. */
  statementTimeout: 5_000,
  /** For everything that is asked of one database at a time, with opening a session. */
  deadline: 15_000,
  /** For closing a session. */
  goodbye: 2_000,
  /** A session that was not used for this long is closed. */
  idle: 5 * 60_000,
  /** A session is replaced after this time. */
  age: 60 * 60_000,
  /** Databases asked at the same time. */
  databases: 8,
} as const;
