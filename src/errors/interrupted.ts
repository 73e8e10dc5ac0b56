import { type ErrorOptions, SluiceError } from './error.ts';

/** What is said of some targets; nothing where there are none. */
export function named(said: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${said}: ${names.join(', ')}`] : [];
}

/** The end of a run by a signal: what was done by then, and what was not. */
export function interruption(signal: AbortSignal, said: readonly string[], options: ErrorOptions): SluiceError {
  const { code } = signal.reason instanceof SluiceError ? signal.reason : { code: 'INTERRUPTED' as const };
  return new SluiceError(code, ['interrupted', ...said].join('; '), options);
}
