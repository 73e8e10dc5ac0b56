import type { EngineName } from '../databases/model.ts';
import { fitsAny, isFalse, listItems, namePatterns } from '../text/lists.ts';
import { type ConnectorClass, connectorClass } from './connector-class.ts';
import { passTransforms } from './transforms.ts';

type Config = Readonly<Record<string, string>>;

/** A table of a Debezium source. @property database for SQL Server, whose connectors read several */
export interface SourceTable {
  database?: string | undefined;
  schema?: string | undefined;
  name: string;
}

type SourceTopics = NonNullable<ConnectorClass['topics']>;

function sourceTopics(config: Config): SourceTopics | undefined {
  return connectorClass(config['connector.class']).topics;
}

/** The engine that a Debezium source reads, or undefined for another class. */
export function sourceEngine(config: Config): EngineName | undefined {
  return connectorClass(config['connector.class']).engine;
}

/** Kafka's longest name of a topic; Debezium cuts longer ones off. */
const MAX_TOPIC = 249;

/**
 * Debezium's replacement for characters that a topic's name cannot have: an underscore per UTF-16 code unit or, with a
 * Unicode naming strategy, `_u` and the code, also for underscores.
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
 * The topic to which a source writes a table's changes, by its naming strategy and its routers. Several tables may
 * share one. Undefined if the configuration does not determine it.
 */
export function topicOfTable(config: Config, table: SourceTable): string | undefined {
  const topic = namedTopic(config, table);
  const routed = topic === undefined ? undefined : routedTopic(config, topic);
  return typeof routed === 'string' ? routed : undefined;
}

/** The topic of a table by the naming strategy alone, as a source's own transforms meet it. */
export function namedTopic(config: Config, table: SourceTable): string | undefined {
  const source = sourceTopics(config);
  if (source === undefined) return undefined;
  const strategy = namingStrategy(config, source);
  if (strategy === undefined) return undefined;
  const parts = source.parts === 'database.schema' ? [table.database, table.schema] : [table.schema];
  // Debezium leaves blank parts out.
  const named = [config['topic.prefix'], ...parts, table.name].filter((part) => (part ?? '').trim() !== '');
  return sanitizedTopic(named.join(delimiterOf(config)), strategy);
}

function namingStrategy(config: Config, { strategy }: SourceTopics): { unicode: boolean } | undefined {
  const name = /[^.]*$/.exec(config['topic.naming.strategy'] ?? '')?.[0] ?? '';
  if (name === '' || name === `${strategy}TopicNamingStrategy`) return { unicode: false };
  return name === `${strategy}UnicodeTopicNamingStrategy` ? { unicode: true } : undefined;
}

/** Whether a Debezium source replaces parts of its topics' names: otherwise it reads neither topic.regex nor topic.replacement. */
export function namesTopicsByRegex(config: Config): boolean {
  return /^io\.debezium\.schema\.(?:Default|Schema)RegexTopicNamingStrategy$/.test(
    config['topic.naming.strategy'] ?? '',
  );
}

function delimiterOf(config: Config): string {
  return config['topic.delimiter'] ?? '.';
}

/** The common start of all topics of a source's tables. */
export function topicStart(config: Config): string {
  return `${config['topic.prefix'] ?? ''}${delimiterOf(config)}`;
}

/** A topic's table by the parts of its name; undefined if their number does not fit. */
export function tableOfTopic(config: Config, topic: string): SourceTable | undefined {
  const rest = topic.slice(topicStart(config).length).split(delimiterOf(config));
  if (sourceTopics(config)?.parts === 'database.schema') {
    const [database, schema, name] = rest;
    return rest.length === 3 && database !== undefined && name !== undefined ? { database, schema, name } : undefined;
  }
  const [schema, name] = rest;
  return rest.length === 2 && name !== undefined ? { schema, name } : undefined;
}

/** The database of a topic's table, for a source that reads several; undefined if there is only one. */
export function databaseOfTopic(config: Config, topic: string): string | undefined {
  return databases(config)
    .sort((a, b) => b.length - a.length)
    .find((name) => topic.startsWith(sanitizedTopic(`${topicStart(config)}${name}${delimiterOf(config)}`)));
}

