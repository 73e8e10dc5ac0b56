import { listItems } from '../text/lists.ts';
import type { CapturedTable, WantedTable } from './model.ts';
import { readPipeline, targetTable } from './pipeline.ts';
import { databases, topicOfTable } from './topic-names.ts';

interface Connector {
  name: string;
  config: Readonly<Record<string, string>>;
}

/**
 * Topics of a source connector's tables, as Debezium names them.
 * @param database of a SQL Server connector that captures several; the first, if none is given
 */
export function topicOf(config: Connector['config'], { schema, name }: CapturedTable, database?: string): string {
  const named = database ?? databases(config)[0];
  return topicOfTable(config, { database: named, schema, name }) ?? `${config['topic.prefix'] ?? ''}.${schema}.${name}`;
}

/**
 * The tables that a sink is to write: those its settings name, and those of captured tables that its expression
 * matches. Pure.
 * @param captured topic to the table that feeds it, for the sources that could be read
 */
export function wantedTables(
  sink: Connector,
  connectors: readonly Connector[],
  captured: ReadonlyMap<string, CapturedTable>,
): WantedTable[] {
  const named = listItems(sink.config['topics']);
  const { tables, unknown } = readPipeline(sink, connectors, [...new Set([...named, ...captured.keys()])]);
  const wanted = tables.map(({ topic, to }) => ({ ...to, topic, sourceKey: captured.get(topic)?.primaryKey }));
  // A topic that no source of these files fills still has its table.
  const others = unknown.flatMap(({ topic }): WantedTable[] => {
    const table = targetTable(sink.config, topic);
    return 'reason' in table ? [] : [{ ...table, topic }];
  });
  const byTable = new Map([...wanted, ...others].map((table) => [`${table.schema ?? ''}.${table.name}`, table]));
  return [...byTable.values()];
}
