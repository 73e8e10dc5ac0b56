import { inject } from 'vitest';
import { type RunOptions, type RunResult, sluice } from './run.ts';
import type { TestSandbox } from './sandbox-setup.ts';

/** None in the tests that want no sandbox, and import this file by another. */
const sandboxes = inject('sandboxes') ?? [];

/**
 * The sandbox that the files share which this worker of the test run has, one after another: use names that no other file
 * has, and remove them again.
 */
export const sandbox = sandboxes[(Number(process.env.VITEST_POOL_ID) - 1) % sandboxes.length] as TestSandbox;

/** Runs the built binary with the shared sandbox as its context. */
export function sluiceOnSandbox(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return sluice(args, { ...options, env: { SLUICE_CONTEXT: sandbox.context, ...sandbox.env, ...options.env } });
}
