import os from 'node:os';
import type { DeployReport } from '../deploy/deploy.ts';
import { type SluiceError, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { History, type HistoryEntry } from './history.ts';

/**
 * Runs a deploy and writes down what came of it, also where it ended with an error. That it cannot be written down is
 * a warning: the deploy itself is done.
 */
export async function recorded(
  run: () => Promise<DeployReport>,
  { file, context, clock, logger }: { file: string; context: string; clock: Clock; logger: Logger },
): Promise<DeployReport> {
  const append = (exitCode: number, error: string | null, done: Done) => {
    try {
      using history = new History(file);
      history.append({
        at: clock.now().toISOString(),
        who: whoRuns(),
        context,
        exitCode,
        error,
        ...done,
      });
    } catch (failure) {
      logger.warn(`the deploy was not written into the history: ${(failure as Error).message}`);
    }
  };
  try {
    const report = await run();
    if (!report.dryRun) append(report.exitCode, null, doneBy(report));
    return report;
  } catch (error) {
    const failure = toSluiceError(error);
    append(failure.exitCode, failure.code, doneBefore(failure));
    throw error;
  }
}

/** User and machine: `ann@build-7`. */
export function whoRuns(): string {
  return `${userName()}@${os.hostname()}`;
}

type Done = Pick<HistoryEntry, 'connectors' | 'topics'>;

function doneBy({ results, topics, pruned }: DeployReport): Done {
  return {
    connectors: [
      ...results.map(({ name, outcome, error }) => ({ name, outcome, error: error?.code ?? null })),
      ...(pruned ?? []).flatMap(({ name, outcome, error }) => {
        if (outcome === null && error === null) return [];
        return [{ name, outcome: outcome ?? 'failed', error: error?.code ?? null }];
      }),
    ],
    topics: topics.map(({ name, outcome }) => ({ name, outcome })),
  };
}

const OUTCOMES = [
  ['written', 'written'],
  ['failed', 'failed'],
  ['putBack', 'rolled back'],
  ['unknown', 'not known'],
  ['deleted', 'deleted'],
  ['unsure', 'not known'],
] as const;

/** What a deploy that ended as a whole had done by then, as its error tells (an interruption, topics that failed). */
function doneBefore({ details }: SluiceError): Done {
  const names = (key: string) => (Array.isArray(details?.[key]) ? (details[key] as unknown[]).map(String) : []);
  // One line a connector: what is named later says more about it.
  const outcomes = new Map<string, string>();
  for (const [key, outcome] of OUTCOMES) for (const name of names(key)) outcomes.set(name, outcome);
  return {
    connectors: [...outcomes].map(([name, outcome]) => ({ name, outcome, error: null })),
    topics: names('topics').map((name) => ({ name, outcome: 'made' })),
  };
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return 'unknown';
  }
}
