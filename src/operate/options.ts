import { durationMs } from '../config/duration.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperateOptions } from './targets.ts';

const TIMEOUT_MS = 60_000;

/** `--wait` and `--timeout` as use cases take them. */
export function operateOptions(
  flags: { wait: boolean; timeout: string },
  clock: Clock,
  signal: AbortSignal,
): OperateOptions {
  return { clock, signal, wait: flags.wait, timeoutMs: durationMs(flags.timeout) ?? TIMEOUT_MS };
}
