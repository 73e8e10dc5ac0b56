/** The consumer group of a sink: Connect's own name for it, unless the connector overrides it (KIP-458). */
export function sinkGroup(name: string, config: Readonly<Record<string, string>>): string {
  return config['consumer.override.group.id'] || `connect-${name}`;
}
