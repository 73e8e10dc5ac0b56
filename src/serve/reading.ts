import type { ErrorDocument } from '../errors/error.ts';
import type { Gated } from '../monitor/gate.ts';
import type { Count, Integer } from '../text/numbers.ts';
import type { ConnectorSnapshot, Snapshot } from './snapshot.ts';

/** One connector at a moment. Null: not known, which is never zero. */
export interface ConnectorReading extends Gated {
  /** Since when it has been seen with this health (ISO 8601, UTC); null if it is seen so for the first time. */
  since: string | null;
  /** Between the last two readings. */
  recordsPerSecond: number | null;
  /** Its dead letter queue, and the records in it; null if it has none. */
  deadLetters: { queue: string; depth: Integer | null } | null;
  /** Why it, or the first of its tasks that failed, has failed. */
  cause: string | null;
  /** What to do, if the cause is known. */
  hint: string | null;
}

/** One reading of a context, worst first. */
export interface MonitorReading {
  context: string;
  /** ISO 8601, UTC. */
  at: string;
  /** Workers that run something; null if not known. */
  workers: Count | null;
  /** Null if not known: the context names no metrics. */
  rebalancing: boolean | null;
  connectors: ConnectorReading[];
  /** What could not be read. */
  failures: ErrorDocument[];
}

/** A snapshot of a worker that answered, as it is shown. Pure. */
export function readingOf({ context, at, workers, rebalancing, connectors, failures }: Snapshot): MonitorReading {
  return {
    context,
    at: new Date(at).toISOString(),
    workers,
    rebalancing,
    connectors: connectors.map(connectorReading),
    failures: [...failures],
  };
}

function connectorReading(one: ConnectorSnapshot): ConnectorReading {
  const { name, type, health, reasons, since, state, tasks, taskList, group, deadLetters, hint } = one;
  const inState = (wanted: string) => taskList.filter((task) => task.state === wanted).length;
  return {
    ...{ name, type, health, reasons, since, state, hint },
    tasks: { running: tasks.running, failed: inState('FAILED'), unassigned: inState('UNASSIGNED'), total: tasks.total },
    groupChecked: group?.checked ?? null,
    lagRecords: group?.lag ?? null,
    lagMs: one.lagMs,
    recordsPerSecond: one.recordsPerSecond,
    errorsPerMinute: one.errorsPerMinute,
    deadLetters,
    deadLettersPerMinute: deadLetters === null ? 0 : one.deadLettersPerMinute,
    cause: causeOf(one),
  };
}

/** Why it, or the first of its tasks that failed, has failed. */
export function causeOf({ cause, taskList }: Pick<ConnectorSnapshot, 'cause' | 'taskList'>): string | null {
  return cause ?? taskList.find((task) => task.cause !== null)?.cause ?? null;
}
