import { displayName, formatDatabaseUrl, parseDatabaseUrl } from '../config/database-url.ts';
import { ENGINES } from '../databases/engines.ts';
import type { EngineName } from '../databases/model.ts';
import { engineOfUrl } from '../databases/open.ts';
import { connectorClass } from './connector-class.ts';
import type { Endpoint, Role } from './model.ts';
import { isUnresolved, sinkUrl, sourceDatabases, sourceEngine, sourceUrl } from './pipeline.ts';

type Config = Readonly<Record<string, string>>;

/** The location of a connector's database, or why it is unknown. */
export type Located = { endpoint: Endpoint } | { role: Role | null; reason: string };

/** A database in sluice.yaml that replaces the connector's own settings. */
export interface NamedDatabase {
  name: string;
  url: string;
  engine: EngineName;
}

/**
 * The database of a connector by its own settings, or by the one that sluice.yaml names for it. Pure.
 * @param config references of the file filled in
 */
export function locate(config: Config, named?: NamedDatabase): Located {
  const role = roleOf(config);
  if (role === null) return { role, reason: 'the database of its class is not known' };
  const debezium = role === 'source' && sourceEngine(config) !== undefined;
  const user = userOf(config);
  if (named !== undefined) {
    const endpoint = { role, debezium, engine: named.engine, url: named.url, display: named.name };
    return { endpoint: { ...endpoint, user: user || userInUrl(named.url) } };
  }
  const hidden = SETTINGS.find((key) => isUnresolved(config[key]));
  if (hidden !== undefined) {
    return {
      role,
      reason: `${hidden} is filled in by the worker; name a database for it under preflight.databases in sluice.yaml`,
    };
  }
  const url = debezium ? sourceUrl(config) : sinkUrl(config);
  const engine = debezium ? sourceEngine(config) : engineOfUrl(config['connection.url'] ?? '');
  if (url === undefined || engine === undefined) {
    return { role, reason: 'its settings do not point to a database that is supported' };
  }
  const display = displayOf(config, url);
  return { endpoint: { role, debezium, engine, url: debezium ? serverUrl(url, engine) : url, display, user } };
}

/** One endpoint per captured database on the same server, if each has a log of its own. Pure. */
export function eachDatabase(config: Config, endpoint: Endpoint): Endpoint[] {
  const databases =
    endpoint.debezium && ENGINES[endpoint.engine].captures === 'databases' ? sourceDatabases(config) : [];
  if (databases.length < 2) return [endpoint];
  const address = parseDatabaseUrl(endpoint.url);
  const server = displayName(formatDatabaseUrl({ ...address, database: undefined }));
  return databases.map((database) => ({
    ...endpoint,
    database,
    url: formatDatabaseUrl({ ...address, database }),
    display: `${server}/${database}`,
  }));
}

/** Without a database if the log covers the whole server: MySQL refuses one on which the user has no right. */
function serverUrl(url: string, engine: EngineName): string {
  if (ENGINES[engine].captures !== 'server') return url;
  return formatDatabaseUrl({ ...parseDatabaseUrl(url), database: undefined });
}

const SETTINGS = [
  'database.hostname',
  'database.port',
  'database.user',
  'database.password',
  'database.dbname',
  'database.names',
  'connection.url',
  'connection.username',
  'connection.user',
  'connection.password',
];

function roleOf(config: Config): Role | null {
  const { role } = connectorClass(config['connector.class']);
  return role === 'sink' ? 'target' : (role ?? null);
}

function userOf(config: Config): string {
  return config['database.user'] ?? config['connection.username'] ?? config['connection.user'] ?? '';
}

function userInUrl(url: string): string {
  return parseDatabaseUrl(url).user ?? '';
}

function displayOf(config: Config, url: string): string {
  const names = config['database.names'];
  // All that the connector captures, not only the first, which the URL has.
  return displayName(names === undefined ? url : formatDatabaseUrl({ ...parseDatabaseUrl(url), database: names }));
}
