import { type DatabaseAddress, formatDatabaseUrl, parameterOf, parseDatabaseUrl } from '../config/database-url.ts';
import { listItems } from '../connect/lists.ts';
import { isMasked } from '../connect/masks.ts';
import { type ColumnChanges, columnChanges } from './column-changes.ts';
import { javaRegex } from './java-regex.ts';
import type { EngineName } from './model.ts';
import type { TableReference } from './table-names.ts';
import { holdsNoTable, routedTopic, type SourceTable, sourceEngine, tableOfTopic, topicStart } from './topic-names.ts';

export { sourceEngine } from './topic-names.ts';

type Config = Readonly<Record<string, string>>;

export interface PipelineConnector {
  name: string;
  config: Config;
}

/** One table of a pipeline: where its rows come from, and where the sink puts them. */
export interface PipelineTable {
  topic: string;
  /** The source connector that fills the topic. */
  source: string;
  from: SourceTable;
  to: TableReference;
  /** What becomes of its columns. */
  changes: ColumnChanges;
  /** Other topics and tables whose rows go to the same target table, as far as the catalogs are known. */
  sharedWith?: SharedWith[];
}

/** A topic or a table. @property known false where the settings do not tell which table it goes to */
export interface SharedWith {
  name: string;
  known: boolean;
}

export interface Pipeline {
  sink: string;
  tables: PipelineTable[];
  /** Source connectors, by name. */
  sources: PipelineConnector[];
  /** Topics of the sink that no source connector of this cluster fills, or whose table cannot be told. */
  unknown: UnknownTopic[];
  /** All topics with the prefix of a source, also those whose table the name does not tell. */
  fed: { topic: string; source: PipelineConnector }[];
}

export interface UnknownTopic {
  topic: string;
  reason: string;
}

/**
 * Which table feeds which, as the sink's and the sources' configurations say. Pure.
 * @param topics all topics of the cluster, or those the sink has used
 */
export function readPipeline(
  sink: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
): Pipeline {
  const sources = connectors.filter(
    ({ config }) => sourceEngine(config) !== undefined && (config['topic.prefix'] ?? '') !== '',
  );
  const pipeline: Pipeline = { sink: sink.name, tables: [], sources: [], unknown: [], fed: [] };
  for (const topic of topics.filter(subscribedTopics(sink.config)).sort()) {
    const source = longestPrefix(sources, topic);
    if (source === undefined) {
      if (!isInternal(topic))
        pipeline.unknown.push({ topic, reason: 'no Debezium source of this cluster has its prefix' });
      continue;
    }
    if (holdsNoTable(source.config, topic)) continue;
    pipeline.fed.push({ topic, source });
    const from = tableOfTopic(source.config, topic);
    if (from === undefined) continue;
    const to = targetTable(sink.config, topic);
    if ('reason' in to) pipeline.unknown.push({ topic, reason: to.reason });
    else {
      if (!pipeline.sources.includes(source)) pipeline.sources.push(source);
      pipeline.tables.push({
        topic,
        source: source.name,
        from,
        to,
        changes: changesOf(sink.config, source.config, topic, from),
      });
    }
  }
  return pipeline;
}

/** All topics with rows in them that the sink reads, of whatever source. */
export function topicsRead({ fed, unknown }: Pipeline): string[] {
  return [...new Set([...fed, ...unknown].map(({ topic }) => topic))];
}

/**
 * What other JDBC sinks write to the database of a sink, as far as their addresses tell.
 * @param topics all of the cluster that are known
 */
export function topicsBeside(
  sink: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
): { topic: string; sink: PipelineConnector }[] {
  const own = databaseText(sink.config);
  const others = connectors.filter(
    ({ name, config }) =>
      name !== sink.name && /JdbcSink/.test(config['connector.class'] ?? '') && databaseText(config) === own,
  );
  return others.flatMap((other) =>
    [...new Set([...topics, ...listItems(other.config.topics)])]
      .filter(subscribedTopics(other.config))
      .filter((topic) => !isInternal(topic))
      .map((topic) => ({ topic, sink: other })),
  );
}

/** Whether a sink with this configuration reads a topic. */
export function subscribedTopics(config: Config): (topic: string) => boolean {
  const regex = config['topics.regex'];
  if (regex !== undefined && regex !== '') {
    const pattern = javaRegex(regex);
    return (topic) => pattern.test(topic);
  }
  const names = new Set(listItems(config.topics));
  return (topic) => names.has(topic);
}

function longestPrefix(sources: readonly PipelineConnector[], topic: string): PipelineConnector | undefined {
  return sources
    .filter(({ config }) => topic.startsWith(topicStart(config)))
    .sort((a, b) => (b.config['topic.prefix'] ?? '').length - (a.config['topic.prefix'] ?? '').length)[0];
}

function isInternal(topic: string): boolean {
  return topic.startsWith('__');
}

/** Settings that name tables in a way of their own, and what they say where they do not. */
const OWN_NAMES: readonly [string, RegExp][] = [
  ['collection.naming.strategy', /^$|\.DefaultCollectionNamingStrategy$/],
  ['table.naming.strategy', /^$|\.DefaultTableNamingStrategy$/],
  ['topics.to.tables.mapping', /^$/],
  ['table.name.normalize', /^(false)?$/i],
];

