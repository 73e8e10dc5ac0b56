import { redactText } from '../../config/redact.ts';
import { SluiceError, toSluiceError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/registry.ts';

const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ESOCKET|ETIMEOUT)$/;
const LOST = /connection (terminated|ended|lost|closed)|timeout expired|connection timeout|Connection terminated/i;

const HINTS: Partial<Record<ErrorCode, string>> = {
  DATABASE_UNREACHABLE: 'Check host and port, that the server runs, and that a firewall lets you through.',
  DATABASE_UNAUTHORIZED: 'Check user, password and database in the URL; the user needs CONNECT and SELECT.',
  TIMED_OUT: 'Give the statement longer with --statement-timeout.',
};

/**
 * A driver's error as one of ours.
 * @param byCode the engine's own error codes
 * @param hintByCode what to do about some of them
 */
export function translate(
  error: unknown,
  database: string,
  byCode: (code: string) => ErrorCode | undefined,
  hintByCode: Readonly<Record<string, string>> = {},
): SluiceError {
  if (error instanceof SluiceError) return error;
  if (!(error instanceof Error)) return toSluiceError(error);
  const { code: raw } = error as { code?: unknown };
  // Several addresses were tried (localhost): the first failure stands for all.
  const inner = error instanceof AggregateError ? (error.errors[0] as Error & { code?: unknown }) : undefined;
  const code = typeof raw === 'string' || typeof raw === 'number' ? String(raw) : String(inner?.code ?? '');
  const message = redactText(error.message || inner?.message || code);
  const known = NETWORK.test(code) || (code === '' && LOST.test(message)) ? 'DATABASE_UNREACHABLE' : byCode(code);
  const chosen = known ?? 'DATABASE_REJECTED';
  const hint = hintByCode[code] ?? HINTS[chosen];
  return new SluiceError(chosen, `${database}: ${message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(code === '' ? {} : { details: { code } }),
  });
}

export function lostConnection(database: string, cause: Error): SluiceError {
  return new SluiceError('DATABASE_UNREACHABLE', `${database}: the connection was lost: ${redactText(cause.message)}`, {
    hint: 'Run the command again; nothing was changed.',
    cause,
  });
}
