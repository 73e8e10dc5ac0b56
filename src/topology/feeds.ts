import type { ConnectorConfig } from '../connect/types.ts';
import { takesWhole } from '../text/foreign-pattern.ts';
import { javaRegexInJavaScript } from '../text/java-regex.ts';
import { listItems } from '../text/lists.ts';
import { isNamedSource } from './connector-class.ts';

/** What decides the order of one connector. */
export interface Ordered {
  name: string;
  config: ConnectorConfig;
}

/** True for a connector that reads topics: every sink names them, no source does. */
export function readsTopics(config: ConnectorConfig): boolean {
  return Boolean(config['topics'] || config['topics.regex']) && !isNamedSource(config['connector.class']);
}

/**
 * The sources among `all` whose topics a sink may read. If a sink starts first, the broker creates the topics with its
 * own number of partitions instead of the source's.
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
  // The topics of a prefix are not known in advance; a pattern for them names the prefix or matches anything.
  const literal = regex.replace(/^\^/, '').replaceAll('\\.', '.').replaceAll('\\-', '-');
  return (
    literal.startsWith(prefix) || takesTopic(regex, `${prefix}.schema.table`) || takesTopic(regex, `${prefix}table`)
  );
}

/** Whether `topics.regex` takes a topic; false if JavaScript may read the expression in another way than Java. */
export function takesTopic(regex: string | undefined, topic: string): boolean {
  const expression = regex === undefined ? undefined : javaRegexInJavaScript(regex);
  return expression !== undefined && takesWhole(expression, topic) === true;
}

/**
 * Whether a sink may read a topic, by its configuration. Its committed offsets do not tell: they stay when it is given other
 * topics. True where it is not known: of values that the worker fills in, and of expressions that JavaScript may read in
 * another way than Java.
 */
export function mayRead({ topics, 'topics.regex': regex }: ConnectorConfig): (topic: string) => boolean {
  const isKnown = !`${topics ?? ''}${regex ?? ''}`.includes('${');
  const named = new Set(listItems(topics));
  if (isKnown && named.size > 0) return (topic) => named.has(topic);
  const expression = isKnown && regex ? javaRegexInJavaScript(regex) : undefined;
  return (topic) => expression === undefined || takesWhole(expression, topic) !== false;
}
