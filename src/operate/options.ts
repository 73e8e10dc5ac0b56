import { durationMs } from '../config/duration.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperateOptions } from './targets.ts';

const TIMEOUT_MS = 60_000;

/** `--wait`, `--timeout`, `--stable` and `--dry-run` as use cases take them. */
export function operateOptions(
  flags: { wait: boolean; timeout: string; stable?: string | undefined; 'dry-run'?: boolean },
  clock: Clock,
  signal: AbortSignal,
): OperateOptions {
  return {
    clock,
    signal,
    wait: flags.wait,
    dryRun: flags['dry-run'] ?? false,
    timeoutMs: durationMs(flags.timeout) ?? TIMEOUT_MS,
    ...(flags.stable === undefined ? {} : { stableMs: durationMs(flags.stable) ?? 0 }),
  };
}
