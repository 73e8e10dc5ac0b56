import type { Context } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Before anything is changed in a protected context its name must be said: by --confirm, or typed at the prompt.
 * @throws CONTEXT_PROTECTED
 */
export async function guardContext(
  context: Pick<Context, 'name' | 'protected'>,
  confirmed: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (!context.protected || confirmed === context.name) return;
  const refuse = (message: string) =>
    new SluiceError('CONTEXT_PROTECTED', `the context "${context.name}" is protected; ${message}`, {
      hint: `Say that it is meant: --confirm ${context.name}`,
      details: { context: context.name },
    });
  if (confirmed !== undefined) throw refuse(`--confirm names "${confirmed}"`);
  if (!terminal.canAsk) throw refuse('there is no terminal to ask on');
  const { input } = await import('@inquirer/prompts');
  const typed = await input(
    { message: `The context ${context.name} is protected. Type its name to go on:` },
    { output: process.stderr, signal },
  );
  if (typed.trim() !== context.name) throw refuse('the name that was typed is another');
}

/**
 * For what changes a context again and again with nobody asked: no confirmation lets it into a protected one.
 * @throws CONTEXT_PROTECTED
 */
export function refuseProtected(context: Pick<Context, 'name' | 'protected'>): void {
  if (!context.protected) return;
  throw new SluiceError('CONTEXT_PROTECTED', `the context "${context.name}" is protected: nothing is watched into it`, {
    hint: `Change it step by step: sluice deploy --context ${context.name}`,
    details: { context: context.name },
  });
}
