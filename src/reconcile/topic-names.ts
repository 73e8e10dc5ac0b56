import { listItems, namePatterns } from '../connect/lists.ts';
import type { EngineName } from './model.ts';
import { passTransforms } from './transforms.ts';

type Config = Readonly<Record<string, string>>;

/** A table of a Debezium source. @property database for SQL Server, whose connectors read several */
export interface SourceTable {
  database?: string | undefined;
  schema?: string | undefined;
  name: string;
}

interface SourceClass {
  of: RegExp;
  engine: EngineName;
  /** What stands between prefix and table in a topic's name. */
  parts: 'schema' | 'database' | 'database.schema';
  strategy: string;
}

const SOURCES: readonly SourceClass[] = [
  { of: /\.PostgresConnector$/, engine: 'postgresql', parts: 'schema', strategy: 'Schema' },
  { of: /\.(MySql|MariaDb)Connector$/, engine: 'mysql', parts: 'database', strategy: 'Default' },
  { of: /\.SqlServerConnector$/, engine: 'sqlserver', parts: 'database.schema', strategy: 'Schema' },
];

function sourceClass(config: Config): SourceClass | undefined {
  return SOURCES.find(({ of }) => of.test(config['connector.class'] ?? ''));
}

/** The engine that a Debezium source reads, or undefined for another class. */
export function sourceEngine(config: Config): EngineName | undefined {
  return sourceClass(config)?.engine;
}

/** Kafka's longest name of a topic; Debezium cuts longer ones off. */
const MAX_TOPIC = 249;

/**
 * What Debezium writes for the characters that a topic's name cannot have: an underscore for each UTF-16 code unit, or
 * with a naming strategy of the Unicode kind `_u` and its number, for an underscore too.
 * @see io.debezium.schema.AbstractTopicNamingStrategy.sanitizedTopicName
 */
export function sanitizedTopic(topic: string, { unicode = false } = {}): string {
  const sanitized = unicode
    ? topic.replaceAll(/[^a-zA-Z0-9.-]/g, (unit) => {
        const hex = unit.charCodeAt(0).toString(16);
        return `_u${hex.length <= 2 ? `00${hex}` : hex}`;
      })
    : topic.replaceAll(/[^a-zA-Z0-9._-]/g, '_');
  return sanitized.slice(0, MAX_TOPIC);
}

/**
 * The topic that a source writes a table's changes to, by its naming strategy and the routers among its transforms.
 * Several tables may have one. Undefined where the configuration does not tell.
 */
export function topicOfTable(config: Config, table: SourceTable): string | undefined {
  const topic = namedTopic(config, table);
  const routed = topic === undefined ? undefined : routedTopic(config, topic);
  return typeof routed === 'string' ? routed : undefined;
}

/** The topic of a table by the naming strategy alone, as a source's own transforms meet it. */
export function namedTopic(config: Config, table: SourceTable): string | undefined {
  const source = sourceClass(config);
  if (source === undefined) return undefined;
  const strategy = namingStrategy(config, source);
  if (strategy === undefined) return undefined;
  const parts = source.parts === 'database.schema' ? [table.database, table.schema] : [table.schema];
  // Debezium leaves blank parts out.
  const named = [config['topic.prefix'], ...parts, table.name].filter((part) => (part ?? '').trim() !== '');
  return sanitizedTopic(named.join(delimiterOf(config)), strategy);
}

function namingStrategy(config: Config, { strategy }: SourceClass): { unicode: boolean } | undefined {
  const name = /[^.]*$/.exec(config['topic.naming.strategy'] ?? '')?.[0] ?? '';
  if (name === '' || name === `${strategy}TopicNamingStrategy`) return { unicode: false };
  return name === `${strategy}UnicodeTopicNamingStrategy` ? { unicode: true } : undefined;
}

function delimiterOf(config: Config): string {
  return config['topic.delimiter'] ?? '.';
}

/** What all topics of a source's tables begin with. */
export function topicStart(config: Config): string {
  return `${config['topic.prefix'] ?? ''}${delimiterOf(config)}`;
}

/** A topic's table by the parts of its name alone; undefined where it does not have as many as a table's would. */
export function tableOfTopic(config: Config, topic: string): SourceTable | undefined {
  const rest = topic.slice(topicStart(config).length).split(delimiterOf(config));
  if (sourceClass(config)?.parts === 'database.schema') {
    const [database, schema, name] = rest;
    return rest.length === 3 && database !== undefined && name !== undefined ? { database, schema, name } : undefined;
  }
  const [schema, name] = rest;
  return rest.length === 2 && name !== undefined ? { schema, name } : undefined;
}

/** Of a source that reads several databases, the one that a topic's table is in; undefined where there is one only. */
export function databaseOfTopic(config: Config, topic: string): string | undefined {
  return databases(config)
    .sort((a, b) => b.length - a.length)
    .find((name) => topic.startsWith(sanitizedTopic(`${topicStart(config)}${name}${delimiterOf(config)}`)));
}

/** The databases that a SQL Server source reads; none for other engines, which read one, or all as schemas. */
export function databases(config: Config): string[] {
  return sourceEngine(config) === 'sqlserver' ? listItems(config['database.names']) : [];
}

/** Topics of a source that hold no rows of tables: transactions, and messages in PostgreSQL's log. */
export function holdsNoTable(config: Config, topic: string): boolean {
  const rest = topic.slice(topicStart(config).length);
  return rest === (config['topic.transaction'] ?? 'transaction') || rest === 'message';
}

/** Whether the source's lists of tables let this one through. */
export function isCaptured(config: Config, table: SourceTable): boolean {
  const schemaKey = sourceEngine(config) === 'mysql' ? 'database' : 'schema';
  const allowed = (key: string, names: readonly string[]) => {
    const included = namePatterns(config[`${key}.include.list`]);
    const excluded = namePatterns(config[`${key}.exclude.list`]);
    const fits = (patterns: typeof included) => patterns.some((one) => names.some((name) => one.test(name)));
    return (included.length === 0 || fits(included)) && !fits(excluded);
  };
  const full = `${table.schema}.${table.name}`;
  return (
    allowed(schemaKey, [table.schema ?? '']) &&
    allowed('table', table.database === undefined ? [full] : [full, `${table.database}.${full}`])
  );
}

/**
 * Whether the source's list of tables names this one, so that its rows are to come. One that was added to the list of a running
 * connector comes by no topic before it is written to, and its older rows never do.
 */
export function isListed(config: Config, table: SourceTable): boolean {
  const full = [table.database, table.schema, table.name].filter((part) => part !== undefined).join('.');
  // Rows of this one are for the connector itself.
  if (config['signal.data.collection'] === full) return false;
  return (config['table.include.list'] ?? '') !== '' && isCaptured(config, table);
}

/** Whether a source's list of columns that it leaves out has this one; Debezium asks for the whole of its name, case aside. */
export function isExcludedColumn(config: Config, table: SourceTable, column: string): boolean {
  const full = `${table.schema}.${table.name}.${column}`;
  const names = table.database === undefined ? [full] : [full, `${table.database}.${full}`];
  return namePatterns(config['column.exclude.list']).some((one) => names.some((name) => one.test(name)));
}

/** Where the routers among a connector's transforms send a topic's records, or why that cannot be told. */
export function routedTopic(config: Config, topic: string): string | { reason: string } {
  const { topic: routed, reason = 'its transforms cannot be followed' } = passTransforms(config, topic);
  return routed ?? { reason };
}
