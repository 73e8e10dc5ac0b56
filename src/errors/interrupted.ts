import { type ErrorOptions, SluiceError } from './error.ts';

/** A message about some targets, or nothing if there are none. */
export function named(message: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${message}: ${names.join(', ')}`] : [];
}

/** The error for a run ended by a signal, with what was done and what was not. */
export function interruption(signal: AbortSignal, messages: readonly string[], options: ErrorOptions): SluiceError {
  const { code } = signal.reason instanceof SluiceError ? signal.reason : { code: 'INTERRUPTED' as const };
  return new SluiceError(code, ['interrupted', ...messages].join('; '), options);
}
