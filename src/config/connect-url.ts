import { SluiceError } from '../errors/error.ts';

/** A Connect REST API without credentials in its URL, and those that were in it. */
export interface ConnectAddress {
  /** No trailing slash; fit to be shown. */
  url: string;
  username?: string;
  password?: string;
}

const FORM = /^(https?):\/\/(.*)$/is;

/**
 * Takes the user and the password out of a URL: what names a cluster is shown in every result and kept in the history.
 * @param site where it was given, for the message: the URL itself may hold a password in a place that no mask finds
 * @throws USAGE for what is not a URL, or has characters in its user or password that a URL cannot have as they are
 */
export function connectAddress(url: string, site: string): ConnectAddress {
  const [, scheme = '', rest = ''] = FORM.exec(url.trim()) ?? [];
  if (rest === '')
    throw invalid(`${site} is not a valid URL of a Connect REST API`, 'Write it as http://host:8083 or https://host.');
  const at = rest.lastIndexOf('@');
  const own = rest.slice(at + 1);
  const address = `${scheme.toLowerCase()}://${own}`.replace(/\/+$/, '');
  if (own === '' || !URL.canParse(address) || /[\s\\]/.test(own) || /^[/?#]/.test(own))
    throw invalid(`${site} is not a valid URL of a Connect REST API`, ENCODE);
  if (/\/connectors$/.test(address))
    throw invalid(`${site} ends with /connectors`, 'Leave that away: sluice adds the paths of the REST API.');
  if (at < 0) return { url: address };
  const [username = '', ...password] = rest.slice(0, at).split(':');
  return { url: address, username: decoded(username, site), password: decoded(password.join(':'), site) };
}

const ENCODE =
  'Percent-encode special characters of the user and the password (% as %25, / as %2F, @ as %40), or give them as connect.username and connect.password of a context.';

function decoded(text: string, site: string): string {
  // Each of these would end the host's part of the URL.
  if (/[/?#\s]/.test(text))
    throw invalid(`${site}: the user or password has characters that a URL cannot have`, ENCODE);
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${site}: the user or password has a % that encodes nothing`, ENCODE);
  }
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError('USAGE', message, { hint });
}
