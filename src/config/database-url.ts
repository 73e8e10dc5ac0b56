import { isIPv6 } from 'node:net';
import { SluiceError } from '../errors/error.ts';
import type { DatabaseSettings } from './project.ts';

/** What a database URL says, whatever its form: every part as it is, nothing percent-encoded or in braces. */
export interface DatabaseAddress {
  /** In lower case, without `jdbc:`. */
  scheme: string;
  /** Without brackets; a folder for a PostgreSQL socket; empty where none is given. */
  host: string;
  port: number | undefined;
  /** SQL Server's named instance. */
  instance: string | undefined;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** All other parameters or properties, by their names as they were written. */
  parameters: ReadonlyMap<string, string>;
}

const FORM = /^(jdbc:)?([a-z][a-z0-9+.-]*):\/\/(.*)$/is;
const SQLSERVER = /^(sqlserver|mssql)$/;
const ENCODE =
  'Percent-encode special characters of the password, such as % (%25), @ (%40), / (%2F), # (%23) and ? (%3F).';
const WRITE = `Write it as postgres://user:\${PASSWORD}@host:5432/name. ${ENCODE}`;

/** Whether a text is meant as a URL, and not as a name in sluice.yaml. */
export function isDatabaseUrl(text: string): boolean {
  return FORM.test(text) || /^jdbc:/i.test(text);
}

/**
 * `scheme://user:password@host:port/name?key=value`, the same behind `jdbc:`, and for SQL Server
 * `jdbc:sqlserver://host\instance:port;databaseName=name;user=…;password={…}` (`jdbc:` may be left out).
 * @throws USAGE; no message shows any part of the URL
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const [, jdbc, scheme = '', rest = ''] = FORM.exec(url.trim()) ?? [];
  if (scheme === '') throw refused('cannot be parsed');
  const name = scheme.toLowerCase();
  // Microsoft's form has properties behind host and port. A password in the other form may have a semicolon, too.
  const inProperties = SQLSERVER.test(name) && /^(?:\[[^\]]*\]|[^:/?@;]*)(?::\d*)?\s*;/.test(rest);
  return inProperties ? fromProperties(name, rest, jdbc !== undefined) : fromUrl(name, rest);
}

function refused(what: string, hint = WRITE): SluiceError {
  return new SluiceError('USAGE', `a database URL ${what}`, { hint });
}

function fromUrl(scheme: string, rest: string): DatabaseAddress {
  // A raw # or ? of a password would cut the rest off in silence.
  if (rest.includes('#')) throw refused('has a "#" in it, which ends a URL');
  const [, authority = '', path = '', query] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  // With an @ behind the host, what looks like the host may be a part of the password.
  if (`${path}${query ?? ''}`.includes('@')) throw refused('has a "/", "?" or "@" that is not percent-encoded');
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const parameters = new Map<string, string>();
  for (const pair of (query ?? '').split('&').filter((one) => one !== '')) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(pair) ?? [];
    // The rest of a password with an & in it looks like this.
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
  const match = /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([^:\\[\]@\s,]*))(?:\\([^:\\[\]@\s]+))?(?::(\d*))?$/i.exec(text);
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
  // Without jdbc: it may as well be user:password@host, with a semicolon in the password.
  if (!jdbc && rest.replaceAll(/\{(?:[^}]|\}\})*\}/g, '').includes('@'))
    throw refused(
      'has a ";" and an "@", and can be read in two ways',
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
        'Write name=value;name={value}: in braces a value may have any character, and } is written }}.',
      );
    const [, name = '', inBraces, plain] = match;
    if (name === '') continue;
    // A semicolon of a password that is not in braces looks like this.
    if (inBraces === undefined && plain === undefined)
      throw refused('has a property without a value', 'Put a value that has a ";" in it in braces: password={a;b}.');
    // Of an opening brace without its closing one the rest would be cut off.
    if (inBraces === undefined && plain?.startsWith('{'))
      throw refused(
        'has a "{" without its "}"',
        'Put the value in braces, and write } twice in it: password={a{b}}c}.',
      );
    found.set(name, inBraces?.replaceAll('}}', '}') ?? plain ?? '');
  }
  return found;
}

/** Takes what the parameters say of host, user and name out of them; it goes before what the URL's head says, as in JDBC. */
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

/** The address as a URL that `parseDatabaseUrl` reads again, every part encoded. @throws USAGE */
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
    throw refused('has text in it that is not valid Unicode', 'Check user and password.');
  }
}

/** `host:port/database`, for people. @throws USAGE */
export function displayName(url: string): string {
  // Of a form that nobody here knows (jdbc:oracle:thin:…) only its kind is shown.
  const other = /^jdbc:([a-z0-9]+):(?!\/\/)/i.exec(url);
  if (other !== null) return `jdbc:${other[1]}`;
  const { host, port, instance, database } = parseDatabaseUrl(url);
  const server = `${host.includes(':') ? `[${host}]` : host}${instance === undefined ? '' : `\\${instance}`}`;
  return `${server}${port === undefined ? '' : `:${port}`}${database === undefined ? '' : `/${database}`}`;
}

/**
 * What was given as a database, as it may be kept: a name, or of a URL what is shown of it. Undefined where it is neither,
 * since nobody knows which part of it is the password.
 */
export function keptName(nameOrUrl: string): string | undefined {
  if (!isDatabaseUrl(nameOrUrl)) return /[@:;=\s]/.test(nameOrUrl) ? undefined : nameOrUrl;
  try {
    return displayName(nameOrUrl);
  } catch {
    return undefined;
  }
}

/** The URL with the password that is given beside it. @throws PROJECT_INVALID */
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
