import type { EngineName } from '../databases/model.ts';

/** What a connector's class says about it: all knowledge of single classes that more than one room needs. */
export interface ConnectorClass {
  /** Of a class whose database is known. */
  role?: 'source' | 'sink';
  vendor?: 'debezium' | 'other';
  /** Of a Debezium source: the database whose log it reads. */
  engine?: EngineName;
  /** Of a Debezium source: what is between the prefix and the table in a topic's name, by its own naming strategy. */
  topics?: { parts: 'schema' | 'database' | 'database.schema'; strategy: string };
  /** Of a Debezium source: what qualifies a table's name, and so begins the names of lists (`schema.include.list`). */
  qualifiedBy?: 'schema' | 'database';
  /** Of a Debezium source that reads several databases: the setting that names them. */
  databaseList?: string;
  /** Of a Debezium source: messages in the log become records, of the topic `<prefix>.message`. */
  logMessages?: true;
  /** Of a Debezium source: writes changes of tables' columns to a topic, which has the prefix as its name. */
  schemaTopic?: true;
  /** Of a Debezium source: writes heartbeats while nothing happens in its database, too; others may wait for its log to move. */
  beatsWhenIdle?: true;
  /** Why a signal would stop a Debezium source that is read-only and has a heartbeat; undefined if it would not. */
  signalFault?: string;
  /** Of a Debezium source: its name in the domain of its MBeans, `debezium.<name>`. */
  metrics?: string;
  /** How many tasks it runs at most; undefined if `tasks.max` decides. */
  tasks?: 'one' | 'one per database' | 'one per table';
  /** Keys of older releases, which divided their work into more tasks. */
  keysOfOlderTasks?: readonly string[];
  /** Of a source that runs a task per table: the setting that names them. */
  tableList?: string;
  /** Of a Debezium source: its lists of what it captures, `table.include.list` and the like, by what they name. */
  lists?: Readonly<Record<string, NameForm>>;
  /** Of a sink: takes its columns from a record's schema, and fails at the first record without one. */
  needsSchemas?: true;
  /**
   * Of a sink: which records reach its dead letter queue. `conversion`: only those that a converter or a transform refuses;
   * a row that the target refuses fails the task. `all`: those that the target refuses too (Connect's errant record reporter).
   */
  deadLetters?: 'conversion' | 'all';
  /** Of a sink: has written all that it is given before it takes more. Undefined if it is not known, since others buffer. */
  writesAtOnce?: true;
  /**
   * For a Debezium source without a schema in the package: classes that have one, and whose keys were renamed in the
   * same way.
   */
  renamedLike?: readonly string[];
}

/** The names that Debezium matches a list against. */
export interface NameForm {
  parts: readonly string[];
  /** The last part may contain dots. */
  open?: true;
}

interface Connector {
  /** Of the full name of its class. */
  pattern: RegExp;
  /** A short name by which Connect also finds the class, with or without `Connector`. */
  short?: string;
  is: ConnectorClass;
}

const DEBEZIUM = { role: 'source', vendor: 'debezium' } as const;

const OF_MYSQL: ConnectorClass = {
  ...DEBEZIUM,
  engine: 'mysql',
  topics: { parts: 'database', strategy: 'Default' },
  schemaTopic: true,
  qualifiedBy: 'database',
  tasks: 'one',
  lists: tablesIn('database'),
};

const WITHOUT_SCHEMA: ConnectorClass = {
  renamedLike: ['io.debezium.connector.mysql.MySqlConnector', 'io.debezium.connector.sqlserver.SqlServerConnector'],
};

/** Lists of a database system's tables. */
function tablesIn(qualifier: 'schema' | 'database'): Record<string, NameForm> {
  return {
    [qualifier]: { parts: [qualifier] },
    table: { parts: [qualifier, 'table'] },
    column: { parts: [qualifier, 'table', 'column'] },
  };
}

