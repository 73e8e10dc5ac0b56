import { isIPv6 } from 'node:net';
import { SluiceError } from '../errors/error.ts';
import type { DatabaseSettings } from './project.ts';

/** The parts of a database URL of any form, decoded: not percent-encoded or in braces. */
export interface DatabaseAddress {
  /** In lower case, without `jdbc:`. */
  scheme: string;
  /** Without brackets; a folder for a PostgreSQL socket; empty if there is none. */
  host: string;
  port: number | undefined;
  /** SQL Server's named instance. */
  instance: string | undefined;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** All other parameters or properties, by name as written. */
  parameters: ReadonlyMap<string, string>;
}

const FORM = /^(jdbc:)?([a-z][a-z0-9+.-]*):\/\/(.*)$/is;
const SQLSERVER = /^(sqlserver|mssql)$/;
const ENCODE =
  'Percent-encode special characters of the password, such as % (%25), @ (%40), / (%2F), # (%23) and ? (%3F).';
const WRITE = `Write it as postgres://user:\${PASSWORD}@host:5432/name. ${ENCODE}`;

/** Whether a text is a URL rather than a name in sluice.yaml. */
export function isDatabaseUrl(text: string): boolean {
  return FORM.test(text) || /^jdbc:/i.test(text);
}

/**
 * `scheme://user:password@host:port/name?key=value`, the same behind `jdbc:`, and for SQL Server
 * `jdbc:sqlserver://host\instance:port;databaseName=name;user=…;password={…}` (`jdbc:` is optional).
 * @throws REQUEST_INVALID; no message shows any part of the URL
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const [, jdbc, scheme = '', rest = ''] = FORM.exec(url.trim()) ?? [];
  if (scheme === '') throw refused('cannot be parsed');
  const name = scheme.toLowerCase();
  // Microsoft's form has properties after host and port. In the other form, a password may have a semicolon, too.
  const inProperties = SQLSERVER.test(name) && /^(?:\[[^\]]*\]|[^:/?@;]*)(?::\d*)?\s*;/.test(rest);
  return inProperties ? fromProperties(name, rest, jdbc !== undefined) : fromUrl(name, rest);
}

function refused(what: string, hint = WRITE): SluiceError {
  return new SluiceError('REQUEST_INVALID', `a database URL ${what}`, { hint });
}

function fromUrl(scheme: string, rest: string): DatabaseAddress {
  // An unencoded # or ? in a password would silently cut off the rest.
  if (rest.includes('#')) throw refused('has a "#", which ends a URL');
  const [, authority = '', path = '', query] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  // With an @ after the host, the apparent host may be part of the password.
  if (`${path}${query ?? ''}`.includes('@')) throw refused('has a "/", "?" or "@" that is not percent-encoded');
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const parameters = new Map<string, string>();
  for (const pair of (query ?? '').split('&').filter((one) => one !== '')) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(pair) ?? [];
    // This may be the rest of a password with an &.
    if (value === undefined && !/^ssl$/i.test(key))
      throw refused(
        'has a parameter without a value',
        'Percent-encode special characters of values: & is %26, % is %25.',
      );
    parameters.set(decoded(key.replaceAll('+', ' ')), decoded((value ?? '').replaceAll('+', ' ')));
  }
  return withProperties(
    {
      scheme,
      ...hostOf(authority.slice(at + 1), SQLSERVER.test(scheme)),
      user: user === '' ? undefined : decoded(user),
      password: password === undefined ? undefined : decoded(password),
      database: path.length > 1 ? decoded(path.slice(1)) : undefined,
    },
    parameters,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('has a "%" that is not an escape', ENCODE);
  }
}

/** `host`, `host:port`, `[::1]:port`, `host\instance` of SQL Server, an encoded path of a socket's folder. */
function hostOf(text: string, instances: boolean): Pick<DatabaseAddress, 'host' | 'port' | 'instance'> {
  const match = /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([^:\\[\]@\s,(){}$<>"]*))(?:\\([^:\\[\]@\s]+))?(?::(\d*))?$/i.exec(
    text,
  );
  const [, bracketed, plain = '', instance, digits] = match ?? [];
  if (match === null || (bracketed !== undefined && !isIPv6(bracketed)) || (instance !== undefined && !instances))
    throw refused('has no valid host and port');
  const port = digits ? portOf(digits) : undefined;
  return { host: bracketed ?? decoded(plain), port, instance };
}

function portOf(digits: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535)
    throw refused(
      'has no valid port',
      'A port is a number from 1 to 65535: postgres://user:${PASSWORD}@host:5432/name.',
    );
  return port;
}

/** @see https://learn.microsoft.com/sql/connect/jdbc/building-the-connection-url */
function fromProperties(scheme: string, rest: string, jdbc: boolean): DatabaseAddress {
  const end = rest.indexOf(';');
  // Without jdbc:, it may also be user:password@host with a semicolon in the password.
  if (!jdbc && rest.replaceAll(/\{(?:[^}]|\}\})*\}/g, '').includes('@'))
    throw refused(
      'has both ";" and "@", which is ambiguous',
      `Write jdbc:sqlserver://host;user=name;password=\${PASSWORD}, with braces around a password that has a semicolon, or percent-encode the password (a semicolon is %3B). ${ENCODE}`,
    );
  const base = { scheme, ...hostOf(rest.slice(0, end).trim(), true), user: undefined, password: undefined };
  return withProperties({ ...base, database: undefined }, properties(rest.slice(end + 1)));
}

