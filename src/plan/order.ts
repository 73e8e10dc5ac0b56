import { listItems } from '../connect/lists.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { takesWhole } from '../text/foreign-pattern.ts';

/** What decides the order of one connector. */
export interface Ordered {
  name: string;
  config: ConnectorConfig;
}

/** True for a connector that reads topics: every sink names them, no source does. */
export function readsTopics(config: ConnectorConfig): boolean {
  return Boolean(config['topics'] || config['topics.regex']);
}

/**
 * The sources among `all` whose topics a sink may read. A sink that starts before its source would have the broker make
 * the topics, with the broker's number of partitions instead of the source's.
 */
export function sourcesOf<T extends Ordered>(sink: Ordered, all: readonly T[]): T[] {
  if (!readsTopics(sink.config)) return [];
  return all.filter((other) => !readsTopics(other.config) && mayFeed(other.config, sink.config));
}

function mayFeed(source: ConnectorConfig, sink: ConnectorConfig): boolean {
  const written = source['topic'] ?? source['kafka.topic'];
  const prefix = source['topic.prefix'];
  const topics = listItems(sink['topics']);
  if (written !== undefined && (topics.includes(written) || takesTopic(sink['topics.regex'], written))) return true;
  if (prefix === undefined || prefix === '') return false;
  if (topics.some((topic) => topic.startsWith(prefix))) return true;
  const regex = sink['topics.regex'];
  if (regex === undefined) return false;
  // Which topics a prefix will bring is not known beforehand; a pattern for them names the prefix, or takes anything.
  const literal = regex.replace(/^\^/, '').replaceAll('\\.', '.').replaceAll('\\-', '-');
  return (
    literal.startsWith(prefix) || takesTopic(regex, `${prefix}.schema.table`) || takesTopic(regex, `${prefix}table`)
  );
}

/** Whether `topics.regex` takes a topic. */
export function takesTopic(regex: string | undefined, topic: string): boolean {
  // Java's patterns know more than ours; then nothing is decided by this one.
  return regex !== undefined && takesWhole(regex, topic) === true;
}
