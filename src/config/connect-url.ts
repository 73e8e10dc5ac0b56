import { SluiceError } from '../errors/error.ts';

/** A Connect REST API: its URL without credentials, and the credentials that were in it. */
export interface ConnectAddress {
  /** No trailing slash; safe to show. */
  url: string;
  username?: string;
  password?: string;
}

/** As returned by URL, which encodes other letters. */
const HOST = /^(?:[\w.~-]+|\[[\da-f:.]+\])$/i;
const FORM = /^(https?):\/\/(.*)$/is;

/**
 * Separates user and password from a URL: a cluster's name is shown in every result and kept in the history.
 * @param site where it was given, for the message: the URL may contain a password where no mask finds it
 * @param api what answers there
 * @throws REQUEST_INVALID for an invalid URL, or unencoded special characters in user or password
 */
export function connectAddress(url: string, site: string, api = 'a Connect REST API'): ConnectAddress {
  const [, scheme = '', rest = ''] = FORM.exec(url.trim()) ?? [];
  if (rest === '') throw invalid(`${site} is not a valid URL of ${api}`, WRITE);
  const at = rest.lastIndexOf('@');
  const own = rest.slice(at + 1);
  const address = `${scheme.toLowerCase()}://${own}`.replace(/\/+$/, '');
  if (own === '' || !URL.canParse(address) || /[\s\\]/.test(own) || /^[/?#]/.test(own))
    throw invalid(`${site} is not a valid URL of ${api}`, at < 0 ? WRITE : ENCODE);
  // REST paths would be appended to it, and a token in it would be shown with the URL.
  if (/[?#]/.test(own))
    throw invalid(
      `${site} has a query or a fragment`,
      'Remove everything from the ? or # on; a token belongs in connect.token or connect.headers of a context.',
    );
  if (!HOST.test(new URL(address).hostname) || /%(?![\da-f]{2})/i.test(own))
    throw invalid(
      `${site} is not a valid URL of ${api}`,
      'A host consists of letters, digits, dots and hyphens; ${NAME} is a variable only in sluice.yaml.',
    );
  if (/\/connectors$/.test(address))
    throw invalid(`${site} ends with /connectors`, 'Remove that: sluice adds the paths of the REST API.');
  if (at < 0) return { url: address };
  const [username = '', ...password] = rest.slice(0, at).split(':');
  return { url: address, username: decoded(username, site), password: decoded(password.join(':'), site) };
}

/** Whether two URLs of `ConnectAddress` are one address, however it is spelt. */
export function sameUrl(a: string, b: string): boolean {
  return new URL(a).href === new URL(b).href;
}

const WRITE = 'Write it as http://host:8083 or https://host.';
const ENCODE =
  'Percent-encode special characters of the user and the password (% as %25, / as %2F, @ as %40), or give them as connect.username and connect.password of a context.';

function decoded(text: string, site: string): string {
  // Any of these would end the authority part of the URL.
  if (/[/?#\s]/.test(text))
    throw invalid(`${site}: the user or password has characters that are not allowed in a URL`, ENCODE);
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${site}: the user or password has a "%" that is not an escape`, ENCODE);
  }
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError('REQUEST_INVALID', message, { hint });
}
