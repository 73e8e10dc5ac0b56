import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { vaultReader } from '../../../src/secrets/vault.ts';

// Answers as Vault's KV v2 engine does; a real Vault is not to be had from the package registries.
const requests: { url: string | undefined; token: string | undefined; namespace: string | undefined }[] = [];
const server = createServer((request, response) => {
  requests.push({
    url: request.url,
    token: request.headers['x-vault-token'] as string | undefined,
    namespace: request.headers['x-vault-namespace'] as string | undefined,
  });
  response.setHeader('content-type', 'application/json');
  if (request.url === '/v1/secret/data/shop/db')
    response.end(JSON.stringify({ data: { data: { password: 'geheim', port: 5432 } } }));
  else if (request.url === '/v1/secret/data/forbidden/db')
    response.writeHead(403).end(JSON.stringify({ errors: ['permission denied'] }));
  else if (request.url === '/v1/secret/data/elsewhere/db')
    response.writeHead(307, { location: `${address.replace('127.0.0.1', 'localhost')}/v1/secret/data/shop/db` }).end();
  else if (request.url === '/v1/secret/data/login/db')
    response.writeHead(302, { location: `/login/${request.headers['x-vault-token']}` }).end();
  else if (request.url === '/v1/secret/data/endless/db') response.write(Buffer.alloc(33 * 1024 ** 2, ' '));
  else response.writeHead(404).end(JSON.stringify({ errors: [] }));
});
let address: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const reader = (environment: Record<string, string> = {}) =>
  vaultReader({ VAULT_ADDR: address, VAULT_TOKEN: 't', ...environment }, process.env);

describe('secrets from Vault', () => {
  it('reads a key of a KV version 2 secret, each secret once', async () => {
    requests.length = 0;
    const vault = reader({ VAULT_NAMESPACE: 'team' });
    expect(await Promise.all([vault.read('secret/shop/db#password'), vault.read('secret/shop/db#password')])).toEqual([
      'geheim',
      'geheim',
    ]);
    expect(requests).toEqual([{ url: '/v1/secret/data/shop/db', token: 't', namespace: 'team' }]);
  });

  it.each([
    ['secret/shop/db#port', 'SECRET_UNAVAILABLE', 'has no text value for the key port'],
    ['secret/elsewhere/db#password', 'SECRET_UNAVAILABLE', 'the token was not sent there'],
    ['secret/endless/db#x', 'SECRET_UNAVAILABLE', 'maxContentLength'],
    ['secret/shop/none#x', 'SECRET_UNAVAILABLE', 'Vault answered 404'],
    ['secret/forbidden/db#x', 'SECRET_UNAVAILABLE', 'Vault answered 403'],
    ['secret#x', 'REFERENCE_UNRESOLVED', 'is not a valid Vault reference'],
    ['secret/shop/db', 'REFERENCE_UNRESOLVED', 'is not a valid Vault reference'],
  ])('%s is %s', async (reference, code, message) => {
    await expect(reader().read(reference)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('sends its token to no other host that an answer names', async () => {
    requests.length = 0;
    await expect(reader().read('secret/elsewhere/db#password')).rejects.toThrow('redirects to http://localhost');
    expect(requests.map(({ url }) => url)).toEqual(['/v1/secret/data/elsewhere/db']);
  });

  it('masks its token where a redirect repeats it', async () => {
    await expect(reader({ VAULT_TOKEN: 'hvs.hunter22' }).read('secret/login/db#password')).rejects.toThrow(
      'redirects to /login/********;',
    );
  });

  it('says what is not set, and that Vault cannot be reached, without the token', async () => {
    await expect(vaultReader({}, process.env).read('secret/a#b')).rejects.toThrow('VAULT_ADDR is not set');
    await expect(vaultReader({ VAULT_ADDR: address }, process.env).read('secret/a#b')).rejects.toThrow(
      'VAULT_TOKEN is not set',
    );
    const error = await vaultReader({ VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'hvs.geheim' }, process.env)
      .read('secret/a#b')
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', exitCode: 12 });
    expect(JSON.stringify(error) + error.message + String(error.cause)).not.toContain('hvs.geheim');
  });

  it('names a proxy that refuses, or that is missing', async () => {
    const proxy = createServer((_request, response) => response.writeHead(407).end());
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const ask = () => reader({ VAULT_ADDR: 'http://vault.invalid:8200' }).read('secret/a#b');
    try {
      for (const name of ['no_proxy', 'NO_PROXY', 'http_proxy']) vi.stubEnv(name, '');
      vi.stubEnv('HTTP_PROXY', `http://me:geheim@${url}`);
      await expect(ask()).rejects.toMatchObject({
        message: `Vault (through the proxy http://${url}) answered 407 for the secret secret/a`,
        hint: expect.stringContaining('HTTP_PROXY'),
      });
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await expect(ask()).rejects.toMatchObject({
        message: expect.stringContaining(`through the proxy http://${url}`),
      });
    } finally {
      vi.unstubAllEnvs();
      proxy.close();
    }
  });
});