/** The first whose pattern fits a name counts. */
const CONNECTORS: readonly Connector[] = [
  {
    pattern: /\.PostgresConnector$/,
    short: 'Postgres',
    is: {
      ...DEBEZIUM,
      engine: 'postgresql',
      metrics: 'postgres',
      topics: { parts: 'schema', strategy: 'Schema' },
      qualifiedBy: 'schema',
      logMessages: true,
      beatsWhenIdle: true,
      signalFault:
        'Debezium 3.5 for PostgreSQL fails at the first heartbeat of such a snapshot (NullPointerException in isTransactionVisible).',
      tasks: 'one',
      lists: tablesIn('schema'),
    },
  },
  { pattern: /\.MySqlConnector$/, short: 'MySql', is: { ...OF_MYSQL, metrics: 'mysql' } },
  { pattern: /\.MariaDbConnector$/, short: 'MariaDb', is: { ...OF_MYSQL, metrics: 'mariadb' } },
  {
    pattern: /\.SqlServerConnector$/,
    is: {
      ...DEBEZIUM,
      engine: 'sqlserver',
      metrics: 'sql_server',
      topics: { parts: 'database.schema', strategy: 'Schema' },
      schemaTopic: true,
      qualifiedBy: 'schema',
      databaseList: 'database.names',
      tasks: 'one per database',
      lists: tablesIn('schema'),
    },
  },
  {
    pattern: /\.MongoDbConnector$/,
    short: 'MongoDb',
    is: {
      metrics: 'mongodb',
      tasks: 'one',
      // Before 2.6, a task for each replica set.
      keysOfOlderTasks: ['mongodb.hosts', 'mongodb.connection.mode'],
      lists: { database: { parts: ['database'] }, collection: { parts: ['database', 'collection'], open: true } },
    },
  },
  { pattern: /^io\.debezium\.connector\.oracle\.OracleConnector$/, is: { ...WITHOUT_SCHEMA, tasks: 'one' } },
  { pattern: /^io\.debezium\.connector\.(?:oracle|db2|informix|vitess)\./, is: WITHOUT_SCHEMA },
  { pattern: /\.OracleConnector$/, is: { tasks: 'one' } },
  { pattern: /\.FileStreamSourceConnector$/, short: 'FileStreamSource', is: { tasks: 'one' } },
  {
    pattern: /debezium.*\.JdbcSinkConnector$/,
    is: { role: 'sink', vendor: 'debezium', needsSchemas: true, deadLetters: 'conversion', writesAtOnce: true },
  },
  {
    pattern: /^io\.confluent\..*\.JdbcSinkConnector$/,
    is: { role: 'sink', vendor: 'other', needsSchemas: true, deadLetters: 'all', writesAtOnce: true },
  },
  { pattern: /JdbcSinkConnector$/, is: { role: 'sink', vendor: 'other', writesAtOnce: true } },
  {
    pattern: /JdbcSourceConnector$/,
    is: { role: 'source', vendor: 'other', tasks: 'one per table', tableList: 'table.whitelist' },
  },
];

const SHORT: ReadonlyMap<string, ConnectorClass> = new Map(
  CONNECTORS.flatMap(({ short, is: { tasks } }) =>
    short === undefined || tasks === undefined
      ? []
      : [short, `${short}Connector`].map((one) => [one, { tasks }] as const),
  ),
);

const UNKNOWN: ConnectorClass = {};

/** @param name `connector.class` of a configuration */
export function connectorClass(name: string | undefined): ConnectorClass {
  const text = name ?? '';
  return CONNECTORS.find(({ pattern }) => pattern.test(text))?.is ?? SHORT.get(text) ?? UNKNOWN;
}

/**
 * Whether a class says that it is a source. In a sink `topics` is Connect's list of names; a source has keys of its own under
 * that name, such as the patterns of MirrorMaker.
 */
export function isNamedSource(name: string | undefined): boolean {
  return /(?:Source|\bMirror(?:Checkpoint|Heartbeat))(?:Connector)?$/.test(name ?? '');
}

/** Whether a full class name is that of a Debezium source, for any database. */
export function isDebeziumSource(name: string): boolean {
  return name.startsWith('io.debezium.connector.') && !name.endsWith('SinkConnector');
}

/** Of Debezium, or derived from one of its classes: with its names of settings. */
export function isOfDebezium(name: string | undefined): boolean {
  return /debezium/.test(name ?? '');
}

/** May write to a database by JDBC, also under a short name. */
export function mayBeJdbcSink(name: string | undefined): boolean {
  return /JdbcSink/.test(name ?? '');
}

/** Kafka's own connectors for files have the keys that every connector has, and these of their own. */
export const FILE_CONNECTORS = {
  source: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  sink: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  ownKeys: ['topic', 'file', 'batch.size'],
} as const;
