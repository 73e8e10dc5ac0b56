import os from 'node:os';
import type { DeployReport } from '../deploy/deploy.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { History } from './history.ts';

/**
 * Runs a deploy and writes down what came of it, also where it ended with an error. That it cannot be written down is
 * a warning: the deploy itself is done.
 */
export async function recorded(
  run: () => Promise<DeployReport>,
  { file, context, clock, logger }: { file: string; context: string; clock: Clock; logger: Logger },
): Promise<DeployReport> {
  const append = (exitCode: number, error: string | null, report: DeployReport | undefined) => {
    try {
      using history = new History(file);
      history.append({
        at: clock.now().toISOString(),
        who: whoRuns(),
        context,
        exitCode,
        error,
        connectors: (report?.results ?? []).map((one) => ({
          name: one.name,
          outcome: one.outcome,
          error: one.error?.code ?? null,
        })),
        topics: (report?.topics ?? []).map(({ name, outcome }) => ({ name, outcome })),
      });
    } catch (failure) {
      logger.warn(`the deploy was not written into the history: ${(failure as Error).message}`);
    }
  };
  try {
    const report = await run();
    if (!report.dryRun) append(report.exitCode, null, report);
    return report;
  } catch (error) {
    if (error instanceof SluiceError) append(error.exitCode, error.code, undefined);
    throw error;
  }
}

/** User and machine: `ann@build-7`. */
export function whoRuns(): string {
  return `${userName()}@${os.hostname()}`;
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return 'unknown';
  }
}
