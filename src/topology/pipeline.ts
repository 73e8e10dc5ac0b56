import { type DatabaseAddress, formatDatabaseUrl, parameterOf, parseDatabaseUrl } from '../config/database-url.ts';
import type { TlsSettings } from '../databases/engine.ts';
import { ENGINES, engineOfJdbcScheme } from '../databases/engines.ts';
import type { TableReference } from '../databases/table-names.ts';
import { bracedIn } from '../text/braced.ts';
import { listItems } from '../text/lists.ts';
import { isMasked } from '../text/masks.ts';
import { type ColumnChanges, columnChanges } from './column-changes.ts';
import { connectorClass, mayBeJdbcSink } from './connector-class.ts';
import { javaRegex } from './name-regex.ts';
import { type RowChanges, rowChanges } from './row-changes.ts';
import { holdsNoTable, routedTopic, type SourceTable, sourceEngine, tableOfTopic, topicStart } from './topic-names.ts';

export { sourceEngine } from './topic-names.ts';

type Config = Readonly<Record<string, string>>;

export interface PipelineConnector {
  name: string;
  config: Config;
}

/** One table of a pipeline: where its rows come from, and where the sink writes them. */
export interface PipelineTable {
  topic: string;
  /** The source connector that fills the topic. */
  source: string;
  from: SourceTable;
  to: TableReference;
  /** Changes to its columns. */
  changes: ColumnChanges;
  /** What happens to its rows. */
  rows: RowChanges;
  /** Other topics and tables whose rows go to the same target table, according to the known catalogs. */
  sharedWith?: SharedWith[];
}

/** A topic or a table. @property known false if the settings do not determine its target table */
export interface SharedWith {
  name: string;
  known: boolean;
}

export interface Pipeline {
  sink: string;
  tables: PipelineTable[];
  /** Source connectors, by name. */
  sources: PipelineConnector[];
  /** The sink's topics that no source connector of this cluster fills, or whose table is unknown. */
  unknown: UnknownTopic[];
  /** All topics with a source's prefix, including those whose name does not determine the table. */
  fed: { topic: string; source: PipelineConnector }[];
}

export interface UnknownTopic {
  topic: string;
  reason: string;
}

/**
 * Which table feeds which, by the configurations of the sink and the sources. Pure.
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
        ...changesOf(sink.config, source.config, topic, from),
      });
    }
  }
  return pipeline;
}

/** All topics with rows that the sink reads, from any source. */
export function topicsRead({ fed, unknown }: Pipeline): string[] {
  return [...new Set([...fed, ...unknown].map(({ topic }) => topic))];
}

/**
 * What other JDBC sinks write to a sink's database, judged by their addresses.
 * @param topics all known topics of the cluster
 */
