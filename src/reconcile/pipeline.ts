import { listItems } from '../connect/lists.ts';
import { isMasked } from '../connect/masks.ts';
import type { TableReference } from './table-names.ts';
import {
  holdsNoTable,
  javaRegex,
  routedTopic,
  type SourceTable,
  sourceEngine,
  tableOfTopic,
  topicStart,
} from './topic-names.ts';

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
  /** Columns that the pipeline leaves out, adds or renames on its way. */
  ignore: string[];
  rename: Record<string, string>;
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
        ...columnChanges(sink.config, source.config, topic),
      });
    }
  }
  return pipeline;
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

/** Where a JDBC sink puts a topic's rows, or why its settings alone do not tell. */
export function targetTable(config: Config, topic: string): { schema?: string; name: string } | { reason: string } {
  const debezium = isDebezium(config);
  const routed = routedTopic(config, topic);
  if (typeof routed !== 'string') return routed;
  const format = config['collection.name.format'] ?? config['table.name.format'] ?? '${topic}';
  // Debezium's sink writes underscores for the dots of a topic, Confluent's takes them for schema and table.
  const text = format.replaceAll('${topic}', debezium ? routed.replaceAll('.', '_') : routed);
  if (text.includes('${')) return { reason: `the name format ${format} needs the records themselves` };
  const parts = text.split('.');
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

function isDebezium(config: Config): boolean {
  const name = config['connector.class'] ?? '';
  return /\.JdbcSinkConnector$/.test(name) && /debezium/.test(name);
}

/** Columns that the pipeline leaves out, adds or renames on its way. */
export function columnChanges(sink: Config, source: Config, topic: string): Pick<PipelineTable, 'ignore' | 'rename'> {
  const ignore: string[] = [];
  const rename: Record<string, string> = {};
  for (const config of [source, sink]) {
    for (const alias of listItems(config.transforms)) {
      const option = (name: string) => config[`transforms.${alias}.${name}`];
      const type = option('type') ?? '';
      if (/ReplaceField(\$Value)?$/.test(type)) {
        ignore.push(...listItems(option('exclude') ?? option('blacklist')));
        for (const pair of listItems(option('renames'))) {
          const [from = '', to = ''] = pair.split(':');
          rename[from] = to;
        }
      }
      if (/ExtractNewRecordState$/.test(type)) {
        const prefix = option('add.fields.prefix') ?? '__';
        for (const field of listItems(option('add.fields'))) ignore.push(addedField(prefix, field));
        if (/^rewrite/.test(option('delete.tombstone.handling.mode') ?? '')) ignore.push(`${prefix}deleted`);
      }
    }
  }
  for (const field of listItems(sink['field.exclude.list'])) {
    const [first = '', second] = field.split(':');
    if (second === undefined) ignore.push(first);
    else if (first === topic) ignore.push(second);
  }
  for (const column of listItems(source['column.exclude.list']))
    ignore.push(column.replaceAll('\\.', '.').split('.').at(-1) ?? column);
  return { ignore, rename };
}

/** `op` → `__op`, `source.ts_ms` → `__source_ts_ms`, `op:kind` → `kind` behind the prefix. */
function addedField(prefix: string, field: string): string {
  const [path = '', name] = field.split(':');
  return `${prefix}${(name ?? path).replaceAll('.', '_')}`;
}

/** The database URL that a source connector's configuration describes, with its password; undefined where one is lacking. */
export function sourceUrl(config: Config): string | undefined {
  const engine = sourceEngine(config);
  const host = config['database.hostname'];
  const database =
    config['database.dbname'] ??
    listItems(config['database.names'])[0] ??
    literalName(listItems(config['database.include.list'])[0]);
  if (engine === undefined || host === undefined || isHidden(config['database.password'])) return undefined;
  const scheme = { postgresql: 'postgres', mysql: 'mysql', sqlserver: 'sqlserver' }[engine];
  const port = config['database.port'] ?? { postgresql: '5432', mysql: '3306', sqlserver: '1433' }[engine];
  const ssl = config['database.sslmode'] ?? config['database.ssl.mode'] ?? '';
  return urlOf(
    scheme,
    config['database.user'] ?? '',
    config['database.password'] ?? '',
    `${host}:${port}`,
    database ?? '',
    ssl,
  );
}

/** The same of a JDBC sink. */
export function sinkUrl(config: Config): string | undefined {
  const jdbc = config['connection.url'] ?? '';
  const password = config['connection.password'];
  if (isHidden(password)) return undefined;
  const user = config['connection.username'] ?? config['connection.user'] ?? '';
  const match = /^jdbc:(postgresql|mysql|mariadb):\/\/([^/?]+)\/([^?]*)(?:\?(.*))?$/.exec(jdbc);
  if (match !== null) {
    const [, engine = '', address = '', database = '', parameters = ''] = match;
    const ssl = new URLSearchParams(parameters).get('sslmode') ?? new URLSearchParams(parameters).get('sslMode') ?? '';
    return urlOf(engine === 'postgresql' ? 'postgres' : 'mysql', user, password ?? '', address, database, ssl);
  }
  if (!/^jdbc:sqlserver:/.test(jdbc)) return undefined;
  return `${jdbc.replace(/;$/, '')};user=${user};password=${password ?? ''}`;
}

function urlOf(scheme: string, user: string, password: string, address: string, database: string, ssl: string): string {
  const credentials = user === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const wanted = /^(require|verify)/i.test(ssl) ? `?${scheme === 'postgres' ? 'sslmode' : 'ssl'}=${ssl}` : '';
  return `${scheme}://${credentials}${address}/${encodeURIComponent(database)}${wanted}`;
}

/** Masked by the worker, or a reference that only the worker resolves. */
function isHidden(password: string | undefined): boolean {
  return password === undefined || isMasked(password) || password.includes('${');
}

function literalName(pattern: string | undefined): string | undefined {
  const name = pattern?.replaceAll('\\.', '.');
  return name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
}
