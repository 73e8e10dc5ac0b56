import { inject } from 'vitest';
import { type RunOptions, type RunResult, sluice } from './run.ts';

/** The sandbox that the whole integration run shares: use names that no other test file has, and remove them again. */
export const sandbox = inject('sandbox');

/** Runs the built binary with the shared sandbox as its context. */
export function sluiceOnSandbox(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return sluice(args, { ...options, env: { SLUICE_CONTEXT: sandbox.context, ...sandbox.env, ...options.env } });
}
