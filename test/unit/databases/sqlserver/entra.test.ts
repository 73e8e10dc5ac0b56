import type { AccessToken, TokenCredential } from '@azure/identity';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../../src/config/database-url.ts';
import { openConnection, settingsOf } from '../../../../src/databases/sqlserver/connection.ts';
import { entraCredential } from '../../../../src/databases/sqlserver/entra.ts';
import { openSqlserver } from '../../../../src/databases/sqlserver/session.ts';
import { type TdsServer, tdsServer } from '../../../helpers/tds-server.ts';

const DATABASES = 'https://database.windows.net/';
const open = { statementTimeout: 0, connectTimeout: 10_000 };

/** What was asked of it, in place of @azure/identity. */
function identity() {
  const made: unknown[][] = [];
  const scopes: unknown[] = [];
  const kind = (name: string) =>
    class implements TokenCredential {
      constructor(...given: unknown[]) {
        made.push([name, ...given]);
      }
      async getToken(scope: unknown): Promise<AccessToken> {
        scopes.push(scope);
        return { token: 'a-token', expiresOnTimestamp: Date.now() + 60_000 };
      }
    };
  const names = ['DefaultAzureCredential', 'ManagedIdentityCredential', 'ClientSecretCredential'];
  const module = Object.fromEntries(names.map((name) => [name, kind(name)]));
  return { made, scopes, load: async () => module as unknown as typeof import('@azure/identity') };
}

const credential = (url: string, load: ReturnType<typeof identity>['load'] = identity().load) =>
  entraCredential(parseDatabaseUrl(url), 'shop', load);

describe('a login by Entra', () => {
  let server: TdsServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it.each([
    ['mssql://db/shop?authentication=ActiveDirectoryDefault', ['DefaultAzureCredential', {}]],
    [
      'mssql://client@db/shop?authentication=activedirectorydefault',
      ['DefaultAzureCredential', { managedIdentityClientId: 'client' }],
    ],
    ['jdbc:sqlserver://db;authentication=ActiveDirectoryMSI', ['ManagedIdentityCredential']],
    ['mssql://client@db/shop?authentication=ActiveDirectoryManagedIdentity', ['ManagedIdentityCredential', 'client']],
    [
      'jdbc:sqlserver://db;user=client;password={s;1};tenantId=t;authentication=ActiveDirectoryServicePrincipal',
      ['ClientSecretCredential', 't', 'client', 's;1'],
    ],
  ])('%s', async (url, expected) => {
    const { made, load } = identity();
    expect(await credential(url, load)).toBeDefined();
    expect(made).toEqual([expected]);
  });

  it.each(['', '?authentication=SqlPassword', '?authentication=NotSpecified'])(
    'is not one without being asked for: %s',
    async (query) => {
      const load = () => Promise.reject(new Error('nobody asked for it'));
      expect(await credential(`mssql://sa:geheim@db/shop${query}`, load)).toBeUndefined();
    },
  );

  it.each([
    ['authentication=ActiveDirectoryInteractive', 'does not support authentication=ActiveDirectoryInteractive'],
    ['authentication=ActiveDirectoryDefault&encrypt=false', 'needs an encrypted connection'],
    ['authentication=ActiveDirectoryServicePrincipal', 'needs tenant, client and secret'],
  ])('is refused: %s', async (query, words) => {
    await expect(credential(`mssql://db/shop?${query}`)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(words),
    });
  });

  it('says what to install where the package is missing', async () => {
    const missing = Object.assign(new Error("Cannot find package '@azure/identity' imported from /x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const url = 'mssql://db/shop?authentication=ActiveDirectoryDefault';
    await expect(credential(url, () => Promise.reject(missing))).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      exitCode: 2,
      message: 'shop: a login with Entra needs @azure/identity, which is not installed',
      hint: expect.stringContaining('npm install --global @azure/identity'),
    });
    await expect(credential(url, () => Promise.reject(new Error('damaged')))).rejects.toMatchObject({
      message: expect.stringContaining('cannot be loaded: damaged'),
    });
  });

  it('sends the token over TLS, instead of user and password', async () => {
    server = await tdsServer({ encryption: 'on', resource: DATABASES });
    const { scopes, load } = identity();
    const url = `mssql://127.0.0.1:${server.port}/shop?authentication=ActiveDirectoryDefault&trustServerCertificate=true`;
    const connection = await openConnection(settingsOf(url, open, await credential(url, load)), undefined);
    connection.close();
    expect(scopes).toEqual([`${DATABASES}.default`]);
    expect(server.tokens).toEqual(['a-token']);
    expect(server.logins).toEqual([{ encrypted: true, database: 'shop' }]);
  });

  it('gives a server no token for anything but databases', async () => {
    server = await tdsServer({ encryption: 'on', resource: 'https://management.azure.com/' });
    const { scopes, load } = identity();
    const url = `mssql://127.0.0.1:${server.port}/shop?authentication=ActiveDirectoryDefault&trustServerCertificate=true`;
    const settings = settingsOf(url, open, await credential(url, load));
    const error = await openConnection(settings, undefined).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect((error as AggregateError).errors.map(String).join()).toMatch(/management\.azure\.com.*not a database/);
    expect(scopes).toEqual([]);
    expect(server.tokens).toEqual([]);
  });

  it('is an error of its own where there is no token', async () => {
    server = await tdsServer({ encryption: 'on', resource: 'https://management.azure.com/' });
    const url = `mssql://127.0.0.1:${server.port}/shop?authentication=ActiveDirectoryDefault&trustServerCertificate=true`;
    await expect(openSqlserver(url, 'shop', open)).rejects.toMatchObject({
      code: 'DATABASE_UNAUTHORIZED',
      message: expect.stringContaining('which is not a database'),
      hint: expect.stringContaining('az login'),
    });
  });
});
