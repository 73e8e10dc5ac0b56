import { keptName } from '../config/database-url.ts';
import { toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { MISTAKES, type ReconcileRun, type ReconcileRunTable } from '../store/comparisons.ts';
import { recorded } from '../store/record.ts';
import type { Store } from '../store/store.ts';
import { whoRuns } from '../store/who.ts';
import { reconcileExit } from './exit.ts';
import { type ReconcileReport, summaryOf, type TableReport } from './report.ts';
import { DEFAULTS, type ReconcileRequest } from './request.ts';

export interface RecordOptions {
  store: () => Promise<Store>;
  clock: Clock;
  logger: Logger;
  trigger: ReconcileRun['trigger'];
  /** The request: used if the run ends without a report. */
  request: Pick<ReconcileRequest, 'pair' | 'connector' | 'source' | 'target' | 'mode' | 'repair'>;
  /** Runs that are kept. */
  keep?: number | undefined;
}

/** Runs a comparison and records it; if it repairs by itself, also as a change. */
export function recordedReconcile(
  run: () => Promise<ReconcileReport>,
  options: RecordOptions,
): Promise<ReconcileReport> {
  const { repair, pair, connector, source, target } = options.request;
  const compare = () => recordedComparison(run, options);
  // A script is a file; nothing has changed before somebody runs it.
  if (repair !== 'apply' && repair !== 'signal') return compare();
  const named = (url: string | undefined) => (url === undefined ? '?' : (keptName(url) ?? '?'));
  const context = pair ?? connector ?? `${named(source)} → ${named(target)}`;
  return recorded({ verb: 'repair', context }, compare, { of: repairedBy, before: () => ({}) }, options);
}

function repairedBy(report: ReconcileReport) {
  const tables = (repairOf(report)?.tables ?? []).map(({ table, after: _after, ...rest }) => ({
    name: table,
    ...rest,
  }));
  return {
    exitCode: reconcileExit(report),
    error: report.repair?.error?.code ?? null,
    context: `${report.source.name} → ${report.target.name}`,
    tables,
  };
}

/**
 * Runs a comparison and records the outcome, including errors except those of usage. Failing to record it is only a warning, since the
 * comparison is done.
 */
async function recordedComparison(
  run: () => Promise<ReconcileReport>,
  options: RecordOptions,
): Promise<ReconcileReport> {
  const began = options.clock.now();
  const append = async (
    result: Pick<ReconcileRun, 'source' | 'target' | 'mode' | 'verdict' | 'exitCode' | 'error' | 'tables' | 'repair'>,
  ) => {
    try {
      (await options.store()).comparisons.append(
        {
          at: began.toISOString(),
          who: whoRuns(),
          trigger: options.trigger,
          pair: options.request.pair ?? null,
          connector: options.request.connector ?? null,
          durationMs: options.clock.now().getTime() - began.getTime(),
          ...result,
        },
        options.keep,
      );
    } catch (failure) {
      options.logger.warn(`the run was not recorded in the history: ${(failure as Error).message}`);
    }
  };
  try {
    const report = await run();
    await append({
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
    // Nothing was compared, and whoever typed the command has seen why.
    if (options.trigger === 'command' && MISTAKES.includes(code)) throw error;
    const { source, target, mode } = options.request;
    await append({
      source: source === undefined ? null : (keptName(source) ?? null),
      target: target === undefined ? null : (keptName(target) ?? null),
      mode: mode ?? DEFAULTS.mode,
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
