import type { Context } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { firstNames } from '../text/lists.ts';
import { shellWord } from '../text/shell.ts';
import { answer, questionText } from './questions.ts';
import type { Terminal } from './terminal.ts';

/** At most so many are named in a question; more are listed before it. */
const NAMED = 5;

/** An operation that may need approval. */
export interface Operation {
  /** For a question, with what it is done to if that is not the connector: `reset the offsets of`. */
  verb: string;
  /** The connectors that it changes. */
  names: readonly string[];
  /** It cannot be undone by another command. */
  destroys?: boolean;
}

/** Flags that answer the question. */
export interface ApprovalFlags {
  confirm?: string | undefined;
  yes?: boolean;
  'dry-run'?: boolean;
}

/** What an operation does, for a question: `restart orders-sink, orders-source`. */
export function operationText({ verb, names }: Operation): string {
  const some = firstNames(names, NAMED);
  return names.length > NAMED ? `${verb} ${names.length} connectors (${some})` : `${verb} ${some}`;
}

/** Names that are too many for a question. */
export function listText(names: readonly string[]): string | undefined {
  return names.length > NAMED ? names.map((name) => `  ${name}`).join('\n') : undefined;
}

/**
 * A change in a protected context needs its name as confirmation: by --confirm, or typed at the prompt.
 * @param change what will be done, for the question
 * @throws CONTEXT_PROTECTED
 */
export async function guardContext(
  context: Pick<Context, 'name' | 'protected'>,
  confirmed: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
  change?: string,
): Promise<void> {
  if (!context.protected || confirmed === context.name) return;
  const refuse = (message: string) =>
    new SluiceError('CONTEXT_PROTECTED', `context "${context.name}" is protected ${message}`, {
      hint: `To proceed, pass --confirm ${context.name}`,
      details: { context: context.name },
    });
  if (confirmed !== undefined) throw refuse(`but --confirm names "${confirmed}"`);
  if (!terminal.canAsk) throw refuse('and this is not a terminal');
  const { input } = await import('@inquirer/prompts');
  const about = change === undefined ? '' : ` This will ${change}.`;
  const message = questionText(`Context ${context.name} is protected.${about} Type its name to continue:`);
  const typed = await answer(input({ message }, { output: process.stderr, signal }));
  if (typed.trim() !== context.name) throw refuse('and the typed name does not match');
}

/**
 * For commands that keep changing a context unattended: a protected one is off limits, even with confirmation.
 * @throws CONTEXT_PROTECTED
 */
export function refuseProtected(context: Pick<Context, 'name' | 'protected'>): void {
  if (!context.protected) return;
  throw new SluiceError('CONTEXT_PROTECTED', `context "${context.name}" is protected: watch does not deploy to it`, {
    hint: `Deploy to it step by step: sluice deploy --context ${shellWord(context.name)}`,
    details: { context: context.name },
  });
}
