import { type DatabaseAddress, formatDatabaseUrl, parameterOf, parseDatabaseUrl } from '../config/database-url.ts';
import { listItems } from '../connect/lists.ts';
import { isMasked } from '../connect/masks.ts';
import { SluiceError } from '../errors/error.ts';
import type { EngineName } from './model.ts';
import { matchesPattern, tableText } from './tables.ts';

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
  from: { schema?: string; name: string };
  to: { schema?: string; name: string };
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
  unknown: { topic: string; reason: string }[];
}

const SOURCES: readonly { of: RegExp; engine: EngineName; parts: 'schema' | 'database' | 'database.schema' }[] = [
  { of: /\.PostgresConnector$/, engine: 'postgresql', parts: 'schema' },
  { of: /\.(MySql|MariaDb)Connector$/, engine: 'mysql', parts: 'database' },
  { of: /\.SqlServerConnector$/, engine: 'sqlserver', parts: 'database.schema' },
];

/** The engine that a Debezium source reads, or undefined for another class. */
export function sourceEngine(config: Config): EngineName | undefined {
  return SOURCES.find(({ of }) => of.test(config['connector.class'] ?? ''))?.engine;
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
  const pipeline: Pipeline = { sink: sink.name, tables: [], sources: [], unknown: [] };
  for (const topic of topics.filter(subscribedTopics(sink.config)).sort()) {
    const source = longestPrefix(sources, topic);
    if (source === undefined) {
      if (!isInternal(topic))
        pipeline.unknown.push({ topic, reason: 'no Debezium source of this cluster has its prefix' });
      continue;
    }
    const from = sourceTable(source.config, topic);
    // Heartbeats, schema changes and transactions are no tables.
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

/**
 * The part of a sink's pipeline that comes from one source, and of it the tables that were named (all where none are).
 * @throws USAGE where nothing, or more than one source, is left
 */
export function choosePipeline(
  sink: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
  patterns: readonly string[],
): { source: PipelineConnector; tables: PipelineTable[]; unknown: Pipeline['unknown'] } {
  const pipeline = readPipeline(sink, connectors, topics);
  const unmatched = patterns.filter((pattern) => !pipeline.tables.some(({ from }) => matchesPattern(pattern, from)));
  const known = pipeline.tables.map(({ from }) => tableText(from));
  if (unmatched.length > 0 || known.length === 0) {
    throw new SluiceError(
      'USAGE',
      known.length === 0
        ? `no table of a Debezium source feeds ${sink.name}`
        : `${sink.name} writes no table ${unmatched.join(', ')}`,
      {
        hint:
          known.length > 0
            ? `It writes: ${known.join(', ')}.`
            : pipeline.unknown.map(({ topic, reason }) => `${topic}: ${reason}`).join('; ') ||
              'None of its topics is there yet.',
      },
    );
  }
  const tables = pipeline.tables.filter(
    ({ from }) => patterns.length === 0 || patterns.some((one) => matchesPattern(one, from)),
  );
  const sources = pipeline.sources.filter(({ name }) => tables.some((table) => table.source === name));
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new SluiceError(
      'USAGE',
      `${sink.name} is fed by several sources: ${sources.map(({ name }) => name).join(', ')}`,
      {
        hint: 'Name the tables of one of them.',
      },
    );
  }
  return { source, tables, unknown: patterns.length === 0 ? pipeline.unknown : [] };
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

/** Java's regular expressions are JavaScript's in all that topic names need; it matches the whole name. */
function javaRegex(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    try {
      return new RegExp(`^(?:${text})$`);
    } catch (error) {
      throw new SluiceError('USAGE', `the regular expression ${text} cannot be read here`, {
        hint: 'Give --source, --target and the tables instead of --connector.',
        cause: error,
      });
    }
  }
}

function longestPrefix(sources: readonly PipelineConnector[], topic: string): PipelineConnector | undefined {
  return sources
    .filter(({ config }) => topic.startsWith(`${config['topic.prefix']}.`))
    .sort((a, b) => (b.config['topic.prefix'] ?? '').length - (a.config['topic.prefix'] ?? '').length)[0];
}

function isInternal(topic: string): boolean {
  return topic.startsWith('__');
}

/** `prefix.schema.table` (PostgreSQL), `prefix.database.table` (MySQL), `prefix.database.schema.table` (SQL Server). */
function sourceTable(config: Config, topic: string): { schema?: string; name: string } | undefined {
  const rest = topic.slice((config['topic.prefix'] ?? '').length + 1).split('.');
  const { parts } = SOURCES.find(({ of }) => of.test(config['connector.class'] ?? '')) ?? {};
  const wanted = parts === 'database.schema' ? 3 : 2;
  if (rest.length !== wanted) return undefined;
  return { schema: rest[wanted - 2] ?? '', name: rest[wanted - 1] ?? '' };
}

/** Where a JDBC sink puts a topic's rows, or why its settings alone do not tell. */
export function targetTable(config: Config, topic: string): { schema?: string; name: string } | { reason: string } {
  const debezium =
    /\.JdbcSinkConnector$/.test(config['connector.class'] ?? '') && /debezium/.test(config['connector.class'] ?? '');
  let routed = topic;
  for (const alias of listItems(config.transforms)) {
    const type = config[`transforms.${alias}.type`] ?? '';
    if (/RegexRouter$/.test(type)) routed = route(config, alias, routed);
    else if (/(TimestampRouter|ByLogicalTableRouter|PartitionRouting)$/.test(type)) {
      return { reason: `the transform ${alias} (${type}) names tables by more than the topic` };
    }
  }
  const format = config['collection.name.format'] ?? config['table.name.format'] ?? '${topic}';
  // Debezium's sink writes underscores for the dots of a topic, Confluent's takes them for schema and table.
  const text = format.replaceAll('${topic}', debezium ? routed.replaceAll('.', '_') : routed);
  if (text.includes('${')) return { reason: `the name format ${format} needs the records themselves` };
  const parts = text.split('.');
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

/** As Kafka's RegexRouter: the whole topic must match, else it stays as it is. */
function route(config: Config, alias: string, topic: string): string {
  const pattern = javaRegex(config[`transforms.${alias}.regex`] ?? '');
  return pattern.test(topic) ? topic.replace(pattern, config[`transforms.${alias}.replacement`] ?? '') : topic;
}

function columnChanges(sink: Config, source: Config, topic: string): Pick<PipelineTable, 'ignore' | 'rename'> {
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
