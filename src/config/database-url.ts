import { SluiceError } from '../errors/error.ts';
import type { DatabaseSettings } from './project.ts';

/** `host/database` of a URL, for people. @throws USAGE */
export function displayName(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new SluiceError('USAGE', 'a database URL cannot be parsed', {
      hint: 'Write it as postgres://user:password@host:5432/name; percent-encode special characters of the password.',
    });
  }
}

/** The URL with the password that stands beside it. @throws PROJECT_INVALID */
export function withPassword(settings: DatabaseSettings, name: string): string {
  if (settings.password === undefined) return settings.url;
  try {
    const url = new URL(settings.url);
    url.password = encodeURIComponent(settings.password);
    return url.toString();
  } catch {
    throw new SluiceError('PROJECT_INVALID', `databases.${name}.url is no URL`, {
      hint: 'Write it as postgres://user@host:5432/name.',
    });
  }
}
