import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntraSettings } from '../../../src/config/connect-settings.ts';
import { entraTokens } from '../../../src/http/entra.ts';
import { rejection } from '../../helpers/failure.ts';
import { Authority } from '../../helpers/identity/certificates.ts';
import { memoryFolder } from '../../helpers/memory-folder.ts';

const TENANT = 'a tenant';
const PATH = `/${encodeURIComponent(TENANT)}/oauth2/v2.0/token`;
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const folder = memoryFolder('entra');
const authority = new Authority(folder);
const signal = new AbortController().signal;

/** Answers as Entra does, and checks nothing: what it was sent is looked at here. */
const server = new OAuth2Server(undefined, undefined, { endpoints: { token: PATH } });
let sent: Record<string, string> = {};
let answer: { statusCode: number; body: Record<string, unknown> } | undefined;

beforeAll(async () => {
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  server.service.on('beforeResponse', (response, request) => {
    sent = request.body as Record<string, string>;
    if (answer !== undefined) Object.assign(response, answer);
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const url = () => `http://127.0.0.1:${server.address().port}`;
const tokensOf = (credential: Partial<EntraSettings>) =>
  entraTokens(
    { tenantId: TENANT, clientId: 'app', scope: 'api://connect/.default', authority: `${url()}/`, ...credential },
    { site: 'connect', proxyEnv: {} },
  ).token(signal);

describe('a login with Entra', () => {
  it('sends a secret', async () => {
    expect(await tokensOf({ clientSecret: 'a secret' })).toMatch(/^ey/);
    expect(sent).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'a secret',
      scope: 'api://connect/.default',
    });
  });

  it('signs with the key of a certificate, which its thumbprint names', async () => {
    const { both, cert } = authority.issue('app');
    await tokensOf({ certificate: both });
    expect(sent).toMatchObject({ client_id: 'app', client_assertion_type: ASSERTION });
    const certificate = new X509Certificate(readFileSync(cert));
    const assertion = sent['client_assertion'] ?? '';
    await jwtVerify(assertion, certificate.publicKey, {
      ...{ issuer: 'app', subject: 'app', audience: `${url()}${PATH}`, requiredClaims: ['jti', 'exp', 'nbf'] },
      algorithms: ['PS256'],
    });
    expect(decodeProtectedHeader(assertion)['x5t#S256']).toBe(
      createHash('sha256').update(certificate.raw).digest('base64url'),
    );
  });

  it('sends the token of a service account, as it is now', async () => {
    const file = `${folder}/federated`;
    for (const token of ['first', 'second']) {
      writeFileSync(file, `${token}\n`);
      await tokensOf({ federatedTokenFile: file });
      expect(sent).toMatchObject({ client_id: 'app', client_assertion_type: ASSERTION, client_assertion: token });
    }
  });

  it.each([
    ['is not there', () => '/nowhere', /ENOENT/],
    ['has no key', () => authority.issue('app').cert, /it needs a certificate and its key/],
    ['has the key of another', () => mixed(), /its key is not that of its first certificate/],
    ['has expired', () => authority.issue('app', { days: -1 }).both, /its certificate expired on/],
  ])('is refused here if the certificate %s', async (_what, file, message) => {
    const error = await rejection(tokensOf({ certificate: file() }));
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', hint: 'Check connect.entra.certificate of the context.' });
    expect(error.message).toMatch(message);
  });

  it.each([
    [
      { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' },
      /\(401, invalid_client: AADSTS7000215: Invalid client secret provided\.\)/,
      /^Check tenantId, clientId, scope/,
    ],
    [
      {
        error: 'invalid_client',
        error_description: 'AADSTS700024: Client assertion is not within its valid time range.',
      },
      /AADSTS700024/,
      /clock/,
    ],
  ])('says what Entra says: %j', async (body, message, hint) => {
    answer = { statusCode: 401, body };
    try {
      const error = await rejection(tokensOf({ clientSecret: 'a secret' }));
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect(error.exitCode).toBe(12);
    } finally {
      answer = undefined;
    }
  });
});

function mixed(): string {
  const [one, two] = [authority.issue('one'), authority.issue('two')];
  const file = `${folder}/mixed.pem`;
  writeFileSync(file, `${readFileSync(one.cert, 'utf8')}${readFileSync(two.key, 'utf8')}`);
  return file;
}
