import {
  type AuthorizationServer,
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import type { OauthSettings, TlsSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { proxyOf } from '../secrets/proxies.ts';
import { redactKnown } from '../text/redact.ts';
import { createSender, type HttpAnswer } from './sender.ts';
import { isTlsReason, tlsHint } from './tls.ts';
import { cachedTokens, type Token, type TokenOptions, type TokenSource } from './tokens.ts';

/** A request for a token. */
export interface Grant {
  tokenUrl: string;
  clientId: string;
  /** Read again for each request: a file may have changed. @throws FILE_UNREADABLE */
  authentication: () => Promise<ClientAuth>;
  parameters: Record<string, string>;
  tls: TlsSettings | undefined;
  /** What is sent, which the server may repeat. */
  secrets: readonly string[];
  /** The settings, for messages: `connect.oauth`. */
  site: string;
  /** What to check if the server refuses. */
  check: string;
}

/** Tokens of an OAuth 2.0 server for a client of its own (client credentials). @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export function oauthTokens(settings: OauthSettings, { site, proxyEnv, clock }: TokenOptions): TokenSource {
  const { tokenUrl, clientId, clientSecret, scope, audience, tls } = settings;
  const authentication =
    settings.clientAuthentication === 'post' ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
  const request = granting(
    {
      ...{ tokenUrl, clientId, tls, site: `${site}.oauth`, secrets: [clientSecret] },
      authentication: async () => authentication,
      parameters: { ...(scope === undefined ? {} : { scope }), ...(audience === undefined ? {} : { audience }) },
      check: `Check tokenUrl, clientId and clientSecret of ${site}.oauth, and how the server wants them (clientAuthentication: post).`,
    },
    proxyEnv,
  );
  return cachedTokens(request, clock);
}

/** A response that takes longer is not coming. */
const TIMEOUT_MS = 30_000;

/** Asks for a token, once for each call. */
export function granting(grant: Grant, proxyEnv: TokenOptions['proxyEnv']): (signal: AbortSignal) => Promise<Token> {
  const { tokenUrl, clientId, site } = grant;
  const url = new URL(tokenUrl);
  const send = createSender({ tls: grant.tls, site: `${site}.tls`, proxyEnv });
  const server: AuthorizationServer = { issuer: url.origin, token_endpoint: tokenUrl };
  return async (signal) => {
    const proxy = proxyOf(url, proxyEnv);
    const secrets = [...grant.secrets, ...(proxy?.credentials ?? [])];
    const through = proxy === undefined ? '' : ` (through the proxy ${proxy.url})`;
    const authentication = await grant.authentication();
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let answer: HttpAnswer | undefined;
    try {
      const response = await clientCredentialsGrantRequest(
        server,
        { client_id: clientId },
        authentication,
        grant.parameters,
        {
          // Written so in the settings; a cluster's own provider often has no TLS.
          [allowInsecureRequests]: true,
          [customFetch]: async (_url, { headers, body }) => {
            const payload = String(body);
            secrets.push(...credentialsIn(headers, payload));
            const length = { 'content-length': Buffer.byteLength(payload) };
            const call = { method: 'POST', url, headers: { ...headers, ...length }, payload };
            answer = await send(call, AbortSignal.any([signal, timeout]));
            const { status, text } = answer;
            return new Response(status === 204 ? null : text, { status, headers: plain(answer.headers) });
          },
        },
      );
      const { access_token, expires_in } = await processClientCredentialsResponse(
        server,
        { client_id: clientId },
        response,
      );
      return { value: access_token, lifetime: expires_in };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SluiceError) throw error;
      if (answer !== undefined) throw refused(answer, { ...grant, through, secrets }, error as Error);
      throw unreachable(error as Error, {
        tokenUrl,
        through,
        site,
        timedOut: timeout.aborted,
        proxied: proxy?.variable,
      });
    }
  };
}

/** In each form in which the request has them. */
function credentialsIn(headers: Record<string, string>, payload: string): string[] {
  const [, basic = ''] = /^Basic (.+)$/i.exec(headers['authorization'] ?? '') ?? [];
  const sent = new URLSearchParams(payload);
  return [basic, sent.get('client_secret') ?? '', sent.get('client_assertion') ?? ''].filter((one) => one !== '');
}

function plain(headers: HttpAnswer['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** Longer ones are pages. */
const MAX_DESCRIPTION = 300;

function refused(
  answer: HttpAnswer,
  { tokenUrl, through, secrets, check }: Pick<Grant, 'tokenUrl' | 'check'> & { through: string; secrets: string[] },
  cause: Error,
): SluiceError {
  const { status, text } = answer;
  let fields: { error?: unknown; error_description?: unknown } = {};
  try {
    fields = Object(JSON.parse(text));
  } catch {
    // A page, perhaps of a proxy.
  }
  const words = [fields.error, fields.error_description].filter((one) => typeof one === 'string' && one !== '');
  const shown = redactKnown(words.join(': ').replaceAll(/\s+/g, ' ').slice(0, MAX_DESCRIPTION), secrets);
  const what =
    status >= 300 && status < 400
      ? `redirects (${status}); nothing was sent there`
      : status < 300
        ? `answers ${status} without an access token`
        : `refuses to give a token (${status}${shown === '' ? '' : `, ${shown}`})`;
  return new SluiceError('TOKEN_UNAVAILABLE', `${tokenUrl}${through} ${what}`, {
    hint: isLate(fields)
      ? "This machine's clock may differ from the server's: check the time of both (date -u)."
      : status >= 500
        ? 'The server of tokens has a fault of its own: try again later, and look at its log.'
        : check,
    retryable: status >= 500 || status === 429,
    details: { status, url: tokenUrl },
    cause: new Error(redactKnown(cause.message, secrets)),
  });
}

/** A signed assertion that is not valid yet, or not any more. */
function isLate({ error_description }: { error_description?: unknown }): boolean {
  return /AADSTS700024|not within its valid time range|\b(?:iat|nbf|exp)\b|assertion.{0,40}expired/i.test(
    String(error_description),
  );
}

function unreachable(
  error: Error,
  at: { tokenUrl: string; through: string; site: string; timedOut: boolean; proxied: string | undefined },
): SluiceError {
  const { tokenUrl, through, site } = at;
  const code = String((error as { code?: unknown }).code ?? error.message);
  const isTls = !at.timedOut && isTlsReason(code);
  const why = at.timedOut ? `no complete response within ${TIMEOUT_MS / 1000} s` : code;
  return new SluiceError('TOKEN_UNAVAILABLE', `cannot reach ${tokenUrl}${through} to get a token (${why})`, {
    hint: isTls
      ? tlsHint(code, `${site}.tls`, `use http:// in ${site}.`)
      : at.proxied === undefined
        ? `Check ${site}, and that this machine reaches the server.`
        : `Check ${site} and ${at.proxied}; hosts in NO_PROXY bypass the proxy.`,
    details: { url: tokenUrl },
  });
}
