import { listItems } from '../connect/lists.ts';
import { type PipelineConnector, type SharedWith, sourceDatabases } from './pipeline.ts';
import { existingTableText } from './table-names.ts';
import { databases, isCaptured, type SourceTable, sourceEngine, topicOfTable, topicStart } from './topic-names.ts';
import { routedTo } from './transforms.ts';

/**
 * Tables of other sources whose rows may be in a table's topic: with one prefix, or by routers that write there. Their catalogs are
 * not read. Looked for are tables of the same name, those that the lists of tables name one by one, and what a router writes.
 * @param others all connectors but the table's own source
 */
export function tablesOfOthers(
  others: readonly PipelineConnector[],
  source: PipelineConnector,
  topic: string,
  from: SourceTable,
): SharedWith[] {
  return others.flatMap(({ name, config }) => {
    if (sourceEngine(config) === undefined) return [];
    if (listItems(config.transforms).length === 0 && !topic.startsWith(topicStart(config))) return [];
    const unknown = { name: `tables of ${name}`, known: false };
    try {
      const brings = (table: SourceTable) => topicOfTable(config, table) === topic;
      // Another connector of the same table brings the same rows.
      if (isSameDatabase(config, source.config) && brings(from)) return [];
      const table =
        listedByTopic(config).get(topic) ?? alike(config, from).find((one) => brings(one) && isCaptured(config, one));
      if (table !== undefined) return [{ name: `${existingTableText(table)} (of ${name})`, known: false }];
    } catch {
      // An expression of its routers that cannot be read here is no reason to refuse this pipeline.
      return [unknown];
    }
    return routedTo(config).some((pattern) => pattern.test(topic)) ? [unknown] : [];
  });
}

const listed = new WeakMap<PipelineConnector['config'], Map<string, SourceTable>>();

/** Tables that a source's list names one by one, by their topics; there may be thousands, and as many tables to ask for. */
function listedByTopic(config: PipelineConnector['config']): Map<string, SourceTable> {
  const known = listed.get(config);
  if (known !== undefined) return known;
  const tables = new Map<string, SourceTable>();
  for (const item of listItems(config['table.include.list'])) {
    const written = item.replaceAll('\\.', '.');
    const [name, schema, database] = written.split('.').reverse();
    if (!/^[\w.$-]+$/.test(written) || name === undefined) continue;
    const table = { database, schema, name };
    const topic = topicOfTable(config, table);
    if (topic !== undefined) tables.set(topic, table);
  }
  listed.set(config, tables);
  return tables;
}

function alike(config: PipelineConnector['config'], { schema, name }: SourceTable): SourceTable[] {
  const several = databases(config);
  return [...new Set([schema, ...sourceDatabases(config), 'public', 'dbo'])].flatMap((one): SourceTable[] =>
    several.length === 0 ? [{ schema: one, name }] : several.map((database) => ({ database, schema: one, name })),
  );
}

function isSameDatabase(a: PipelineConnector['config'], b: PipelineConnector['config']): boolean {
  const keys = ['connector.class', 'database.hostname', 'database.port', 'database.dbname', 'database.names'];
  return keys.every((key) => a[key] === b[key]);
}
