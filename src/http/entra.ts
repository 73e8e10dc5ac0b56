import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type ClientAuth, ClientSecretPost, modifyAssertion, PrivateKeyJwt } from 'oauth4webapi';
import type { EntraSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { readPem, readText } from '../files/read-file.ts';
import { granting } from './oauth.ts';
import { cachedTokens, type TokenOptions, type TokenSource } from './tokens.ts';

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Tokens of Microsoft Entra ID for an application: by its secret, its certificate, or the token of its service account.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function entraTokens(settings: EntraSettings, { site, proxyEnv, clock }: TokenOptions): TokenSource {
  const { tenantId, clientId, clientSecret, certificate, federatedTokenFile, scope, tls } = settings;
  const authority = (settings.authority ?? PUBLIC_CLOUD).replace(/\/+$/, '');
  const tokenUrl = `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const request = granting(
    {
      ...{ tokenUrl, clientId, tls, site: `${site}.entra`, parameters: { scope } },
      secrets: clientSecret === undefined ? [] : [clientSecret],
      authentication: async () => {
        if (clientSecret !== undefined) return ClientSecretPost(clientSecret);
        if (certificate !== undefined) return byCertificate(certificate, tokenUrl, `${site}.entra.certificate`);
        return byServiceAccount(federatedTokenFile ?? '', `${site}.entra.federatedTokenFile`);
      },
      check: `Check tenantId, clientId, scope and the credential of ${site}.entra; the code AADSTS… says more.`,
    },
    proxyEnv,
  );
  return cachedTokens(request, clock);
}

/** Entra knows the key by the thumbprint of its certificate. @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
function byCertificate(file: string, tokenUrl: string, site: string): ClientAuth {
  let certificate: X509Certificate;
  let pair: KeyObject;
  try {
    const pem = readPem(file);
    certificate = new X509Certificate(pem);
    pair = createPrivateKey(pem);
  } catch (error) {
    throw unreadable(
      file,
      site,
      `it needs a certificate and its key without a passphrase, as PEM: ${(error as Error).message}`,
    );
  }
  if (!certificate.checkPrivateKey(pair)) throw unreadable(file, site, 'its key is not that of its first certificate');
  if (Date.parse(certificate.validTo) < Date.now())
    throw unreadable(file, site, `its certificate expired on ${certificate.validTo}`);
  if (pair.asymmetricKeyType !== 'rsa') throw unreadable(file, site, 'Entra takes RSA keys only');
  const key = pair.toCryptoKey({ name: 'RSA-PSS', hash: 'SHA-256' }, false, ['sign']);
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  return PrivateKeyJwt(key, {
    [modifyAssertion](header, payload) {
      header['x5t#S256'] = thumbprint;
      payload['aud'] = tokenUrl;
    },
  });
}

/** @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation */
function byServiceAccount(file: string, site: string): ClientAuth {
  let token: string;
  try {
    token = readText(file).trim();
  } catch (error) {
    throw unreadable(file, site, (error as Error).message);
  }
  return (_server, client, body) => {
    body.set('client_id', client.client_id);
    body.set('client_assertion_type', ASSERTION);
    body.set('client_assertion', token);
  };
}

function unreadable(file: string, site: string, why: string): SluiceError {
  return new SluiceError('FILE_UNREADABLE', `cannot use ${file} to log in to Entra: ${why}`, {
    hint: `Check ${site} of the context.`,
  });
}
