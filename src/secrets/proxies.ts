import { isIPv4 } from 'node:net';
import { SluiceError } from '../errors/error.ts';
import type { Environment } from './environment.ts';

/** A proxy in front of a worker. */
export interface HttpProxy {
  /** Without credentials. */
  url: string;
  /** Where it comes from. */
  variable: string;
  /** What is sent to it to authenticate, which its own pages may repeat. Never for display. */
  credentials: readonly string[];
}

/** The forms in which a response may repeat the credentials of Basic authentication. */
export function basicCredentials(username: string, password: string): string[] {
  // Without a password that is also the user's name: the two cannot be distinguished.
  return [basic(username, password), ...(password === username ? [] : [password])];
}

export const basic = (username: string, password: string) => Buffer.from(`${username}:${password}`).toString('base64');

/** Only these: with NODE_DEBUG=http, Node prints all of an agent's options, and an environment contains secrets. */
export function proxyVariables(environment: Environment): Environment {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/**
 * The proxy that Node's agent uses for this URL. The agent does not tell, so its rules are repeated here for messages.
 * @throws REQUEST_INVALID if the variable is not a valid proxy URL: Node would show it with its password
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
 */
export function proxyOf(url: URL, environment: Environment): HttpProxy | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const variable = environment[name] ? name : name.toUpperCase();
  const written = environment[variable];
  // Other schemes are ignored.
  if (!written || !/^https?:\/\//.test(written) || isExcepted(url, environment)) return undefined;
  try {
    if (/[\r\n]/.test(written)) throw new Error('a line break');
    const proxy = new URL(written);
    // Node decodes them, and fails on an invalid % escape.
    const [username, password] = [decodeURIComponent(proxy.username), decodeURIComponent(proxy.password)];
    const credentials = username + password === '' ? [] : basicCredentials(username, password);
    return { url: `${proxy.protocol}//${proxy.host}`, variable, credentials };
  } catch {
    throw new SluiceError('REQUEST_INVALID', `${variable} is not a valid proxy URL`, {
      hint: 'Write it as http://host:3128 or http://user:password@host:3128, with special characters of the user and the password percent-encoded (% as %25, / as %2F, @ as %40).',
    });
  }
}

function isExcepted({ hostname, port, protocol }: URL, environment: Environment): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const withPort = `${host}:${port || (protocol === 'https:' ? '443' : '80')}`;
  const list = environment['no_proxy'] || environment['NO_PROXY'] || '';
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some(
      (entry) =>
        entry === '*' ||
        entry === host ||
        entry === withPort ||
        (entry.startsWith('.') && `.${host}`.endsWith(entry)) ||
        (entry.startsWith('*.') && host.endsWith(entry.slice(1))) ||
        isInRange(host, entry),
    );
}

/** `10.0.0.1-10.0.0.99` */
function isInRange(host: string, entry: string): boolean {
  const [first = '', last = ''] = entry.split('-').map((one) => one.trim());
  if (![host, first, last].every(isIPv4)) return false;
  return numberOf(first) <= numberOf(host) && numberOf(host) <= numberOf(last);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
