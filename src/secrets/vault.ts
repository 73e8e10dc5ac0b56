import { SluiceError } from '../errors/error.ts';
import { redactKnown } from '../text/redact.ts';
import type { Environment } from './environment.ts';
import { proxyOf } from './proxies.ts';
import type { SecretReader } from './references.ts';

/**
 * Reads `mount/path#key` from a Vault KV version 2 engine through its HTTP API, with VAULT_ADDR, VAULT_TOKEN and
 * VAULT_NAMESPACE from the environment, each secret once per run.
 * @param ofProcess the process's own variables, without env files: the HTTP client takes its proxy from there
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version
 */
export function vaultReader(environment: Environment, ofProcess: Environment): SecretReader {
  const secrets = new Map<string, Promise<Record<string, unknown>>>();
  return {
    async read(reference) {
      const [location = '', key = ''] = reference.split('#', 2);
      const [mount = '', ...rest] = location.split('/');
      if (mount === '' || rest.length === 0 || key === '') {
        throw new SluiceError('REFERENCE_UNRESOLVED', `"\${vault:${reference}}" is not a valid Vault reference`, {
          hint: 'Write ${vault:mount/path#key}, such as ${vault:secret/orders/db#password}.',
        });
      }
      let secret = secrets.get(location);
      if (secret === undefined) {
        secret = fetchSecret({ environment, ofProcess }, mount, rest.join('/'));
        secrets.set(location, secret);
      }
      const value = (await secret)[key];
      if (typeof value === 'string') return value;
      throw new SluiceError('SECRET_UNAVAILABLE', `the Vault secret ${location} has no text value for the key ${key}`, {
        hint: `See its keys: vault kv get -mount=${mount} ${rest.join('/')}`,
        retryable: false,
      });
    },
  };
}

const TIMEOUT_MS = 10_000;
/** Vault itself does not accept larger secrets. */
const MAX_RESPONSE_BYTES = 32 * 1024 ** 2;

async function fetchSecret(
  { environment, ofProcess }: { environment: Environment; ofProcess: Environment },
  mount: string,
  name: string,
): Promise<Record<string, unknown>> {
  const address = environment.VAULT_ADDR;
  const token = environment.VAULT_TOKEN;
  if (!address || !token) {
    throw new SluiceError(
      'SECRET_UNAVAILABLE',
      `the secret ${mount}/${name} needs Vault, and ${address ? 'VAULT_TOKEN' : 'VAULT_ADDR'} is not set`,
      {
        hint: 'Set VAULT_ADDR and VAULT_TOKEN (vault login).',
        retryable: false,
      },
    );
  }
  const { default: axios } = await import('axios');
  const proxy = URL.canParse(address) ? proxyOf(new URL(address), ofProcess) : undefined;
  const hide = (text: unknown) => redactKnown(String(text ?? ''), [token, ...(proxy?.credentials ?? [])]);
  const through = proxy === undefined ? '' : ` (through the proxy ${proxy.url})`;
  const url = `${address.replace(/\/+$/, '')}/v1/${encodeURIComponent(mount)}/data/${name.split('/').map(encodeURIComponent).join('/')}`;
  try {
    const answer = await axios.get<{ data?: { data?: Record<string, unknown> } }>(url, {
      headers: {
        'X-Vault-Token': token,
        'X-Vault-Request': 'true',
        ...(environment.VAULT_NAMESPACE ? { 'X-Vault-Namespace': environment.VAULT_NAMESPACE } : {}),
      },
      // Limits the whole response: `timeout` restarts with each byte, and a response may drip forever.
      signal: AbortSignal.timeout(TIMEOUT_MS),
      maxContentLength: MAX_RESPONSE_BYTES,
      // A redirect would send the token to another host.
      maxRedirects: 0,
      validateStatus: () => true,
    });
    if (answer.status >= 300 && answer.status < 400) throw redirected(address, hide(answer.headers['location']));
    const data = answer.status === 200 ? answer.data?.data?.data : undefined;
    if (data) return data;
    const byProxy = proxy !== undefined && (answer.status === 407 || answer.status >= 500);
    throw new SluiceError(
      'SECRET_UNAVAILABLE',
      `Vault${through} answered ${answer.status} for the secret ${mount}/${name}`,
      {
        hint: byProxy
          ? `The proxy may have answered: check ${proxy.variable}, or add Vault's host to NO_PROXY.`
          : answer.status === 403
            ? 'The token may not read it, or has expired: vault token lookup'
            : `Check that it exists: vault kv get -mount=${mount} ${name}`,
        retryable: answer.status >= 500,
      },
    );
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    // The axios error contains the request with the token: keep only its message.
    const { code, message } = error as { code?: unknown; message: string };
    const reason = code === 'ERR_CANCELED' ? `no complete response within ${TIMEOUT_MS / 1000} s` : hide(message);
    throw new SluiceError('SECRET_UNAVAILABLE', `cannot reach Vault at ${address}${through}: ${reason}`, {
      hint:
        proxy === undefined
          ? 'Check VAULT_ADDR, and that Vault is unsealed: vault status'
          : `Check VAULT_ADDR and ${proxy.variable}; hosts in NO_PROXY bypass the proxy.`,
    });
  }
}

function redirected(address: string, location: string): SluiceError {
  return new SluiceError(
    'SECRET_UNAVAILABLE',
    `Vault at ${address} redirects to ${location.split(/[?#]/, 1)[0] || 'nowhere'}; the token was not sent there`,
    { hint: 'Set VAULT_ADDR to the server that answers requests itself: vault status', retryable: false },
  );
}
