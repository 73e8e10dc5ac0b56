import { redactText } from '../text/redact.ts';
import { visible } from '../text/visible.ts';
import { translateFailure } from './failure.ts';

/** Makes a question safe to show: names in it come from a database or a command line. */
export function questionText(question: string): string {
  return redactText(visible(question));
}

/** @throws INTERRUPTED on Ctrl-C at the question: the caller can still report what was done */
export async function answer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).name === 'ExitPromptError') throw translateFailure(error, '');
    throw error;
  }
}
