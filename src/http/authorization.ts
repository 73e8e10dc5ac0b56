import type { ConnectSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { basic, basicCredentials } from '../secrets/proxies.ts';
import type { TokenOptions, TokenSource } from './tokens.ts';

/** What authenticates requests to one server. */
export interface Authorization {
  /**
   * The value of the header, undefined for none.
   * @throws TOKEN_UNAVAILABLE, FILE_UNREADABLE
   */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** Whether a request that was answered by 401 is worth another try: with another value than the one that was refused. */
  renew(refused: string | undefined): boolean;
  /** What was sent, which a response may repeat. Never for display. */
  readonly secrets: readonly string[];
}

type Settings = Omit<ConnectSettings, 'url'>;

/** By the settings: clients of the workers of one cluster share a token. */
const opened = new WeakMap<Settings, Authorization>();

/** @param options.site the settings, for messages: `connect` */
export function authorizationOf(settings: Settings, options: TokenOptions): Authorization {
  const found = opened.get(settings) ?? open(settings, options);
  opened.set(settings, found);
  return found;
}

function open(settings: Settings, options: TokenOptions): Authorization {
  const { username, password = '' } = settings;
  const tokens = tokensOf(settings, options);
  if (tokens !== undefined) return byToken(tokens);
  return username === undefined
    ? fixed(undefined, [])
    : fixed(`Basic ${basic(username, password)}`, basicCredentials(username, password));
}

/** Ways to have a token. */
export type TokenSettings = Pick<ConnectSettings, 'token' | 'tokenFile' | 'oauth' | 'entra'>;

/** Undefined if the settings have none. @param options.site the settings, for messages: `connect` */
export function tokensOf(settings: TokenSettings, options: TokenOptions): TokenSource | undefined {
  const { token, tokenFile, oauth, entra } = settings;
  if (oauth !== undefined) return later(async () => (await import('./oauth.ts')).oauthTokens(oauth, options));
  if (entra !== undefined) return later(async () => (await import('./entra.ts')).entraTokens(entra, options));
  if (tokenFile !== undefined) return fileTokens(tokenFile, options.site);
  return token === undefined ? undefined : { token: async () => token, discard: () => false };
}

function fixed(header: string | undefined, secrets: readonly string[]): Authorization {
  return { header: async () => header, renew: () => false, secrets };
}

function byToken(tokens: TokenSource): Authorization {
  const secrets = new Set<string>();
  return {
    async header(signal) {
      const token = await tokens.token(signal);
      keep(secrets, token);
      return `${BEARER}${token}`;
    },
    renew: (refused) => refused?.startsWith(BEARER) === true && tokens.discard(refused.slice(BEARER.length)),
    get secrets() {
      return [...secrets];
    },
  };
}

const BEARER = 'Bearer ';

/** Kubernetes, Vault's agent and others renew such a file. */
function fileTokens(file: string, site: string): TokenSource {
  const read = () => {
    let token: string;
    try {
      token = readText(file).trim();
    } catch (error) {
      throw new SluiceError('FILE_UNREADABLE', `cannot read the file of tokenFile: ${(error as Error).message}`, {
        hint: `Check ${site}.tokenFile of the context.`,
        cause: error,
      });
    }
    if (token !== '') return token;
    throw new SluiceError('FILE_UNREADABLE', `the file of tokenFile is empty: ${file}`, {
      hint: `Check what writes it, and ${site}.tokenFile of the context.`,
    });
  };
  return { token: async () => read(), discard: (token) => read() !== token };
}

/** Opened with the first token: few commands need the library. */
function later(open: () => Promise<TokenSource>): TokenSource {
  let opening: Promise<TokenSource> | undefined;
  let opened: TokenSource | undefined;
  return {
    async token(signal) {
      opening ??= open();
      opened = await opening;
      return opened.token(signal);
    },
    discard: (token) => opened?.discard(token) === true,
  };
}

/** A response may still repeat the token before: the last few are remembered, however long a daemon runs. */
const REMEMBERED = 5;

function keep(secrets: Set<string>, token: string): void {
  secrets.delete(token);
  secrets.add(token);
  for (const oldest of secrets) {
    if (secrets.size <= REMEMBERED) return;
    secrets.delete(oldest);
  }
}
