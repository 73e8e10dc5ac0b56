import { aggregateExit, type SluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import { notDeleted } from './repair/statements.ts';
import { overallVerdict, type ReconcileReport, type RepairReport, type Verdict } from './report.ts';

/**
 * Findings exit with 10. Tables that could not be compared exit with their reason's code, or 14 if others could. After
 * a repair, the comparison after it decides: 0 if the tables are equal, 14 if some rows could not be repaired.
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
  // For a table whose error has no exit code of its own.
  failed: EXIT.rejected,
};

/** If all tables failed for the same reason, its code; only if no other was compared. */
function failedExit(tables: readonly { error?: SluiceError }[]): ExitCode {
  const errors = tables.flatMap(({ error }) => error ?? []);
  const alike = errors.every(({ exitCode }) => exitCode === errors[0]?.exitCode);
  return errors.length === tables.length && !alike ? EXIT.partial : aggregateExit(tables);
}

function repairExit({ tables, left, inserted, updated, deleted }: RepairReport): ExitCode {
  const errors = tables.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) return inserted + updated + deleted === 0 ? failedExit(tables) : EXIT.partial;
  return left.some(({ reason }) => reason !== notDeleted()) ? EXIT.partial : EXIT.ok;
}
