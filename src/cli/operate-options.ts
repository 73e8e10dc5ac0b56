import type { OperateOptions } from '../operate/targets.ts';
import type { Clock } from '../ports/clock.ts';

export interface OperateFlags {
  wait: boolean;
  /** ms */
  timeout: number;
  /** ms */
  stable?: number | undefined;
  'dry-run'?: boolean;
}

/** `--wait`, `--timeout`, `--stable` and `--dry-run` as options of the use cases. */
export function operateOptions(flags: OperateFlags, clock: Clock, signal: AbortSignal): OperateOptions {
  return {
    clock,
    signal,
    wait: flags.wait,
    dryRun: flags['dry-run'] ?? false,
    timeoutMs: flags.timeout,
    ...(flags.stable === undefined ? {} : { stableMs: flags.stable }),
  };
}
