import { isSea } from 'node:sea';
import type { TokenCredential } from '@azure/identity';
import { type DatabaseAddress, parameterOf } from '../../config/database-url.ts';
import { SluiceError } from '../../errors/error.ts';

type Identity = typeof import('@azure/identity');

/** By the values of `authentication` in the URLs of Microsoft's drivers, in lower case. */
const CREDENTIALS: Readonly<Record<string, (identity: Identity, address: DatabaseAddress) => TokenCredential>> = {
  activedirectorydefault: ({ DefaultAzureCredential }, { user }) =>
    new DefaultAzureCredential(user === undefined ? {} : { managedIdentityClientId: user }),
  activedirectorymanagedidentity: managedIdentity,
  activedirectorymsi: managedIdentity,
  activedirectoryserviceprincipal({ ClientSecretCredential }, address) {
    const { user, password } = address;
    const tenant = parameterOf(address, 'tenantId');
    if (!tenant || !user || !password)
      throw new SluiceError('REQUEST_INVALID', 'a login as a service principal needs tenant, client and secret', {
        hint: 'Write sqlserver://CLIENT_ID:${SECRET}@host/name?authentication=ActiveDirectoryServicePrincipal&tenantId=TENANT_ID.',
      });
    return new ClientSecretCredential(tenant, user, password);
  },
};

function managedIdentity({ ManagedIdentityCredential }: Identity, { user }: DatabaseAddress): TokenCredential {
  return user === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential(user);
}

/** Scopes of tokens. The server names the scope, and an impostor could ask for another. */
const DATABASES =
  /^https:\/\/database\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn|cloudapi\.de)\/+\.default$/;

/**
 * The credential for `authentication=ActiveDirectory…`, undefined for a login with a password of the server.
 * @param name of the database, for messages
 * @param load for tests
 * @throws REQUEST_INVALID; DATABASE_UNSUPPORTED if @azure/identity is not installed
 */
export async function entraCredential(
  address: DatabaseAddress,
  name: string,
  load: () => Promise<Identity> = () => import('@azure/identity'),
): Promise<TokenCredential | undefined> {
  const wanted = parameterOf(address, 'authentication') ?? 'NotSpecified';
  if (/^(NotSpecified|SqlPassword)$/i.test(wanted)) return undefined;
  const make = CREDENTIALS[wanted.toLowerCase()];
  if (make === undefined)
    throw new SluiceError('REQUEST_INVALID', `${name}: sluice does not support authentication=${wanted}`, {
      hint: 'Use ActiveDirectoryDefault, ActiveDirectoryManagedIdentity, ActiveDirectoryServicePrincipal or SqlPassword.',
    });
  if (/^(false|no|optional)$/i.test(parameterOf(address, 'encrypt') ?? ''))
    throw new SluiceError('REQUEST_INVALID', `${name}: a login with a token needs an encrypted connection`, {
      hint: 'Remove encrypt=false from the URL.',
    });
  const credential = make(await installed(load, name), address);
  return {
    getToken(scopes, options) {
      const scope = [scopes].flat().find((one) => !DATABASES.test(one));
      if (scope !== undefined) throw new Error(`the server asked for a token for ${scope}, which is not a database`);
      return credential.getToken(scopes, options);
    },
  };
}

async function installed(load: () => Promise<Identity>, name: string): Promise<Identity> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@azure/identity'")
        ? 'is not installed'
        : `cannot be loaded: ${message}`;
    throw new SluiceError('DATABASE_UNSUPPORTED', `${name}: a login with Entra needs @azure/identity, which ${what}`, {
      hint: isSea()
        ? 'The single executable loads no packages. Install sluice with it: npm install --global sluice @azure/identity'
        : 'Install it beside sluice: npm install --global @azure/identity; in a project that has sluice among its packages, without --global.',
      cause: error,
    });
  }
}
