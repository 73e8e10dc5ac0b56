/** Types of plugins that a worker lists. In a file of its own, so that help loads nothing else. */
export const LISTED_TYPES = ['source', 'sink', 'converter', 'header_converter', 'transformation', 'predicate'] as const;

/** Defaults of `lag`. */
export const LAG_DEFAULTS = {
  /** How long a probe may take, ms. */
  timeout: 60_000,
} as const;