export function otherSinkTopics(
  sink: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
): { topic: string; sink: PipelineConnector }[] {
  const own = databaseText(sink.config);
  const others = connectors.filter(
    ({ name, config }) =>
      name !== sink.name && mayBeJdbcSink(config['connector.class']) && databaseText(config) === own,
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

/** Settings that change table names, and their values that do not. */
const OWN_NAMES: readonly [string, RegExp][] = [
  ['collection.naming.strategy', /^$|\.DefaultCollectionNamingStrategy$/],
  ['table.naming.strategy', /^$|\.DefaultTableNamingStrategy$/],
  ['topics.to.tables.mapping', /^$/],
  ['table.name.normalize', /^(false)?$/i],
];

/** How a JDBC sink names its tables. Debezium's has an old and a new key for it, Confluent's and Aiven's know only the old one. */
export function tableNameFormat(config: Config): string {
  const onlyOld = /^io\.(confluent|aiven)\./.test(config['connector.class'] ?? '');
  return (onlyOld ? undefined : config['collection.name.format']) ?? config['table.name.format'] ?? '${topic}';
}

/** Where a JDBC sink writes a topic's rows, or why its settings alone do not determine that. */
export function targetTable(config: Config, topic: string): { schema?: string; name: string } | { reason: string } {
  const debezium = isDebezium(config);
  const routed = routedTopic(config, topic);
  if (typeof routed !== 'string') return routed;
  const own = OWN_NAMES.find(([key, plain]) => !plain.test(config[key] ?? ''));
  if (own !== undefined) return { reason: `the tables are named by ${own[0]}=${config[own[0]]}` };
  const format = tableNameFormat(config);
  // Debezium's sink replaces a topic's dots with underscores, Confluent's treats them as schema and table.
  const text = format.replaceAll('${topic}', debezium ? routed.replaceAll('.', '_') : routed);
  if (text.includes('${')) return { reason: `the name format ${format} needs the records themselves` };
  const parts = text.split('.');
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

/** What happens to a table's columns and rows between a source and a sink. */
export function changesOf(
  sink: Config,
  source: Config,
  topic: string | undefined,
  from: SourceTable,
): Pick<PipelineTable, 'changes' | 'rows'> {
  return {
    changes: columnChanges(sink, source, topic, from, { debezium: isDebezium(sink) }),
    rows: rowChanges(sink, source, topic, from),
  };
}

function isDebezium(config: Config): boolean {
  const { role, vendor } = connectorClass(config['connector.class']);
  return role === 'sink' && vendor === 'debezium';
}

/** Databases that a source connector captures and names individually in its configuration. */
export function sourceDatabases(config: Config): string[] {
  const one = config['database.dbname'];
  if (one !== undefined) return [one];
  const several = listItems(config['database.names']);
  return several.length > 0
    ? several
    : listItems(config['database.include.list']).flatMap((name) => literalName(name) ?? []);
}

/**
 * The database URL from a source connector's configuration, with its password; undefined if a part is missing.
 * @param database of a connector that captures several; by default the first
 */
export function sourceUrl(config: Config, database = sourceDatabases(config)[0]): string | undefined {
  const name = sourceEngine(config);
  const host = config['database.hostname'];
  if (
    name === undefined ||
    host === undefined ||
    config['database.password'] === undefined ||
    isUnresolved(config['database.password'])
  )
    return undefined;
  const { schemes, instances, port, tls } = ENGINES[name];
  const instance = instances ? config['database.instance'] : undefined;
  const standard = instance === undefined ? port : undefined;
  const mode = config['database.sslmode'] ?? config['database.ssl.mode'];
  return urlOf({
    scheme: schemes[0],
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(config['database.port'] ?? standard) || undefined,
    instance,
    user: config['database.user'],
    password: config['database.password'],
    database,
    parameters: 'properties' in tls ? driverProperties(config, tls.properties) : tlsParameter(tls, mode),
  });
}

/** Those settings that the connector passes to its JDBC driver and that are needed to reach the server. */
function driverProperties(config: Config, names: readonly string[]): Map<string, string> {
  const wanted = new Map(names.map((name) => [name.toLowerCase(), name]));
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
  const name = engineOfJdbcScheme(address.scheme);
  const password = config['connection.password'] ?? address.password;
  if (name === undefined || password === undefined || isUnresolved(password)) return undefined;
  const { schemes, tls } = ENGINES[name];
  return urlOf({
    ...address,
    scheme: schemes[0],
    user: config['connection.username'] ?? config['connection.user'] ?? address.user,
    password,
    parameters:
      'properties' in tls ? address.parameters : tlsParameter(tls, parameterOf(address, 'sslmode', 'useSSL', 'ssl')),
  });
}

/** Identifies a sink's database, without user and parameters; the URL itself if it cannot be parsed. */
function databaseText(config: Config): string {
  const url = config['connection.url'] ?? '';
  try {
    const { scheme, host, port, instance, database } = parseDatabaseUrl(url);
    const engine = engineOfJdbcScheme(scheme);
    const at = port ?? (engine === undefined || instance !== undefined ? '' : ENGINES[engine].port);
    return [engine, host.toLowerCase(), instance, at, database].join(' ');
  } catch {
    return url;
  }
}

function tlsParameter(
  { parameter }: Extract<TlsSettings, { parameter: string }>,
  mode: string | undefined,
): Map<string, string> {
  const wanted = /^(require|verify|true$)/i.test(mode ?? '');
  return new Map(wanted ? [[parameter, mode ?? '']] : []);
}

/** Undefined if a part is not allowed in a URL. */
function urlOf(address: Parameters<typeof formatDatabaseUrl>[0]): string | undefined {
  try {
    return formatDatabaseUrl(address);
  } catch {
    return undefined;
  }
}

/** Masked by the worker, or with a reference that only the worker resolves. */
export function isUnresolved(value: string | undefined): boolean {
  return value !== undefined && (isMasked(value) || !bracedIn(value).next().done);
}

function literalName(pattern: string | undefined): string | undefined {
  const name = pattern?.replaceAll('\\.', '.');
  return name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
}
