/** Types of plugins that a worker lists. In a file of its own, so that help loads nothing else. */
export const LISTED_TYPES = ['source', 'sink', 'converter', 'header_converter', 'transformation', 'predicate'] as const;
