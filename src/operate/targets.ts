import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { aggregateExit, type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { interruption, named } from '../errors/interrupted.ts';
import type { ExitCode } from '../errors/registry.ts';
import type { Clock } from '../ports/clock.ts';

/** What every operation is given. */
export interface OperateOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Wait until the tasks are where they were asked to be; without, the worker's acceptance is the result. */
  wait: boolean;
  timeoutMs: number;
  /** How long tasks that were started must go on running before that is believed, ms. */
  stableMs?: number;
  /** Looks and says what would be done, but sends nothing; default false. */
  dryRun?: boolean;
}

/** What became of one target. */
export interface TargetResult {
  name: string;
  /** In words: `paused`, `was paused already`, …; null where it failed. */
  outcome: string | null;
  tasks: { running: number; total: number } | null;
  error: ErrorDocument | null;
}

export interface OperateReport {
  verb: string;
  context: string;
  results: TargetResult[];
  /** What the process ends with. */
  exitCode: ExitCode;
}

const CONCURRENCY = 8;

/** Tries every target; each has its own result, and one that fails keeps no other from being tried. */
export async function eachTarget<R extends { error: ErrorDocument | null }>(
  names: readonly string[],
  run: (name: string) => Promise<R>,
  failed: (name: string, error: ErrorDocument) => R,
  signal: AbortSignal,
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
    return { results, exitCode: aggregateExit(errors) };
  } catch (error) {
    if (!signal.aborted) throw error;
    const ended = (name: string) => errors[targets.indexOf(name)];
    throw interrupted(signal, {
      done: targets.filter((name) => ended(name) !== undefined && ended(name)?.error === undefined),
      failed: targets.filter((name) => ended(name)?.error !== undefined),
      begun: targets.filter((name) => begun.has(name) && ended(name) === undefined),
      left: targets.filter((name) => !begun.has(name)),
    });
  }
}

/** Ctrl-C: which targets are done, and which are not. */
function interrupted(
  signal: AbortSignal,
  parts: Readonly<Record<'done' | 'failed' | 'begun' | 'left', readonly string[]>>,
): SluiceError {
  const said = [
    ...named('done', parts.done),
    ...named('failed', parts.failed),
    ...named('begun, its end was not waited for', parts.begun),
    ...named('not begun', parts.left),
  ];
  return interruption(signal, said, {
    hint: 'What was sent stands. See: sluice status',
    details: parts,
  });
}

/** The names that are meant: given ones, or with `all` every connector. No name never means all. */
export async function namedTargets(
  client: Pick<ConnectClient, 'list'>,
  names: readonly string[],
  options: { all: boolean; verb: string },
): Promise<string[]> {
  if (options.all && names.length > 0) {
    throw new SluiceError('USAGE', '--all and names exclude each other', { hint: 'Give one of them.' });
  }
  if (options.all) return client.list();
  if (names.length === 0) {
    throw new SluiceError('USAGE', `${options.verb} which connector?`, {
      hint: `Name it, or say --all for every connector of the context: sluice ${options.verb} --all`,
    });
  }
  return [...names];
}
