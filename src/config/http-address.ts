import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { durationMs } from '../text/duration.ts';
import type { ConnectSettings, EntraSettings, TlsFiles } from './connect-settings.ts';
import { connectAddress } from './connect-url.ts';

/** An HTTP server like that of a Connect cluster: URLs that are tried in turn, and how to reach them. */
export interface HttpAddress {
  urls: string[];
  settings: Omit<ConnectSettings, 'url'>;
}

/** Where settings are written. */
export interface SettingsSite {
  /** For messages. */
  file: string;
  /** Path of keys inside the file. */
  key: string;
  /** Where relative paths start: the folder of the file. */
  folder: string;
}

/** Ways to authenticate: one at most. */
const WAYS = ['username', 'token', 'tokenFile', 'oauth', 'entra'] as const;
const CREDENTIALS = ['clientSecret', 'certificate', 'federatedTokenFile'] as const satisfies (keyof EntraSettings)[];

export function urlsOf(server: string | ConnectSettings): string[] {
  const url = typeof server === 'string' ? server : server.url;
  return typeof url === 'string' ? [url] : url;
}

/**
 * The settings of one server, checked, with absolute paths.
 * @param api what answers there, for messages
 * @throws PROJECT_INVALID, REQUEST_INVALID
 */
export function httpAddress(server: string | ConnectSettings, site: SettingsSite, api: string): HttpAddress {
  const { url: _url, ...settings } = typeof server === 'string' ? { url: server } : server;
  const where = `${site.file}: ${site.key}`;
  // The schema accepts a reference; its value may be anything.
  if (settings.timeout !== undefined && durationMs(settings.timeout) === undefined)
    throw invalid(`${where}.timeout is not a duration`, 'Write a number and a unit, such as 30s or 2m.');
  const addresses = urlsOf(server).map((one) => connectAddress(one, where, api));
  const [ofUrl] = addresses.flatMap(({ url: _address, ...credentials }) =>
    credentials.username === undefined ? [] : credentials,
  );
  return { urls: addresses.map(({ url }) => url), settings: httpSettings({ ...ofUrl, ...settings }, site) };
}

/**
 * Settings besides the URL, checked, with absolute paths.
 * @throws PROJECT_INVALID
 */
export function httpSettings<S extends Omit<ConnectSettings, 'url'>>(
  settings: S,
  { file, key, folder }: SettingsSite,
): S {
  checkWays(settings, `${file}: ${key}`);
  return withAbsolutePaths(settings, folder);
}

function checkWays(settings: Omit<ConnectSettings, 'url'>, where: string): void {
  const given = WAYS.filter((way) => settings[way] !== undefined);
  if (given.length > 1)
    throw invalid(
      `${where} has several ways to authenticate: ${given.join(', ')}`,
      'Keep one of them. A user in the URL is one, too.',
    );
  const { oauth, entra } = settings;
  if (oauth !== undefined) checkUrl(oauth.tokenUrl, `${where}.oauth.tokenUrl`);
  if (entra?.authority !== undefined) checkUrl(entra.authority, `${where}.entra.authority`);
  const credentials = entra === undefined ? [] : CREDENTIALS.filter((one) => entra[one] !== undefined);
  if (entra !== undefined && credentials.length !== 1)
    throw invalid(
      `${where}.entra ${credentials.length === 0 ? 'has no credential' : `has several credentials: ${credentials.join(', ')}`}`,
      `Give one of ${CREDENTIALS.join(', ')}.`,
    );
}

/** It is shown in errors. */
function checkUrl(text: string, where: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid(`${where} is not a valid URL`, 'Write it as https://host/path.');
  if (url.username !== '' || url.password !== '')
    throw invalid(`${where} has a user or a password`, 'Give them as clientId and clientSecret.');
}

function withAbsolutePaths<S extends Omit<ConnectSettings, 'url'>>(settings: S, folder: string): S {
  const { tls, tokenFile, oauth, entra } = settings;
  return {
    ...settings,
    ...(tls && { tls: absoluteFiles(tls, folder) }),
    ...(tokenFile !== undefined && { tokenFile: path.resolve(folder, tokenFile) }),
    ...(oauth && { oauth: { ...oauth, ...(oauth.tls && { tls: absoluteFiles(oauth.tls, folder) }) } }),
    ...(entra && {
      entra: {
        ...entra,
        ...(entra.certificate !== undefined && { certificate: path.resolve(folder, entra.certificate) }),
        ...(entra.federatedTokenFile !== undefined && {
          federatedTokenFile: path.resolve(folder, entra.federatedTokenFile),
        }),
        ...(entra.tls && { tls: absoluteFiles(entra.tls, folder) }),
      },
    }),
  };
}

/** Files of certificates, by absolute paths. */
export function absoluteFiles<T extends TlsFiles & { pfx?: string }>(tls: T, folder: string): T {
  const files = (['ca', 'cert', 'key', 'pfx'] as const).flatMap((name) => {
    const file = tls[name];
    return file === undefined ? [] : [[name, path.resolve(folder, file)] as const];
  });
  return { ...tls, ...Object.fromEntries(files) };
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', message, { hint });
}
