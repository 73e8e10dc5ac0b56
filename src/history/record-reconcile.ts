import { toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { reconcileExit } from '../reconcile/exit.ts';
import { type ReconcileReport, summaryOf, type TableReport } from '../reconcile/report.ts';
import { redactText } from '../text/redact.ts';
import { ReconcileHistory, type ReconcileRun, type ReconcileRunTable } from './reconcile-history.ts';
import { whoRuns } from './record.ts';

export interface RecordOptions {
  file: string;
  clock: Clock;
  logger: Logger;
  trigger: ReconcileRun['trigger'];
  /** What was asked for: told where the run has no report to tell it. */
  words: {
    pair?: string | undefined;
    connector?: string | undefined;
    source?: string | undefined;
    target?: string | undefined;
    mode: string;
  };
  /** Runs that are kept. */
  keep?: number | undefined;
}

/**
 * Runs a comparison and writes down what came of it, also where it ended with an error. That it cannot be written down
 * is a warning: the comparison itself is done.
 */
export async function recordedReconcile(
  run: () => Promise<ReconcileReport>,
  options: RecordOptions,
): Promise<ReconcileReport> {
  const began = options.clock.now();
  const append = (
    result: Pick<ReconcileRun, 'source' | 'target' | 'mode' | 'verdict' | 'exitCode' | 'error' | 'tables' | 'repair'>,
  ) => {
    try {
      using history = new ReconcileHistory(options.file);
      history.append(
        {
          at: began.toISOString(),
          who: whoRuns(),
          trigger: options.trigger,
          pair: options.words.pair ?? null,
          connector: options.words.connector ?? null,
          durationMs: options.clock.now().getTime() - began.getTime(),
          ...result,
        },
        options.keep,
      );
    } catch (failure) {
      options.logger.warn(`the run was not written into the history: ${(failure as Error).message}`);
    }
  };
  try {
    const report = await run();
    append({
      source: report.source.name,
      target: report.target.name,
      mode: report.mode,
      verdict: report.verdict,
      exitCode: reconcileExit(report),
      error: null,
      tables: report.tables.map(tableOf),
      repair: repairOf(report),
    });
    return report;
  } catch (error) {
    const { exitCode, code } = toSluiceError(error);
    const { source, target, mode } = options.words;
    append({
      source: source === undefined ? null : redactText(source),
      target: target === undefined ? null : redactText(target),
      mode,
      verdict: null,
      exitCode,
      error: code,
      tables: [],
      repair: null,
    });
    throw error;
  }
}

function tableOf(table: TableReport): ReconcileRunTable {
  return { ...summaryOf(table), durationMs: table.durationMs, error: table.error?.code ?? null };
}

function repairOf({ repair }: ReconcileReport): ReconcileRun['repair'] {
  if (repair === undefined) return null;
  const { mode, inserted, updated, deleted, left, tables, error } = repair;
  return {
    mode,
    inserted,
    updated,
    deleted,
    left: left.reduce((sum, one) => sum + one.rows, 0),
    error: error?.code ?? null,
    tables: tables.map((one) => ({
      table: one.table,
      inserted: one.inserted,
      updated: one.updated,
      deleted: one.deleted,
      left: one.left,
      error: one.error?.code ?? null,
      after: one.after?.verdict ?? null,
    })),
  };
}
