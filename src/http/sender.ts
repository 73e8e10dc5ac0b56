import type {
  Agent,
  request as httpRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { TlsSettings } from '../config/connect-settings.ts';
import type { Environment } from '../secrets/environment.ts';
import { tlsOptions, tlsStamp } from './tls-files.ts';

export interface HttpCall {
  method: string;
  url: URL;
  headers: OutgoingHttpHeaders;
  payload?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends one request, and reads its response to the end. No redirects, no retries. */
export type Sender = (call: HttpCall, signal: AbortSignal) => Promise<HttpAnswer>;

export interface SenderOptions {
  tls: TlsSettings | undefined;
  /** The settings of the files, for messages: `connect.tls`. */
  site: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and nothing else (proxyVariables). */
  proxyEnv: Environment;
}

/** Thousands of connectors, each with a long trace, stay far below this. */
export const MAX_RESPONSE_BYTES = 64 * 1024 ** 2;
/** The code of the error of a response that is larger. */
export const TOO_LARGE = 'TOO_LARGE';

/**
 * Plain node:http; docs/decisions/0002-connect-over-node-http.md says why no library. Files of certificates are read again
 * when they change: they are renewed while a daemon runs.
 * @returns a sender, which throws FILE_UNREADABLE, and Node's errors with their codes (`ECONNREFUSED`, `CERT_HAS_EXPIRED`)
 */
export function createSender({ tls, site, proxyEnv }: SenderOptions): Sender {
  const agentOptions = { keepAlive: true, proxyEnv };
  const agents = new Map<string, { request: typeof httpRequest; agent: Agent }>();
  let opened: string | undefined;
  let options: ConnectionOptions = {};
  const open = (protocol: string) => {
    // An import would also read the exports that load Node's WebSocket client, which takes as long as all of `node -e 0`.
    const http = process.getBuiltinModule('node:http');
    if (protocol === 'http:') return { request: http.request, agent: new http.Agent(agentOptions) };
    const https = process.getBuiltinModule('node:https');
    return { request: https.request, agent: new https.Agent({ ...agentOptions, ...options }) };
  };
  return async ({ method, url, headers, payload }, signal) => {
    const stamp = tlsStamp(tls);
    if (stamp !== opened) {
      // Even if this URL needs none: a missing file is an error whichever URL answers.
      options = tlsOptions(tls, site);
      // Their open connections end by themselves.
      agents.clear();
      opened = stamp;
    }
    const used = agents.get(url.protocol) ?? open(url.protocol);
    agents.set(url.protocol, used);
    return new Promise((resolve, reject) => {
      const call = used.request(url, { method, agent: used.agent, signal }, (answer) => {
        textOf(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
          reject,
        );
      });
      // Not as options, which NODE_DEBUG=net prints if Node itself was started with it.
      for (const [name, value] of Object.entries(headers)) if (value !== undefined) call.setHeader(name, value);
      call.on('error', reject);
      call.end(payload);
    });
  };
}

/** Aborts a response that is too large, even if it announces another length. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) {
      answer.destroy();
      throw Object.assign(new Error(`more than ${MAX_RESPONSE_BYTES} bytes`), { code: TOO_LARGE });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
