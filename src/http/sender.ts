import { statSync } from 'node:fs';
import type {
  Agent,
  request as httpRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http';
import type { SecureContext } from 'node:tls';
import type { TlsSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { readBytes, readPem } from '../files/read-file.ts';
import type { Environment } from '../secrets/environment.ts';

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

const FILES = ['ca', 'cert', 'key', 'pfx'] as const;

/**
 * Plain node:http; docs/decisions/0002-connect-over-node-http.md says why no library. Files of certificates are read again
 * when they change: they are renewed while a daemon runs.
 * @returns a sender, which throws FILE_UNREADABLE, and Node's errors with their codes (`ECONNREFUSED`, `CERT_HAS_EXPIRED`)
 */
export function createSender({ tls, site, proxyEnv }: SenderOptions): Sender {
  const agentOptions = { keepAlive: true, proxyEnv };
  const files = FILES.flatMap((name) => tls?.[name] ?? []);
  const agents = new Map<string, { request: typeof httpRequest; agent: Agent }>();
  let opened: string | undefined;
  let read: Record<string, string | Buffer> = {};
  const open = (protocol: string) => {
    // An import would also read the exports that load Node's WebSocket client, which takes as long as all of `node -e 0`.
    const http = process.getBuiltinModule('node:http');
    if (protocol === 'http:') return { request: http.request, agent: new http.Agent(agentOptions) };
    const https = process.getBuiltinModule('node:https');
    const agent = new https.Agent({
      ...agentOptions,
      ...(files.length === 0 ? {} : { secureContext: contextOf(read, tls?.passphrase, site) }),
      ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
      rejectUnauthorized: !isInsecure(tls),
    });
    return { request: https.request, agent };
  };
  return async ({ method, url, headers, payload }, signal) => {
    const stamp = files.map(stampOf).join();
    if (stamp !== opened) {
      // Even if this URL needs none: a missing file is an error whichever URL answers.
      read = readFiles(tls, site);
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

/** Whether any certificate is accepted. */
export function isInsecure(tls: TlsSettings | undefined): boolean {
  return tls?.insecure === true || tls?.rejectUnauthorized === false;
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

/** Kubernetes replaces a link to a folder, which changes the file behind the same path. */
function stampOf(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino}:${mtimeMs}:${size}`;
  } catch (error) {
    // Reading it says so.
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** Made here, since a connection would only fail, with a code that names no file. */
function contextOf(read: Record<string, string | Buffer>, passphrase: string | undefined, site: string): SecureContext {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    return createSecureContext({ ...read, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    const { message } = error as Error;
    throw new SluiceError('FILE_UNREADABLE', `cannot use the files of ${site}: ${message}`, {
      hint: fileHint(message, site),
      cause: error,
    });
  }
}

/** What to do about a message of OpenSSL. */
function fileHint(message: string, site: string): string {
  if (/mac verify failure|bad decrypt|interrupted or cancell?ed|bad password/i.test(message))
    return `Check ${site}.passphrase.`;
  if (/unsupported/i.test(message))
    return 'A PKCS#12 file of an old tool has an old encryption: openssl pkcs12 -legacy -in OLD -out all.pem, then openssl pkcs12 -export -in all.pem -out NEW.';
  if (/mismatch/i.test(message)) return `${site}.key is not the key of ${site}.cert.`;
  return `Check the files of ${site}: OpenSSL cannot read one of them.`;
}

function readFiles(tls: TlsSettings | undefined, site: string): Record<string, string | Buffer> {
  return Object.fromEntries(
    FILES.flatMap((name) => {
      const file = tls?.[name];
      return file === undefined ? [] : [[name, readOne(file, name, site)]];
    }),
  );
}

function readOne(file: string, name: (typeof FILES)[number], site: string): string | Buffer {
  try {
    return name === 'pfx' ? readBytes(file) : readPem(file);
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the file of tls.${name}: ${(error as Error).message}`, {
      hint: `Check ${site}.${name} of the context.`,
      cause: error,
    });
  }
}
