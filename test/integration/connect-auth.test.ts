import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConnectSettings } from '../../src/config/connect-settings.ts';
import { workFolder } from '../helpers/connectors.ts';
import { Authority, PASSPHRASE } from '../helpers/identity/certificates.ts';
import { type Gate, startGate } from '../helpers/identity/gate.ts';
import { CLIENT, startOidc } from '../helpers/identity/oidc.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

const folder = workFolder('connect-auth');
afterAll(() => folder.remove());
const authority = new Authority(folder.path());
const server = authority.issue('server', { hosts: ['127.0.0.1'] });
const operator = authority.issue('operator');

/** Runs a command against a gate, with the settings of a context; relative files are those of the folder. */
async function run(
  gate: Pick<Gate, 'url'>,
  settings: Omit<ConnectSettings, 'url'>,
  args = ['list', '--json'],
  env = {},
) {
  const project = folder.path('sluice.yaml');
  const connect = { url: gate.url, ...settings };
  writeFileSync(project, JSON.stringify({ version: 1, contexts: { gated: { connect } } }));
  return sluice([...args, '--context', 'gated', '--project', project], { env });
}

const bearer = ({ headers }: IncomingMessage) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';

describe('OAuth 2.0', () => {
  const oauthOf = (tokenUrl: string) => ({
    oauth: { tokenUrl, clientId: CLIENT.id, clientSecret: CLIENT.secret, scope: 'connect.read' },
  });

  it('gets a token for all calls of a run, and another when the worker refuses it', async () => {
    await using oidc = await startOidc();
    const revoked = new Set<string>();
    await using gate = await startGate(sandbox.connectUrl, {
      async admits(request) {
        const token = bearer(request);
        await oidc.verify(token);
        if (revoked.size > 0) return !revoked.has(token);
        revoked.add(token);
        return false;
      },
    });
    const { code, stderr } = await run(gate, oauthOf(oidc.tokenUrl));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(oidc.asked).toBe(2);
    // Two calls are made at once.
    expect(gate.log.filter((line) => line.includes(' 401 ')).length).toBeLessThanOrEqual(2);
  });

  it('ends with 12 if the worker refuses each token', async () => {
    await using oidc = await startOidc();
    await using gate = await startGate(sandbox.connectUrl, { admits: () => false });
    const { code, stderr } = await run(gate, oauthOf(oidc.tokenUrl));
    expect(code).toBe(12);
    expect(stderr).toContain('rejects the ones given (401) [CONNECT_UNAUTHORIZED]');
    expect(gate.log.length).toBeLessThanOrEqual(4);
  });

  it('ends with 12, and shows no secret, if there is no token', async () => {
    await using oidc = await startOidc();
    await using gate = await startGate(sandbox.connectUrl);
    const { oauth } = oauthOf(oidc.tokenUrl);
    const wrong = await run(gate, { oauth: { ...oauth, clientSecret: 'geheim-123456' } }, ['list', '--verbose']);
    expect(wrong.code).toBe(12);
    expect(wrong.stderr).toContain('refuses to give a token (401, invalid_client');
    expect(wrong.stdout + wrong.stderr).not.toContain('geheim');
    expect(gate.log).toEqual([]);
  });
});

it('reads a token from its file, relative to the project', async () => {
  await using gate = await startGate(sandbox.connectUrl, { admits: (request) => bearer(request) === 'token-of-today' });
  folder.write('token', 'token-of-today\n');
  expect((await run(gate, { tokenFile: 'token' })).code).toBe(0);
  folder.write('token', 'token-of-yesterday\n');
  expect((await run(gate, { tokenFile: 'token' })).code).toBe(12);
  const missing = await run(gate, { tokenFile: 'elsewhere' });
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('Check connect.tokenFile of the context');
});

describe('TLS', () => {
  it('works with a private authority behind a path', async () => {
    await using gate = await startGate(sandbox.connectUrl, { tls: { own: server }, prefix: '/team/connect' });
    const { code, stderr } = await run(gate, { tls: { ca: authority.ca } }, ['plugins', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(gate.log[0]).toContain('GET 200 /team/connect/');
  });

  it.each([
    ['PEM files', { cert: operator.cert, key: operator.key }],
    ['a PKCS#12 file', { pfx: operator.pfx, passphrase: PASSPHRASE }],
  ])('shows a certificate of its own: %s', async (_what, tls) => {
    await using gate = await startGate(sandbox.connectUrl, { tls: { own: server, clients: authority.ca } });
    expect((await run(gate, { tls: { ca: authority.ca, ...tls } })).code).toBe(0);
    const without = await run(gate, { tls: { ca: authority.ca } });
    expect(without.code).toBe(12);
  });

  it.each([
    [
      'another authority',
      { own: server },
      () => new Authority(folder.path(), 'stranger').ca,
      /certificate authority as connect\.tls\.ca/,
    ],
    [
      'another name',
      { own: authority.issue('elsewhere', { hosts: ['connect.example'] }) },
      () => authority.ca,
      /for another host name/,
    ],
    [
      'an expired certificate',
      { own: authority.issue('old', { hosts: ['127.0.0.1'], days: -1 }) },
      () => authority.ca,
      /has expired/,
    ],
  ])('refuses %s: exit 12, and what to do', async (_what, tls, ca, hint) => {
    await using gate = await startGate(sandbox.connectUrl, { tls });
    const { code, stderr } = await run(gate, { tls: { ca: ca() } });
    expect(code).toBe(12);
    expect(stderr).toMatch(hint);
    expect(gate.log).toEqual([]);
  });

  it('accepts any certificate if the settings say so, with a warning each run', async () => {
    await using gate = await startGate(sandbox.connectUrl, { tls: { own: server } });
    const { code, stderr } = await run(gate, { tls: { insecure: true } });
    expect(code).toBe(0);
    expect(stderr.match(/is not checked: connect\.tls\.insecure/g)).toHaveLength(1);
  });
});

it.each([
  ['two ways', { token: 'a', tokenFile: 'b' }, 'has several ways to authenticate: token, tokenFile'],
  [
    'a password in the URL of tokens',
    { oauth: { tokenUrl: 'http://a:geheim-1@b/', clientId: 'a', clientSecret: 'b' } },
    'oauth.tokenUrl has a user or a password',
  ],
  ['no credential', { entra: { tenantId: 'a', clientId: 'b', scope: 'c' } }, 'entra has no credential'],
])('refuses %s: exit 2', async (_what, settings, message) => {
  const { code, stderr } = await run({ url: sandbox.connectUrl }, settings);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('geheim');
});
