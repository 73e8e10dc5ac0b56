import { mapTexts } from '../text/map-texts.ts';
import { redactKnown, redactText, redactTree } from '../text/redact.ts';
import { setting } from '../text/settings.ts';
import { ERRORS, type ErrorCode, EXIT, type ExitCode } from './registry.ts';

export interface ErrorOptions {
  /** What to do next, as a command where there is one. */
  hint?: string;
  /** Facts a program may read; never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
  /** Overrides the registry if one occurrence differs (a 409 that is worth retrying). */
  retryable?: boolean;
}

/**
 * The only error type that leaves the library. Adapters translate foreign errors into it, once. Message, hint and
 * details are always masked here, so no output of the program can show a secret.
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

/** The error without these values, which a response may repeat without any name. */
export function hideKnown(error: SluiceError, secrets: readonly string[]): SluiceError {
  if (secrets.length === 0) return error;
  const { code, message, hint, details, cause, retryable } = error;
  const hide = (text: string) => redactKnown(text, secrets);
  const hidden = {
    message: hide(message),
    ...(hint === undefined ? {} : { hint: hide(hint) }),
    ...(details === undefined ? {} : { details: mapTexts(details, hide) }),
  };
  // --verbose prints the causes: drop them all if one contains a secret.
  const shows = causesOf(error).some((one) => hide(one) !== redactText(one));
  if (!shows && hidden.message === message && hidden.hint === hint && isSame(hidden.details, details)) return error;
  return new SluiceError(code, hidden.message, { ...hidden, retryable, ...(shows ? {} : { cause }) });
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function causesOf(error: Error): string[] {
  const texts: string[] = [];
  for (let one = error.cause; one instanceof Error; one = one.cause) texts.push(one.stack ?? one.message);
  return texts;
}

/** What went wrong, and what to do about it. */
export interface ErrorDocument {
  /**
   * Stable; docs/errors.md has a section for each.
   * @asType string
   * @pattern ^[A-Z_]+$
   */
  code: ErrorCode;
  message: string;
  /** What to do next. */
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

/** What was kept as a document, to be thrown again. */
export function fromErrorDocument({ code, message, hint, details }: ErrorDocument): SluiceError {
  return new SluiceError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** Parts are loaded when they are wanted, which may be after an update has replaced them. */
export const FILES_MISSING = 'files of sluice itself are missing';
export const FILES_MISSING_HINT = 'If it was updated while it ran, start it again. Otherwise install it again.';

/** Features of Node.js that options disable, which people set for all programs in NODE_OPTIONS. */
const RESTRICTIONS = [
  {
    applies: (error: Error) => error.name === 'EvalError' && error.message.includes('Code generation from strings'),
    message: 'Node.js may not generate code here, which sluice does to check values against schemas',
    hint: 'Remove the option disallow-code-generation-from-strings from NODE_OPTIONS.',
  },
  {
    applies: (error: Error) =>
      codeOf(error) === 'ERR_UNKNOWN_BUILTIN_MODULE' || codeOf(error) === 'ERR_NO_SUCH_BUILTIN_MODULE',
    message: 'this Node.js has no SQLite, where sluice keeps its history',
    hint: 'Remove the option no-experimental-sqlite from NODE_OPTIONS. If NODE_OPTIONS has no such option, use a Node.js of nodejs.org.',
  },
];

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code;

/** Any thrown value as a SluiceError; any other error is reported as a defect. */
export function toSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && codeOf(error) === 'ERR_MODULE_NOT_FOUND')
    return new SluiceError('INTERNAL', FILES_MISSING, { cause: error, hint: FILES_MISSING_HINT });
  const restricted = RESTRICTIONS.find(({ applies }) => error instanceof Error && applies(error));
  if (restricted !== undefined)
    return new SluiceError('NODE_RESTRICTED', restricted.message, { cause: error, hint: restricted.hint });
  return new SluiceError('INTERNAL', message || 'unknown error', {
    cause: error,
    hint: `This is a bug in sluice. Run it again with ${setting('verbose')} and report the output.`,
  });
}

/** As aggregateExit, from a report: how many targets succeeded, and why the others failed. */
export function partialExit(done: number, failed: readonly ErrorDocument[]): ExitCode {
  const first = failed[0];
  if (first === undefined) return EXIT.ok;
  return done > 0 ? EXIT.partial : ERRORS[first.code].exit;
}

/**
 * The exit code for several targets: all succeeded → 0; all failed → the code of the first error; some succeeded, some
 * failed → 14.
 */
export function aggregateExit(results: readonly { error?: SluiceError | undefined }[]): ExitCode {
  const failed = results.flatMap((result) => (result.error ? [result.error] : []));
  const first = failed[0];
  if (first === undefined) return EXIT.ok;
  return failed.length < results.length ? EXIT.partial : first.exitCode;
}
