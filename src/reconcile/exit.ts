import { aggregateExit, type SluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import { NOT_DELETED } from './repair.ts';
import { overallVerdict, type ReconcileReport, type RepairReport, type Verdict } from './report.ts';

/**
 * Findings give 10; what could not be compared gives its reason's code, or 14 beside tables that could. After a repair the
 * comparison that followed it counts: 0 means that the tables are equal then, 14 that some rows could not be repaired.
 */
export function reconcileExit(report: ReconcileReport): ExitCode {
  const { repair, tables } = report;
  if (repair?.error !== undefined) return repair.error.exitCode;
  const failed = failedExit(tables);
  if (failed !== EXIT.ok) return failed;
  if (repair === undefined || repair.mode === 'sql') return VERDICT_EXIT[report.verdict];
  const broken = repairExit(repair);
  if (broken !== EXIT.ok) return broken;
  const verdicts = tables.map(({ source, target, verdict }) => ({
    verdict: repair.tables.find((one) => one.source === source && one.table === target)?.after?.verdict ?? verdict,
  }));
  return VERDICT_EXIT[overallVerdict(verdicts)];
}

const VERDICT_EXIT: Record<Verdict, ExitCode> = {
  equal: EXIT.ok,
  different: EXIT.negative,
  undetermined: EXIT.undetermined,
  incomplete: EXIT.partial,
  // Of a table whose error says no more.
  failed: EXIT.rejected,
};

/** Tables that failed alike give their reason's code only where no other was compared. */
function failedExit(tables: readonly { error?: SluiceError }[]): ExitCode {
  const errors = tables.flatMap(({ error }) => error ?? []);
  const alike = errors.every(({ exitCode }) => exitCode === errors[0]?.exitCode);
  return errors.length === tables.length && !alike ? EXIT.partial : aggregateExit(tables);
}

function repairExit({ tables, left, inserted, updated, deleted }: RepairReport): ExitCode {
  const errors = tables.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) return inserted + updated + deleted === 0 ? failedExit(tables) : EXIT.partial;
  return left.some(({ reason }) => reason !== NOT_DELETED) ? EXIT.partial : EXIT.ok;
}
