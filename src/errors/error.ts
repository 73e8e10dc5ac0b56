import { redactKnown, redactText, redactTree } from '../text/redact.ts';
import { ERRORS, type ErrorCode, EXIT, type ExitCode } from './registry.ts';

export interface ErrorOptions {
  /** What to do next, as a command where there is one. */
  hint?: string;
  /** Facts a program may read; never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
  /** Overrides the registry where one occurrence differs (a 409 that is worth trying again). */
  retryable?: boolean;
}

/**
 * The only error type that leaves the library. Adapters translate foreign errors into it, once. Whatever they put in,
 * message, hint and details are masked here, so that no way out of the program can show a secret.
 */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(redactText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redactText(options.hint);
    this.details = options.details === undefined ? undefined : redactTree(options.details);
    this.retryable = options.retryable ?? ERRORS[code].retryable;
  }

  get exitCode(): ExitCode {
    return ERRORS[this.code].exit;
  }
}

/** The error without these values, which what came back may repeat under no name at all. */
export function hideKnown(error: SluiceError, secrets: readonly string[]): SluiceError {
  const { code, message, hint, details, cause, retryable } = error;
  const hidden = redactKnown(message, secrets);
  if (hidden === message) return error;
  return new SluiceError(code, hidden, {
    retryable,
    ...(cause === undefined ? {} : { cause }),
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** The error as JSON documents carry it (`{"error": …}`, and per target in results of several targets). */
export interface ErrorDocument {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

export function toErrorDocument(error: SluiceError): ErrorDocument {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** Any thrown value as a SluiceError; what is not ours already is a defect and says so. */
export function toSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError('INTERNAL', message || 'unknown error', {
    cause: error,
    hint: 'This is a defect in sluice. Run the command again with --verbose and report what it prints.',
  });
}

/** As aggregateExit, of what is in a report already: how many were done, and why the others were not. */
export function partialExit(done: number, failed: readonly ErrorDocument[]): ExitCode {
  const first = failed[0];
  if (first === undefined) return EXIT.ok;
  return done > 0 ? EXIT.partial : ERRORS[first.code].exit;
}

/**
 * The exit code of several targets that were each tried: all done → 0; every one failed alike → that reason's code;
 * all failed for different reasons → the first reason's code; some done, some not → 14.
 */
export function aggregateExit(results: readonly { error?: SluiceError | undefined }[]): ExitCode {
  const failed = results.flatMap((result) => (result.error ? [result.error] : []));
  const first = failed[0];
  if (first === undefined) return EXIT.ok;
  return failed.length < results.length ? EXIT.partial : first.exitCode;
}
