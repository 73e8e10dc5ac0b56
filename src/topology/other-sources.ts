import { existingTableText } from '../databases/table-names.ts';
import { listItems } from '../text/lists.ts';
import { type PipelineConnector, type SharedWith, sourceDatabases } from './pipeline.ts';
import { databases, isCaptured, type SourceTable, sourceEngine, topicOfTable, topicStart } from './topic-names.ts';
import { routedTo } from './transforms.ts';

/**
 * Tables of other sources whose rows may be in a table's topic: by the same prefix, or by routers that write there.
 * Their catalogs are not read. It considers tables of the same name, tables listed individually, and what a router
 * writes.
 * @param others all connectors except the table's source
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
      // Another connector of the same table sends the same rows.
      if (isSameDatabase(config, source.config) && brings(from)) return [];
      const table =
        listedByTopic(config).get(topic) ??
        similarTables(config, from).find((one) => brings(one) && isCaptured(config, one));
      if (table !== undefined) return [{ name: `${existingTableText(table)} (of ${name})`, known: false }];
    } catch {
      // A router expression that cannot be evaluated here is no reason to refuse this pipeline.
      return [unknown];
    }
    return routedTo(config).some((pattern) => pattern.test(topic)) ? [unknown] : [];
  });
}

const listed = new WeakMap<PipelineConnector['config'], Map<string, SourceTable>>();

/** Tables that a source's list names one by one, by their topics. Cached, because there may be thousands of each. */
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

function similarTables(config: PipelineConnector['config'], { schema, name }: SourceTable): SourceTable[] {
  const several = databases(config);
  return [...new Set([schema, ...sourceDatabases(config), 'public', 'dbo'])].flatMap((one): SourceTable[] =>
    several.length === 0 ? [{ schema: one, name }] : several.map((database) => ({ database, schema: one, name })),
  );
}

function isSameDatabase(a: PipelineConnector['config'], b: PipelineConnector['config']): boolean {
  const keys = ['connector.class', 'database.hostname', 'database.port', 'database.dbname', 'database.names'];
  return keys.every((key) => a[key] === b[key]);
}
