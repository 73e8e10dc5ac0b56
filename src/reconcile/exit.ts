import { EXIT, type ExitCode } from '../errors/registry.ts';
import type { ReconcileReport } from './report.ts';

/** Findings give 10; what could not be compared gives its reason's code, or 14 beside tables that could. */
export function reconcileExit(report: ReconcileReport): ExitCode {
  const errors = report.tables.flatMap((table) => (table.error === undefined ? [] : [table.error]));
  const [first] = errors;
  if (first !== undefined) {
    const alike = errors.length === report.tables.length && errors.every((error) => error.exitCode === first.exitCode);
    return alike ? first.exitCode : EXIT.partial;
  }
  if (report.tables.some((table) => table.verdict === 'different')) return isRepaired(report) ? EXIT.ok : EXIT.negative;
  if (report.verdict === 'undetermined') return EXIT.undetermined;
  return report.verdict === 'incomplete' ? EXIT.partial : EXIT.ok;
}

function isRepaired({ repair, tables }: ReconcileReport): boolean {
  if (repair === undefined || repair.mode === 'sql' || repair.left.length > 0) return false;
  return tables.every(
    (table) => table.oneSided.length + table.uncompared.length + (table.live?.undetermined ?? 0) === 0,
  );
}
