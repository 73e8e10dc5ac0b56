import type { ErrorDocument } from '../../errors/error.ts';
import { type ReconcileReport, summaryOf, type TableSummary } from '../report.ts';

/** What is told of one table in a log line. */
export type LoggedTable = TableSummary & { error?: string };

/** One line of the schedule's log. */
export type ScheduleEvent = { /** ISO 8601, UTC. */ at: string } & (
  | { event: 'listening'; url: string }
  | { event: 'scheduled'; pair: string; next: string | null }
  | { event: 'started'; pair: string }
  /** The time came while the run before was still going on. */
  | { event: 'skipped'; pair: string; reason: string }
  | { event: 'warning'; pair: string; message: string }
  | {
      event: 'finished';
      pair: string;
      verdict: ReconcileReport['verdict'];
      exitCode: number;
      durationMs: number;
      tables: LoggedTable[];
    }
  /** It ended with an error, and compared nothing to its end. */
  | { event: 'failed'; pair: string; exitCode: number; durationMs: number; error: ErrorDocument }
  /** It was ended before it was through: it has no verdict. */
  | { event: 'aborted'; pair: string; durationMs: number }
  | { event: 'stopping'; running: string[]; graceMs: number }
  | { event: 'stopped' }
);

export type ScheduleEventBody = ScheduleEvent extends infer E
  ? E extends { at: string }
    ? Omit<E, 'at'>
    : never
  : never;

export function summarize({ tables }: ReconcileReport): LoggedTable[] {
  return tables.map((table) => ({
    ...summaryOf(table),
    ...(table.error === undefined ? {} : { error: table.error.code }),
  }));
}
