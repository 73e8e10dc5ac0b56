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
  const { username, password = '', token, tokenFile, oauth, entra } = settings;
  if (oauth !== undefined) return fromSource(async () => (await import('./oauth.ts')).oauthTokens(oauth, options));
  if (entra !== undefined) return fromSource(async () => (await import('./entra.ts')).entraTokens(entra, options));
  if (tokenFile !== undefined) return fromFile(tokenFile, options.site);
  if (token !== undefined) return fixed(`Bearer ${token}`, [token]);
  if (username !== undefined) return fixed(`Basic ${basic(username, password)}`, basicCredentials(username, password));
  return fixed(undefined, []);
}

function fixed(header: string | undefined, secrets: readonly string[]): Authorization {
  return { header: async () => header, renew: () => false, secrets };
}

/** Kubernetes, Vault's agent and others renew such a file. */
function fromFile(file: string, site: string): Authorization {
  const secrets = new Set<string>();
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
    if (token === '')
      throw new SluiceError('FILE_UNREADABLE', `the file of tokenFile is empty: ${file}`, {
        hint: `Check what writes it, and ${site}.tokenFile of the context.`,
      });
    keep(secrets, token);
    return `Bearer ${token}`;
  };
  return {
    header: async () => read(),
    renew: (refused) => read() !== refused,
    get secrets() {
      return [...secrets];
    },
  };
}

function fromSource(open: () => Promise<TokenSource>): Authorization {
  let source: Promise<TokenSource> | undefined;
  const secrets = new Set<string>();
  let cached: TokenSource | undefined;
  return {
    async header(signal) {
      source ??= open();
      cached = await source;
      const token = await cached.token(signal);
      keep(secrets, token);
      return `Bearer ${token}`;
    },
    renew(refused) {
      return refused?.startsWith('Bearer ') === true && cached?.discard(refused.slice('Bearer '.length)) === true;
    },
    get secrets() {
      return [...secrets];
    },
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
