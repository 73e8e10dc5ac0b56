import { displayName, formatDatabaseUrl, parseDatabaseUrl } from '../config/database-url.ts';
import { isMasked } from '../connect/masks.ts';
import type { EngineName } from '../reconcile/model.ts';
import { engineOfUrl } from '../reconcile/open.ts';
import { sinkUrl, sourceDatabases, sourceEngine, sourceUrl } from '../reconcile/pipeline.ts';
import { bracedIn } from '../text/braced.ts';
import type { Endpoint, Role } from './model.ts';

type Config = Readonly<Record<string, string>>;

/** Where a connector's database is, or why that cannot be told. */
export type Located = { endpoint: Endpoint } | { role: Role | null; reason: string };

/** A database of sluice.yaml that stands for the connector's own settings. */
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
  if (role === null) return { role, reason: 'its class has no database that preflight knows' };
  const debezium = role === 'source' && sourceEngine(config) !== undefined;
  const user = userOf(config);
  if (named !== undefined) {
    const endpoint = { role, debezium, engine: named.engine, url: named.url, display: named.name };
    return { endpoint: { ...endpoint, user: user || userInUrl(named.url) } };
  }
  const hidden = SETTINGS.find((key) => isHidden(config[key]));
  if (hidden !== undefined) {
    return {
      role,
      reason: `${hidden} is filled in by the worker; name a database for it under preflight.databases in sluice.yaml`,
    };
  }
  const url = debezium ? sourceUrl(config) : sinkUrl(config);
  const engine = debezium ? sourceEngine(config) : engineOfUrl(config['connection.url'] ?? '');
  if (url === undefined || engine === undefined) {
    return { role, reason: 'its settings do not say where a database that preflight knows is' };
  }
  const display = displayOf(config, url);
  return { endpoint: { role, debezium, engine, url: debezium ? serverUrl(url, engine) : url, display, user } };
}

/** The same server once for each database that the connector captures; SQL Server keeps its changes in each of them apart. Pure. */
export function eachDatabase(config: Config, endpoint: Endpoint): Endpoint[] {
  const databases = endpoint.debezium && endpoint.engine === 'sqlserver' ? sourceDatabases(config) : [];
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

/** MySQL lets nobody into a database that they have no right on, while its log is the whole server's. */
function serverUrl(url: string, engine: EngineName): string {
  if (engine !== 'mysql') return url;
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

/** A reference that only the worker resolves, or a mask in its place. */
function isHidden(value: string | undefined): boolean {
  return value !== undefined && (isMasked(value) || !bracedIn(value).next().done);
}

function roleOf(config: Config): Role | null {
  const name = config['connector.class'] ?? '';
  if (sourceEngine(config) !== undefined || /\.?JdbcSourceConnector$/.test(name)) return 'source';
  return /\.?JdbcSinkConnector$/.test(name) ? 'target' : null;
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
