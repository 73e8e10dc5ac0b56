import { describe, expect, it } from 'vitest';
import { oauthTokens } from '../../../src/http/oauth.ts';
import { rejection } from '../../helpers/failure.ts';
import { FakeConnect } from '../../helpers/fake-connect.ts';
import { CLIENT, startOidc } from '../../helpers/identity/oidc.ts';

const signal = new AbortController().signal;
const options = { site: 'contexts.prod.connect', proxyEnv: {} };
const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };

describe('tokens of a real OpenID provider', () => {
  it.each([
    ['basic', 'client_secret_basic'],
    ['post', 'client_secret_post'],
  ] as const)('are given for id and secret, sent by %s', async (clientAuthentication, authentication) => {
    await using oidc = await startOidc({ authentication });
    const tokens = oauthTokens(
      { tokenUrl: oidc.tokenUrl, ...client, scope: 'connect.write', clientAuthentication },
      options,
    );
    await oidc.verify(await tokens.token(signal));
  });

  it('are kept until they are refused', async () => {
    await using oidc = await startOidc();
    const tokens = oauthTokens({ tokenUrl: oidc.tokenUrl, ...client }, options);
    const [first, second] = await Promise.all([tokens.token(signal), tokens.token(signal)]);
    expect(first).toBe(second);
    expect(oidc.asked).toBe(1);
    expect(tokens.discard(first)).toBe(true);
    expect(await tokens.token(signal)).not.toBe(first);
    expect(oidc.asked).toBe(2);
  });

  it('are refused for a wrong secret, with what to check, and without the secret', async () => {
    await using oidc = await startOidc();
    const error = await rejection(
      oauthTokens({ tokenUrl: oidc.tokenUrl, clientId: CLIENT.id, clientSecret: 'geheim-123456' }, options).token(
        signal,
      ),
    );
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', exitCode: 12, retryable: false });
    expect(error.message).toBe(
      `${oidc.tokenUrl} refuses to give a token (401, invalid_client: client authentication failed)`,
    );
    expect(error.hint).toContain('Check tokenUrl, clientId and clientSecret of contexts.prod.connect.oauth');
    expect(JSON.stringify(error) + error.message + error.hint).not.toContain('geheim');
  });
});

describe('a server of tokens with a fault', () => {
  const tokensOf = (tokenUrl: string) =>
    oauthTokens({ tokenUrl, clientId: 'sluice', clientSecret: 'geheim-123456' }, options);

  it.each([
    [
      'answers a page',
      { status: 200, text: '<html>', contentType: 'text/html' },
      /answers 200 without an access token/,
    ],
    ['answers without a token', { json: { token_type: 'bearer' } }, /answers 200 without an access token/],
    ['answers a token of another kind', { json: { access_token: 'x', token_type: 'mac' } }, /without an access token/],
    [
      'redirects',
      { status: 302, headers: { location: 'http://elsewhere/?geheim-123456' } },
      /redirects \(302\); nothing was sent there/,
    ],
    [
      'repeats what it was sent',
      { status: 400, json: { error: 'invalid_request', error_description: 'geheim-123456 is wrong' } },
      /invalid_request: \*+ is wrong/,
    ],
    ['is busy', { status: 503, text: 'geheim-123456' }, /refuses to give a token \(503\)/],
  ])('%s: an error that says so', async (_what, answer, message) => {
    const server = await FakeConnect.start(() => answer);
    try {
      const error = await rejection(tokensOf(`${server.url}/token`).token(signal));
      expect(error.code).toBe('TOKEN_UNAVAILABLE');
      expect(error.message).toMatch(message);
      expect(`${error.message} ${error.hint} ${String((error.cause as Error | undefined)?.message)}`).not.toContain(
        'geheim',
      );
    } finally {
      await server.stop();
    }
  });

  it('is not reached', async () => {
    const server = await FakeConnect.start(() => ({}));
    const { url } = server;
    await server.stop();
    const error = await rejection(tokensOf(`${url}/token`).token(signal));
    expect(error.message).toBe(`cannot reach ${url}/token to get a token (ECONNREFUSED)`);
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retryable: true });
  });

  it('does not outlive an interrupted run', async () => {
    const server = await FakeConnect.start(() => ({ hang: true }));
    try {
      const stop = new AbortController();
      const asked = tokensOf(`${server.url}/token`).token(stop.signal);
      await expect.poll(() => server.calls.length).toBe(1);
      stop.abort(new Error('interrupted'));
      await expect(asked).rejects.toThrow('interrupted');
    } finally {
      await server.stop();
    }
  });
});
