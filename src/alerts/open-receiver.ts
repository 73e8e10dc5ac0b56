import type { HttpAddress } from '../config/http-address.ts';
import type { EmailSettings } from '../config/serve-settings.ts';
import { NoResponse, Transport } from '../connect/transport.ts';
import { SluiceError } from '../errors/error.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Environment } from '../secrets/environment.ts';
import type { AlertChange } from '../store/alerts.ts';
import { alertmanagerAlert, emailOf, pagerDutyPayload, slackPayload, webhookPayload } from './payloads.ts';
import { NotDelivered, type Receiver } from './receiver.ts';

/** Where a receiver is, checked and without references. */
export type ReceiverAddress =
  | { kind: 'webhook' | 'slack' | 'alertmanager'; address: HttpAddress }
  | { kind: 'pagerduty'; address: HttpAddress; routingKey: string }
  | { kind: 'email'; settings: EmailSettings };

export interface ReceiverPorts {
  signal: AbortSignal;
  /** ms since 1970 */
  now(): number;
  proxyEnvironment?: Environment | undefined;
}

const TIMEOUT_MS = 10_000;
/** Alertmanager forgets an alert five minutes after it was sent last, by its default. */
const REPEAT_MS = 60_000;
/** Survives two repeats that do not arrive (ms). */
const LASTS_MS = 4 * REPEAT_MS;

export function openReceiver(name: string, to: ReceiverAddress, ports: ReceiverPorts): Receiver {
  const { kind } = to;
  if (kind === 'email') return { name, kind, send: (change) => sendMail(to.settings, change) };
  const post = poster(to.address, ports);
  switch (kind) {
    case 'webhook':
      return { name, kind, send: (change) => post('', webhookPayload(change)) };
    case 'slack':
      return { name, kind, send: (change) => post('', slackPayload(change)) };
    case 'pagerduty':
      return { name, kind, send: (change) => post('', pagerDutyPayload(change, to.routingKey)) };
    case 'alertmanager': {
      const postAlerts = (changes: readonly AlertChange[]) =>
        post(
          '/api/v2/alerts',
          changes.map((one) => alertmanagerAlert(one, one.change === 'resolved' ? one.at : ports.now() + LASTS_MS)),
        );
      return {
        ...{ name, kind, send: (change) => postAlerts([change]) },
        ...{ repeatMs: REPEAT_MS, forgetsMs: LASTS_MS, repeat: postAlerts },
      };
    }
  }
}

function poster({ urls, settings }: HttpAddress, { signal, proxyEnvironment }: ReceiverPorts) {
  // What is sent where is nobody's business: the URL of a webhook is its password.
  const http = new Transport(urls, settings, { signal, logger: silentLogger, proxyEnvironment });
  return async (path: string, body: unknown): Promise<string> => {
    let status: number;
    try {
      ({ status } = await http.send({ method: 'POST', path, body, timeoutMs: TIMEOUT_MS }));
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'TOKEN_UNAVAILABLE')
        throw new NotDelivered('it needs a token, and there is none', { retryable: true, away: true });
      if (!(error instanceof NoResponse)) throw error;
      throw new NotDelivered(`it did not answer (${error.reason})`, { retryable: true, away: true });
    }
    if (status >= 200 && status < 300) return String(status);
    const retryable = status >= 500 || status === 408 || status === 429;
    throw new NotDelivered(`it answered ${status}`, { retryable, away: status === 401 || status === 403 });
  };
}

async function sendMail(settings: EmailSettings, change: AlertChange): Promise<string> {
  const { createTransport } = await import('nodemailer');
  const server = new URL(settings.server);
  const user = decodeURIComponent(server.username);
  const password = settings.password ?? decodeURIComponent(server.password);
  const transport = createTransport({
    host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(server.port) || (server.protocol === 'smtps:' ? 465 : 587),
    secure: server.protocol === 'smtps:',
    // A password is never sent in clear.
    requireTLS: server.protocol === 'smtp:' && user !== '',
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { response } = await transport.sendMail({ from: settings.from, to: settings.to, ...emailOf(change) });
    return /^\d{3}\b/.exec(response)?.[0] ?? 'accepted';
  } catch (error) {
    const { code = 'UNKNOWN', responseCode } = error as { code?: string; responseCode?: number };
    // A 5xx of SMTP is permanent, as is a refused login; the server's text may repeat the address and more.
    const retryable = code !== 'EAUTH' && !(responseCode !== undefined && responseCode >= 500);
    const away = code === 'EAUTH' || responseCode === undefined;
    throw new NotDelivered(
      away ? `the mail server cannot be used (${code})` : `the mail server refused it (${responseCode})`,
      { retryable, away },
    );
  } finally {
    transport.close();
  }
}
