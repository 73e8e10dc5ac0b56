import { SluiceError, toSluiceError } from '../errors/error.ts';
import { redactText } from '../text/redact.ts';
import { visible, visibleLines } from '../text/visible.ts';
import type { Terminal } from './terminal.ts';
import { type ParseError, usageError } from './usage-errors.ts';

/** Turns oclif's errors (unknown flag, missing argument, …) into usage errors; others pass through. */
export function translateFailure(error: unknown, command: string): SluiceError {
  if (error instanceof SluiceError) return ofFlag(error);
  // Ctrl-C at a question: the terminal is in raw mode then, so no signal comes.
  if (error instanceof Error && error.name === 'ExitPromptError') return new SluiceError('INTERRUPTED', 'interrupted');
  const known = error as ParseError;
  if (error instanceof Error && (known.parse !== undefined || known.oclif?.exit === 2))
    return usageError(known, command);
  return toSluiceError(error);
}

/** Strips the text that oclif wraps around a flag's own error. */
function ofFlag(error: SluiceError): SluiceError {
  const [, flag, message] = /^Parsing (--\S+) \n\t([\s\S]*)\nSee more help with --help$/.exec(error.message) ?? [];
  if (flag === undefined || message === undefined) return error;
  return new SluiceError(error.code, message.includes(flag) ? message : `${flag}: ${message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

/** The error with another hint. */
export function withHint(error: SluiceError, change: (hint: string) => string): SluiceError {
  const { code, message, hint, details, cause, retryable } = error;
  const changed = hint === undefined ? undefined : change(hint);
  if (changed === undefined || changed === hint) return error;
  return new SluiceError(code, message, {
    hint: changed,
    retryable,
    cause,
    ...(details === undefined ? {} : { details }),
  });
}

export function printFailure(error: SluiceError, terminal: Terminal, verbose: boolean): void {
  const { color } = terminal.err;
  const { code, hint, exitCode } = error;
  const stacks: string[] = [];
  for (let cause: unknown = error; verbose && cause instanceof Error; cause = cause.cause)
    stacks.push(cause.stack ?? cause.message);
  const fields = {
    ...{ code, exitCode },
    ...(hint === undefined ? {} : { hint }),
    ...(stacks.length === 0 ? {} : { stack: stacks.join('\n') }),
  };
  if (terminal.log('error', error.message, fields)) return;
  terminal.writeError(`${color.red('Error:')} ${visibleLines(error.message)} ${color.dim(`[${error.code}]`)}`);
  if (hint !== undefined) terminal.writeError(`  ${visibleLines(hint)}`);
  for (const stack of stacks) terminal.writeError(color.dim(redactText(visible(stack))));
}
