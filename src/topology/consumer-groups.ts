/** The consumer group of a sink: Connect's own name for it, unless the connector overrides it (KIP-458). */
export function sinkGroup(name: string, config: Readonly<Record<string, string>>): string {
  return config['consumer.override.group.id'] || `connect-${name}`;
}

/**
 * Whether a sink that has committed nothing in a partition reads it from its first record on, as Connect's default is. Else it
 * began where the partition ended then, and that is not known.
 */
export function beginsAtFirst(config: Readonly<Record<string, string>>): boolean {
  return /^\s*(?:earliest)?\s*$/i.test(config['consumer.override.auto.offset.reset'] ?? '');
}