/** Where a JDBC sink puts a topic's rows, or why its settings alone do not tell. */
export function targetTable(config: Config, topic: string): { schema?: string; name: string } | { reason: string } {
  const debezium = isDebezium(config);
  const routed = routedTopic(config, topic);
  if (typeof routed !== 'string') return routed;
  const own = OWN_NAMES.find(([key, plain]) => !plain.test(config[key] ?? ''));
  if (own !== undefined) return { reason: `the tables are named by ${own[0]}=${config[own[0]]}` };
  const format = config['collection.name.format'] ?? config['table.name.format'] ?? '${topic}';
  // Debezium's sink writes underscores for the dots of a topic, Confluent's takes them for schema and table.
  const text = format.replaceAll('${topic}', debezium ? routed.replaceAll('.', '_') : routed);
  if (text.includes('${')) return { reason: `the name format ${format} needs the records themselves` };
  const parts = text.split('.');
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

/** What becomes of a table's columns between a source and a sink. */
export function changesOf(sink: Config, source: Config, topic: string | undefined, from: SourceTable): ColumnChanges {
  return columnChanges(sink, source, topic, from, { debezium: isDebezium(sink) });
}

function isDebezium(config: Config): boolean {
  const name = config['connector.class'] ?? '';
  return /\.JdbcSinkConnector$/.test(name) && /debezium/.test(name);
}

/** Databases that a source connector captures, as far as its configuration names them one by one. */
export function sourceDatabases(config: Config): string[] {
  const one = config['database.dbname'];
  if (one !== undefined) return [one];
  const several = listItems(config['database.names']);
  return several.length > 0
    ? several
    : listItems(config['database.include.list']).flatMap((name) => literalName(name) ?? []);
}

/**
 * The database URL that a source connector's configuration describes, with its password; undefined where one is lacking.
 * @param database of a connector that captures several; the first, if none is given
 */
export function sourceUrl(config: Config, database = sourceDatabases(config)[0]): string | undefined {
  const engine = sourceEngine(config);
  const host = config['database.hostname'];
  if (engine === undefined || host === undefined || isHidden(config['database.password'])) return undefined;
  const instance = engine === 'sqlserver' ? config['database.instance'] : undefined;
  const standard = instance === undefined ? STANDARD_PORTS[engine] : undefined;
  const ssl = config['database.sslmode'] ?? config['database.ssl.mode'];
  return urlOf({
    scheme: { postgresql: 'postgres', mysql: 'mysql', sqlserver: 'sqlserver' }[engine],
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(config['database.port'] ?? standard) || undefined,
    instance,
    user: config['database.user'],
    password: config['database.password'],
    database,
    parameters: engine === 'sqlserver' ? driverProperties(config) : sslParameter(engine, ssl),
  });
}

const STANDARD_PORTS: Record<EngineName, string> = { postgresql: '5432', mysql: '3306', sqlserver: '1433' };

/** What the connector hands to Microsoft's driver, as far as it matters to reach the server. */
function driverProperties(config: Config): Map<string, string> {
  const wanted = new Map(
    ['encrypt', 'trustServerCertificate', 'hostNameInCertificate'].map((name) => [name.toLowerCase(), name]),
  );
  const found = new Map<string, string>();
  // Debezium passes both on; `driver.` is the newer one.
  for (const prefix of ['database.', 'driver.']) {
    for (const [key, value] of Object.entries(config)) {
      const name = key.startsWith(prefix) ? wanted.get(key.slice(prefix.length).toLowerCase()) : undefined;
      if (name !== undefined) found.set(name, value);
    }
  }
  return found;
}

/** The same of a JDBC sink. */
export function sinkUrl(config: Config): string | undefined {
  let address: DatabaseAddress;
  try {
    address = parseDatabaseUrl(config['connection.url'] ?? '');
  } catch {
    return undefined;
  }
  const engine = ENGINES.get(address.scheme);
  const password = config['connection.password'] ?? address.password;
  if (engine === undefined || isHidden(password)) return undefined;
  return urlOf({
    ...address,
    scheme: engine === 'postgresql' ? 'postgres' : engine,
    user: config['connection.username'] ?? config['connection.user'] ?? address.user,
    password,
    parameters:
      engine === 'sqlserver'
        ? address.parameters
        : sslParameter(engine, parameterOf(address, 'sslmode', 'useSSL', 'ssl')),
  });
}

/** Which database a sink writes to, without user and parameters; the URL itself where it cannot be read. */
function databaseText(config: Config): string {
  const url = config['connection.url'] ?? '';
  try {
    const { scheme, host, port, instance, database } = parseDatabaseUrl(url);
    const engine = ENGINES.get(scheme);
    const at = port ?? (engine === undefined || instance !== undefined ? '' : STANDARD_PORTS[engine]);
    return [engine, host.toLowerCase(), instance, at, database].join(' ');
  } catch {
    return url;
  }
}

const ENGINES: ReadonlyMap<string, EngineName> = new Map([
  ['postgresql', 'postgresql'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
  ['sqlserver', 'sqlserver'],
]);

function sslParameter(engine: EngineName, mode: string | undefined): Map<string, string> {
  const wanted = /^(require|verify|true$)/i.test(mode ?? '');
  return new Map(wanted ? [[engine === 'postgresql' ? 'sslmode' : 'ssl', mode ?? '']] : []);
}

/** Undefined where a part of it cannot be in a URL. */
function urlOf(address: Parameters<typeof formatDatabaseUrl>[0]): string | undefined {
  try {
    return formatDatabaseUrl(address);
  } catch {
    return undefined;
  }
}

/** Masked by the worker, or a reference that only the worker resolves. */
function isHidden(password: string | undefined): boolean {
  return password === undefined || isMasked(password) || password.includes('${');
}

function literalName(pattern: string | undefined): string | undefined {
  const name = pattern?.replaceAll('\\.', '.');
  return name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
}