/** `name=value;name={value; with anything}`: a closing brace in braces is written twice. */
function properties(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const one = /\s*([^=;]*?)\s*(?:=\s*(?:\{((?:[^}]|\}\})*)\}\s*|([^;]*?)\s*))?(?:;|$)/gsy;
  while (one.lastIndex < text.length) {
    const match = one.exec(text);
    if (match === null || (match[1] === '' && match[0].includes('=')))
      throw refused(
        'has a property that cannot be parsed',
        'Write name=value;name={value}: a value in braces may have any character, with } doubled.',
      );
    const [, name = '', inBraces, plain] = match;
    if (name === '') continue;
    // This may be a password with a semicolon outside braces.
    if (inBraces === undefined && plain === undefined)
      throw refused('has a property without a value', 'Put a value with a ";" in braces: name={a;b}.');
    // Without the closing brace, the rest would be cut off.
    if (inBraces === undefined && plain?.startsWith('{'))
      throw refused('has a "{" without its "}"', 'Put the value in braces, with } doubled: name={a{b}}c}.');
    found.set(name, inBraces?.replaceAll('}}', '}') ?? plain ?? '');
  }
  return found;
}

/** Applies host, user and database given as parameters; they override the URL's own, as in JDBC. */
function withProperties(
  head: Omit<DatabaseAddress, 'parameters'>,
  parameters: ReadonlyMap<string, string>,
): DatabaseAddress {
  const rest = new Map(parameters);
  const take = (...names: readonly string[]) => {
    let value: string | undefined;
    for (const key of [...rest.keys()].filter((one) => names.includes(one.toLowerCase()))) {
      value = rest.get(key);
      rest.delete(key);
    }
    return value;
  };
  const ours = SQLSERVER.test(head.scheme);
  const server = ours ? take('server', 'servername') : take('host');
  // serverName may have an instance, and an IPv6 address without brackets.
  const [, name = '', instance] = /^(.*?)(?:\\(.*))?$/s.exec(server ?? '') ?? [];
  const port = take('port', ...(ours ? ['portnumber'] : []));
  return {
    scheme: head.scheme,
    host: server === undefined ? head.host : name.replace(/^\[(.*)\]$/s, '$1'),
    port: port === undefined ? head.port : portOf(port),
    instance: (ours ? take('instancename') : undefined) ?? instance ?? head.instance,
    user: take('user', ...(ours ? ['username', 'uid'] : [])) ?? head.user,
    password: take('password', ...(ours ? ['pwd'] : [])) ?? head.password,
    database: (ours ? take('database', 'databasename') : undefined) ?? head.database,
    parameters: rest,
  };
}

/** The value of a parameter; names are compared without case. */
export function parameterOf(address: DatabaseAddress, ...names: readonly string[]): string | undefined {
  const wanted = names.map((name) => name.toLowerCase());
  return [...address.parameters].findLast(([name]) => wanted.includes(name.toLowerCase()))?.[1];
}

/** The address as a URL for `parseDatabaseUrl`, every part encoded. @throws REQUEST_INVALID */
export function formatDatabaseUrl(address: Partial<DatabaseAddress> & Pick<DatabaseAddress, 'scheme'>): string {
  const { scheme, host = '', port, instance, user, password, database, parameters } = address;
  const credentials =
    user === undefined && password === undefined
      ? ''
      : `${encoded(user ?? '')}${password === undefined ? '' : `:${encoded(password)}`}@`;
  const all = [...(parameters ?? []), ...(instance === undefined ? [] : [['instanceName', instance] as const])];
  const query = all.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return (
    `${scheme}://${credentials}${host.includes(':') ? `[${host}]` : encoded(host)}${port === undefined ? '' : `:${port}`}` +
    `/${database === undefined ? '' : encoded(database)}${query === '' ? '' : `?${query}`}`
  );
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw refused('has text that is not valid Unicode', 'Check user and password.');
  }
}

/** `host:port/database`, for people. @throws REQUEST_INVALID */
export function displayName(url: string): string {
  // For an unknown form (jdbc:oracle:thin:…), only its kind is shown.
  const other = /^jdbc:([a-z0-9]+):(?!\/\/)/i.exec(url);
  if (other !== null) return `jdbc:${other[1]}`;
  const { host, port, instance, database } = parseDatabaseUrl(url);
  const server = `${host.includes(':') ? `[${host}]` : host}${instance === undefined ? '' : `\\${instance}`}`;
  return `${server}${port === undefined ? '' : `:${port}`}${database === undefined ? '' : `/${database}`}`;
}

/**
 * A given database in a form safe to store: its name, or the display form of its URL. Undefined if it is neither, since
 * any part of it may be the password.
 */
export function keptName(nameOrUrl: string): string | undefined {
  if (!isDatabaseUrl(nameOrUrl)) return /[@:;=\s]/.test(nameOrUrl) ? undefined : nameOrUrl;
  try {
    return displayName(nameOrUrl);
  } catch {
    return undefined;
  }
}

/** The URL with the separately given password. @throws PROJECT_INVALID */
export function withPassword(settings: DatabaseSettings, name: string): string {
  if (settings.password === undefined) return settings.url;
  try {
    return formatDatabaseUrl({ ...parseDatabaseUrl(settings.url), password: settings.password });
  } catch (error) {
    const { message, hint } = error as SluiceError;
    throw new SluiceError(
      'PROJECT_INVALID',
      `databases.${name}.url: ${message.replace(/^a database URL/, 'the URL')}`,
      {
        hint: hint ?? 'Write it as postgres://user@host:5432/name.',
      },
    );
  }
}
