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

function doneBy({ results, topics }: DeployReport): Done {
  return {
    connectors: results.map(({ name, outcome, error }) => ({ name, outcome, error: error?.code ?? null })),
    topics: topics.map(({ name, outcome }) => ({ name, outcome })),
  };
}

/** What a deploy that ended as a whole had done by then, as its error tells (an interruption, topics that failed). */
function doneBefore({ details }: SluiceError): Done {
  const names = (key: string) => (Array.isArray(details?.[key]) ? (details[key] as unknown[]).map(String) : []);
  return {
    connectors: [
      ...names('written').map((name) => ({ name, outcome: 'written', error: null })),
      ...names('failed').map((name) => ({ name, outcome: 'failed', error: null })),
    ],
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
