import { redactText } from '../text/redact.ts';
import { visible } from '../text/visible.ts';
import { translateFailure } from './failure.ts';
import { DEFAULT_WIDTH } from './style.ts';
import { wrapWords } from './wrap-lines.ts';

/** Makes a question safe to show: names in it come from a database or a command line. */
export function questionText(question: string, width?: number): string {
  return fitQuestion(redactText(visible(question)), width);
}

/** For the sign before a question, and the beginning of the answer after it. */
const BESIDE = 10;

/** Breaks at words, which inquirer does not. @param width of the terminal that asks */
export function fitQuestion(text: string, width = process.stderr.columns || DEFAULT_WIDTH): string {
  return wrapWords(text, Math.max(BESIDE, width - BESIDE));
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
