import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

export const CLIENT = { id: 'sluice', secret: 'client secret: 50 % + "more"' };
export const AUDIENCE = 'https://connect.example';

/** A real OpenID provider on loopback, whose access tokens are JWTs for one audience. */
export interface OidcServer extends AsyncDisposable {
  url: string;
  tokenUrl: string;
  /** Requests for tokens so far. */
  readonly asked: number;
  /** @throws unless it is a token of this server that is valid now */
  verify(token: string): Promise<void>;
}

/** @param lifetime of its tokens (s) */
export async function startOidc({ lifetime = 600, authentication = 'client_secret_basic' } = {}): Promise<OidcServer> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // A key of its own: those that the library has for tests are the same in each server.
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: url, alg: 'RS256', use: 'sig' }] },
    ttl: { ClientCredentials: lifetime },
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: authentication as 'client_secret_basic',
      },
    ],
    scopes: ['connect.read', 'connect.write'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: 'connect.read connect.write',
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetime,
          audience: AUDIENCE,
        }),
        useGrantedResource: () => true,
      },
    },
  });
  let asked = 0;
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url === '/token') asked += 1;
    void answer(request, response);
  });
  const keys = createRemoteJWKSet(new URL(`${url}/jwks`));
  return {
    url,
    tokenUrl: `${url}/token`,
    get asked() {
      return asked;
    },
    async verify(token) {
      await jwtVerify(token, keys, { issuer: url, audience: AUDIENCE });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
