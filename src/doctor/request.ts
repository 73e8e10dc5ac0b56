/** How doctor works unless a request says otherwise; times in ms. */
export const DEFAULTS = {
  /** Between two samples: what moves is seen to move. */
  pause: 2_000,
  /** For a connection to a database. */
  connectTimeout: 5_000,
  /** For one query of a catalog. */
  statementTimeout: 5_000,
  /** For everything that is asked of one database. */
  databaseDeadline: 15_000,
  /** For everything that is read of Kafka's records. */
  recordsDeadline: 15_000,
  /** Databases asked at the same time. */
  databases: 8,
} as const;
