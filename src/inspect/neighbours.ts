import { connectorType } from '../connect/connector.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { existingTableText } from '../databases/table-names.ts';
import { SluiceError } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { listItems } from '../text/lists.ts';
import { takesTopic } from '../topology/feeds.ts';
import { readPipeline } from '../topology/pipeline.ts';
import { namedTopics, topicUser } from '../topology/topics.ts';

/** A connector at the other end of topics. */
export interface Neighbour {
  connector: string;
  /** Topics that one writes and the other reads; none if their configurations fit, but no such topic is known. */
  topics: string[];
  /** If the settings of both determine them. */
  tables: { topic: string; from: string; to: string }[];
}

/**
 * Sources whose topics a sink reads, or sinks that read a source's topics, by their configurations. Pure.
 * @param topics known topics of the cluster
 * @param used those that the connector has used: transforms of a source may send records to topics of any name
 */
export function neighboursOf(
  own: ListedConnector,
  all: readonly ListedConnector[],
  topics: readonly string[],
  used: readonly string[],
): Neighbour[] {
  const type = connectorType(own);
  if (type === 'unknown') return [];
  const isSink = type === 'sink';
  const others = all.filter(
    (other) => other.name !== own.name && connectorType(other) === (isSink ? 'source' : 'sink'),
  );
  const ownTopics = isSink ? topicReader(own.info.config) : topicUser(own.info.config);
  // What others name may not exist yet.
  const named = others.flatMap(({ info }) => (isSink ? namedTopics(info.config) : listItems(info.config['topics'])));
  const known = [...topics, ...namedTopics(own.info.config), ...named].filter(ownTopics);
  const its = [...new Set([...known, ...(isSink ? [] : used)])].sort();
  const found = others.flatMap((other): Neighbour[] => {
    const shared = its.filter(isSink ? topicUser(other.info.config) : topicReader(other.info.config));
    const [source, sink] = [ordered(isSink ? other : own), ordered(isSink ? own : other)];
    if (shared.length === 0 && !mayRead(sink.config, source.config)) return [];
    return [{ connector: other.name, topics: shared, tables: tables(source, sink, shared) }];
  });
  return found.sort((a, b) => compareTexts(a.connector, b.connector));
}

function ordered({ name, info }: ListedConnector): { name: string; config: ConnectorConfig } {
  return { name, config: info.config };
}

/** Whether an expression is for topics of a source's prefix, of which none may exist yet. */
function mayRead({ 'topics.regex': regex }: ConnectorConfig, { 'topic.prefix': prefix }: ConnectorConfig): boolean {
  if (!regex || !prefix) return false;
  const literal = regex.replace(/^[\^(]+/, '').replaceAll(/\\([.-])/g, '$1');
  return literal.startsWith(`${prefix}.`) || takesTopic(regex, `${prefix}.schema.table`);
}

function topicReader(sink: ConnectorConfig): (topic: string) => boolean {
  const names = new Set(listItems(sink['topics']));
  return (topic) => names.has(topic) || takesTopic(sink['topics.regex'], topic);
}

type Ordered = ReturnType<typeof ordered>;

function tables(source: Ordered, sink: Ordered, topics: readonly string[]): Neighbour['tables'] {
  try {
    return readPipeline(sink, [source], topics).tables.map(({ topic, from, to }) => ({
      topic,
      from: existingTableText(from),
      to: existingTableText(to),
    }));
  } catch (error) {
    // An expression that cannot be evaluated here: the tables are not known.
    if (error instanceof SluiceError) return [];
    throw error;
  }
}