/** The databases of a source that reads several (SQL Server's); none for others, which read one, or all as schemas. */
export function databases(config: Config): string[] {
  const { databaseList } = connectorClass(config['connector.class']);
  return databaseList === undefined ? [] : listItems(config[databaseList]);
}

/** Topics of a source that hold no rows of tables: transactions, and messages in PostgreSQL's log. */
export function holdsNoTable(config: Config, topic: string): boolean {
  const rest = topic.slice(topicStart(config).length);
  return rest === (config['topic.transaction'] ?? 'transaction') || rest === 'message';
}

/** The topic to which a source writes changes of its tables' columns; undefined if it writes none, or its name is not known. */
export function schemaTopic(config: Config): string | undefined {
  const prefix = config['topic.prefix'] ?? '';
  const writes = connectorClass(config['connector.class']).schemaTopic && !isFalse(config['include.schema.changes']);
  if (!writes || prefix === '') return undefined;
  const routed = routedTopic(config, sanitizedTopic(prefix));
  return typeof routed === 'string' ? routed : undefined;
}

/** Where a source writes heartbeats, and how often; undefined if it writes none, or the topic's name is not known. */
export function heartbeat(config: Config): { topic: string; everyMs: number } | undefined {
  const everyMs = Number(config['heartbeat.interval.ms'] ?? 0);
  const prefix = config['topic.prefix'] ?? '';
  if (sourceEngine(config) === undefined || prefix === '' || !(everyMs > 0)) return undefined;
  const named = [config['topic.heartbeat.prefix'] ?? '__debezium-heartbeat', prefix].join(delimiterOf(config));
  const routed = routedTopic(config, sanitizedTopic(named));
  return typeof routed === 'string' ? { topic: routed, everyMs } : undefined;
}

/** Whether the source's lists of tables let this one through, or may: none must go unnoticed. */
export function isCaptured(config: Config, table: SourceTable): boolean {
  const { qualifiedBy = 'schema' } = connectorClass(config['connector.class']);
  const allowed = (key: string, names: readonly string[]) => {
    const included = namePatterns(config[`${key}.include.list`]);
    const isIncluded = included.length === 0 || fitsAny(included, names) !== false;
    return isIncluded && fitsAny(namePatterns(config[`${key}.exclude.list`]), names) !== true;
  };
  const full = `${table.schema}.${table.name}`;
  return (
    allowed(qualifiedBy, [table.schema ?? '']) &&
    allowed('table', table.database === undefined ? [full] : [full, `${table.database}.${full}`])
  );
}

/**
 * Whether the source should send this one's rows. A table added to a running connector's list has no topic until it is
 * written to, and its older rows never arrive.
 */
export function isExpected(config: Config, table: SourceTable): boolean {
  const full = [table.database, table.schema, table.name].filter((part) => part !== undefined).join('.');
  // Rows of this table are for the connector itself.
  return config['signal.data.collection'] !== full && isCaptured(config, table);
}

/** Whether a source's lists of columns leave this one out for sure; Debezium asks for the whole of its name, case aside. */
export function isExcludedColumn(config: Config, table: SourceTable, column: string): boolean {
  const names = namesOfColumn(table, column);
  const included = namePatterns(config['column.include.list']);
  const isIncluded = included.length === 0 || fitsAny(included, names) !== false;
  return !isIncluded || fitsAny(namePatterns(config['column.exclude.list']), names) === true;
}

/** The names by which a source's lists may mean a column. */
export function namesOfColumn(table: SourceTable, column: string): string[] {
  const full = `${table.schema}.${table.name}.${column}`;
  return table.database === undefined ? [full] : [full, `${table.database}.${full}`];
}

/** Where a connector's routers send a topic's records, or why that is unknown. */
export function routedTopic(config: Config, topic: string): string | { reason: string } {
  const { topic: routed, reason = 'its transforms cannot be followed' } = passTransforms(config, topic);
  return routed ?? { reason };
}
