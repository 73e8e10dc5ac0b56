import { connectorType } from '../connect/connector.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { existingTableText } from '../databases/table-names.ts';
import { SluiceError } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { listItems } from '../text/lists.ts';
import { sourcesOf, takesTopic } from '../topology/feeds.ts';
import { readPipeline } from '../topology/pipeline.ts';
import { namedTopics, usesTopic } from '../topology/topics.ts';

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
  const others = all.filter((other) => other.name !== own.name && connectorType(other) === opposite(type));
  const found = others.flatMap((other) => {
    const [source, sink] = type === 'sink' ? [other, own] : [own, other];
    return neighbour(other.name, source, sink, { topics, sent: new Set(type === 'source' ? used : []) }) ?? [];
  });
  return found.sort((a, b) => compareTexts(a.connector, b.connector));
}

function opposite(type: 'source' | 'sink'): 'source' | 'sink' {
  return type === 'sink' ? 'source' : 'sink';
}

function neighbour(
  connector: string,
  source: ListedConnector,
  sink: ListedConnector,
  { topics, sent }: { topics: readonly string[]; sent: ReadonlySet<string> },
): Neighbour | undefined {
  const ends = { source: ordered(source), sink: ordered(sink) };
  const named = [...namedTopics(ends.source.config), ...listItems(ends.sink.config['topics'])];
  const shared = [...new Set([...topics, ...sent, ...named])]
    .filter((topic) => reads(ends.sink.config, topic) && (sent.has(topic) || usesTopic(ends.source.config, topic)))
    .sort();
  if (shared.length === 0 && sourcesOf(ends.sink, [ends.source]).length === 0) return undefined;
  return { connector, topics: shared, tables: tables(ends, shared) };
}

function ordered({ name, info }: ListedConnector): { name: string; config: ConnectorConfig } {
  return { name, config: info.config };
}

function reads(sink: ConnectorConfig, topic: string): boolean {
  return listItems(sink['topics']).includes(topic) || takesTopic(sink['topics.regex'], topic);
}

function tables(
  { source, sink }: Record<'source' | 'sink', ReturnType<typeof ordered>>,
  topics: readonly string[],
): Neighbour['tables'] {
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
