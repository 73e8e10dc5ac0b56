import { SluiceError, toSluiceError } from '../errors/error.ts';
import { redactText } from '../text/redact.ts';
import { visible } from '../text/visible.ts';
import type { Terminal } from './terminal.ts';

interface OclifError extends Error {
  oclif?: { exit?: number };
  parse?: unknown;
}

/** oclif's own complaints (unknown flag, missing argument, …) are usage errors; ours and defects pass through. */
export function translateFailure(error: unknown, command: string): SluiceError {
  if (error instanceof SluiceError) return error;
  // Ctrl-C at a question: the terminal is in raw mode then, so no signal comes.
  if (error instanceof Error && error.name === 'ExitPromptError') return new SluiceError('INTERRUPTED', 'interrupted');
  const known = error as OclifError;
  if (error instanceof Error && (known.parse !== undefined || known.oclif?.exit === 2)) {
    const [message = '', ...rest] = error.message.replace(/\nSee more help with --help$/, '').split('\n');
    return new SluiceError('USAGE', plainly([message, ...rest].join('\n').trim()), {
      hint: `See: sluice ${command.replaceAll(':', ' ')} --help`,
      cause: error,
    });
  }
  return toSluiceError(error);
}

/** What oclif says of flags that need or exclude each other, in as many words as it takes. */
function plainly(message: string): string {
  return message
    .replace(/^The following errors? occurred:\n\s*/, '')
    .replace(/All of the following must be provided when using (--\S+): (.+)/g, '$1 needs $2')
    .replace(/One of the following must be provided when using (--\S+): (.+)/g, '$1 needs one of $2')
    .replace(/(--[^\s=]+)(?:=\S*)? cannot also be provided when using (--\S+)/g, '$1 and $2 exclude each other');
}

export function printFailure(error: SluiceError, terminal: Terminal, verbose: boolean): void {
  const { color } = terminal.err;
  terminal.writeError(`${color.red('Error:')} ${visible(error.message)} ${color.dim(`[${error.code}]`)}`);
  if (error.hint !== undefined) terminal.writeError(`  ${visible(error.hint)}`);
  if (verbose) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      terminal.writeError(color.dim(redactText(visible(cause.stack ?? cause.message))));
    }
  }
}
