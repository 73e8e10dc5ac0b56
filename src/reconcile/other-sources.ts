import { namePatterns } from '../connect/lists.ts';
import { type PipelineConnector, type SharedWith, sourceDatabases } from './pipeline.ts';
import { existingTableText } from './table-names.ts';
import { databases, isCaptured, type SourceTable, sourceEngine, topicOfTable } from './topic-names.ts';
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
    const unknown = { name: `tables of ${name}`, known: false };
    try {
      const brings = (table: SourceTable) => topicOfTable(config, table) === topic;
      // Another connector of the same table brings the same rows.
      if (isSameDatabase(config, source.config) && brings(from)) return [];
      const table = candidates(config, from).find((one) => isCaptured(config, one) && brings(one));
      if (table !== undefined) return [{ name: `${existingTableText(table)} (of ${name})`, known: false }];
    } catch {
      // An expression of its routers that cannot be read here is no reason to refuse this pipeline.
      return [unknown];
    }
    return routedTo(config).some((pattern) => pattern.test(topic)) ? [unknown] : [];
  });
}

function candidates(config: PipelineConnector['config'], { schema, name }: SourceTable): SourceTable[] {
  const several = databases(config);
  const schemas = new Set([schema, ...sourceDatabases(config), 'public', 'dbo']);
  const alike = [...schemas].flatMap((one): SourceTable[] =>
    several.length === 0 ? [{ schema: one, name }] : several.map((database) => ({ database, schema: one, name })),
  );
  const listed = namePatterns(config['table.include.list']).flatMap(({ written }): SourceTable[] => {
    const parts = written.replaceAll('\\.', '.');
    const [table, in_, database] = parts.split('.').reverse();
    return /^[\w.$-]+$/.test(parts) && table !== undefined ? [{ database, schema: in_, name: table }] : [];
  });
  return [...listed, ...alike];
}

function isSameDatabase(a: PipelineConnector['config'], b: PipelineConnector['config']): boolean {
  const keys = ['connector.class', 'database.hostname', 'database.port', 'database.dbname', 'database.names'];
  return keys.every((key) => a[key] === b[key]);
}
