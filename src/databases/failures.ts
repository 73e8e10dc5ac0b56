import { SluiceError, toSluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import { redactText } from '../text/redact.ts';
import { setting } from '../text/settings.ts';

/** ENOENT: no server has its socket there. */
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ESOCKET|ETIMEOUT)$/;
const LOST =
  /connection (terminated|ended|lost|closed)|connection is in closed state|timeout expired|connection timeout|Connection terminated/i;

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and the messages of drivers that keep no code. */
const CERTIFICATE_CODE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF|DECRYPT_CERT|DECODE_ISSUER).*|CERT_.*|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;
const CERTIFICATE_TEXT =
  /self[- ]signed certificate|unable to (?:verify the first|get (?:local )?issuer) certificate|certificate has expired|does not match certificate's altnames/i;

const HINTS: Partial<Record<ErrorCode, string>> = {
  DATABASE_UNREACHABLE: 'Check host and port, that the server is running, and that no firewall blocks it.',
  DATABASE_UNAUTHORIZED: 'Check user, password and database in the URL; the user needs CONNECT and SELECT.',
};

function hintOf(code: ErrorCode): string | undefined {
  return code === 'TIMED_OUT' ? `Allow more time with ${setting('statementTimeout')}.` : HINTS[code];
}

export const UNKNOWN_DATABASE = 'Check the database name after the last slash of the URL.';

/** Unknown columns and syntax errors: statements that sluice itself writes have none. */
export const WRONG_CONDITION =
  'The condition is sent to both databases unchanged: both must understand it, and both tables must have its columns under the same names.';

/** How an engine's session interprets its errors. */
export interface EngineErrors {
  /** Hint for an untrusted server certificate. */
  certificate: string;
  /** Whether a code means that another transaction was blocking, and a retry may work. */
  passing?: (code: string) => boolean;
  /** A more specific hint for a code than the general one. */
  hint?: (code: string) => string | undefined;
}

/**
 * A driver's error as one of ours.
 * @param byCode the engine's own error codes
 */
export function translate(
  error: unknown,
  database: string,
  byCode: (code: string) => ErrorCode | undefined,
  engine?: EngineErrors,
): SluiceError {
  if (error instanceof SluiceError) return error;
  if (!(error instanceof Error)) return toSluiceError(error);
  const root = rootOf(error);
  const certificate = CERTIFICATE_CODE.test(codeOf(root)) || CERTIFICATE_TEXT.test(root.message);
  const code =
    certificate || NETWORK.test(codeOf(root)) ? codeOf(root) || codeOf(error) : codeOf(error) || codeOf(root);
  const message = redactText(messageOf(error, root) || code);
  const known =
    certificate || NETWORK.test(code) || (code === '' && LOST.test(message)) ? 'DATABASE_UNREACHABLE' : byCode(code);
  const chosen = known ?? 'DATABASE_REJECTED';
  const passing = engine?.passing?.(code) ?? false;
  const hint =
    (certificate ? engine?.certificate : engine?.hint?.(code)) ??
    hintOf(chosen) ??
    (passing ? 'Another transaction was blocking: run the command again.' : undefined);
  return new SluiceError(chosen, `${database}: ${message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(code === '' ? {} : { details: { code } }),
    ...(passing ? { retryable: true } : {}),
  });
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : '';
}

/** If several addresses were tried (localhost), reports the first failure; drivers wrap their socket's errors. */
function rootOf(error: Error): Error {
  let root = error;
  while (/^(ESOCKET|EINSTLOOKUP)?$/.test(codeOf(root)) || root instanceof AggregateError) {
    const inner: unknown = root instanceof AggregateError ? root.errors[0] : root.cause;
    if (!(inner instanceof Error)) break;
    root = inner;
  }
  return root;
}

/** The driver's message says where, the root's says why. */
function messageOf(error: Error, root: Error): string {
  const outer = error.message.replace(/ - (?:Could not connect \((?:sequence|parallel)\))?$/, '');
  if (outer === '' || outer.includes(root.message)) return outer || root.message;
  return `${outer}: ${root.message}`;
}

export function lostConnection(database: string, cause: Error): SluiceError {
  return new SluiceError('DATABASE_UNREACHABLE', `${database}: the connection was lost: ${redactText(cause.message)}`, {
    hint: 'Run the command again.',
    cause,
  });
}
