import { mapBounded } from '../connect/concurrency.ts';
import type { UnreadableConnector } from '../connect/types.ts';
import { aggregateExit, type ErrorDocument, partialExit, SluiceError, toErrorDocument } from '../errors/error.ts';
import { interruption, named } from '../errors/interrupted.ts';
import type { ExitCode } from '../errors/registry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Integer } from '../text/numbers.ts';

/** Options of every operation. */
export interface OperateOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Wait until the tasks reach the requested state; otherwise the worker's acceptance is the result. */
  wait: boolean;
  timeoutMs: number;
  /** How long started tasks must keep running, ms. */
  stableMs?: number;
  /** Reports what would be done, but sends nothing; default false. */
  dryRun?: boolean;
  /** Connectors of which it is not known whether they are selected: each fails, and nothing is sent. */
  undecided?: readonly UnreadableConnector[];
}

/** Result for one target. */
export interface TargetResult {
  name: string;
  /** In words: `paused`, `was paused already`, …; null if it failed. */
  outcome: string | null;
  tasks: { running: Integer; total: Integer } | null;
  error: ErrorDocument | null;
}

export interface OperateReport {
  verb: 'pause' | 'resume' | 'stop' | 'restart';
  context: string;
  results: TargetResult[];
  /** The exit code of the process. */
  exitCode: ExitCode;
}

const CONCURRENCY = 8;

/**
 * Tries every target; each has its own result, and a failure does not stop the others.
 * @param counts false for a result that is no success beside a failure, since there was nothing to do
 */
export async function eachTarget<R extends { error: ErrorDocument | null }>(
  names: readonly string[],
  run: (name: string) => Promise<R>,
  failed: (name: string, error: ErrorDocument) => R,
  { signal, undecided = [] }: Pick<OperateOptions, 'signal' | 'undecided'>,
  counts: (result: R) => boolean = () => true,
): Promise<{ results: R[]; exitCode: ExitCode }> {
  const errors: { error?: SluiceError }[] = [];
  const targets = [...new Set(names)];
  const begun = new Set<string>();
  try {
    const results = await mapBounded(targets, CONCURRENCY, async (name, index) => {
      signal.throwIfAborted();
      begun.add(name);
      try {
        const result = await run(name);
        errors[index] = {};
        return result;
      } catch (error) {
        // An interruption is the run's end, not one target's failure.
        if (!(error instanceof SluiceError) || signal.aborted) throw error;
        errors[index] = { error };
        return failed(name, toErrorDocument(error));
      }
    });
    const outcomes = errors.filter((_, index) => counts(results[index] as R));
    return {
      results: [...results, ...undecided.map(({ name, error }) => failed(name, toErrorDocument(error)))],
      exitCode: aggregateExit([...outcomes, ...undecided]),
    };
  } catch (error) {
    if (!signal.aborted) throw error;
    const ended = (name: string) => errors[targets.indexOf(name)];
    throw interruptedTargets(signal, {
      done: targets.filter((name) => ended(name) !== undefined && ended(name)?.error === undefined),
      failed: targets.filter((name) => ended(name)?.error !== undefined),
      begun: targets.filter((name) => begun.has(name) && ended(name) === undefined),
      left: targets.filter((name) => !begun.has(name)),
    });
  }
}

/** The exit code for results of which some may have been replaced since. */
export function resultsExit(results: readonly { error: ErrorDocument | null }[]): ExitCode {
  const failed = results.flatMap(({ error }) => error ?? []);
  return partialExit(results.length - failed.length, failed);
}

/** Ctrl-C: which targets are done, and which are not. */
export function interruptedTargets(
  signal: AbortSignal,
  given: Partial<Readonly<Record<'done' | 'failed' | 'begun' | 'left', readonly string[]>>>,
): SluiceError {
  const parts = { done: [], failed: [], begun: [], left: [], ...given };
  const outcomes = [
    ...named('done', parts.done),
    ...named('failed', parts.failed),
    ...named('started, outcome not awaited', parts.begun),
    ...named('not started', parts.left),
  ];
  return interruption(signal, outcomes, {
    hint: 'Requests that were sent stay in effect. See: sluice status',
    details: parts,
  });
}
