import { cpSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TlsSettings } from '../../../src/config/connect-settings.ts';
import { createSender } from '../../../src/http/sender.ts';
import { Authority, type Certificate, PASSPHRASE } from '../../helpers/identity/certificates.ts';
import { memoryFolder } from '../../helpers/memory-folder.ts';

const folder = memoryFolder('sender');
afterAll(() => rmSync(folder, { recursive: true }));
const authority = new Authority(folder);
const stranger = new Authority(folder, 'stranger');
const server = authority.issue('server', { hosts: ['127.0.0.1'] });
const operator = authority.issue('operator');
const signal = new AbortController().signal;

/** Answers the name of the client's certificate. */
async function start(own: Certificate, { mutual = false } = {}): Promise<URL> {
  const listening = createServer(
    {
      cert: readFileSync(own.cert),
      key: readFileSync(own.key),
      ca: readFileSync(authority.ca),
      requestCert: mutual,
      rejectUnauthorized: mutual,
    },
    (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'),
  );
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return new URL(`https://127.0.0.1:${(listening.address() as AddressInfo).port}/`);
}

const senderOf = (tls: TlsSettings | undefined) =>
  createSender({ tls, site: 'contexts.prod.connect.tls', proxyEnv: {} });
const get = async (url: URL, tls: TlsSettings | undefined) =>
  (await senderOf(tls)({ method: 'GET', url, headers: {} }, signal)).text;

describe('TLS', () => {
  it('trusts the authority of the settings, and no other', async () => {
    const url = await start(server);
    expect(await get(url, { ca: authority.ca })).toBe('nobody');
    await expect(get(url, undefined)).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    await expect(get(url, { ca: stranger.ca })).rejects.toMatchObject({ code: expect.stringMatching(/UNABLE|SELF/) });
  });

  it('refuses a certificate for another name, unless the settings name it', async () => {
    const url = await start(authority.issue('elsewhere', { hosts: ['connect.example'] }));
    await expect(get(url, { ca: authority.ca })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(await get(url, { ca: authority.ca, serverName: 'connect.example' })).toBe('nobody');
    await expect(get(url, { ca: authority.ca, serverName: 'other.example' })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('refuses a certificate that has expired', async () => {
    const url = await start(authority.issue('expired', { hosts: ['127.0.0.1'], days: -1 }));
    await expect(get(url, { ca: authority.ca })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });

  it.each([{ insecure: true }, { rejectUnauthorized: false }])('accepts any certificate by %j', async (tls) => {
    const url = await start(authority.issue('expired-too', { hosts: ['connect.example'], days: -1 }));
    expect(await get(url, tls)).toBe('nobody');
  });

  it.each([
    ['PEM files', { cert: operator.cert, key: operator.key }],
    ['a PKCS#12 file', { pfx: operator.pfx, passphrase: PASSPHRASE }],
  ])('shows the certificate of the client: %s', async (_what, tls) => {
    const url = await start(server, { mutual: true });
    expect(await get(url, { ca: authority.ca, ...tls })).toBe('operator');
    await expect(get(url, { ca: authority.ca })).rejects.toMatchObject({
      code: expect.stringMatching(/ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET/),
    });
  });

  it.each([
    ['the wrong passphrase', { pfx: operator.pfx, passphrase: 'wrong' }, 'Check contexts.prod.connect.tls.passphrase.'],
    ['no passphrase', { pfx: operator.pfx }, 'Check contexts.prod.connect.tls.passphrase.'],
    [
      'the key of another',
      { cert: operator.cert, key: server.key },
      /^contexts\.prod\.connect\.tls\.key is not the key of/,
    ],
    ['a certificate as PKCS#12', { pfx: operator.cert }, /OpenSSL cannot read one of them/],
  ])('says what is wrong with its own files: %s', async (_what, tls, hint) => {
    const url = await start(server, { mutual: true });
    await expect(get(url, { ca: authority.ca, ...tls })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(/^cannot use the files of contexts\.prod\.connect\.tls: /),
      hint: expect.stringMatching(hint),
    });
  });

  it('uses a certificate that was renewed meanwhile', async () => {
    const url = await start(server, { mutual: true });
    const files = { cert: `${folder}/renewed.cert.pem`, key: `${folder}/renewed.key.pem` };
    const put = (one: Certificate, at: number) => {
      for (const name of ['cert', 'key'] as const) {
        cpSync(one[name], files[name]);
        utimesSync(files[name], at, at);
      }
    };
    put(operator, 1_000_000);
    const send = senderOf({ ca: authority.ca, ...files });
    const call = { method: 'GET', url, headers: {} };
    expect((await send(call, signal)).text).toBe('operator');
    put(authority.issue('operator-2'), 1_000_060);
    expect((await send(call, signal)).text).toBe('operator-2');
  });

  it.each(['ca', 'cert', 'pfx'] as const)('says which file is missing: %s', async (name) => {
    const files = name === 'cert' ? { cert: '/nowhere', key: '/nowhere' } : { [name]: '/nowhere' };
    await expect(get(await start(server), files)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining(`cannot read the file of contexts.prod.connect.tls.${name}`),
      hint: `Check contexts.prod.connect.tls.${name} of the context.`,
    });
  });
});
