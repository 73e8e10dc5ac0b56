import type { SluiceError } from '../errors/error.ts';
import type { ChangedConnector, ChangeEffects } from '../store/changes.ts';
import { type RecordPorts, recorded } from '../store/record.ts';
import type { ChangeVerb } from '../store/verbs.ts';
import type { DeleteReport } from './delete.ts';
import type { MaintenanceReport } from './maintenance.ts';
import type { OffsetsReport } from './offsets/change.ts';
import type { ScaleReport } from './scale.ts';
import type { OperateReport } from './targets.ts';

export type OperationReport = OperateReport | DeleteReport | OffsetsReport | ScaleReport | MaintenanceReport;

type Operation = Exclude<
  ChangeVerb,
  | 'deploy'
  | 'patch'
  | 'edit'
  | 'repair'
  | 'replay'
  | 'purge'
  | 'quarantine'
  | 'alerts-mute'
  | 'alerts-unmute'
  | 'alerts-test'
>;

export interface OperationOf {
  verb: Operation;
  context: string;
  /** What is changed: those whose outcome is unknown are named too. */
  names: readonly string[];
  /** Nothing is sent, and nothing recorded. */
  dryRun: boolean;
}

/** Runs an operation on connectors and records its result, even if it ended with an error. */
export function recordedOperation<Report extends OperationReport>(
  { verb, context, names, dryRun }: OperationOf,
  run: () => Promise<Report>,
  ports: RecordPorts,
): Promise<Report> {
  if (dryRun) return run();
  const before = (error: SluiceError) => doneBefore(error, names);
  return recorded<Report>({ verb, context, names }, run, { of: doneBy, before }, ports);
}

function doneBy(report: OperationReport): Partial<ChangeEffects> & { exitCode: number } {
  if (!('results' in report)) {
    const { name, written, before, requested } = report;
    const outcome = written ? `tasks.max ${before ?? 'unset'} → ${requested}` : `tasks.max was ${requested} already`;
    return { exitCode: 0, connectors: [{ name, outcome, error: null }] };
  }
  const connectors = report.results.map(({ name, outcome, error }) => ({
    name,
    outcome: outcome ?? outcomeOf(error?.code),
    error: error?.code ?? null,
  }));
  return { exitCode: report.exitCode, connectors };
}

/** Without an outcome of its own: what was accepted may still take effect. */
function outcomeOf(code: string | undefined): string {
  return code === 'TIMED_OUT' ? 'not finished in time' : 'failed';
}

const OUTCOMES = { done: 'done', failed: 'failed', begun: 'started, outcome unknown', left: 'not started' };

/** From the details of an interruption; any other error concerns all that were named. */
function doneBefore({ details, code }: SluiceError, names: readonly string[]): Partial<ChangeEffects> {
  const connectors = Object.entries(OUTCOMES).flatMap(([key, outcome]): ChangedConnector[] => {
    const those = details?.[key];
    return Array.isArray(those) ? those.map((name) => ({ name: String(name), outcome, error: null })) : [];
  });
  if (connectors.length > 0) return { connectors };
  return { connectors: names.map((name) => ({ name, outcome: outcomeOf(code), error: code })) };
}
